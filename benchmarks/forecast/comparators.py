"""The usual forecasts of the variance of the next 21 sessions, each from the rows up to the origin only."""

import numpy as np
from arch import arch_model
from arch.univariate import HARX
from benchmarks.forecast.designs import HORIZON, window_mean

from riskpanel.risk.arrays import FloatArray, IntArray

ESTIMATION_ROWS = 252
HAR_WINDOWS = (1, 5, 21)
EWMA_ROWS = 504  # what is older weighs less than 1e-6 at a decay of 0.97
PERCENT = 100.0  # arch's optimiser wants returns in percent


def rolling(returns: FloatArray, origins: IntArray, *, window: int) -> FloatArray:
    """Return the mean square of the last ``window`` returns at each origin: (D, N)."""
    squares = np.square(returns)
    return np.array([window_mean(squares[: origin + 1], window) for origin in origins])


def ewma(returns: FloatArray, origins: IntArray, *, decay: float) -> FloatArray:
    """Return the exponentially weighted mean square at each origin, over the returns that exist: (D, N)."""
    squares = np.square(returns)
    forecasts = []
    for origin in origins:
        tail = squares[max(origin - EWMA_ROWS + 1, 0) : origin + 1]
        weights = np.where(np.isfinite(tail), decay ** np.arange(len(tail) - 1, -1, -1.0)[:, None], 0.0)
        total = weights.sum(axis=0)
        weighted = (weights * np.nan_to_num(tail)).sum(axis=0)
        forecasts.append(np.where(total > 0, weighted / np.where(total > 0, total, 1.0), np.nan))
    return np.array(forecasts)


def trailing_means(squares: FloatArray, window: int) -> FloatArray:
    """Return at each row the mean of the last ``window`` rows, NaN where one is missing: (T, N)."""
    means = np.full_like(squares, np.nan)
    views = np.lib.stride_tricks.sliding_window_view(squares, window, axis=0)
    means[window - 1 :] = views.mean(axis=-1)
    return means


def own_har(returns: FloatArray, origins: IntArray) -> FloatArray:
    """Return each series' own HAR on squared returns, refitted at each origin on 252 rows: (D, N).

    The target is direct (mean square of the 21 sessions after a row, all of them before the origin). A fit
    may go below zero; the floor is the least target of its own 252 rows.
    """
    squares = np.square(returns)
    regressors = np.stack([trailing_means(squares, window) for window in HAR_WINDOWS], axis=-1)
    target = np.full_like(squares, np.nan)
    target[:-HORIZON] = regressors[HORIZON:, :, -1]
    forecasts = []
    for origin in origins:
        rows = slice(origin - HORIZON - ESTIMATION_ROWS + 1, origin - HORIZON + 1)
        forecasts.append(_har_forecast(regressors[rows], target[rows], regressors[origin]))
    return np.array(forecasts)


def _har_forecast(regressors: FloatArray, target: FloatArray, newest: FloatArray) -> FloatArray:
    unit = target.mean(axis=0)  # in units of the mean target, so that the normal equations are well scaled
    whole = np.isfinite(regressors).all(axis=(0, 2)) & (unit > 0) & np.isfinite(newest).all(axis=-1)
    x = np.where(whole[:, None], regressors, 0.0) / np.where(whole, unit, 1.0)[:, None]
    x = np.concatenate([np.ones((*x.shape[:2], 1)), x], axis=-1)
    y = np.where(whole, target / np.where(whole, unit, 1.0), 0.0)
    gram = np.einsum("tnk,tnl->nkl", x, x) + np.where(whole, 0.0, 1.0)[:, None, None] * np.eye(x.shape[-1])
    slopes = np.linalg.solve(gram, np.einsum("tnk,tn->nk", x, y)[..., None])[..., 0]
    latest = np.concatenate([np.ones((len(unit), 1)), newest / np.where(whole, unit, 1.0)[:, None]], axis=-1)
    forecast = np.maximum((slopes * latest).sum(axis=-1), y.min(axis=0)) * unit
    return np.where(whole, forecast, np.nan)


def garch(returns: FloatArray, origins: IntArray, years: IntArray) -> FloatArray:
    """Return GARCH(1,1) with normal errors, refitted at the first origin of each year on all earlier rows.

    The forecast is the mean of the 21 variances that the recursion expects; ``years`` holds the calendar
    year of each origin. (D, N), for series without gaps.
    """
    forecasts = np.full((len(origins), returns.shape[1]), np.nan)
    for year in np.unique(years):
        chosen = np.flatnonzero(years == year)
        for column in range(returns.shape[1]):
            series = returns[: origins[chosen[-1]] + 1, column] * PERCENT
            series = series[np.isfinite(series)]
            ages = origins[chosen[-1]] - origins[chosen]  # rows from the end: the first row has no return
            known = series[: len(series) - ages[0]]
            fitted = arch_model(known, mean="Zero", rescale=False).fit(disp="off", show_warning=False)
            omega, alpha, beta = (float(value) for value in fitted.params)
            variance = _garch_filter(series, known.var(), (omega, alpha, beta))
            forecasts[chosen, column] = _garch_mean(variance[len(series) - ages], omega, alpha + beta)
    return forecasts / PERCENT**2


def _garch_filter(series: FloatArray, start: float, parameters: tuple[float, float, float]) -> FloatArray:
    """Return the conditional variance of each row and of the one after the last: (T + 1,)."""
    omega, alpha, beta = parameters
    variance = np.empty(len(series) + 1)
    variance[0] = start
    for row, value in enumerate(series):
        variance[row + 1] = omega + alpha * value * value + beta * variance[row]
    return variance


def _garch_mean(first: FloatArray, omega: float, persistence: float) -> FloatArray:
    """Return the mean of the 21 expected variances, the first of which is known."""
    total, current = np.zeros_like(first), first
    for _ in range(HORIZON):
        total, current = total + current, omega + persistence * current
    return total / HORIZON


def iterated_har(returns: FloatArray, origins: IntArray) -> FloatArray:
    """Return arch's HARX on squared returns, refitted on 252 rows, its one-day forecast iterated 21 times.

    The mean of the 21 forecasts; floored like :func:`own_har` at the least 21-session mean of its rows.
    (D, N), for series without gaps.
    """
    squares = np.square(returns * PERCENT)
    forecasts = np.full((len(origins), returns.shape[1]), np.nan)
    for row, origin in enumerate(origins):
        for column in range(returns.shape[1]):
            series = squares[origin - ESTIMATION_ROWS - HAR_WINDOWS[-1] + 1 : origin + 1, column]
            fitted = HARX(series, lags=list(HAR_WINDOWS), rescale=False).fit(disp="off")
            path = fitted.forecast(horizon=HORIZON, reindex=False).mean.to_numpy()[0]
            least = trailing_means(series[:, None], HORIZON)[HORIZON - 1 :].min()
            forecasts[row, column] = max(path.mean(), least)
    return forecasts / PERCENT**2
