"""What there is to know of a number besides its value."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Shown: TypeAlias = Literal[
    "money",
    "percent",
    "return",
    "ratio",
    "count",
    "tenths",
    "points",
    "percentile",
    "probability",
    "variance",
    "word",
    "flag",
    "date",
    "positions",
    "sectors",
    "funds",
    "contributions",
    "correlation",
]
"""How a value is written for people."""

Source: TypeAlias = Literal["index", "benchmark", "universe", "model"]
"""What a number is measured with besides prices and positions."""

Kept: TypeAlias = Literal["snapshot", "OLS_SIMPLE", "OLS_HAC", "EWMA_VASICEK", "volatility", "nowhere"]
"""Which row has a number: the portfolio's, or of the instrument one of its betas or its volatility.

What is kept ``nowhere`` is made of others when it is read.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Sessions looked back on, the as-of one included: a count, or the constant of the policy that has it.

    ``more`` are sessions before them that the first of them needs.
    """

    sessions: int | str
    more: int = 0
    note: str = ""


AS_OF = Window(1)


@dataclass(frozen=True, slots=True)
class Metric:
    """One column that readers see.

    ``formula`` and ``unit`` are the words of ``section`` in docs/methods.md; ``functions`` make it, as dotted
    names within the package; ``policy`` are the constants that it depends on; ``observations`` and
    ``coverage`` the columns that say what it rests on; ``findings`` the metrics whose findings are about it
    too; ``parent`` the column whose reason explains a null; ``kept`` is the row that has it.
    """

    name: str
    title: str
    meaning: str
    unit: str
    shown: Shown
    formula: tuple[str, ...]
    functions: tuple[str, ...]
    section: str
    window: Window = AS_OF
    policy: tuple[str, ...] = ()
    observations: str | None = None
    coverage: str | None = None
    findings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    parent: str | None = None
    kept: Kept = "snapshot"
