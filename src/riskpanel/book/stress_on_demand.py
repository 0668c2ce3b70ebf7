"""Moves that a reader tries on one portfolio: position by position, from stored betas and values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from riskpanel.book.complete import HoldingRecord
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk import scenario_pnl, shock_responses


@dataclass(frozen=True, slots=True)
class StressedPosition:
    """What one symbol would gain or lose; None where it has no price, no beta, or no known move."""

    symbol: str
    sector: str | None
    exposure: float | None
    beta: float | None
    move: float | None
    pnl: float | None


@dataclass(frozen=True, slots=True)
class StressOnDemand:
    """P&L in currency and over net asset value, the gross share that it covers, and its parts.

    ``positions`` have the largest loss first, and those without a known one last.
    """

    pnl: float | None
    pnl_pct: float | None
    coverage: float
    positions: tuple[StressedPosition, ...]


def build_stress_on_demand(
    holdings: Sequence[HoldingRecord], *, nav: float, market: float, sectors: Mapping[str, float]
) -> StressOnDemand:
    """Apply a move of the market, and of GICS sectors in its place, to what is held.

    Parameters
    ----------
    holdings : sequence of HoldingRecord
        With value in currency, market beta and sector; None where missing.
    nav : float
        Net asset value, in currency.
    market : float
        Move of the market, decimal.
    sectors : mapping of str to float
        Moves of sectors by name, decimal.
    """
    values = np.array([_number(own.value) for own in holdings])
    codes = np.array([_code(own.sector) for own in holdings], dtype=np.int64)
    moves = [[sectors.get(sector, np.nan) for sector in GICS_SECTORS]]
    responses = shock_responses(
        np.array([_number(own.beta) for own in holdings]), [market], sector_codes=codes, sector_shocks=moves
    )[0]
    priced = np.isfinite(values)
    outcome = scenario_pnl(np.nan_to_num(values), np.where(priced, responses, np.nan)[None, :])
    pnl = None if math.isnan(outcome.pnl[0]) else float(outcome.pnl[0])
    positions = [
        StressedPosition(own.symbol, own.sector, own.value, own.beta, move, _product(own.value, move))
        for own, move in zip(holdings, map(_cell, responses.tolist()), strict=True)
    ]
    return StressOnDemand(
        pnl=pnl,
        pnl_pct=None if pnl is None else pnl / nav,
        coverage=float(outcome.coverage[0]),
        positions=tuple(sorted(positions, key=_by_loss)),
    )


def _number(cell: float | None) -> float:
    return math.nan if cell is None else cell


def _cell(number: float) -> float | None:
    return None if math.isnan(number) else number


def _product(value: float | None, move: float | None) -> float | None:
    return None if value is None or move is None else value * move


def _code(sector: str | None) -> int:
    return GICS_SECTORS.index(sector) if sector in GICS_SECTORS else -1


def _by_loss(position: StressedPosition) -> tuple[bool, float, str]:
    return (position.pnl is None, position.pnl or 0.0, position.symbol)
