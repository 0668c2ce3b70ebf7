"""The tables of scores of docs/evidence/volatility.md."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from benchmarks.forecast import comparators
from benchmarks.forecast.ablations import Pooled, fit_and_forecast, solve
from benchmarks.forecast.designs import LEVEL_WINDOW, instrument_sample, origins_between
from benchmarks.forecast.earlier import EARLIER, Earlier, plain_form, pooled_market, printed_forecast
from benchmarks.forecast.grids import TEST_START, TEST_STEP, TRAINING_END, Holder, Study
from benchmarks.forecast.portfolios import portfolio_sample, portfolio_window
from benchmarks.forecast.scores import ANNUAL, Method, Score, plain, score_all, unbiasing_constant
from benchmarks.forecast.scoring import coverage, qlike
from benchmarks.forecast.training import Fit, band_of, forecast

from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

SUBSET = 40


def usual_methods(returns: FloatArray, origins: IntArray) -> list[Method]:
    """Return the forecasts that need nothing but returns, the rolling month first."""
    return [
        plain("rolling 21 sessions", comparators.rolling(returns, origins, window=21)),
        plain("rolling 63 sessions", comparators.rolling(returns, origins, window=63)),
        plain("rolling 252 sessions", comparators.rolling(returns, origins, window=252)),
        plain("EWMA 0.94", comparators.ewma(returns, origins, decay=0.94)),
        plain("EWMA 0.97", comparators.ewma(returns, origins, decay=0.97)),
    ]


def portfolio_methods(returns: FloatArray, origins: IntArray, *, neutral: bool = False) -> list[Method]:
    """Return the usual methods on the series of the portfolios drawn at each origin."""
    last = np.array([LEVEL_WINDOW - 1])
    windows = (portfolio_window(returns, origin, neutral=neutral)[:LEVEL_WINDOW] for origin in origins)
    each = [usual_methods(window, last) for window in windows]
    return [
        plain(found[0].name, np.concatenate([method.variance for method in found]))
        for found in zip(*each, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Refit:
    """Intercept, slopes and market of an earlier row, and what multiplies them out on some origins.

    As in a fit: ``scale`` makes the variance unbiased there, ``display`` the mean ratio of volatilities 1,
    and ``band`` holds the 10, 50 and 90 % multipliers.
    """

    coefficients: FloatArray
    scale: float
    display: float
    band: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """An earlier row as printed, its refits on the whole period and before 2010, and both test forecasts.

    ``kept`` has the printed coefficients themselves, multiplied out on the whole period.
    """

    row: Earlier
    kept: Refit
    whole: Refit
    before: Refit
    printed: Method
    honest: Method


def multiplied_out(pooled: Pooled, origins: BoolArray, coefficients: FloatArray) -> Refit:
    """Return coefficients with the scale, display and band that they need on some origins."""
    cells = pooled.rows(origins)
    errors = pooled.ratio[cells] / np.exp(pooled.x[cells] @ coefficients)
    return Refit(coefficients, float(errors.mean()), float(np.sqrt(errors).mean()), band_of(errors))


def earlier_rows(study: Study) -> list[EarlierRow]:
    """Refit the earlier rows on both periods and forecast the test period with each."""
    found = []
    for row in EARLIER:
        grid, test = study.whole[row.holder], study.test[row.holder]
        training = plain_form(row, grid.samples[row.own], pooled_market(study.panel, grid.origins))
        scored = plain_form(row, test.samples[row.own], pooled_market(study.panel, test.origins))
        level = test.samples[row.own].level
        rows = study.training(row.holder)
        everything = np.ones_like(rows)
        honest = fit_and_forecast(training, rows, scored) * np.exp(level)
        found.append(
            EarlierRow(
                row,
                multiplied_out(training, everything, row.coefficients),
                multiplied_out(training, everything, solve(training, everything)[0]),
                multiplied_out(training, rows, solve(training, rows)[0]),
                plain(f"{row.name}, as printed", printed_forecast(row, scored, level)),
                plain(f"{row.name}, fitted before 2010", honest),
            )
        )
    return found


def instrument_scores(study: Study, shipped: list[Method], earlier: list[EarlierRow]) -> list[Score]:
    """Score all symbols in the test period; usual methods also after a constant from the training period."""
    grid = study.test["instrument"]
    returns = study.panel.returns
    usual = [*usual_methods(returns, grid.origins), own_har(returns, grid.origins)]
    past = origins_between(study.panel, 400, TRAINING_END, step=TEST_STEP)
    realized = instrument_sample(study.panel, past, own="close", windows=()).realized
    before = [*usual_methods(returns, past), own_har(returns, past)]
    constants = [unbiasing_constant(method.variance, realized) for method in before]
    methods = usual + [m for e in earlier if e.row.holder == "instrument" for m in (e.printed, e.honest)]
    methods += shipped
    constants += [None] * (len(methods) - len(usual))
    return score_all(methods, grid.samples["close"].realized, calm=study.calm(grid), constants=constants)


def own_har(returns: FloatArray, origins: IntArray) -> Method:
    return plain("own HAR refitted on 252 sessions", comparators.own_har(returns, origins))


def subset_scores(study: Study, shipped: list[Method]) -> list[Score]:
    """Score 40 symbols with whole histories, where GARCH and arch's HAR are affordable as well."""
    grid = study.test["instrument"]
    returns = study.panel.returns
    whole = np.flatnonzero(np.isfinite(returns[1:]).all(axis=0))
    columns = whole[np.linspace(0, len(whole) - 1, SUBSET).astype(int)]
    few = returns[:, columns]
    years = study.panel.dates[grid.origins].astype("datetime64[Y]").astype(np.int64)
    methods = [*usual_methods(few, grid.origins), own_har(few, grid.origins)]
    methods.append(plain("arch HARX, one-day forecast iterated", comparators.iterated_har(few, grid.origins)))
    methods.append(plain("GARCH(1,1), refitted each year", comparators.garch(few, grid.origins, years)))
    for method in shipped:
        parts = (method.variance, method.volatility, method.low, method.high)
        methods.append(Method(method.name, *(None if part is None else part[:, columns] for part in parts)))
    realized = grid.samples["close"].realized[:, columns]
    return score_all(methods, realized, calm=study.calm(grid), constants=[None] * len(methods))


def portfolio_scores(study: Study, shipped: list[Method], earlier: list[EarlierRow]) -> list[Score]:
    """Score the random portfolios in the test period."""
    grid = study.test["portfolio"]
    methods = portfolio_methods(study.panel.returns, grid.origins)
    methods += [m for e in earlier if e.row.holder == "portfolio" for m in (e.printed, e.honest)]
    methods += shipped
    constants = [None] * len(methods)
    return score_all(methods, grid.samples["close"].realized, calm=study.calm(grid), constants=constants)


def neutral_scores(study: Study, shipped: list[Method]) -> list[Score]:
    """Score market-neutral portfolios, which no coefficient was trained on."""
    origins = study.test["portfolio"].origins
    sample = portfolio_sample(study.panel.returns, origins, windows=(), neutral=True)
    methods = portfolio_methods(study.panel.returns, origins, neutral=True) + shipped
    calm = study.calm(study.test["portfolio"])
    return score_all(methods, sample.realized, calm=calm, constants=[None] * len(methods))


@dataclass(frozen=True, slots=True)
class Overlapping:
    """QLIKE of one forecast on every fifth session of the test period, and without the crash."""

    name: str
    qlike: float
    calm: float


def overlapping_scores(study: Study, fits: Mapping[str, Fit], holder: Holder) -> list[Overlapping]:
    """Score on origins 5 sessions apart: the same mean with less luck of the calendar, and no test of it."""
    grid = study.whole[holder]
    chosen = (grid.origins >= study.panel.row_of(TEST_START)) & ~study.training(holder)
    quiet = study.calm(grid)[chosen]
    close = grid.samples["close"]
    forecasts = {f"rolling {w} sessions": np.exp(close.own[w] + close.level) for w in (21, 63)}
    for row in (row for row in EARLIER if row.holder == holder):
        sample = grid.samples[row.own]
        known = plain_form(row, sample, pooled_market(study.panel, grid.origins))
        honest = fit_and_forecast(known, study.training(holder), known) * np.exp(sample.level)
        forecasts[f"{row.name}, fitted before 2010"] = honest
    for name, fitted in fits.items():
        if fitted.variant.holder == holder:
            forecasts[name] = forecast(fitted, *grid.of(fitted.variant))
    losses = {name: qlike(close.realized, variance)[chosen] for name, variance in forecasts.items()}
    there = np.isfinite(np.array(list(losses.values()))).all(axis=0)
    return [
        Overlapping(name, float(loss[there].mean()), float(loss[quiet][there[quiet]].mean()))
        for name, loss in losses.items()
    ]


@dataclass(frozen=True, slots=True)
class BandRow:
    """Share of months inside the band of the training period and inside the shipped one."""

    name: str
    training: float
    shipped: float


def band_rows(study: Study, shipped: Mapping[Holder, list[Method]], fits: Mapping[str, Fit]) -> list[BandRow]:
    """Compare the two bands in the test period; the training band is laid around the same forecast."""
    found = []
    for holder, methods in shipped.items():
        outcome = np.sqrt(ANNUAL * study.test[holder].samples["close"].realized)
        for method in methods:
            fitted = fits[method.name]
            root = method.volatility / fitted.display
            low, _, high = fitted.training_band
            inside = coverage(outcome, low * root, high * root)[1]
            found.append(BandRow(method.name, inside, coverage(outcome, method.low, method.high)[1]))
    return found
