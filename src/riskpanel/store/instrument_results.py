"""Betas and volatility of instruments into rows, upserted in bulk."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import compress

import numpy as np
import sqlalchemy as sa

from riskpanel.book.instruments import BetaMethod, InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.volatility import VolatilityMetrics
from riskpanel.risk import BetaEstimates, Direction, HindcastFit, Method, Reason, VolatilityForecast
from riskpanel.risk.arrays import BoolArray
from riskpanel.store.cells import labels
from riskpanel.store.computed_tables import instrument_market_betas, instrument_volatility
from riskpanel.store.series import Cells
from riskpanel.store.upsert import upsert_columns


def save_instruments(
    conn: sa.Connection,
    symbols: tuple[str, ...],
    metrics: InstrumentMetrics,
    *,
    tracked: BoolArray,
    as_of: date,
    policy: RiskPolicy,
    now: datetime,
) -> int:
    """Save the betas and volatility of tracked instruments at a session; return how many rows changed."""
    named = {"symbol": list(compress(symbols, tracked))}
    changed = 0
    for index, betas in metrics.betas.items():
        for method, estimates, window in (
            (BetaMethod.OLS_SIMPLE, betas.ols, policy.beta_window),
            (BetaMethod.OLS_HAC, betas.hac, policy.beta_window),
            (BetaMethod.EWMA_VASICEK, betas.shrunk, policy.beta_ewma_window),
        ):
            changed += upsert_columns(
                conn,
                instrument_market_betas,
                named | _of(beta_columns(estimates), tracked),
                now=now,
                calc_date=as_of,
                method=method.value,
                window_days=window,
                market_index=index,
            )
    columns = named | _of(volatility_columns(metrics.volatility, metrics.hindcasts), tracked)
    return changed + upsert_columns(conn, instrument_volatility, columns, now=now, calculation_date=as_of)


def _of(columns: Mapping[str, Cells], kept: BoolArray) -> dict[str, Cells]:
    """Keep some rows of columns."""
    return {
        name: cells[kept] if isinstance(cells, np.ndarray) else list(compress(cells, kept))
        for name, cells in columns.items()
    }


def beta_columns(estimates: BetaEstimates) -> dict[str, Cells]:
    """Return every computed column of betas, in the order of the instruments."""
    return {
        "beta": estimates.beta,
        "alpha": estimates.alpha,
        "r_squared": estimates.r_squared,
        "std_error": estimates.std_error,
        "p_value": estimates.p_value,
        "observations": estimates.n_obs,
        "reason": labels(Reason, estimates.reason),
    }


def volatility_columns(volatility: VolatilityMetrics, hindcasts: HindcastFit) -> dict[str, Cells]:
    """Return every computed column of volatility, in the order of the instruments."""
    return {
        "realized_vol_21d": volatility.realized_21d,
        "realized_vol_63d": volatility.realized_63d,
        "expected_vol_21d": volatility.forecast.volatility,
        "expected_vol_low": volatility.forecast.low,
        "expected_vol_high": volatility.forecast.high,
        "expected_vol_method": labels(Method, volatility.forecast.method),
        "expected_vol_clamped": clamp_marks(volatility.forecast),
        "model_r_squared": hindcasts.r_squared,
        "vol_trend": labels(Direction, volatility.trend.direction),
        "vol_trend_strength": volatility.trend.strength,
        "vol_percentile": volatility.percentile.percentile,
        "observations": volatility.n_obs,
        "reasons": _reasons(volatility, hindcasts),
        **component_columns(volatility),
    }


def clamp_marks(forecast: VolatilityForecast) -> list[bool | None]:
    """Say of each forecast whether it was clamped; None where there is none."""
    marks = zip(forecast.method.tolist(), forecast.clamped.tolist(), strict=True)
    return [None if method == Method.NONE else clamped for method, clamped in marks]


def component_columns(volatility: VolatilityMetrics) -> dict[str, Cells]:
    """Return the components of the forecast, which instruments and portfolios share."""
    return {
        "vol_daily": volatility.components.daily,
        "vol_weekly": volatility.components.weekly,
        "vol_monthly": volatility.components.monthly,
        "expected_variance": volatility.forecast.variance,
    }


def _reasons(volatility: VolatilityMetrics, hindcasts: HindcastFit) -> list[dict[str, str] | None]:
    codes = {**volatility.reasons, "model_r_squared": hindcasts.reason}
    words = {metric: labels(Reason, column) for metric, column in codes.items()}
    rows = zip(*words.values(), strict=True)
    named = ({metric: word for metric, word in zip(words, row, strict=True) if word} for row in rows)
    return [reasons or None for reasons in named]
