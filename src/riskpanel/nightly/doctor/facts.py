"""What the doctor has looked at, before any judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import StoreError
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.diagnosis import Held, LastNight, Requests
from riskpanel.store.runs import FinishedNight, Lock
from riskpanel.store.sizes import StoreSize


@dataclass(frozen=True, slots=True)
class Access:
    """Whether the database can be looked at: the fault that is in the way, or the schema that was found.

    ``found`` is None for a database without tables, ``known`` are the schemas of this version, oldest first.
    """

    fault: StoreError | None
    found: str | None
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source of market data: what is wrong with its settings, and with its answer where it was asked."""

    name: str
    fault: str = ""
    hint: str = ""
    asked: bool = False
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of what is held and of the market indexes, up to the newest session that any symbol has one of.

    ``sessions`` (T,) end with it; ``symbols`` (N,) sorted; ``adj_close`` and ``returns`` (T, N), NaN where
    there is none. ``last`` has the newest day of each of them that has a price at all.
    """

    sessions: DateArray
    symbols: tuple[str, ...]
    adj_close: FloatArray
    returns: FloatArray
    last: Mapping[str, date]

    @property
    def as_of(self) -> date:
        """The newest session that has a price."""
        day: date = self.sessions[-1].item()
        return day

    def age(self, symbol: str) -> int | None:
        """Return how many sessions ago the newest price of a symbol is; None without any."""
        day = self.last.get(symbol)
        if day is None:
            return None
        return len(self.sessions) - int(np.searchsorted(self.sessions, np.datetime64(day, "D"), "right"))


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the checks judge.

    ``due`` is the newest session whose night is due, ``prices`` None where there are none up to it.
    ``indexes`` and ``benchmarks`` say how many portfolios use each; ``nights`` are those of all that came to
    their end. ``free_bytes`` is None where the database is on a server.
    """

    now: datetime
    due: date
    policy: RiskPolicy
    write_fault: StoreError | None
    size: StoreSize
    free_bytes: int | None
    indexes: Mapping[str, int]
    benchmarks: Mapping[str, int]
    held: Held
    prices: Prices | None
    unclassified: frozenset[str]
    benchmark_dates: Mapping[str, Sequence[date]]
    quarantined: Mapping[str, int]
    last_night: LastNight | None
    nights: Sequence[FinishedNight]
    locks: Mapping[str, Lock]
    requests: Requests
    sources: Sequence[SourceState] = field(default=())

    @property
    def portfolios(self) -> int:
        """How many portfolios there are."""
        return sum(self.indexes.values())


class AsksSources(Protocol):
    """Tells of each source whether it can be used, and asks it for a symbol where that is wanted."""

    def __call__(self, symbol: str | None) -> Sequence[SourceState]:
        """Return the state of each source; ``symbol`` is what it is asked for."""
        ...
