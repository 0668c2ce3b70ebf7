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
    """What one symbol would gain or lose; None where it has no price, no beta, or no known move.

    ``coverage`` is the share of it that the move speaks of: a fund may be known in part only.
    """

    symbol: str
    sector: str | None
    exposure: float | None
    beta: float | None
    move: float | None
    coverage: float
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
    holdings: Sequence[HoldingRecord],
    *,
    nav: float,
    market: float,
    sectors: Mapping[str, float],
    funds: Mapping[str, Mapping[str, float]] | None = None,
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
    funds : mapping of str to mapping, optional
        Shares by sector of the funds that count by what they hold, by symbol; by default there are none.
    """
    values = np.array([_number(own.value) for own in holdings])
    members = [(funds or {}).get(own.symbol, {own.sector: 1.0}) for own in holdings]
    shares = [[member.get(sector, 0.0) for sector in GICS_SECTORS] for member in members]
    found = shock_responses(
        np.array([_number(own.beta) for own in holdings]),
        [market],
        sectors=np.array(shares, dtype=np.float64).reshape(len(holdings), len(GICS_SECTORS)),
        sector_shocks=[[sectors.get(sector, np.nan) for sector in GICS_SECTORS]],
    )
    responses = np.where(np.isfinite(values), found.responses, np.nan)
    outcome = scenario_pnl(np.nan_to_num(values), responses, covered=found.covered)
    pnl = None if math.isnan(outcome.pnl[0]) else float(outcome.pnl[0])
    positions = [
        StressedPosition(own.symbol, own.sector, own.value, own.beta, move, share, _product(own.value, move))
        for own, move, share in zip(
            holdings, map(_cell, found.responses[0].tolist()), found.covered[0].tolist(), strict=True
        )
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


def _by_loss(position: StressedPosition) -> tuple[bool, float, str]:
    return (position.pnl is None, position.pnl or 0.0, position.symbol)
