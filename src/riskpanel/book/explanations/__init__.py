"""What there is to know of each number besides its value: one entry a column that readers see."""

from collections.abc import Mapping
from difflib import get_close_matches

from riskpanel.book.explanations.beta import BETA
from riskpanel.book.explanations.exposure import EXPOSURE
from riskpanel.book.explanations.holding import HOLDING
from riskpanel.book.explanations.sectors import SECTORS
from riskpanel.book.explanations.shapes import Metric, Shown, Source, Window
from riskpanel.book.explanations.structure import STRUCTURE
from riskpanel.book.explanations.volatility import VOLATILITY
from riskpanel.errors import NotFoundError

__all__ = [
    "FAMILIES",
    "OF_HOLDINGS",
    "OF_SNAPSHOTS",
    "Metric",
    "Shown",
    "Source",
    "Window",
    "find_metric",
]

FAMILIES: Mapping[str, tuple[Metric, ...]] = {
    "Value and exposure": EXPOSURE,
    "Market beta": BETA,
    "Sectors and concentration": SECTORS,
    "Volatility": VOLATILITY,
    "Tail and structure": STRUCTURE,
}
"""The columns of a snapshot, by what they are about."""

OF_SNAPSHOTS: Mapping[str, Metric] = {metric.name: metric for some in FAMILIES.values() for metric in some}
OF_HOLDINGS: Mapping[str, Metric] = {metric.name: metric for metric in HOLDING}

_LISTED = 5


def _initials(name: str) -> str:
    """Return the first letters of a name, without its numbers: ``var`` of ``value_at_risk_95``."""
    return "".join(part[0] for part in name.split("_") if part[0].isalpha())


def find_metric(name: str, known: Mapping[str, Metric], *, also: Mapping[str, str]) -> Metric:
    """Return a metric by its name, or by initials that only one has: nav is net_asset_value.

    Parameters
    ----------
    name : str
    known : mapping of str to Metric
    also : mapping of str to str
        Where names that are not known may be found instead, for the hint.

    Raises
    ------
    NotFoundError
        When there is none of that name, with those that are near it.
    """
    wanted = name.strip().lower()
    if wanted in known:
        return known[wanted]
    by_initials = [word for word in known if len(wanted) > 2 and _initials(word) == wanted]
    if len(by_initials) == 1:
        return known[by_initials[0]]
    holding = [word for word in known if wanted and wanted in word]
    near = list(dict.fromkeys([*holding, *get_close_matches(wanted, known, n=_LISTED)]))[:_LISTED]
    named = " or ".join(part for part in (", ".join(near[:-1]), *near[-1:]) if part)
    hints = [f"did you mean {named}?" if near else "", also.get(wanted, "")]
    raise NotFoundError(
        f"unknown metric: {name}",
        hint=" ".join(hint for hint in hints if hint) or "riskpanel explain PORTFOLIO lists all of them",
    )
