"""Tail and structure of portfolios: many at once, few positions, one, none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book.structure_oracle import (
    contribution_columns,
    correlation_columns,
    drawdown_columns,
    tail_columns,
    tracking_columns,
)
from properties.draws import draw, draw_book, few, missing_shares, seeds
from riskpanel.book.coverage import least_coverage, lost_to_imputation, mean_coverage
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.structure import LARGEST, SeriesOrigin, build_structure
from riskpanel.risk import PortfolioSeries, Reason, concentration, imputed_returns, portfolio_series
from riskpanel.risk.matrices import SparseRows, as_weights

NAN, POLICY = np.nan, RiskPolicy()
NUMBERS = (
    "tail_coverage",
    "tracking_error",
    "sector_contributions",
    "coverage",
)


def rows_of(weights: np.ndarray) -> SparseRows:
    """Sparse rows of dense weights."""
    return as_weights(np.atleast_2d(weights))[0]


def structure_of(weights, returns, market, *, policy=POLICY, beta=None, sectors=3):
    """Structure of dense weights (P, N), the series made as a snapshot makes them."""
    rows, names = rows_of(weights), returns.shape[1]
    origin = SeriesOrigin(returns, market, np.full(names, 1.0) if beta is None else beta, rows)
    series = portfolio_series(
        returns, rows, market=market, beta=origin.beta, min_coverage=policy.series_min_coverage
    )
    found = build_structure(
        series,
        origin,
        policy,
        sectors=np.arange(names) % sectors,
        n_sectors=sectors,
        largest=concentration(rows).largest[:, :LARGEST],
    )
    return found, series


def numbers_of(found, row):
    """Everything known of one portfolio, as flat arrays by name."""
    split = found.contributions
    held = slice(split.contributions.starts[row], split.contributions.starts[row + 1])
    parts = {name: getattr(found, name)[row] for name in NUMBERS}
    parts |= {
        f"tail {name}": getattr(found.tail, name)[row]
        for name in ("value_at_risk", "expected_shortfall", "n_obs")
    }
    parts |= {f"drawdown {name}": getattr(found.drawdown, name)[row] for name in ("depth", "n_obs")}
    parts |= {name: getattr(split, name)[row] for name in ("diversification_ratio", "volatility", "n_obs")}
    parts |= {name: getattr(found.correlation, name)[row] for name in ("matrix", "mean", "columns")}
    parts |= {f"reason {name}": codes[row] for name, codes in found.reasons.items()}
    return parts | {"contributions": split.contributions.data[held]}


def assert_same_bits(one, other):
    for name, number in one.items():
        np.testing.assert_array_equal(number, other[name], err_msg=name)


def labels(found, row):
    return {name: Reason(int(codes[row])).label for name, codes in found.reasons.items()}


# ---------------------------------------------------------------- many


def test_portfolios_on_either_side_of_a_block_are_what_they_are_alone():
    """The correlations of 2,000 portfolios are taken at once; the 2,001st begins another block."""
    policy = RiskPolicy(structure_window=63, structure_min_observations=21)
    returns, market = draw(81, rows=300, columns=24, missing=0.05)
    rng = np.random.default_rng(82)
    weights = rng.normal(0.05, 0.1, (4_050, 24))
    weights[rng.random(weights.shape) < 0.6] = 0.0
    weights[[1_999, 4_000]] = 0.0  # cash alone at the end of a block and at the start of the last
    whole, _ = structure_of(weights, returns, market, policy=policy)
    assert whole.correlation.matrix.shape == (4_050, LARGEST, LARGEST)
    for row in (0, 1_999, 2_000, 2_001, 3_999, 4_000, 4_049):
        alone, _ = structure_of(weights[row], returns, market, policy=policy)
        assert_same_bits(numbers_of(whole, row), numbers_of(alone, 0))


def test_no_portfolio_gives_arrays_of_nothing():
    returns, market = draw(83, columns=4)
    found, _ = structure_of(np.empty((0, 4)), returns, market)
    assert found.correlation.matrix.shape == (0, LARGEST, LARGEST)
    assert found.sector_contributions.shape == (0, 3)
    assert [len(codes) for codes in found.reasons.values()] == [0] * 5


# ---------------------------------------------------------------- few positions, one, none


def test_more_than_ten_positions_show_the_ten_largest_and_fewer_show_all():
    returns, market = draw(84, columns=14)
    weights = np.zeros((3, 14))
    weights[0] = np.linspace(0.02, 0.15, 14)
    weights[1, [2, 7, 9]] = 0.5, -0.2, 0.3
    weights[2, :10] = 0.1
    found, _ = structure_of(weights, returns, market)
    assert found.correlation.columns[0].tolist() == [*range(13, 3, -1)]
    assert found.correlation.columns[1].tolist() == [2, 9, 7, *[-1] * 7]
    assert (found.correlation.columns[2] >= 0).all()
    three = found.correlation.matrix[1]
    assert np.isfinite(three[:3, :3]).all()
    assert np.isnan(three[3:]).all()
    assert np.isnan(three[:, 3:]).all()
    pairs = np.corrcoef(returns[-252:, [2, 9, 7]].T)[np.triu_indices(3, k=1)]
    assert found.correlation.mean[1] == pytest.approx(pairs.mean(), rel=1e-12)


@pytest.mark.parametrize("weight", [0.4, 1.0, 2.5, -0.7])
def test_one_position_carries_all_the_risk_and_is_correlated_with_nothing(weight):
    returns, market = draw(85, columns=3)
    found, _ = structure_of(np.array([0.0, weight, 0.0]), returns, market)
    np.testing.assert_allclose(found.contributions.contributions.data, [1.0], rtol=1e-12)
    assert found.contributions.diversification_ratio[0] == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(found.sector_contributions[0], [0.0, 1.0, 0.0], rtol=1e-12)
    assert np.isnan(found.correlation.mean[0])
    assert labels(found, 0) == dict.fromkeys(found.reasons)  # what one position lacks is told apart


def test_cash_alone_has_neither_tail_nor_contributions_nor_correlation_but_tracks_badly():
    returns, market = draw(86, columns=3)
    found, _ = structure_of(np.zeros(3), returns, market)
    assert labels(found, 0) == {
        "value_at_risk_95": "degenerate",
        "max_drawdown": None,
        "tracking_error": None,
        "diversification_ratio": "degenerate",
        "average_correlation": None,
    }
    assert found.drawdown.depth[0] == 0.0
    rms = np.sqrt(252 * np.mean(np.square(market[-252:])))
    assert found.tracking_error[0] == pytest.approx(rms, rel=1e-12)
    assert np.isnan(found.sector_contributions[0]).all()
    assert found.coverage[0] == found.tail_coverage[0] == 1.0


def test_a_perfect_hedge_has_no_risk_to_share_out():
    returns, market = draw(87, columns=2)
    returns[:, 1] = returns[:, 0]
    found, _ = structure_of(np.array([0.5, -0.5]), returns, market)
    assert np.isnan(found.contributions.contributions.data).all()
    assert labels(found, 0)["diversification_ratio"] == labels(found, 0)["value_at_risk_95"] == "degenerate"
    assert found.correlation.mean[0] == pytest.approx(1.0)


def test_a_position_that_stands_in_with_its_beta_has_contributions_but_no_correlation():
    returns, market = draw(88, columns=3)
    returns[:-20, 2] = NAN
    found, series = structure_of(np.array([0.4, 0.4, 0.2]), returns, market)
    assert np.isfinite(series.returns).all()
    assert np.isfinite(found.contributions.contributions.data).all()
    assert np.isnan(found.correlation.matrix[0, 2, :2]).all()
    assert found.correlation.n_obs[0, 2, 2] == 20
    unknown, _ = structure_of(
        np.array([0.4, 0.4, 0.2]),
        np.where(np.arange(3) == 2, NAN, returns),
        market,
        beta=np.array([1.0, 1.0, NAN]),
    )
    shares = unknown.contributions.contributions.data
    assert np.isnan(shares[2])
    assert shares[:2].sum() == pytest.approx(1.0, abs=1e-12)


# ---------------------------------------------------------------- why there is none


def test_each_number_below_its_minimum_says_that_history_is_short():
    returns, market = draw(89, rows=62, columns=3)
    found, _ = structure_of(np.array([0.5, 0.3, 0.0]), returns, market)
    assert set(labels(found, 0).values()) == {"short_history"}
    returns, market = draw(89, rows=63, columns=3)
    found, _ = structure_of(np.array([0.5, 0.3, 0.0]), returns, market)
    assert labels(found, 0) == dict.fromkeys(found.reasons) | {"value_at_risk_95": "short_history"}


def test_positions_that_never_move_are_degenerate_and_those_without_common_sessions_are_not():
    returns, market = draw(90, columns=2)
    returns[:, 1] = 0.0
    found, _ = structure_of(np.array([0.5, 0.5]), returns, market)
    assert labels(found, 0)["average_correlation"] == "degenerate"
    returns, market = draw(90, columns=2)
    returns[::2, 0], returns[1::2, 1] = NAN, NAN
    found, _ = structure_of(np.array([0.5, 0.5]), returns, market)
    assert labels(found, 0)["average_correlation"] == "gap"
    returns[:-60, 1] = NAN
    found, _ = structure_of(np.array([0.5, 0.5]), returns, market)
    assert labels(found, 0)["average_correlation"] == "short_history"


def test_an_index_without_returns_leaves_out_the_tracking_error_alone():
    returns, market = draw(91, columns=2)
    found, _ = structure_of(np.array([0.5, 0.5]), returns, np.full_like(market, NAN))
    assert labels(found, 0) == dict.fromkeys(found.reasons) | {"tracking_error": "unpriced"}


# ---------------------------------------------------------------- every draw


@few
@given(seeds, missing_shares, st.integers(150, 520))
def test_whatever_is_drawn_equals_a_loop_and_keeps_its_bounds(seed, missing, rows):
    returns, market = draw(seed, rows=rows, columns=9, missing=missing)
    beta = np.linspace(-0.5, 2.0, 9)
    beta[4] = NAN
    weights = draw_book(seed, portfolios=3)
    found, series = structure_of(weights, returns, market, beta=beta)
    filled = imputed_returns(returns, market=market, beta=beta)
    for row, book in enumerate(weights):
        own = series.returns[row].tolist()
        held = {column: float(weight) for column, weight in enumerate(book) if weight}
        gross = sum(map(abs, held.values()))
        wanted = {
            **tail_columns(own[-504:], 1.0),
            **drawdown_columns(own),
            **tracking_columns(own, market.tolist()),
            **contribution_columns(own, {c: filled[:, c].tolist() for c in held}, held),
            **correlation_columns(
                {c: returns[:, c].tolist() for c in held}, {c: abs(w) / gross for c, w in held.items()}
            ),
        }
        for name, number in (
            ("value_at_risk_95", found.tail.value_at_risk[row]),
            ("expected_shortfall_95", found.tail.expected_shortfall[row]),
            ("tail_observations", found.tail.n_obs[row]),
            ("max_drawdown", found.drawdown.depth[row]),
            ("tracking_error", found.tracking_error[row]),
            ("diversification_ratio", found.contributions.diversification_ratio[row]),
            ("structure_observations", found.contributions.n_obs[row]),
            ("average_correlation", found.correlation.mean[row]),
        ):
            np.testing.assert_allclose(number, wanted[name], rtol=1e-9, atol=1e-12, err_msg=name)
    known = np.isfinite(found.contributions.volatility)
    shares = found.contributions.contributions
    known_shares = shares.replaced(np.nan_to_num(shares.data)).sums()
    np.testing.assert_allclose(known_shares[known], 1.0, atol=1e-9)
    np.testing.assert_allclose(np.nansum(found.sector_contributions[known], axis=1), 1.0, atol=1e-9)
    tail = found.tail
    assert not (tail.expected_shortfall < tail.value_at_risk).any()
    assert not (found.contributions.diversification_ratio < 1 - 1e-12).any()
    assert not (np.abs(found.correlation.matrix) > 1).any()
    assert not (found.drawdown.depth > 0).any()
    assert ((found.coverage > 0) & (found.coverage <= 1 + 1e-12)).all()


@few
@given(seeds, st.integers(1, 200))
def test_empty_sessions_in_front_change_no_bit(seed, more):
    returns, market = draw(seed, rows=300, columns=9, missing=0.05)
    weights = draw_book(seed, portfolios=2)
    found, _ = structure_of(weights, returns, market)
    longer, _ = structure_of(
        weights, np.vstack([np.full((more, 9), NAN), returns]), np.r_[np.full(more, NAN), market]
    )
    for row in range(2):
        assert_same_bits(numbers_of(found, row), numbers_of(longer, row))


# ---------------------------------------------------------------- coverage


def series_of(*coverage):
    """A portfolio's series of which only the real shares matter."""
    return PortfolioSeries(np.zeros((1, len(coverage))), np.array([coverage]))


def test_coverage_counts_from_the_first_real_return_on():
    assert mean_coverage(series_of(0, 0, 0.5, 1.0), 4).tolist() == [0.75]
    assert mean_coverage(series_of(0, 0, 0.5, 0.0, 1.0), 2).tolist() == [0.5]
    assert mean_coverage(series_of(0.5, 0, 0, 0), 2).tolist() == [0.0]  # begun, and then nothing
    assert np.isnan(mean_coverage(series_of(0, 0, 0), 2)).all()


def test_the_least_coverage_is_that_of_the_worst_of_three_windows():
    shares = np.ones(252)
    shares[-10:] = 0.5
    assert least_coverage(series_of(*shares)) == pytest.approx([1 - 5 / 21])
    shares = np.ones(252)
    shares[:100] = 0.1
    assert least_coverage(series_of(*shares)) == pytest.approx([1 - 90 / 252])


def test_a_series_is_lost_to_imputation_only_where_something_of_it_was_real():
    assert lost_to_imputation(series_of(0, 0.3, 1.0), POLICY).tolist() == [True]
    assert lost_to_imputation(series_of(0, 0, 1.0, 0.5), POLICY).tolist() == [False]
    halved = replace(series_of(0.5, 1.0), coverage=np.array([[0.5 - 1e-15, 1.0]]))
    assert lost_to_imputation(halved, POLICY).tolist() == [False]  # short of a half by a rounding
