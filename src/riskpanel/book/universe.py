"""The state of all priced instruments together, now and at the origins of hindcasts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import HarCoefficients, MarketState
from riskpanel.risk.har import MONTH, market_states

_UNKNOWN = MarketState({1: np.nan, 5: np.nan}, np.nan, 0)


@dataclass(frozen=True, slots=True)
class UniverseState:
    """State of the market by how it is measured: from closes, and from daily ranges."""

    closes: MarketState
    ranges: MarketState

    def of(self, model: HarCoefficients) -> MarketState:
        """Return the state that a model was trained with."""
        return self.ranges if model.needs_market_ranges else self.closes

    def serves(self, model: HarCoefficients) -> bool:
        """Say whether a model has the state that it asks for."""
        return not model.needs_market or self.of(model).known


def build_universe(panel: PricePanel, policy: RiskPolicy, row: int) -> Mapping[int, UniverseState]:
    """Measure the universe at a session, and as many sessions before it as hindcasts look from.

    Parameters
    ----------
    panel : PricePanel
        (T, N); every instrument of it is in the universe; rows after ``row`` are not looked at.
    policy : RiskPolicy
    row : int
        Row of the as-of session.

    Returns
    -------
    mapping of int to UniverseState
        By sessions before the as-of one: 0, 21, 42 and so on.
    """
    # A night need not hold more sessions than the policy looks back on: older ones, there by chance, must
    # not be seen, or a backfill would not give what the run of the day gave.
    rows = policy.return_sessions
    returns, spans = panel.returns_until(row, rows), panel.spans_until(row, rows)
    back = range(0, min(policy.hindcast_window, len(returns)), MONTH)
    least = policy.universe_min_instruments
    closes = market_states(returns, None, back, least=least)
    known = bool(np.isfinite(spans).any())
    ranges = market_states(returns, spans, back, least=least) if known else [_UNKNOWN] * len(back)
    states = zip(back, closes, ranges, strict=True)
    return {ago: UniverseState(by_closes, by_ranges) for ago, by_closes, by_ranges in states}
