"""Numbers that belong to an instrument, computed once each whoever holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.volatility import VolatilityMetrics, build_volatility
from riskpanel.risk import CLOSE_ONLY, BetaEstimates, market_beta
from riskpanel.risk.arrays import IntArray


@dataclass(frozen=True, slots=True)
class InstrumentSectors:
    """Sector of each column of a panel: ``codes`` (N,), 0 to 10 as in GICS_SECTORS, -1 unclassified."""

    codes: IntArray


@dataclass(frozen=True, slots=True)
class InstrumentMetrics:
    """Betas by market index, and volatility, of every column of the panel."""

    betas: Mapping[str, BetaEstimates]
    volatility: VolatilityMetrics


def build_instrument_metrics(
    panel: PricePanel, policy: RiskPolicy, row: int, *, market_indices: Sequence[str]
) -> InstrumentMetrics:
    """Compute every instrument's numbers at a session.

    Parameters
    ----------
    panel : PricePanel
        (T, N); rows after ``row`` are not looked at.
    policy : RiskPolicy
    row : int
        Row of the as-of session.
    market_indices : sequence of str
        Distinct symbols of the panel to measure betas against.

    Returns
    -------
    InstrumentMetrics
    """
    recent = panel.returns_until(row, policy.beta_window)
    betas = {
        index: market_beta(recent, recent[:, panel.column(index)], min_obs=policy.beta_min_observations)
        for index in market_indices
    }
    history = panel.returns_until(row, policy.return_sessions)
    return InstrumentMetrics(betas, build_volatility(history, policy, coefficients=CLOSE_ONLY))
