"""Expected volatility over the next 21 sessions: a pooled log-HAR with shipped coefficients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    column_sums,
    last_rows,
    unmoved,
    zero_filled,
)
from riskpanel.risk.coefficients import CLOSE_ONLY, HarCoefficients, Method
from riskpanel.risk.evidence import absence_reasons
from riskpanel.risk.har import (
    LEVEL_MIN_OBS,
    LEVEL_WINDOW,
    MarketState,
    har_variance,
    session_variances,
    window_mean,
)
from riskpanel.risk.realized import SESSIONS_IN_YEAR
from riskpanel.risk.windows import Windows

FALLBACK_MIN_OBS, FALLBACK_DECAY = 21, 0.97


@dataclass(frozen=True, slots=True)
class VolatilityForecast:
    """Forecast for the next 21 sessions, annualised; (N,) each.

    ``variance`` is the expected variance, for risk limits; ``volatility`` is for display, such that realized
    over shown was 1 on average in training; ``low`` and ``high`` bound it about 8 times in 10 (NaN for the
    fallback, whose errors nobody measured); ``method`` holds codes of :class:`Method`; ``clamped`` marks
    variances that the model put out of all proportion to the past and that were moved to its edge.
    """

    variance: FloatArray
    volatility: FloatArray
    low: FloatArray
    high: FloatArray
    method: CodeArray
    clamped: BoolArray
    n_obs: IntArray
    reason: CodeArray


def expected_volatility(
    returns: ArrayLike,
    *,
    coefficients: HarCoefficients = CLOSE_ONLY,
    variances: ArrayLike | None = None,
    market: MarketState | None = None,
    annualization: int = SESSIONS_IN_YEAR,
) -> VolatilityForecast:
    r"""Forecast the annualised volatility of the 21 sessions that follow the last row.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing. The last 252 rows are used.
    coefficients : HarCoefficients
        Of ``riskpanel.risk.coefficients``: for instruments or portfolios, from closes or ranges, with or
        without the state of the market.
    variances : (T, N) or (T,) array_like, optional
        Variance a session from ranges, at the level of squared returns, decimal squared: what the
        coefficients of a range model take in place of squared returns.
    market : MarketState, optional
        State of the universe at the last row, for coefficients that have market slopes.
    annualization : int
        Sessions in a year.

    Returns
    -------
    VolatilityForecast
        Arrays of shape (N,) or (). From 63 sessions the log-HAR; from 21 returns an EWMA, marked as
        fallback and without a band; below that, or when fewer than 4 of the last 5 sessions are there, NaN.

    Raises
    ------
    ValueError
        On infinite or negative input, shapes that do not fit, or coefficients whose input is not given.

    Notes
    -----
    With v_W the mean over W rows of squared returns or variances (three quarters of them present), and
    L = ln v_252:

    .. math::
        x_j = \max(\ln v_j - L, \ln 0.02), \quad
        h = s \exp\bigl(b_0 + \sum_{j<63} b_j x_j + b_{63}\, g(x_{63})
            + c_1 M_1 + c_5 M_5 + c_m\, move + L\bigr)

    with g(x) = x - x²/(2 ln 4) up to its flat top at ln 4, the most that x_63 can be: a quarter far above its
    year says less about the next month, and one far below it more, than a straight line would have it. h is
    the variance a session; it is clamped to [0.2 v_63, 5 max(v_21, v_252)] and marked when it was.
    ``volatility`` is k sqrt(252 h / s), the band its 10 and 90 % multipliers in place of k. The forecast is
    scale-equivariant: doubling all returns doubles it. The target of training lay strictly after the
    regressors; no row after the last is ever used; nothing is refitted here.

    References
    ----------
    Corsi (2009), *A Simple Approximate Long-Memory Model of Realized Volatility*; Bollerslev, Hood, Huss,
    Pedersen (2018), *Risk Everywhere: Modeling and Managing Volatility* (centred, pooled HAR).

    Examples
    --------
    >>> calm = np.tile([0.01, -0.01], 150)
    >>> one, two = expected_volatility(calm), expected_volatility(2 * calm)
    >>> round(float(one.volatility), 4), round(float(two.volatility / one.volatility), 12)
    (0.1646, 2.0)
    """
    columns, shape = as_columns(returns, "returns")
    evidence = session_variances(columns, coefficients, variances)
    tail = columns[-LEVEL_WINDOW:]
    n = np.isfinite(tail).sum(axis=0)
    recent = last_rows(evidence, LEVEL_WINDOW)
    har, clamped = har_variance(Windows.of(recent), coefficients, market, until=len(recent))
    fallback = np.isnan(har) & (n >= FALLBACK_MIN_OBS) & (n < LEVEL_MIN_OBS)
    ewma = np.full_like(har, np.nan)
    ewma[fallback] = _ewma_variance(np.compress(fallback, tail, axis=1))
    variance = np.where(fallback, ewma, har)
    variance = np.where(variance > 0, variance, np.nan)
    root = np.sqrt(annualization * np.where(fallback, variance, variance / coefficients.scale))
    known = np.where(fallback, Method.EWMA_FALLBACK, coefficients.method)
    low, _, high = coefficients.band
    return VolatilityForecast(
        variance=(annualization * variance).reshape(shape),
        volatility=np.where(fallback, root, coefficients.display * root).reshape(shape),
        low=np.where(fallback, np.nan, low * root).reshape(shape),
        high=np.where(fallback, np.nan, high * root).reshape(shape),
        method=np.where(np.isnan(variance), Method.NONE, known).astype(np.int8).reshape(shape),
        clamped=(clamped & np.isfinite(variance)).reshape(shape),
        n_obs=n.astype(np.int64).reshape(shape),
        reason=absence_reasons(
            columns,
            np.isnan(variance),
            window=LEVEL_WINDOW,
            min_obs=FALLBACK_MIN_OBS,
            degenerate=(n >= FALLBACK_MIN_OBS) & unmoved(tail, np.isnan(variance)),
        ).reshape(shape),
    )


def preferred_forecast(forecasts: Sequence[VolatilityForecast]) -> VolatilityForecast:
    """Take for each series the first forecast of a log-HAR, else the last one given.

    Parameters
    ----------
    forecasts : sequence of VolatilityForecast
        At least one, all of the same (N,) series, best model first; the last serves what none can.

    Returns
    -------
    VolatilityForecast
        Arrays of shape (N,).

    Raises
    ------
    ValueError
        Without a forecast.

    Notes
    -----
    Which model spoke is in ``method``. A fallback of one model never goes before the log-HAR of another.

    References
    ----------
    The order of models is this project's own: docs/evidence/volatility.md scores them.

    Examples
    --------
    >>> one = expected_volatility(np.tile([0.01, -0.01], 150)[:, None])
    >>> preferred_forecast([one, one]).method.tolist()
    [1]
    """
    if not forecasts:
        raise ValueError("forecasts must hold at least one")
    *better, chosen = forecasts
    for candidate in reversed(better):
        spoken = (candidate.method != Method.NONE) & (candidate.method != Method.EWMA_FALLBACK)
        chosen = _merged(spoken, candidate, chosen)
    return chosen


def _merged(first: BoolArray, one: VolatilityForecast, other: VolatilityForecast) -> VolatilityForecast:
    """Take the columns of one forecast where ``first``, and those of the other elsewhere."""
    return VolatilityForecast(
        variance=np.where(first, one.variance, other.variance),
        volatility=np.where(first, one.volatility, other.volatility),
        low=np.where(first, one.low, other.low),
        high=np.where(first, one.high, other.high),
        method=np.where(first, one.method, other.method),
        clamped=np.where(first, one.clamped, other.clamped),
        n_obs=np.where(first, one.n_obs, other.n_obs),
        reason=np.where(first, one.reason, other.reason),
    )


def _ewma_variance(tail: FloatArray) -> FloatArray:
    """Mean square with weights 0.97 to the power of the age in sessions, over the returns that exist.

    NaN where fewer than 4 of the last 5 do.
    """
    weight = FALLBACK_DECAY ** np.arange(len(tail) - 1, -1, -1.0)[:, None]
    weights = np.where(np.isfinite(tail), weight, 0.0)
    total = column_sums(weights)
    mean = column_sums(np.square(zero_filled(tail) * np.sqrt(weights))) / np.where(total > 0, total, np.nan)
    return np.where(np.isfinite(window_mean(np.square(tail), 5)), mean, np.nan)
