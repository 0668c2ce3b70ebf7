"""Every volatility number of a set of return series, instruments and portfolios alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from riskpanel.book.policy import RiskPolicy
from riskpanel.book.universe import UniverseState
from riskpanel.risk import (
    INSTRUMENT_MODELS,
    HarCoefficients,
    HarComponents,
    HindcastFit,
    Method,
    Percentile,
    Reason,
    Trend,
    VolatilityForecast,
    absence_reasons,
    expected_volatility,
    har_components,
    hindcast_r_squared,
    preferred_forecast,
    realized_volatility,
    volatility_percentile,
    volatility_trend,
)
from riskpanel.risk.arrays import BoolArray, CodeArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class VolatilityMetrics:
    """Volatility of N series; (N,) each, annualised decimals; ``reasons`` has codes of nulls by metric."""

    realized_21d: FloatArray
    realized_63d: FloatArray
    components: HarComponents
    forecast: VolatilityForecast
    trend: Trend
    percentile: Percentile
    n_obs: IntArray
    reasons: Mapping[str, CodeArray]


def build_forecast(
    returns: FloatArray,
    policy: RiskPolicy,
    *,
    models: Sequence[HarCoefficients] = INSTRUMENT_MODELS,
    variances: FloatArray | None = None,
    universe: UniverseState,
) -> VolatilityForecast:
    """Forecast each column by the best model that its evidence allows; which one is in ``method``.

    Parameters
    ----------
    returns : (T, N) float64
        Simple returns up to and including the as-of session; NaN means missing.
    policy : RiskPolicy
    models : sequence of HarCoefficients
        Best first; the last needs nothing but returns.
    variances : (T, N) float64, optional
        Of sessions, from ranges, at the level of squared returns.
    universe : UniverseState
        At the as-of session.

    Returns
    -------
    VolatilityForecast
    """
    known = None if variances is None or not np.isfinite(variances).any() else variances
    usable = [
        model for model in models if universe.serves(model) and not (model.uses_ranges and known is None)
    ]
    return preferred_forecast(
        [
            expected_volatility(
                returns,
                coefficients=model,
                variances=known if model.uses_ranges else None,
                market=universe.of(model) if model.needs_market else None,
                annualization=policy.annualization,
            )
            for model in usable
        ]
    )


def build_hindcasts(
    returns: FloatArray,
    policy: RiskPolicy,
    *,
    variances: FloatArray,
    universe: Mapping[int, UniverseState],
    forecast: VolatilityForecast,
    shown: BoolArray,
) -> HindcastFit:
    """Score the own hindcasts of the columns that are ``shown`` (N,), each by the model that speaks today.

    Where none speaks there is nothing to score, for the forecast's reason; where the fallback speaks the
    history is too short.
    """
    methods = np.where(shown, forecast.method, Method.NONE)
    r_squared = np.full(len(methods), np.nan)
    n_obs = np.zeros(len(methods), dtype=np.int64)
    reason = np.where(forecast.reason == Reason.NONE, Reason.SHORT_HISTORY, forecast.reason).astype(np.int8)
    for model in INSTRUMENT_MODELS:
        columns = np.flatnonzero(methods == model.method)
        if len(columns):
            fit = hindcast_r_squared(
                returns[:, columns],
                coefficients=model,
                variances=variances[:, columns] if model.uses_ranges else None,
                markets={ago: state.of(model) for ago, state in universe.items()}
                if model.needs_market
                else None,
                min_obs=policy.hindcast_min_observations,
            )
            r_squared[columns], n_obs[columns], reason[columns] = fit.r_squared, fit.n_obs, fit.reason
    return HindcastFit(r_squared, n_obs, reason)


def build_volatility(
    returns: FloatArray, policy: RiskPolicy, *, forecast: VolatilityForecast
) -> VolatilityMetrics:
    """Measure realized, expected, trend and percentile of each column.

    Parameters
    ----------
    returns : (T, N) float64
        Simple returns up to and including the as-of session; NaN means missing.
    policy : RiskPolicy
    forecast : VolatilityForecast
        Of the same columns.

    Returns
    -------
    VolatilityMetrics
    """
    year = policy.annualization
    least_21d, least_63d = policy.volatility_21d_min_observations, policy.volatility_63d_min_observations
    realized_21d = realized_volatility(returns, window=21, min_obs=least_21d, annualization=year)
    realized_63d = realized_volatility(returns, window=63, min_obs=least_63d, annualization=year)
    trend = volatility_trend(returns, min_z=policy.trend_z, min_change=policy.trend_min_change)
    components = har_components(returns, annualization=year)
    percentile = volatility_percentile(
        returns,
        window=policy.percentile_window,
        min_obs=policy.percentile_min_observations,
        volatility_min_obs=least_21d,
    )
    return VolatilityMetrics(
        realized_21d=realized_21d,
        realized_63d=realized_63d,
        components=components,
        forecast=forecast,
        trend=trend,
        percentile=percentile,
        n_obs=forecast.n_obs,
        reasons={
            "realized_21d": absence_reasons(returns, np.isnan(realized_21d), window=21, min_obs=least_21d),
            "realized_63d": absence_reasons(returns, np.isnan(realized_63d), window=63, min_obs=least_63d),
            **_component_reasons(returns, components),
            "expected": forecast.reason,
            "trend": trend.reason,
            "percentile": percentile.reason,
        },
    )


def _component_reasons(returns: FloatArray, components: HarComponents) -> dict[str, CodeArray]:
    parts = (
        ("daily", components.daily, 1),
        ("weekly", components.weekly, 5),
        ("monthly", components.monthly, 21),
    )
    return {
        name: absence_reasons(returns, np.isnan(values), window=window, min_obs=-(-3 * window // 4))
        for name, values, window in parts
    }


METRICS: Mapping[str, str] = {
    "realized_21d": "realized_volatility_21d",
    "realized_63d": "realized_volatility_63d",
    "daily": "vol_daily",
    "weekly": "vol_weekly",
    "monthly": "vol_monthly",
    "expected": "expected_volatility_21d",
    "trend": "volatility_trend",
    "percentile": "volatility_percentile",
}
"""The key of each reason, and the column of a snapshot that it explains."""
