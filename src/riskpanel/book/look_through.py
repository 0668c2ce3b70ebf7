"""Funds counted by what they hold: how much of each instrument is in each sector."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.risk.matrices import SparseRows, from_triples

LEVELS = 5  # of funds that hold funds; a circle of funds is deeper than any number
SUM_TOLERANCE = 1e-6
"""Parts that sum to 1 within it are all of a fund."""
_FUND_CLASSES = frozenset({"etf", "fund"})
_SECTORS = len(GICS_SECTORS)
_NOTHING = 1e-12  # share below which nothing is left unclassified but rounding


@dataclass(frozen=True, slots=True)
class FundPart:
    """A part of a fund: ``kind`` is ``sector`` (a GICS name) or ``instrument`` (a symbol).

    ``weight`` is its share of the fund, 0 to 1.
    """

    kind: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class FundComponents:
    """What funds hold, by date: K parts.

    ``nodes`` (M,) are symbols: the columns of a panel first, then funds and parts that are not among them.
    Of each part: ``funds`` (K,) the node of its fund, ``dates`` (K,) datetime64[D] of which day it is,
    ``sectors`` (K,) 0 to 10, -1 where the part is an instrument, ``parts`` (K,) the node of that instrument,
    -1 where it is a sector, ``weights`` (K,) share of the fund, 0 to 1.
    """

    nodes: tuple[str, ...]
    funds: IntArray
    dates: DateArray
    sectors: IntArray
    parts: IntArray
    weights: FloatArray

    def in_force(self, as_of: date) -> BoolArray:
        """Tell which parts count on a day: (K,), each fund's newest not after it, else its oldest."""
        days: IntArray = self.dates.astype(np.int64)
        known = days <= np.datetime64(as_of, "D").astype(np.int64)
        newest = np.full(len(self.nodes), np.iinfo(np.int64).min)
        oldest = np.full(len(self.nodes), np.iinfo(np.int64).max)
        np.maximum.at(newest, self.funds[known], days[known])
        np.minimum.at(oldest, self.funds, days)
        chosen: IntArray = np.where(newest > np.iinfo(np.int64).min, newest, oldest)
        return days == chosen[self.funds]

    def select(self, rows: BoolArray) -> "FundComponents":
        """Return the given parts."""
        return FundComponents(
            nodes=self.nodes,
            funds=self.funds[rows],
            dates=self.dates[rows],
            sectors=self.sectors[rows],
            parts=self.parts[rows],
            weights=self.weights[rows],
        )


@dataclass(frozen=True, slots=True)
class InstrumentSectors:
    """What is known of the sector of each column of a panel, and of what funds hold.

    ``codes`` (N,), 0 to 10 as in GICS_SECTORS, -1 unclassified; ``funds`` (N,) marks funds.
    """

    codes: IntArray
    funds: BoolArray
    components: FundComponents


@dataclass(frozen=True, slots=True)
class SectorShares:
    """How much of each column of a panel is in each sector, at a session.

    ``shares`` (N, 12): the 11 GICS sectors and Unclassified, decimal, each row sums to 1. ``looked_through``
    (N,) marks funds that count by what they hold, ``dates`` (N,) is the day that is of, NaT for all others;
    ``late`` (N,) marks funds that are, or hold funds that are, known from a later day than the session only.
    """

    shares: FloatArray
    looked_through: BoolArray
    dates: DateArray
    late: BoolArray

    @property
    def classified(self) -> FloatArray:
        """Share of each instrument that has a known sector: (N,)."""
        return 1.0 - self.shares[:, -1]


def is_fund(asset_class: str | None) -> bool:
    """Tell whether an asset class is one of funds.

    Examples
    --------
    >>> is_fund("ETF"), is_fund("equity"), is_fund(None)
    (True, False, False)
    """
    return (asset_class or "").casefold() in _FUND_CLASSES


def require_parts(symbol: str, asof_date: date, parts: Sequence[FundPart]) -> None:
    """Refuse parts of a fund that cannot be: nothing may be counted by them.

    Raises
    ------
    InputError
        Where there are none, one is unknown, named twice or no share, or they sum to more than 1.
    """
    fund = f"{symbol} of {asof_date}"
    if normalize_symbol(symbol) != symbol or not parts:
        raise InputError(f"a fund needs its normalised symbol and at least one part: {fund}")
    for part in parts:
        if not _is_known(part):
            raise InputError(f"not a part of a fund: {fund}: {part.kind} {part.name!r}")
        if not 0.0 <= part.weight <= 1.0:
            raise InputError(f"not a weight from 0 to 1: {fund}: {part.name} {part.weight}")
    if len({(part.kind, part.name) for part in parts}) != len(parts):
        raise InputError(f"a part of a fund is named twice: {fund}")
    total = math.fsum(part.weight for part in parts)
    if total > 1.0 + SUM_TOLERANCE:
        raise InputError(f"the parts of a fund sum to more than 1: {fund} sums to {total:.6f}")


def _is_known(part: FundPart) -> bool:
    if part.kind == "sector":
        return part.name in GICS_SECTORS
    return part.kind == "instrument" and normalize_symbol(part.name) == part.name


def no_components(symbols: Sequence[str]) -> FundComponents:
    """Return that nothing is known of what any fund holds."""
    none = np.array([], dtype=np.int64)
    return FundComponents(
        tuple(symbols), none, none.astype("datetime64[D]"), none, none, none.astype(np.float64)
    )


def unclassified(symbols: Sequence[str]) -> InstrumentSectors:
    """Return that nothing is known of any symbol."""
    count = len(symbols)
    return InstrumentSectors(np.full(count, -1), np.zeros(count, dtype=bool), no_components(symbols))


def build_sector_shares(sectors: InstrumentSectors, as_of: date, *, look_through: bool) -> SectorShares:
    """Count funds by what they hold, and every other instrument by its own sector.

    Parameters
    ----------
    sectors : InstrumentSectors
        Of N instruments.
    as_of : date
        The parts of a fund are its newest not after it, else the oldest there are.
    look_through : bool
        Without it everything counts by its own sector.

    Returns
    -------
    SectorShares

    Notes
    -----
    A fund's row is the sum of its parts by weight: of a sector that sector, of an instrument its own row,
    so that funds of funds are followed, five levels deep. What its parts do not add up to, what has no known
    sector, and what lies deeper or in a circle is Unclassified. Parts win over a fund's own sector; an
    instrument that is no fund keeps its own, and counts by parts only where it has none.
    """
    count = len(sectors.codes)
    others = len(sectors.components.nodes) - count
    codes = np.concatenate([sectors.codes, np.full(others, -1)])
    parts = sectors.components.select(_counting(sectors, codes) & sectors.components.in_force(as_of))
    if not look_through:
        parts = parts.select(np.zeros(len(parts.funds), dtype=bool))
    opened = np.zeros(len(codes), dtype=bool)
    opened[parts.funds] = True
    dates = np.full(len(codes), np.datetime64("NaT"), dtype="datetime64[D]")
    dates[parts.funds] = parts.dates
    own = (codes[:, None] == np.arange(_SECTORS)) & ~opened[:, None]
    known, late = _followed(parts, own.astype(np.float64), dates > np.datetime64(as_of, "D"))
    rest = 1.0 - known.sum(axis=1)
    rest[rest < _NOTHING] = 0.0
    return SectorShares(np.column_stack([known, rest])[:count], opened[:count], dates[:count], late[:count])


def _counting(sectors: InstrumentSectors, codes: IntArray) -> BoolArray:
    """Tell which parts are of something that counts by them: (K,)."""
    others = len(codes) - len(sectors.codes)
    funds = np.concatenate([sectors.funds, np.ones(others, dtype=bool)])
    return (funds | (codes < 0))[sectors.components.funds]


def _followed(parts: FundComponents, own: FloatArray, after: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Add up parts level by level: how much of each node is in each sector (M, 11), which are late (M,)."""
    size = len(parts.nodes)
    weights = _completed(parts)
    direct, inner = parts.sectors >= 0, parts.parts >= 0
    cells = parts.funds[direct] * _SECTORS + parts.sectors[direct]
    base = own + np.bincount(cells, weights=weights[direct], minlength=size * _SECTORS).reshape(own.shape)
    held = from_triples(parts.funds[inner], parts.parts[inner], weights[inner], shape=(size, size))
    known, late = own, after
    for _ in range(LEVELS if len(parts.funds) else 0):
        known, late = base + held.times(known), after | (held.times(late) > 0)
    return known, late


def _completed(parts: FundComponents) -> FloatArray:
    """Weights (K,), those of funds whose parts sum to 1 but for rounding made to."""
    total = np.bincount(parts.funds, weights=parts.weights, minlength=len(parts.nodes))
    whole = np.abs(total - 1.0) <= SUM_TOLERANCE
    return parts.weights / np.where(whole, total, 1.0)[parts.funds]


def held_funds(sectors: SectorShares, exposures: SparseRows) -> tuple[IntArray, IntArray, FloatArray]:
    """Find the funds that portfolios hold and that count by what they hold.

    Parameters
    ----------
    sectors : SectorShares
        Of N instruments.
    exposures : SparseRows
        (P, N).

    Returns
    -------
    rows, columns, shares : (F,) each
        Portfolio, column and share of gross exposure of each, by portfolio and then the largest first.
    """
    stored = np.flatnonzero(sectors.looked_through[exposures.columns])
    rows, columns = exposures.rows[stored], exposures.columns[stored]
    shares = np.abs(exposures.data[stored]) / exposures.gross()[rows]
    order = np.lexsort((columns, -shares, rows))
    return rows[order], columns[order], shares[order]
