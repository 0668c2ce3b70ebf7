from datetime import date

import numpy as np
import pytest

from builders import panel_of, sessions
from riskpanel.book.panel import build_panel
from riskpanel.errors import InputError

NAN = np.nan


@pytest.fixture
def panel():
    return panel_of({"B": [10, 11, NAN, 12, 12], "A": [1, NAN, NAN, NAN, NAN], "C": [NAN] * 5})


def test_the_row_of_a_session_is_found_and_no_other_day_has_one(panel):
    assert [panel.row(session.item()) for session in panel.sessions] == [0, 1, 2, 3, 4]
    for day in (date(2024, 12, 29), date(2024, 12, 25), date(2025, 1, 2), date(1999, 1, 4)):
        with pytest.raises(InputError, match=f"not a session of the price panel: {day}"):
            panel.row(day)


def test_the_column_of_a_symbol_is_found_and_an_unknown_one_is_named(panel):
    assert panel.symbols == ("A", "B", "C")
    assert [panel.column(symbol) for symbol in panel.symbols] == [0, 1, 2]
    for symbol in ("", "AA", "D", "b"):
        with pytest.raises(InputError, match=f"not in the price panel: {symbol}"):
            panel.column(symbol)


def test_the_newest_price_comes_with_its_age_in_sessions(panel):
    price, age = panel.last_known(panel.close, 2, 1)
    np.testing.assert_array_equal(price, [NAN, 11, NAN])
    assert age.tolist() == [-1, 1, -1]
    price, age = panel.last_known(panel.close, 4, 4)
    np.testing.assert_array_equal(price, [1, 12, NAN])
    assert age.tolist() == [4, 0, -1]
    price, age = panel.last_known(panel.close, 4, 3)
    np.testing.assert_array_equal(price, [NAN, 12, NAN])


def test_a_later_price_is_never_the_newest_known(panel):
    price, age = panel.last_known(panel.close, 0, 21)
    np.testing.assert_array_equal(price, [1, 10, NAN])
    assert age.tolist() == [0, 0, -1]


def test_the_first_row_of_returns_is_missing_so_that_rows_are_sessions(panel):
    assert panel.returns.shape == panel.adj_close.shape
    assert np.isnan(panel.returns[0]).all()


def test_one_missing_price_costs_two_returns_and_nothing_is_bridged(panel):
    np.testing.assert_allclose(panel.returns[:, 1], [NAN, 0.1, NAN, NAN, 0.0], rtol=1e-12)


def test_returns_are_of_adjusted_closes():
    split = panel_of({"A": [50, 51]}, close={"A": [200, 51]})
    np.testing.assert_allclose(split.returns[1], [0.02])
    np.testing.assert_array_equal(split.close[:, 0], [200, 51])


def test_the_last_rows_of_returns_end_at_the_row_that_is_asked_for(panel):
    np.testing.assert_array_equal(panel.returns_until(3, 2), panel.returns[2:4])
    assert len(panel.returns_until(1, 90)) == 2


def test_a_halted_instrument_keeps_the_beta_that_its_common_sessions_have():
    rng = np.random.default_rng(5)
    market = np.cumprod(1 + 0.01 * rng.standard_normal(300))
    twice = np.cumprod(1 + 2 * np.diff(market, prepend=1.0) / np.r_[1.0, market[:-1]])
    twice[np.arange(300) % 10 == 7] = NAN
    panel = panel_of({"SPY": market, "X": twice})
    pairs = np.isfinite(panel.returns).all(axis=1)
    x, y = panel.returns[pairs].T
    assert np.polyfit(x, y, 1)[0] == pytest.approx(2.0, abs=1e-12)
    assert pairs.sum() == 299 - 2 * 30


def test_a_panel_may_be_empty():
    empty = build_panel(sessions(1)[:0], (), close=np.empty((0, 0)), adj_close=np.empty((0, 0)))
    assert empty.returns.shape == (0, 0)
    with pytest.raises(InputError, match="not a session"):
        empty.row(date(2024, 12, 31))
    with pytest.raises(InputError, match="not in the price panel: A"):
        empty.column("A")
