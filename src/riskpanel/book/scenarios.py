"""Named stress scenarios: moves of the market or of one sector."""

from dataclasses import dataclass

import numpy as np

from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.risk.arrays import FloatArray

MARKET_SHOCKS = (-0.35, -0.20, -0.10, -0.05, 0.05, 0.10, 0.20)
SECTOR_SHOCK = -0.20


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Scenarios as arrays: ``names`` and ``kinds`` (S,), ``shocks`` (S,) what each is called after, decimal.

    ``market_shocks`` (S,) moves the market; ``sector_shocks`` (S, 11) sectors in its place, NaN for none.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    shocks: FloatArray
    market_shocks: FloatArray
    sector_shocks: FloatArray


def built_in_scenarios() -> Scenarios:
    """Return the market at -35, -20, -10, -5, +5, +10, +20 %, and each GICS sector alone at -20 %."""
    market, sectors = len(MARKET_SHOCKS), len(GICS_SECTORS)
    sector_shocks = np.full((market + sectors, sectors), np.nan)
    sector_shocks[market:] = np.where(np.eye(sectors, dtype=bool), SECTOR_SHOCK, np.nan)
    return Scenarios(
        names=tuple(f"market_{_signed(shock)}" for shock in MARKET_SHOCKS)
        + tuple(f"{sector.lower().replace(' ', '_')}_{_signed(SECTOR_SHOCK)}" for sector in GICS_SECTORS),
        kinds=("market",) * market + ("sector",) * sectors,
        shocks=np.array([*MARKET_SHOCKS, *[SECTOR_SHOCK] * sectors]),
        market_shocks=np.array([*MARKET_SHOCKS, *[0.0] * sectors]),
        sector_shocks=sector_shocks,
    )


def _signed(shock: float) -> str:
    return f"{'up' if shock > 0 else 'down'}_{abs(shock):.0%}".rstrip("%")
