"""The compiled loops against the numpy forms that they stand for: the same bits, on anything."""

import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import modest, seeds
from riskpanel.risk import arrays, portfolio, realized, running, tail
from riskpanel.risk.kernels import compiler, loops
from riskpanel.risk.matrices import from_triples

ROWS = [0, 1, 2, 7, 8, 9, 63, 128, 129, 252, 260, 525, 1100]


def compiled(loop):
    kernel = compiler.compiled(loop, cells=compiler.LEAST_CELLS)
    assert kernel is not None
    return kernel


def draw_returns(seed, rows, columns, *, missing=0.1):
    """Returns with gaps, and series that never trade, stand still, trade once, are tiny and are huge."""
    rng = np.random.default_rng(seed)
    returns = 0.02 * rng.standard_t(4, (rows, columns))
    returns[rng.random((rows, columns)) < missing] = np.nan
    kinds = rng.integers(0, 12, columns)
    returns[:, kinds == 0] = np.nan
    returns[:, kinds == 1] = 0.003
    returns[:, kinds == 2] = 0.0
    returns[1:, kinds == 3] = np.nan
    returns[:, kinds == 4] *= 1e-150
    returns[:, kinds == 5] *= 1e150
    returns[rows // 2 :, kinds == 6] = 0.01
    return returns


def assert_same_bits(found, expected):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    missing = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(found), missing)
    assert np.where(missing, 0.0, found).tobytes() == np.where(missing, 0.0, expected).tobytes()


@modest
@given(seeds, st.sampled_from(ROWS), st.sampled_from([1, 2, 9, 40]))
def test_product_sums_are_added_as_numpy_adds_them(seed, rows, series):
    left, right = (np.nan_to_num(draw_returns(seed + more, series, rows)) for more in (0, 1))
    picks, others = np.random.default_rng(seed).integers(0, series, (2, 30))
    sums = np.empty(30)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = arrays.product_sums((left, picks), (right, others))
    compiled(loops.product_sums)(left, picks, right, others, arrays.pairwise_plan(rows), sums)
    assert_same_bits(sums, expected)


@pytest.mark.parametrize("count", range(1, 1200, 13))
def test_the_plan_of_additions_covers_every_number_once(count):
    plan = arrays.pairwise_plan(count)
    assert plan.sum() == count
    assert (plan == 0).sum() == (plan > 0).sum() - 1
    assert plan.max() <= arrays.PAIRWISE_RUN


@modest
@given(seeds, st.sampled_from([0, 1, 2, 20, 21, 22, 90]), st.sampled_from([0, 1, 2, 33]), st.integers(2, 30))
def test_rolling_volatilities_have_the_same_bits(seed, rows, columns, window):
    returns = draw_returns(seed, rows, columns)
    least = max(2, window * 3 // 4)
    volatility = np.empty_like(returns)
    compiled(loops.rolling_volatility)(returns, window, least, 252.0, volatility)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = realized._rolling_volatility(returns, window, least, 252)
    assert_same_bits(volatility, expected)


@modest
@given(seeds, st.sampled_from([1, 2, 20, 21, 22, 90, 131]), st.sampled_from([1, 2, 33]), st.integers(3, 40))
def test_rolling_moments_have_the_same_bits(seed, rows, columns, window):
    returns = draw_returns(seed, rows, columns)
    market = draw_returns(seed + 1, rows, 1, missing=0.05)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        expected = running.Moments.of_windows(
            np.broadcast_to(market[:, None], returns.shape), returns, window=window
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiler, "LEAST_CELLS", 0)
            moments = running.Moments.beside_market(market, returns, window=window)
    for name in ("n", "mean_x", "mean_y", "sxx", "syy", "sxy"):
        assert_same_bits(getattr(moments, name), getattr(expected, name))


@modest
@given(seeds, st.sampled_from([0, 1, 2, 90, 300]), st.sampled_from([1, 2, 25]))
def test_series_of_portfolios_have_the_same_bits(seed, rows, portfolios):
    rng = np.random.default_rng(seed)
    returns = draw_returns(seed, rows, 40)
    filled, present = np.nan_to_num(returns), np.isfinite(returns)
    held = 6 * portfolios
    weights = from_triples(
        rng.integers(0, portfolios, held),
        rng.integers(0, 40, held),
        rng.normal(size=held),
        shape=(portfolios, 40),
    )
    expected = portfolio._mixed(weights, filled, present)
    series, coverage = np.empty((2, portfolios, rows))
    by_name = np.ascontiguousarray(filled.T), np.ascontiguousarray(present.T)
    compiled(loops.mixed_series)(
        weights.data, weights.shares().data, weights.columns, weights.starts, *by_name, series, coverage
    )
    assert_same_bits(series, expected[0])
    assert_same_bits(coverage, expected[1])


@modest
@given(seeds, st.sampled_from([0, 1, 2, 21, 22, 60, 300]), st.sampled_from([1, 2, 33]))
def test_standardised_returns_have_the_same_bits(seed, rows, columns):
    returns = draw_returns(seed, rows, columns)
    expected = tail._filtered(returns, np.isfinite(returns), 0.94)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "LEAST_CELLS", 0)
        found = tail._filtered(returns, np.isfinite(returns), 0.94)
    assert_same_bits(found[0], expected[0])
    assert_same_bits(found[1], expected[1])


def test_a_large_table_takes_the_kernel_and_keeps_its_bits(monkeypatch):
    returns = draw_returns(7, 260, 400)
    assert returns.size >= compiler.LEAST_CELLS
    fast = realized.rolling_realized_volatility(returns, window=21, min_obs=15)
    monkeypatch.setattr(compiler, "LEAST_CELLS", returns.size + 1)
    slow = realized.rolling_realized_volatility(returns, window=21, min_obs=15)
    assert_same_bits(fast, slow)


def test_small_work_asks_for_no_compiler():
    assert compiler.compiled(loops.rolling_volatility, cells=compiler.LEAST_CELLS - 1) is None


class Refusal:
    """A finder of modules with which no compiler can be imported."""

    def __init__(self, fault):
        self.fault = fault

    def find_spec(self, name, path=None, target=None):
        if name == "numba":
            raise self.fault("no compiler here")


@pytest.mark.parametrize("fault", [ImportError, OSError, RuntimeError, AttributeError, SystemError])
def test_without_a_compiler_numpy_does_the_work_in_silence(monkeypatch, fault):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refusal(fault), *sys.meta_path])
    compiler._compiled.cache_clear()
    try:
        assert compiler.compiled(loops.rolling_volatility, cells=10**9) is None
        returns = draw_returns(8, 260, 400)
        volatility = realized.rolling_realized_volatility(returns, window=21, min_obs=15)
        assert_same_bits(volatility, realized._rolling_volatility(returns, 21, 15, 252))
    finally:
        compiler._compiled.cache_clear()


def test_nothing_that_starts_a_program_imports_the_compiler():
    code = """import sys
import riskpanel.api.app
from riskpanel.cli.app import app
from riskpanel.cli.groups import walk
from typer.main import get_command
assert len(walk(get_command(app))) > 20
sys.exit("numba" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_where_machine_code_cannot_be_kept_it_is_compiled_all_the_same(monkeypatch):
    kept = numba.njit

    def without_a_place(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return kept(**options)

    monkeypatch.setattr(numba, "njit", without_a_place)
    compiler._compiled.cache_clear()
    try:
        returns = draw_returns(9, 260, 400)
        volatility = np.empty_like(returns)
        compiled(loops.rolling_volatility)(returns, 21, 15, 252.0, volatility)
        assert_same_bits(volatility, realized._rolling_volatility(returns, 21, 15, 252))
    finally:
        compiler._compiled.cache_clear()
