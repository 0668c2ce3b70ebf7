"""A stored session computed again from what is stored now; nothing is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from pydantic import ValidationError

from riskpanel.book.assembly import build_snapshots
from riskpanel.book.complete import Cell, CompleteDocument, HoldingRecord
from riskpanel.book.explained import Explained
from riskpanel.book.findings import Failure
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import hash_inputs
from riskpanel.book.snapshots import Market
from riskpanel.errors import InputError
from riskpanel.nightly.loading import load_inputs
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store
from riskpanel.store.recomputed import instrument_cells, snapshot_cells
from riskpanel.store.run_records import RunDetail
from riskpanel.version import __version__


@dataclass(frozen=True, slots=True)
class Recomputation:
    """Every number of a portfolio's session, or of a symbol that it held, computed again.

    ``cells`` are by column, none where the portfolio has no snapshot any more, for ``failure``. ``changed``
    names the inputs that are no longer those of the run, None where the run did not record them;
    ``constants`` are those of the policy that the run did not know, taken at their defaults; ``version`` is
    that of riskpanel now.
    """

    cells: Mapping[str, Cell]
    failure: str | None
    changed: tuple[str, ...] | None
    constants: tuple[str, ...]
    version: str


def recompute(
    store: Store,
    document: CompleteDocument,
    run: RunDetail,
    holding: HoldingRecord | None = None,
    *,
    portfolio_ids: Sequence[int] | None,
) -> Recomputation:
    """Compute a portfolio's session again, by the policy and over the range of the run that wrote it.

    Parameters
    ----------
    store : Store
        Only read.
    document : CompleteDocument
        As stored.
    run : RunDetail
        Which wrote it.
    holding : HoldingRecord, optional
        To compute the numbers of this instrument instead.
    portfolio_ids : sequence of int, optional
        What the run was asked for; None for all.

    Raises
    ------
    InputError
        When this version cannot read the policy of the run.
    """
    policy = _policy(run)
    sessions: list[date] = sessions_between(run.run.as_of_from, run.run.as_of_to).tolist()
    wanted = (document.portfolio.id,) if run.inputs is None else portfolio_ids
    market, holdings = load_inputs(store, sessions, policy, portfolio_ids=wanted)
    own = holdings.select(np.flatnonzero(holdings.portfolio_ids == document.portfolio.id))
    cells, failure = _compute(market, own, policy, document, holding)
    return Recomputation(
        cells=cells,
        failure=None if failure is None else f"{failure.error}; {failure.hint}",
        changed=_changed(run, market, holdings),
        constants=tuple(name for name in RiskPolicy.model_fields if name not in run.policy),
        version=__version__,
    )


def differs(explained: Explained, again: Recomputation) -> bool:
    """Tell whether a number computed again is another one, to the last bit; a document, number by number.

    What is stored nowhere cannot differ; what cannot be computed any more does.
    """
    name = explained.metric.name
    if explained.metric.kept == "nowhere":
        return False
    if name not in again.cells:
        return True
    stored, computed = explained.value, again.cells[name]
    return type(stored) is not type(computed) or stored != computed


def _policy(run: RunDetail) -> RiskPolicy:
    try:
        return RiskPolicy.model_validate(run.policy)
    except ValidationError as error:
        raise InputError(
            f"the policy of run {run.run.id} cannot be read by riskpanel {__version__}",
            hint=f"compute it with riskpanel {run.run.version}",
        ) from error


def _compute(
    market: Market,
    own: Holdings,
    policy: RiskPolicy,
    document: CompleteDocument,
    holding: HoldingRecord | None,
) -> tuple[dict[str, Cell], Failure | None]:
    panel, day, index = market.panel, document.snapshot["snapshot_date"], document.portfolio.market_index
    shown = np.array(panel.symbols) == ("" if holding is None else holding.symbol)
    instruments = build_instrument_metrics(
        panel,
        policy,
        panel.row(day),
        market_indices=[index],
        sectors=market.sectors,
        tracked=shown,  # hindcasts take long, and no portfolio needs them
    )
    snapshots = build_snapshots(own, market, instruments, policy, day)
    cells: dict[str, Cell] = snapshot_cells(snapshots) if len(snapshots.holdings) else {}
    if holding is not None:
        shares: Mapping[str, Any] = cells.get("risk_contributions") or {}
        cells = instrument_cells(instruments, panel.column(holding.symbol), index=index)
        cells["risk_contribution"] = shares.get(holding.symbol)
    return cells, next(iter(snapshots.failures), None)


def _changed(run: RunDetail, market: Market, holdings: Holdings) -> tuple[str, ...] | None:
    if run.inputs is None:
        return None
    now: dict[str, str] = asdict(hash_inputs(holdings, market))
    return tuple(name for name, digest in now.items() if run.inputs.get(name) != digest)
