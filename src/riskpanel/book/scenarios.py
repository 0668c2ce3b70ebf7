"""Named stress scenarios, built in or a user's: moves of the market and of sectors, windows of the past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import NamedTuple

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

MARKET_SHOCKS = (-0.35, -0.20, -0.10, -0.05, 0.05, 0.10, 0.20)
SECTOR_SHOCK = -0.20
EVERYBODY = 0
"""Owner of the built-in scenarios; the ids of users begin at 1."""


class Window(NamedTuple):
    """A stretch of the past: from the close of ``first`` to the close of ``last``."""

    first: date
    last: date


REPLAYS = {
    "crisis_2008": Window(date(2007, 10, 9), date(2009, 3, 9)),
    "covid_2020": Window(date(2020, 2, 19), date(2020, 3, 23)),
    "drawdown_2022": Window(date(2022, 1, 3), date(2022, 10, 12)),
}


@dataclass(frozen=True, slots=True)
class UserScenario:
    """A user's own scenario: either moves or a window.

    ``market`` is the market's move, None for none; ``sectors`` are moves of GICS sectors in its place, by
    name; decimals.
    """

    name: str
    description: str | None
    market: float | None
    sectors: Mapping[str, float]
    window: Window | None

    @property
    def kind(self) -> str:
        """``replay`` of a window, or ``user`` for the user's own moves."""
        return "user" if self.window is None else "replay"


@dataclass(frozen=True, slots=True)
class ScenarioFault:
    """What is wrong with a scenario of a file: its name, the key, and the reason with the value in it."""

    name: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}, {self.key}: {self.reason}" if self.key else f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Scenarios as arrays: ``names`` and ``kinds`` (S,), ``shocks`` (S,) what each is called after, decimal.

    ``shocks`` are NaN for replays, and for users' scenarios without a move of the market. ``market_shocks``
    (S,) moves the market, 0 in replays; ``sector_shocks`` (S, 11) sectors in its place, NaN for none;
    ``windows`` (S, 2) are first and last day of replays, NaT for others; ``owners`` (S,) are ids of users,
    EVERYBODY for those built in.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    shocks: FloatArray
    market_shocks: FloatArray
    sector_shocks: FloatArray
    windows: DateArray
    owners: IntArray

    def __len__(self) -> int:
        """Count the scenarios."""
        return len(self.names)

    @property
    def numbers(self) -> tuple[FloatArray | IntArray, ...]:
        """Everything but the words; with the names, all that their P&L depends on."""
        ends = self.windows.astype(np.int64)
        return self.shocks, self.market_shocks, self.sector_shocks, ends, self.owners

    @property
    def replayed(self) -> BoolArray:
        """Which are windows of the past: (S,)."""
        return ~np.isnat(self.windows[:, 1])

    def known_on(self, as_of: date) -> BoolArray:
        """Which can be known on a day: all shocks, and the replays whose window has ended by then: (S,)."""
        return ~self.replayed | (self.windows[:, 1] <= np.datetime64(as_of, "D"))

    def select(self, rows: IntArray | BoolArray) -> "Scenarios":
        """Return the given scenarios, in the given order."""
        chosen: list[int] = np.arange(len(self))[rows].tolist()
        return Scenarios(
            names=tuple(self.names[row] for row in chosen),
            kinds=tuple(self.kinds[row] for row in chosen),
            shocks=self.shocks[rows],
            market_shocks=self.market_shocks[rows],
            sector_shocks=self.sector_shocks[rows],
            windows=self.windows[rows],
            owners=self.owners[rows],
        )

    def plus(self, other: "Scenarios") -> "Scenarios":
        """Return these scenarios and others after them."""
        return Scenarios(
            names=self.names + other.names,
            kinds=self.kinds + other.kinds,
            shocks=np.concatenate([self.shocks, other.shocks]),
            market_shocks=np.concatenate([self.market_shocks, other.market_shocks]),
            sector_shocks=np.concatenate([self.sector_shocks, other.sector_shocks]),
            windows=np.concatenate([self.windows, other.windows]),
            owners=np.concatenate([self.owners, other.owners]),
        )


def built_in_scenarios() -> Scenarios:
    """Return market moves of -35 to +20 %, each GICS sector alone at -20 %, and three falls of the past."""
    market, sectors, replays = len(MARKET_SHOCKS), len(GICS_SECTORS), len(REPLAYS)
    count = market + sectors + replays
    sector_shocks = np.full((count, sectors), np.nan)
    sector_shocks[market:-replays] = np.where(np.eye(sectors, dtype=bool), SECTOR_SHOCK, np.nan)
    return Scenarios(
        names=tuple(f"market_{_signed(shock)}" for shock in MARKET_SHOCKS)
        + tuple(f"{sector.lower().replace(' ', '_')}_{_signed(SECTOR_SHOCK)}" for sector in GICS_SECTORS)
        + tuple(REPLAYS),
        kinds=("market",) * market + ("sector",) * sectors + ("replay",) * replays,
        shocks=np.array([*MARKET_SHOCKS, *[SECTOR_SHOCK] * sectors, *[np.nan] * replays]),
        market_shocks=np.array([*MARKET_SHOCKS, *[0.0] * (sectors + replays)]),
        sector_shocks=sector_shocks,
        windows=_windows([None] * (market + sectors) + list(REPLAYS.values())),
        owners=np.full(count, EVERYBODY, dtype=np.int64),
    )


def user_scenarios(owned: Sequence[tuple[int, UserScenario]]) -> Scenarios:
    """Turn users' scenarios, each with the id of its owner, into arrays.

    A scenario without a move of the market leaves the market where it is.
    """
    mine = [scenario for _, scenario in owned]
    sector_shocks = [[own.sectors.get(sector, np.nan) for sector in GICS_SECTORS] for own in mine]
    shocks = np.array([np.nan if own.market is None else own.market for own in mine], dtype=np.float64)
    return Scenarios(
        names=tuple(own.name for own in mine),
        kinds=tuple(own.kind for own in mine),
        shocks=shocks,
        market_shocks=np.nan_to_num(shocks),
        sector_shocks=np.array(sector_shocks, dtype=np.float64).reshape(len(mine), len(GICS_SECTORS)),
        windows=_windows([own.window for own in mine]),
        owners=np.array([owner for owner, _ in owned], dtype=np.int64),
    )


def _windows(windows: Sequence[Window | None]) -> DateArray:
    nothing = (np.datetime64("NaT"), np.datetime64("NaT"))
    ends = list(chain.from_iterable(window or nothing for window in windows))
    return np.array(ends, dtype="datetime64[D]").reshape(len(windows), 2)


def _signed(shock: float) -> str:
    return f"{'up' if shock > 0 else 'down'}_{abs(shock):.0%}".rstrip("%")
