"""Whole snapshots of books of real stocks, with a universe of forty and their daily ranges."""

import numpy as np
import pytest

from book.snapshot_oracle import World, oracle_columns
from book.test_assembly import assert_same
from builders import Book, Lot, columns_of, snapshots_of
from golden.real_prices import read_bars, read_stocks
from riskpanel.book.panel import RawRanges, build_panel

ROWS = 560
BOOKS = (
    Book("four", (Lot("AAPL", 100.0), Lot("JPM", 80.0), Lot("KO", 150.0), Lot("XOM", 120.0)), cash=5000.0),
    Book("hedged", (Lot("AAPL", 100.0), Lot("XOM", -120.0)), cash=2000.0),
)
SECTORS = {
    "AAPL": "Information Technology",
    "JPM": "Financials",
    "KO": "Consumer Staples",
    "XOM": "Energy",
}
# As the calculation by hand below gives them too.
VALUES = {
    "four": {
        "net_asset_value": 45304.7,
        "market_beta_weighted": 0.8077103071232774,
        "market_beta_adjusted": 0.9234042851602022,
        "market_beta_direct_std_error": 0.061353622983097794,
        "market_beta_direct_hac_std_error": 0.07175574383581174,
        "expected_volatility_method": "log_har_market_range",
        "expected_volatility_21d": 0.14492869970510389,
        "value_at_risk_95": 0.011676161754193821,
        "expected_shortfall_95": 0.01909997008908299,
        "max_drawdown": -0.105055583450539,
        "tracking_error": 0.10869245271664735,
        "diversification_ratio": 1.4191055105992283,
        "average_correlation": 0.3651726222335531,
    },
    "hedged": {
        "leverage": 2.3256083429895713,
        "market_beta_weighted": 1.6321891321670265,
        "market_beta_adjusted": 1.1447037148653463,
        "market_beta_direct_hac_std_error": 0.3500754865225214,
        "expected_volatility_21d": 0.48464679363407265,
        "value_at_risk_95": 0.04724107603510307,
        "expected_shortfall_95": 0.06178217445354168,
        "max_drawdown": -0.492063044975796,
        "tracking_error": 0.5771289290303261,
        "diversification_ratio": 1.4434283475388414,
        "average_correlation": 0.10885994089469495,
    },
}


@pytest.fixture(scope="module")
def real(shared_data):
    """The panel of forty large caps and the S&P 500 up to 2021-04-21, and the ranges that it was made of."""
    dates, names, bars = read_bars(shared_data)
    other, _, _, index = read_stocks(shared_data)
    at = dict(zip(other, index, strict=True))
    level = np.array([at[day] for day in dates])[-ROWS:]
    symbols = tuple(sorted([*names, "^GSPC"]))
    order = [[*names, "^GSPC"].index(symbol) for symbol in symbols]

    def beside(prices, last):
        return np.ascontiguousarray(np.column_stack([prices[-ROWS:], last])[:, order])

    close = beside(bars.close, level)
    ranges = RawRanges(*(beside(p, np.full(ROWS, np.nan)) for p in (bars.open, bars.high, bars.low)))
    sessions = np.array(dates[-ROWS:], dtype="datetime64[D]")
    return build_panel(sessions, symbols, close=close, adj_close=close, ranges=ranges), ranges


@pytest.fixture(scope="module")
def snapshots(real):
    panel, _ = real
    books = [Book(book.name, book.lots, book.cash, "^GSPC") for book in BOOKS]
    return columns_of(snapshots_of(panel, books, SECTORS))


@pytest.mark.parametrize("name", VALUES)
def test_each_number_is_the_one_recorded(snapshots, name):
    for column, number in VALUES[name].items():
        actual = snapshots[name][column]
        assert actual == (number if isinstance(number, str) else pytest.approx(number, rel=1e-9)), column


def test_every_number_is_what_a_calculation_by_hand_gives(real, snapshots):
    panel, ranges = real
    prices = {symbol: panel.close[:, column].tolist() for column, symbol in enumerate(panel.symbols)}
    traded = {
        symbol: [part[:, column].tolist() for part in (ranges.open, ranges.high, ranges.low)]
        for column, symbol in enumerate(panel.symbols)
    }
    world = World(prices, prices, traded)
    for book in BOOKS:
        units = {lot.symbol: lot.quantity for lot in book.lots}
        wanted = oracle_columns(world, units, units, book.cash, "^GSPC", SECTORS)
        assert_same(snapshots[book.name], wanted, rtol=1e-9, atol=1e-12)


def test_diversification_and_hedging_show_where_they_should(snapshots):
    four, hedged = snapshots["four"], snapshots["hedged"]
    assert four["diversification_ratio"] > 1.4
    assert all(0.1 < share < 0.4 for share in four["risk_contributions"].values())
    # Long one and short another that it has little to do with: the short is no hedge, it adds risk.
    assert hedged["risk_contributions"]["XOM"] > 0.2
    assert hedged["expected_shortfall_95"] > 3 * four["expected_shortfall_95"]
