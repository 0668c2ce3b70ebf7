"""The scores and the training behind docs/evidence/volatility.md, against calculations written out."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from arch import arch_model
from benchmarks.forecast.ablations import form, loss
from benchmarks.forecast.beta_noted import Against, noted_before
from benchmarks.forecast.comparators import ewma, garch, iterated_har, own_har, rolling
from benchmarks.forecast.designs import (
    CAP,
    HORIZON,
    VARIANTS,
    Sample,
    instrument_sample,
    market_sample,
    saturated,
)
from benchmarks.forecast.experiments import Overlapping
from benchmarks.forecast.grids import (
    TRAINING_END,
    Grid,
    instrument_grid,
    portfolio_grid,
    scored_origins,
    whole_origins,
)
from benchmarks.forecast.noted import BETAS, LOSSES
from benchmarks.forecast.panel import Panel, load_panel
from benchmarks.forecast.portfolios import exposures, portfolio_sample
from benchmarks.forecast.scores import Score, plain, score
from benchmarks.forecast.scoring import (
    calibration,
    coverage,
    diebold_mariano,
    newey_west_variance_of_mean,
    qlike,
    root_mean_square_error,
)
from benchmarks.forecast.shipped import SHIPPED, assert_agreement, library_methods, shipped_fit, shipped_fits
from benchmarks.forecast.training import fit, forecast
from benchmarks.forecast.volatility_words import Scores, headlines, noted_losses
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from riskpanel.book.forecast_scores import Losses, StoredForecasts

ROOT = Path(__file__).resolve().parents[2]
CLOSE, CLOSE_MARKET = VARIANTS[0], VARIANTS[1]


@pytest.fixture(scope="module")
def real_panel(shared_data) -> Panel:
    return load_panel(shared_data)


def made_up_panel(n_rows: int = 900, n_symbols: int = 60) -> Panel:
    """Prices with changing volatility, a young symbol and a hole; high and low span open and close."""
    rng = np.random.default_rng(11)
    volatility = 0.01 * np.exp(0.5 * np.sin(np.arange(n_rows) / 40.0))[:, None]
    moves = volatility * rng.standard_normal((n_rows, n_symbols))
    close = 100.0 * np.exp(np.cumsum(moves, axis=0))
    opened = close * np.exp(-0.5 * moves + 0.002 * rng.standard_normal(close.shape))
    high = np.maximum(opened, close) * np.exp(np.abs(0.003 * rng.standard_normal(close.shape)))
    low = np.minimum(opened, close) * np.exp(-np.abs(0.003 * rng.standard_normal(close.shape)))
    for prices in (opened, high, low, close):
        prices[:600, 0] = np.nan
        prices[700:704, 1] = np.nan
    dates = np.datetime64("2000-01-03") + np.arange(n_rows)
    return Panel(dates, tuple(f"S{i}" for i in range(n_symbols)), opened, high, low, close)


PANEL = made_up_panel()
ORIGINS = np.array([650, 702, 800])


def changed_after(panel: Panel, origin: int) -> Panel:
    """Return the panel with wild prices on every row after an origin."""
    factor = np.ones((len(panel.close), 1))
    factor[origin + 1 :] = np.exp(np.random.default_rng(3).standard_normal((len(factor) - origin - 1, 1)))
    prices = (panel.open, panel.high, panel.low, panel.close)
    return Panel(panel.dates, panel.symbols, *(price * factor for price in prices))


# ---------------------------------------------------------------- scores


def test_qlike_is_the_formula_written_out():
    realized, predicted = [0.04, 0.01, 0.09], [0.02, 0.01, 0.18]
    expected = [rv / h - math.log(rv / h) - 1.0 for rv, h in zip(realized, predicted, strict=True)]
    assert qlike(np.array(realized), np.array(predicted)) == pytest.approx(expected, rel=1e-14)
    assert qlike(np.array([0.01]), np.array([0.01]))[0] == 0.0


def test_qlike_is_missing_without_a_movement_or_a_forecast():
    found = qlike(np.array([0.0, 0.04, 0.04, np.nan]), np.array([0.04, 0.0, np.nan, 0.04]))
    assert np.isnan(found).all()


@given(st.floats(1e-8, 1e4), st.floats(1e-8, 1e4), st.floats(1e-4, 1e4))
def test_qlike_has_no_unit_and_is_never_negative(realized, predicted, factor):
    one = qlike(np.array([realized]), np.array([predicted]))[0]
    assert one >= 0.0
    assert qlike(np.array([factor * realized]), np.array([factor * predicted]))[0] == pytest.approx(
        one, rel=1e-6, abs=1e-9
    )


def test_too_low_costs_more_than_too_high():
    assert qlike(np.array([2.0]), np.array([1.0]))[0] > qlike(np.array([1.0]), np.array([2.0]))[0]


@pytest.mark.parametrize("lags", [0, 3, 8])
def test_the_variance_of_a_mean_is_that_of_statsmodels(lags):
    series = np.cumsum(np.random.default_rng(5).standard_normal(90)) * 0.1
    fitted = sm.OLS(series, np.ones(90)).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    assert newey_west_variance_of_mean(series, lags=lags) == pytest.approx(fitted.bse[0] ** 2, rel=1e-10)


def test_the_comparison_of_two_losses_is_the_naive_one():
    rng = np.random.default_rng(8)
    loss_of_one, loss_of_other = rng.random((40, 6)), rng.random((40, 6))
    loss_of_one[rng.random((40, 6)) < 0.2] = np.nan
    loss_of_one[7] = np.nan  # a date without a common cell is no date
    by_date = []
    for one, other in zip(loss_of_one, loss_of_other, strict=True):
        gaps = [a - b for a, b in zip(one, other, strict=True) if not math.isnan(a - b)]
        if gaps:
            by_date.append(sum(gaps) / len(gaps))
    n, mean = len(by_date), sum(by_date) / len(by_date)
    lags = int(4 * (n / 100) ** (2 / 9))
    total = 0.0
    for i in range(n):
        for j in range(n):
            if abs(i - j) <= lags:
                total += (1 - abs(i - j) / (lags + 1)) * (by_date[i] - mean) * (by_date[j] - mean)
    found = diebold_mariano(loss_of_one, loss_of_other)
    assert (found.difference, found.n_dates) == (pytest.approx(mean, rel=1e-12), 39)
    assert found.t == pytest.approx(mean / math.sqrt(total / n**2), rel=1e-12)


def test_a_comparison_turned_round_has_the_other_sign():
    one, other = np.random.default_rng(2).random((2, 30, 4))
    assert diebold_mariano(one, other).t == pytest.approx(-diebold_mariano(other, one).t, rel=1e-12)


def test_calibration_is_the_regression_of_scipy_over_the_pairs_that_exist():
    rng = np.random.default_rng(1)
    shown = rng.random((20, 5))
    came = 0.1 + 0.7 * shown + 0.05 * rng.standard_normal((20, 5))
    came[3, 2] = shown[4, 1] = np.nan
    both = np.isfinite(came) & np.isfinite(shown)
    expected = linregress(shown[both], came[both])
    found = calibration(came, shown)
    assert (found.intercept, found.slope) == pytest.approx((expected.intercept, expected.slope), rel=1e-12)
    assert found.r_squared == pytest.approx(expected.rvalue**2, rel=1e-12)


def test_coverage_counts_months_below_inside_and_above():
    outcomes = np.array([0.5, 1.0, 2.0, 3.0, np.nan])
    assert coverage(outcomes, np.full(5, 0.9), np.full(5, 2.5)) == pytest.approx((0.25, 0.5, 0.25))


def test_the_root_mean_square_error_leaves_out_what_is_missing():
    found = root_mean_square_error(np.array([1.0, 4.0, np.nan]), np.array([2.0, 2.0, 9.0]))
    assert found == pytest.approx(math.sqrt(2.5))


def naive_bias(shown, came):
    pairs = [(s, c) for s, c in zip(shown, came, strict=True) if not math.isnan(s + c)]
    return math.fsum(s for s, _ in pairs) / math.fsum(c for _, c in pairs) - 1.0


def noisy_forecast() -> tuple[np.ndarray, np.ndarray]:
    """Volatilities of 20 % that came, and a forecast of the right level that jumps about: (400, 5) each."""
    rng = np.random.default_rng(17)
    came = np.full((400, 5), 0.2)
    came[3, 1] = np.nan
    return came, 0.2 * np.exp(0.5 * rng.standard_normal(came.shape) - 0.125)


def score_of(came, shown):
    method = plain("x", np.square(shown) / 252)
    calm = np.ones(len(came), dtype=bool)
    return score(method, np.square(came) / 252, calm=calm, rivals=(), constant=None)


def test_the_bias_is_mean_shown_over_mean_realized_less_one():
    came, shown = noisy_forecast()
    found = score_of(came, 1.1 * shown)
    assert found.bias == pytest.approx(naive_bias(1.1 * shown.ravel(), came.ravel()), rel=1e-12)
    assert score_of(came, 2.2 * shown).bias == pytest.approx(2 * (1 + found.bias) - 1, rel=1e-12)


def test_noise_alone_lifts_the_mean_of_ratios_and_not_the_bias():
    found = score_of(*noisy_forecast())
    assert abs(found.bias) < 0.03
    assert found.ratio == pytest.approx(math.exp(0.25), abs=0.05)


def test_the_bias_is_the_one_that_the_evaluate_command_reports():
    came, shown = noisy_forecast()
    there = np.isfinite(came)
    flat, n = shown[there], int(there.sum())
    forecasts = StoredForecasts(
        rows=np.arange(n) * 21,
        series=np.zeros(n, dtype=np.int64),
        variance=np.square(flat),
        volatility=flat,
        low=flat,
        high=flat,
        rolling=flat,
        method=np.zeros(n, dtype=np.int64),
        in_time=np.ones(n, dtype=bool),
        methods=("x",),
    )
    sessions = np.datetime64("2000-01-03") + np.arange(21 * n)
    losses = Losses(forecasts, np.square(came[there]), sessions)
    (reported,) = losses.scores(np.zeros(n, dtype=np.int64), ["x"])
    assert score_of(came, shown).bias == pytest.approx(reported.volatility_bias, rel=1e-12)


# ---------------------------------------------------------------- the words of the pages


def line(name, qlike=0.3, *, calm=0.25, bias=0.01, t=-1.0):
    return Score(name, qlike, calm, None, 0.1, 1.0, bias, 0.9, (t, t), (0.1, 0.8, 0.1), 100)


def table_of(*scores):
    return {found.name: found for found in scores}


def supporting(**changed):
    """Scores that every sentence of the page holds for, unless changed."""
    stocks = table_of(
        line("rolling 21 sessions", 0.50, bias=-0.005),
        line("EWMA 0.97", 0.37),
        line("own HAR refitted on 252 sessions", 0.70),
        *(
            line(name, 0.34)
            for name in ("instrument, close", "earlier: instrument, close, fitted before 2010")
        ),
        line("instrument, close + market (closes)", 0.29),
        line("instrument, range", 0.31),
        *(
            line(name, 0.28)
            for name in (
                "instrument, range + market (ranges)",
                "earlier: instrument, range + market, fitted before 2010",
            )
        ),
    )
    few = table_of(
        *(line(name, 0.342) for name in ("instrument, close", "GARCH(1,1), refitted each year")),
        line("instrument, close + market (closes)", 0.29),
        line("rolling 21 sessions", 0.49),
    )
    ours = [line(f"portfolio, close{rest}", 0.297, calm=0.22) for rest in ("", " + market (closes)")]
    ours.append(line("portfolio, close + market (ranges)", changed.get("ranges", 0.297), calm=0.22))
    portfolios = table_of(
        line("rolling 21 sessions", 0.47),
        line("earlier: portfolio, close + market, fitted before 2010", 0.291, calm=0.23),
        *ours,
    )
    neutral = table_of(line("rolling 252 sessions", 0.40, calm=changed.get("year", 0.18)), *ours)
    often = {row.method: Overlapping(row.method, row.later, 0.3) for row in LOSSES}
    return Scores(stocks, few, portfolios, neutral, often)


def test_the_page_says_where_the_model_does_not_win():
    words = headlines(supporting())
    assert (words["lost_ours"], words["lost_earlier"], words["neutral_year"]) == ("0.297", "0.291", "0.180")
    assert words["neutral_ours"] == "0.220, 0.220 and 0.220"
    assert (words["bias_instrument"], words["bias_rolling"]) == ("1.0", "−0.5")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ranges": 0.28}, "portfolios with ranges lose"),
        ({"year": 0.23}, "a year's variance beats all models"),
    ],
)
def test_the_page_of_volatility_refuses_to_say_what_its_numbers_do_not(changed, sentence):
    with pytest.raises(RuntimeError, match=sentence):
        headlines(supporting(**changed))


def test_the_noted_figures_stand_beside_those_of_the_page():
    words = noted_losses(supporting())
    (rolling,) = (row for row in words["noted_losses"].splitlines() if row.startswith("| rolling 21"))
    assert rolling.split(" | ")[1:4] == ["0.576", "0.500", "0.576"]
    assert (words["way_least"], words["way_most"]) == ("100", "100")


def against(**changed):
    misses = {row.method: (row.least, row.slope) for row in BETAS}
    return lambda shift: Against(
        {name: (miss + shift, slope) for name, (miss, slope) in misses.items()} | changed, 0.17, 35_000
    )


def test_the_page_of_beta_sets_the_noted_figures_beside_its_own():
    section = noted_before(against()(0.01), against()(-0.01))
    assert "| OLS 252 | 0.376, 0.78 | 0.386, 0.78 | 0.366, 0.78 |" in section
    assert "| pairs | 87,282 | 35,000 | 35,000 |" in section


def test_the_page_of_beta_refuses_another_order_of_the_methods():
    turned = against(**{"EWMA .99, shrunk": (0.5, 1.0)})
    with pytest.raises(RuntimeError, match="in the order that had been noted"):
        noted_before(turned(0.01), against()(-0.01))


# ---------------------------------------------------------------- what a forecast may know


@pytest.mark.parametrize("own", ["close", "range"])
def test_rows_after_the_origin_change_no_component_of_a_stock(own):
    for origin in ORIGINS:
        before, after = (
            instrument_sample(panel, np.array([origin]), own=own, windows=(1, 5, 21, 63))
            for panel in (PANEL, changed_after(PANEL, origin))
        )
        np.testing.assert_array_equal(before.level, after.level)
        for window in before.own:
            np.testing.assert_array_equal(before.own[window], after.own[window])
        assert not np.allclose(before.realized, after.realized, equal_nan=True)


@pytest.mark.parametrize("market", ["close", "range"])
def test_rows_after_the_origin_change_no_state_of_the_market(market):
    for origin in ORIGINS:
        states = [
            market_sample(panel, np.array([origin]), market=market)
            for panel in (PANEL, changed_after(PANEL, origin))
        ]
        assert np.isfinite(states[0]).all()
        np.testing.assert_array_equal(*states)


def test_rows_after_the_origin_change_no_component_of_a_portfolio():
    before, after = (
        portfolio_sample(panel.returns, np.array([500]), windows=(5, 21, 63))
        for panel in (PANEL, changed_after(PANEL, 500))
    )
    np.testing.assert_allclose(before.level, after.level, rtol=1e-12)
    for window in before.own:
        np.testing.assert_allclose(before.own[window], after.own[window], rtol=1e-9, atol=1e-12)
    assert not np.allclose(before.realized, after.realized)


def comparator_forecasts(returns, origin):
    origins, years = np.array([origin]), np.array([2002])
    few = returns[:, 40:43]
    return [
        rolling(returns, origins, window=21),
        ewma(returns, origins, decay=0.97),
        own_har(returns, origins),
        garch(few, origins, years),
        iterated_har(few, origins),
    ]


def test_rows_after_the_origin_change_no_comparator():
    plain = comparator_forecasts(PANEL.returns, 800)
    wild = comparator_forecasts(changed_after(PANEL, 800).returns, 800)
    for one, other in zip(plain, wild, strict=True):
        assert np.isfinite(one).any()
        np.testing.assert_array_equal(one, other)


def test_the_target_is_the_mean_square_of_the_21_sessions_after_the_origin():
    sample = instrument_sample(PANEL, np.array([800]), own="close", windows=())
    prices = PANEL.close[:, 9]
    squares = [(prices[row] / prices[row - 1] - 1.0) ** 2 for row in range(801, 801 + HORIZON)]
    assert sample.realized[0, 9] == pytest.approx(sum(squares) / HORIZON, rel=1e-12)


def test_a_target_with_a_hole_is_missing():
    sample = instrument_sample(PANEL, np.array([690]), own="close", windows=())
    assert np.isnan(sample.realized[0, 1])
    assert np.isfinite(sample.realized[0, 2:]).all()


# ---------------------------------------------------------------- comparators


def test_the_own_har_is_the_regression_of_statsmodels():
    origin, column = 800, 5
    squares = np.square(PANEL.returns[:, column])
    rows = range(origin - HORIZON - 251, origin - HORIZON + 1)
    regressors = [[1.0, *(squares[t - w + 1 : t + 1].mean() for w in (1, 5, 21))] for t in rows]
    target = [squares[t + 1 : t + 1 + HORIZON].mean() for t in rows]
    slopes = sm.OLS(target, regressors).fit().params
    newest = [1.0, *(squares[origin - w + 1 : origin + 1].mean() for w in (1, 5, 21))]
    expected = max(float(slopes @ np.array(newest)), min(target))
    assert own_har(PANEL.returns, np.array([origin]))[0, column] == pytest.approx(expected, rel=1e-8)


def test_garch_is_the_forecast_of_arch():
    series = PANEL.returns[:, [7]]
    model = arch_model(100.0 * series[1:801, 0], mean="Zero", rescale=False)
    fitted = model.fit(disp="off", show_warning=False)
    expected = fitted.forecast(horizon=HORIZON, reindex=False).variance.to_numpy()[0].mean() / 100.0**2
    found = garch(series, np.array([800]), np.array([2002]))[0, 0]
    assert found == pytest.approx(expected, rel=1e-6)  # they start the recursion from different variances


def test_an_ewma_weighs_by_age_in_sessions():
    squares = np.square(PANEL.returns[: 800 + 1, 4])
    weights = [0.94 ** (800 - row) for row in range(297, 801)]
    expected = sum(w * s for w, s in zip(weights, squares[297:], strict=True)) / sum(weights)
    assert ewma(PANEL.returns, np.array([800]), decay=0.94)[0, 4] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("style", "net", "gross"),
    [(0.1, 1.0, 1.0), (0.7, 1.0, 1.6), (0.85, 1.5, 1.5), (0.95, 0.7, 0.7), (2.0, 0.0, 2.0)],
)
def test_a_random_portfolio_has_the_exposure_of_its_style(style, net, gross):
    weights = exposures(np.random.default_rng(4).dirichlet(np.ones(9)), style)
    assert (weights.sum(), np.abs(weights).sum()) == pytest.approx((net, gross), abs=1e-12)


# ---------------------------------------------------------------- the form and its training


@given(st.floats(math.log(0.02), CAP), st.floats(0.0, 1.0))
def test_the_saturating_quarter_rises_up_to_the_most_it_can_be(quarter, more):
    low, high = saturated(np.array([quarter, min(quarter + more, CAP)]))
    assert low <= high + 1e-15
    assert saturated(np.array([CAP + more]))[0] == pytest.approx(CAP / 2)


def simulated_sample(n_dates: int = 300, n_series: int = 60) -> Sample:
    """A sample whose target follows the form exactly, but for noise whose mean exponential is 1.2."""
    rng = np.random.default_rng(21)
    own = {window: rng.normal(0.0, 0.4, (n_dates, n_series)) for window in (5, 21, 63)}
    level = rng.normal(-8.0, 1.0, (n_dates, n_series))
    truth = -0.05 + 0.1 * own[5] + 0.2 * own[21] + 0.4 * saturated(own[63])
    noise = rng.normal(0.0, math.sqrt(2 * math.log(1.2)), level.shape)
    return Sample(np.arange(n_dates) * 5, level, own, np.exp(level + truth + noise))


def test_training_finds_coefficients_that_are_known():
    sample = simulated_sample()
    found = fit(CLOSE, sample, None, rows=np.ones(300, dtype=bool))
    assert (found.intercept, *found.slopes) == pytest.approx((-0.05, 0.1, 0.2, 0.4), abs=0.03)
    assert found.scale == pytest.approx(1.2, abs=0.03)
    assert found.display == pytest.approx(math.exp(math.log(1.2) / 4), abs=0.01)
    spread = math.exp(1.2815515 * math.sqrt(2 * math.log(1.2)) / 2)
    assert found.band == pytest.approx((1 / spread, 1.0, spread), abs=0.03)


def test_a_trained_variance_is_unbiased_on_its_own_years():
    sample = simulated_sample()
    found = fit(CLOSE, sample, None, rows=np.ones(300, dtype=bool))
    ratio = sample.realized / forecast(found, sample, None)
    assert ratio.mean() == pytest.approx(1.0, abs=1e-3)


def test_training_refuses_a_short_or_a_narrow_panel():
    sample = simulated_sample()
    with pytest.raises(ValueError, match="needs 1000 sessions and 50 series"):
        fit(CLOSE, sample, None, rows=np.arange(300) < 100)
    narrow = Sample(
        sample.origins,
        sample.level[:, :40],
        {w: x[:, :40] for w, x in sample.own.items()},
        sample.realized[:, :40],
    )
    with pytest.raises(ValueError, match="needs 1000 sessions and 50 series"):
        fit(CLOSE, narrow, None, rows=np.ones(300, dtype=bool))


def test_twice_the_returns_are_twice_the_forecast():
    sample = simulated_sample()
    doubled = Sample(sample.origins, sample.level + math.log(4.0), sample.own, sample.realized)
    fitted = shipped_fit(CLOSE)
    np.testing.assert_allclose(
        forecast(fitted, doubled, None), 4.0 * forecast(fitted, sample, None), rtol=1e-12
    )


def test_a_term_that_says_something_lowers_the_loss():
    sample = simulated_sample()
    nothing = np.zeros((300, 3))
    rows = np.ones(300, dtype=bool)
    plain, bent = (form(index, sample, nothing, windows=(5, 21, 63)) for index in (0, 1))
    assert loss(bent, rows, bent, origins=rows) < loss(plain, rows, plain, origins=rows)


# ---------------------------------------------------------------- real prices


@pytest.mark.parametrize("variant", [CLOSE, CLOSE_MARKET], ids=lambda v: v.name)
def test_training_on_real_prices_finds_the_shipped_coefficients(real_panel, variant):
    origins = whole_origins(real_panel, "instrument")
    sample = instrument_sample(real_panel, origins, own="close", windows=(5, 21, 63))
    market = None if variant.market is None else market_sample(real_panel, origins, market="close")
    early = origins + HORIZON < real_panel.row_of(TRAINING_END)
    found, shipped = fit(variant, sample, market, rows=early), shipped_fit(variant)
    one_in_the_last_digit = 0.001 + 1e-12  # sums may round to the other side on another machine
    for part in ("coefficients", "scale", "display", "band"):
        assert getattr(found, part) == pytest.approx(getattr(shipped, part), abs=one_in_the_last_digit)


def test_the_library_and_the_definitions_agree_on_real_prices(real_panel):
    origins = scored_origins(real_panel)[[5, 60, 121]]
    stocks: Grid = instrument_grid(real_panel, origins)
    assert assert_agreement(library_methods(real_panel, origins, "instrument"), stocks) < 1e-12
    portfolios = portfolio_grid(real_panel, origins)
    assert assert_agreement(library_methods(real_panel, origins, "portfolio"), portfolios) < 1e-12


def test_the_page_prints_the_coefficients_that_the_library_ships():
    page = (ROOT / "docs" / "evidence" / "volatility.md").read_text(encoding="utf-8")
    section = page.split("## Coefficients")[1].split("\n## ")[0]
    rows = {line.split("|")[1].strip(): line for line in section.splitlines() if line.startswith("|")}
    for name, fitted in shipped_fits().items():
        printed = [float(number) for number in re.findall(r"-?\d+\.\d{3}", rows[name])]
        assert printed == [*fitted.coefficients, fitted.scale, fitted.display, *fitted.band]


def test_every_variant_has_a_shipped_set():
    assert set(SHIPPED) == {variant.name for variant in VARIANTS}
