"""The tests and the walk behind docs/evidence/tail.md, against calculations written out."""

import itertools
import math

import numpy as np
import pytest
from benchmarks.forecast.tail import Group, evaluate, random_weights
from benchmarks.forecast.tail_page import page
from benchmarks.forecast.tail_tests import christoffersen, kupiec, pool, score
from benchmarks.forecast.tail_walk import METHODS, WINDOW, filtered, normal, outcomes, plain
from scipy.stats import binomtest, norm


def loop_likelihoods(exceeded):
    """Log likelihoods of a sequence with one share throughout, and with one for each day before."""
    pairs = list(itertools.pairwise(exceeded))

    def log_likelihood(days):
        share = sum(days) / len(days) if days else 0.0
        return math.fsum(math.log(share if day else 1 - share) for day in days)

    after = [log_likelihood([now for before, now in pairs if before == state]) for state in (False, True)]
    return log_likelihood([now for _, now in pairs]), math.fsum(after)


@pytest.mark.parametrize(("hits", "days"), [(5, 100), (12, 250), (30, 400), (2, 500), (0, 50), (50, 50)])
def test_the_frequency_test_equals_the_likelihood_ratio_written_out(hits, days):
    exceeded = np.arange(days) < hits
    found = hits / days
    ratio = math.fsum(
        math.log((found if hit else 1 - found) / (0.05 if hit else 0.95)) for hit in exceeded.tolist()
    )
    p = 2 * norm.sf(math.sqrt(max(2 * ratio, 0.0)))  # chi-square with one degree is a squared normal
    assert kupiec(exceeded, share=0.05) == pytest.approx(p, abs=1e-12)


def test_the_frequency_test_agrees_with_the_exact_one_of_scipy():
    for hits in (20, 40, 50, 65, 90):
        exceeded = np.arange(1000) < hits
        exact = binomtest(hits, 1000, 0.05).pvalue
        assert kupiec(exceeded, share=0.05) == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_the_clustering_test_equals_the_likelihoods_of_the_sequence_written_out(seed):
    exceeded = np.random.default_rng(seed).random(400) < 0.1
    independent, dependent = loop_likelihoods(exceeded.tolist())
    p = 2 * norm.sf(math.sqrt(max(2 * (dependent - independent), 0.0)))
    assert christoffersen(exceeded) == pytest.approx(p, rel=1e-9)


def test_the_clustering_test_sees_runs_and_stays_defined_without_any_exceedance():
    runs = np.tile(np.r_[np.ones(5, bool), np.zeros(95, bool)], 10)
    assert christoffersen(runs) < 1e-10
    assert christoffersen(np.zeros(500, dtype=bool)) == 1.0


def test_both_tests_refuse_a_true_model_about_once_in_twenty():
    rng = np.random.default_rng(31)
    draws = rng.random((600, 2000)) < 0.05
    assert np.mean([kupiec(one, share=0.05) < 0.05 for one in draws]) == pytest.approx(0.05, abs=0.025)
    assert np.mean([christoffersen(one) < 0.05 for one in draws]) == pytest.approx(0.05, abs=0.04)


def test_a_score_counts_days_and_sums_losses():
    returns = np.array([-0.03, -0.05, 0.02, -0.01, -0.021])
    at_risk, shortfall = np.full(5, 0.02), np.full(5, 0.04)
    found = score(returns, at_risk, shortfall, level=0.95)
    assert (found.days, found.exceedances, found.after, found.beyond) == (5, 3, 1, 1)
    assert found.loss == pytest.approx(0.101)
    assert found.shortfall == pytest.approx(0.12)
    both = pool([found, found])
    assert (both.series, both.days, both.share, both.share_after) == (2, 10, 0.6, pytest.approx(1 / 3))
    assert both.shortfall_ratio == pytest.approx(0.101 / 0.12)
    assert both.share_beyond == pytest.approx(0.2)


def quiet_and_wild(seed, days=700):
    rng = np.random.default_rng(seed)
    return rng.standard_t(4, days) * 0.01 * (1 + (np.arange(days) // 100 % 2))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_no_forecast_sees_its_own_day_or_a_later_one(method):
    returns = quiet_and_wild(32)
    changed = returns.copy()
    changed[600:] *= -7.0
    one, other = method(returns, level=0.95), method(changed, level=0.95)
    seen = 600 - WINDOW + 1  # the forecast for day 600 is the last that knows nothing of it
    np.testing.assert_array_equal(one.at_risk[:seen], other.at_risk[:seen])
    np.testing.assert_array_equal(one.shortfall[:seen], other.shortfall[:seen])
    assert (one.at_risk[seen:] != other.at_risk[seen:]).any()
    np.testing.assert_array_equal(outcomes(changed)[: seen - 1], outcomes(returns)[: seen - 1])


def test_plain_and_normal_walks_equal_loops_over_the_days():
    returns = quiet_and_wild(33, 560)
    history, bell = plain(returns, level=0.95), normal(returns, level=0.95)
    for day in range(0, 56, 5):
        window = returns[day : day + WINDOW]
        quantile = np.quantile(window[-252:], 0.05)
        assert history.at_risk[day] == pytest.approx(-quantile, rel=1e-12)
        tail = [value for value in window[-252:] if value <= quantile]
        assert history.shortfall[day] == pytest.approx(-sum(tail) / len(tail), rel=1e-12)
        weights = 0.94 ** np.arange(WINDOW)
        sigma = math.sqrt((weights * window[::-1] ** 2).sum() / weights.sum())
        assert bell.at_risk[day] == pytest.approx(1.6448536269514722 * sigma, rel=1e-10)
        assert bell.shortfall[day] == pytest.approx(2.0627128075074256 * sigma, rel=1e-10)


def test_the_filtered_walk_is_the_library_at_95_and_answers_99_by_its_own_code():
    returns = quiet_and_wild(34, 560)
    lower, higher = filtered(returns, level=0.95), filtered(returns, level=0.99)
    assert (higher.at_risk > lower.at_risk).all()
    assert (lower.shortfall >= lower.at_risk).all()


def test_random_portfolios_are_the_same_every_time_and_fully_invested():
    weights = random_weights(100, 60)
    np.testing.assert_array_equal(weights, random_weights(100, 60))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-12)
    gross = np.abs(weights).sum(axis=1)
    np.testing.assert_allclose(gross[2::3], 1.6, rtol=1e-12)
    np.testing.assert_allclose(gross[0::3], 1.0, rtol=1e-12)
    held = (weights != 0).sum(axis=1)
    assert held.min() >= 3
    assert held.max() <= 60


def test_the_page_refuses_to_say_what_its_numbers_do_not():
    days = np.arange("2005-01-01", "2007-12-31", dtype="datetime64[D]")
    returns = np.random.default_rng(35).normal(0, 0.01, (len(days), 1))
    table = {
        title: {level: evaluate(Group(title, days, returns), level=level) for level in (0.95, 0.99)}
        for title in ("S&P 500", "20 stocks")
    }
    with pytest.raises(RuntimeError, match="the page says what its numbers do not"):
        page(table)


def test_the_page_of_the_real_index_has_the_figures_that_the_methods_quote(shared_data):
    """The first group of the command alone, which takes a second; the page as a whole takes a minute."""
    closes = np.loadtxt(shared_data / "skfolio_sp500_index.csv.gz", delimiter=",", skiprows=1, dtype=str)
    kept = closes[closes[:, 0] <= "2020-12-31", 1].astype(float)
    walk = filtered(kept[1:] / kept[:-1] - 1, level=0.95)
    found = score(outcomes(kept[1:] / kept[:-1] - 1), walk.at_risk, walk.shortfall, level=0.95)
    assert (found.days, found.exceedances, found.after) == (7307, 381, 24)
    assert found.loss / found.shortfall == pytest.approx(0.984, abs=5e-4)
    assert found.beyond / found.days == pytest.approx(0.02, abs=0.002)
