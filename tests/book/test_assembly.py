"""Whole snapshots, against a calculation by hand and under changes that may change nothing."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from book.snapshot_oracle import World, oracle_columns
from builders import (
    Book,
    Lot,
    columns_of,
    day,
    draw_returns,
    holdings_of,
    market_of,
    panel_of,
    random_prices,
    snapshots_of,
)
from riskpanel.book.assembly import build_snapshots
from riskpanel.book.benchmark import packaged_weights
from riskpanel.book.complete import missing_reasons
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.scenarios import built_in_scenarios
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError

NAN, ROWS = np.nan, 300
STOCKS = tuple("ABCDEFGHIJKL")
SECTORS = {symbol: GICS_SECTORS[position] for position, symbol in enumerate("ABCDEFGHIJ")}
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def random_world(seed=11):
    """Prices of two indices and twelve stocks: gaps, two listings, one halt, two symbols without a sector."""
    rng = np.random.default_rng(seed)
    adjusted = random_prices(seed, ROWS, STOCKS)
    adjusted["QQQ"] = 50 * np.cumprod(1 + draw_returns(seed + 1, ROWS, 2)[:, 0])
    for symbol in "CDE":
        adjusted[symbol] = np.where(rng.random(ROWS) < 0.08, NAN, adjusted[symbol])
        adjusted[symbol][-2:] = 80.0, 81.0
    adjusted["F"][:-40] = NAN  # listed 40 sessions ago: 39 returns
    adjusted["G"][:-12] = NAN
    adjusted["H"][:-150] = NAN
    adjusted["I"][-8:] = NAN  # halted eight sessions ago
    adjusted["QQQ"][100] = NAN
    close = {symbol: prices.copy() for symbol, prices in adjusted.items()}
    close["A"][: ROWS - 30] *= 4  # split 30 sessions ago
    close["B"][: ROWS - 1] += 2.0  # a dividend today
    return panel_of(adjusted, close=close)


def random_books(panel, seed=12, count=30):
    """Portfolios with shorts, leverage, cash, lots that net, and lots entered or exited around today."""
    rng = np.random.default_rng(seed)
    today = day(panel)
    books = []
    for number in range(count):
        symbols = rng.choice(STOCKS, size=rng.integers(1, 9), replace=False)
        lots = [Lot(str(symbol), round(float(rng.normal(20, 60)), 3) or 1.0) for symbol in symbols]
        lots += [Lot(lots[0].symbol, 7.5), Lot("A", 4.0, entry=today), Lot("B", 6.0, exit=today)]
        lots += [Lot("SPY", 3.0, multiplier=2.0)] if number % 3 == 0 else []
        book = Book(f"p{number}", tuple(lots), index="QQQ" if number % 4 == 1 else "SPY")
        worth = [quantity * price_of(panel, symbol) for symbol, quantity in units(book, today).items()]
        nav = sum(map(abs, worth)) * rng.uniform(0.3, 1.8)
        books.append(replace(book, cash=round(nav - sum(worth), 4)))
    return [*books, Book("cash only", cash=1000.0), Book("ipo only", (Lot("G", 5.0),))]


def units(book, on):
    """Net units by symbol on a date, worked out lot by lot."""
    netted = {}
    for lot in book.lots:
        if (lot.entry is None or lot.entry <= on) and (lot.exit is None or on < lot.exit):
            netted[lot.symbol] = netted.get(lot.symbol, 0.0) + lot.quantity * lot.multiplier
    return {symbol: number for symbol, number in netted.items() if number != 0}


def price_of(panel, symbol):
    return [price for price in panel.close[:, panel.column(symbol)] if not math.isnan(price)][-1]


@pytest.fixture(scope="module")
def panel():
    return random_world()


@pytest.fixture(scope="module")
def books(panel):
    return random_books(panel)


@pytest.fixture(scope="module")
def snapshots(panel, books):
    return snapshots_of(panel, books, SECTORS)


@pytest.fixture(scope="module")
def expected(panel, books):
    world = World(
        dict(zip(panel.symbols, panel.close.T.tolist(), strict=True)),
        dict(zip(panel.symbols, panel.adj_close.T.tolist(), strict=True)),
    )
    return {
        book.name: oracle_columns(
            world, units(book, day(panel)), units(book, day(panel, -2)), book.cash, book.index, SECTORS
        )
        for book in books
    }


def assert_same(actual, wanted, **tolerance):
    """Compare dictionaries of numbers and words."""
    assert actual.keys() == wanted.keys()
    for name, number in wanted.items():
        if number is None or isinstance(number, str) or actual[name] is None:
            missing = isinstance(number, float) and math.isnan(number)
            assert actual[name] == (None if missing else number), name
        else:
            np.testing.assert_allclose(actual[name], number, err_msg=name, **tolerance)


def test_every_number_of_thirty_portfolios_is_what_a_calculation_by_hand_gives(snapshots, expected):
    actual = columns_of(snapshots)
    assert actual.keys() == expected.keys()
    assert snapshots.failures == snapshots.skipped == ()
    for name, wanted in expected.items():
        assert_same(actual[name], wanted, **CLOSE)


def test_the_random_book_meets_every_case(snapshots, expected):
    def seen(name):
        return {row[name] for row in columns_of(snapshots).values()}

    assert {"log_har_close", "ewma_fallback", None} <= seen("expected_volatility_method")
    assert seen("market_index") == {"SPY", "QQQ"}
    assert min(seen("short_value")) < 0 > min(seen("cash_value"))
    assert {True, False} == {coverage < 1 for coverage in seen("market_beta_coverage")}
    assert {True, False} == {coverage < 1 for coverage in seen("volatility_coverage") if coverage is not None}
    assert {True, False} == {coverage < 1 for coverage in seen("price_coverage")}
    assert {True, False} == {coverage < 1 for coverage in seen("sector_coverage")}
    assert max(row["gross_exposure"] / row["net_asset_value"] for row in expected.values()) > 2


def test_sector_weights_are_sums_of_positions_and_come_to_one_with_cash(snapshots, panel, books):
    for row, book in enumerate(books):
        nav = snapshots.valuation.nav[row]
        long, short = dict.fromkeys(range(12), 0.0), dict.fromkeys(range(12), 0.0)
        for symbol, number in units(book, day(panel)).items():
            weight = number * price_of(panel, symbol) / nav
            code = GICS_SECTORS.index(SECTORS[symbol]) if symbol in SECTORS else 11
            (long if weight > 0 else short)[code] += weight
        sectors = snapshots.sectors
        np.testing.assert_allclose(sectors.long[row], list(long.values()), **CLOSE)
        np.testing.assert_allclose(sectors.short[row], list(short.values()), **CLOSE)
        np.testing.assert_allclose(sectors.net[row], sectors.long[row] + sectors.short[row], **CLOSE)
        np.testing.assert_allclose(sectors.gross[row], sectors.long[row] - sectors.short[row], **CLOSE)
        assert sectors.net[row].sum() + book.cash / nav == pytest.approx(1.0, abs=1e-12)


def test_the_largest_positions_are_named_largest_first(snapshots, panel, books):
    for row, book in enumerate(books):
        size = {s: abs(number * price_of(panel, s)) for s, number in units(book, day(panel)).items()}
        ranked = sorted(size, key=lambda symbol: (-size[symbol], symbol))[:10]
        named = [panel.symbols[column] for column in snapshots.concentration.largest[row] if column >= 0]
        assert named == ranked
        shares = snapshots.concentration.largest_share[row, : len(ranked)]
        np.testing.assert_allclose(shares, [size[s] / sum(size.values()) for s in ranked], **CLOSE)


def test_stress_is_exposure_times_beta_times_shock_position_by_position(snapshots, panel, books):
    world = World(
        dict(zip(panel.symbols, panel.close.T.tolist(), strict=True)),
        dict(zip(panel.symbols, panel.adj_close.T.tolist(), strict=True)),
    )
    scenarios = built_in_scenarios()
    for block in snapshots.blocks:
        for position, row in enumerate(block.rows):
            held = units(books[row], day(panel))
            value = {symbol: number * price_of(panel, symbol) for symbol, number in held.items()}
            for s, kind in enumerate(scenarios.kinds):
                if kind == "market":
                    move = {i: world.fit(i, block.index).beta * scenarios.shocks[s] for i in value}
                else:
                    shocked = GICS_SECTORS[s - 7]
                    move = {
                        i: (NAN if i not in SECTORS else -0.2 if SECTORS[i] == shocked else 0.0)
                        for i in value
                    }
                known = {i: m for i, m in move.items() if not math.isnan(m)}
                covered = sum(abs(value[i]) for i in known)
                gross = sum(map(abs, value.values()))
                pnl = sum(value[i] * m for i, m in known.items()) if covered or not value else NAN
                np.testing.assert_allclose(block.stress_pnl[position, s], pnl, rtol=1e-10, atol=1e-9)
                np.testing.assert_allclose(
                    block.stress_coverage[position, s], covered / gross if value else 1.0, **CLOSE
                )


def test_every_missing_number_has_its_reason_and_only_a_missing_one(snapshots):
    explained = {
        "daily_pnl",
        "vol_daily",
        "vol_weekly",
        "vol_monthly",
        "market_beta_weighted",
        "market_beta_direct",
        "hhi",
        "realized_volatility_21d",
        "realized_volatility_63d",
        "expected_volatility_21d",
        "volatility_trend",
        "volatility_percentile",
    }
    rows = columns_of(snapshots)
    for name, findings in zip(snapshots.holdings.names, snapshots.findings, strict=True):
        reasons = {found.metric for found in findings if found.kind == "missing"}
        assert reasons == {metric for metric in explained if rows[name][metric] is None}, name
        null = {column for column, cell in rows[name].items() if cell is None}
        unexplained = null - missing_reasons(rows[name], findings).keys()
        assert unexplained <= {"sector_benchmark_date", "sector_benchmark_source"}, name


# ---------------------------------------------------------------- what may change nothing


def test_the_order_of_portfolios_changes_nothing(panel, books, snapshots):
    order = np.random.default_rng(3).permutation(len(books))
    shuffled = columns_of(snapshots_of(panel, [books[i] for i in order], SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert_same(shuffled[name], wanted, rtol=0)


def test_the_names_and_thereby_the_order_of_symbols_change_nothing(panel, books, snapshots):
    new = dict(zip(panel.symbols, reversed(panel.symbols), strict=True))
    renamed = panel_of(
        {new[s]: panel.adj_close[:, panel.column(s)] for s in panel.symbols},
        close={new[s]: panel.close[:, panel.column(s)] for s in panel.symbols},
    )
    others = [
        replace(
            book, index=new[book.index], lots=tuple(replace(lot, symbol=new[lot.symbol]) for lot in book.lots)
        )
        for book in books
    ]
    again = columns_of(snapshots_of(renamed, others, {new[s]: sector for s, sector in SECTORS.items()}))
    for name, wanted in columns_of(snapshots).items():
        wanted = wanted | {"market_index": new[wanted["market_index"]]}
        assert_same(again[name], wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("number", [0, 1, 13, 30, 31])
def test_a_portfolio_alone_is_what_it_is_among_many(panel, books, snapshots, number):
    alone = columns_of(snapshots_of(panel, [books[number]], SECTORS))
    assert_same(alone[books[number].name], columns_of(snapshots)[books[number].name], rtol=1e-13, atol=1e-15)


def test_an_unrelated_portfolio_changes_nothing(panel, books, snapshots):
    stranger = Book("stranger", (Lot("A", 1e9), Lot("L", -1e5)), index="B")
    more = columns_of(snapshots_of(panel, [stranger, *books], SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert_same(more[name], wanted, rtol=1e-13, atol=1e-15)


def test_splitting_a_lot_changes_nothing(panel, books, snapshots):
    halves = [
        replace(book, lots=tuple(replace(lot, quantity=lot.quantity / 2) for lot in book.lots * 2))
        for book in books
    ]
    split = columns_of(snapshots_of(panel, halves, SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert_same(split[name], wanted, rtol=1e-11, atol=1e-12)


def test_later_prices_and_earlier_ones_change_nothing(panel, books):
    row = ROWS - 15
    policy = RiskPolicy()
    first = row - policy.return_sessions
    short = replace(
        panel,
        sessions=panel.sessions[first : row + 1],
        close=panel.close[first : row + 1],
        adj_close=panel.adj_close[first : row + 1],
        returns=np.vstack([np.full((1, len(panel.symbols)), NAN), panel.returns[first + 1 : row + 1]]),
    )
    old = [replace(book, cash=1e6) for book in books if "G" not in {lot.symbol for lot in book.lots}]
    whole, cut = snapshots_of(panel, old, SECTORS, row=row), snapshots_of(short, old, SECTORS)
    assert len(columns_of(whole)) > 10
    for name, wanted in columns_of(whole).items():
        assert_same(columns_of(cut)[name], wanted, rtol=0)
    assert whole.findings == cut.findings


# ---------------------------------------------------------------- known books


def row_of(snapshots, name="p"):
    return columns_of(snapshots)[name]


def test_weighted_and_direct_beta_agree_on_balanced_prices():
    panel = panel_of(random_prices(21, 300, STOCKS))
    rng = np.random.default_rng(22)
    books = [
        Book(
            f"p{i}", tuple(Lot(s, float(q)) for s, q in zip(STOCKS, rng.normal(0, 50, 12), strict=True)), 5e4
        )
        for i in range(10)
    ]
    for row in columns_of(snapshots_of(panel, books)).values():
        assert row["market_beta_weighted"] == pytest.approx(row["market_beta_direct"], abs=1e-12)
        assert row["market_beta_coverage"] == pytest.approx(1.0)
        assert row["market_beta_observations"] == row["market_beta_direct_observations"] == 90


def test_the_index_held_alone_has_beta_exactly_one_and_r_squared_one():
    panel = panel_of(random_prices(23, 300, "A"))
    row = row_of(snapshots_of(panel, [Book("p", (Lot("SPY", 10),))]))
    assert row["market_beta_weighted"] == row["market_beta_direct"] == 1.0
    assert row["market_beta_r_squared"] == row["market_beta_direct_r_squared"] == 1.0
    assert row["hhi"] == 10_000.0


def test_a_book_of_twice_the_index_has_beta_two_and_an_r_squared_of_one():
    panel = panel_of(random_prices(24, 300, "A"))
    price = panel.close[-1, panel.column("SPY")]
    row = row_of(snapshots_of(panel, [Book("p", (Lot("SPY", 2000 / price),), cash=-1000.0)]))
    assert row["market_beta_weighted"] == pytest.approx(2.0, abs=1e-12)
    assert row["market_beta_direct"] == pytest.approx(2.0, abs=1e-12)
    assert row["market_beta_r_squared"] == row["market_beta_direct_r_squared"] == pytest.approx(1.0)
    assert 0 <= row["market_beta_r_squared"] <= 1
    single = row_of(snapshots_of(panel, [Book("p", (Lot("SPY", 1),))]))
    assert row["realized_volatility_21d"] == pytest.approx(2 * single["realized_volatility_21d"])


def test_half_a_book_without_history_halves_the_beta_and_says_so():
    prices = random_prices(25, 300, "N")
    prices["N"] = np.where(np.arange(300) < 297, NAN, prices["SPY"][-1])
    snapshots = snapshots_of(panel_of(prices), [Book("p", (Lot("SPY", 1), Lot("N", 1)))])
    row = row_of(snapshots)
    assert row["market_beta_weighted"] == pytest.approx(0.5, abs=1e-12)
    assert row["market_beta_coverage"] == pytest.approx(0.5, abs=1e-12)
    assert row["positions_count"] == 2
    partial = [f for f in snapshots.findings[0] if f.metric == "market_beta_weighted"]
    assert [(f.kind, f.reason, f.symbols) for f in partial] == [("partial", "short_history", ("N",))]


def test_a_perfect_hedge_has_no_volatility_whatever_its_positions_have():
    prices = random_prices(26, 300, "A")
    prices["B"] = 2 * prices["A"]
    row = row_of(snapshots_of(panel_of(prices), [Book("p", (Lot("A", 20), Lot("B", -10)), cash=1000.0)]))
    assert row["gross_exposure"] > 2000
    assert row["net_exposure"] == pytest.approx(0.0, abs=1e-9)
    for name in ("market_beta_weighted", "realized_volatility_21d", "realized_volatility_63d", "vol_monthly"):
        assert row[name] == pytest.approx(0.0, abs=1e-12)


def test_ten_equal_names_act_like_ten_under_any_cash_and_leverage():
    panel = panel_of({symbol: np.full(40, 10.0) for symbol in "ABCDEFGHIJ"} | {"SPY": np.full(40, 1.0)})
    lots = tuple(Lot(symbol, 5) for symbol in "ABCDEFGHIJ")
    rows = columns_of(snapshots_of(panel, [Book(f"{cash}", lots, cash) for cash in (0.0, 500.0, -250.0)]))
    for row in rows.values():
        assert row["hhi"] == pytest.approx(1000.0)
        assert row["effective_num_positions"] == pytest.approx(10.0)
        assert row["top_3_concentration"] == pytest.approx(0.3)


def test_a_split_changes_no_statistic():
    prices = random_prices(27, 300, "AB")
    split = {"A": np.where(np.arange(300) < 290, 4 * prices["A"], prices["A"])}
    book = [Book("p", (Lot("A", 3), Lot("B", 2)), cash=70.0)]
    before, after = (row_of(snapshots_of(panel_of(prices, close=c), book)) for c in (None, split))
    assert before == after


def test_scaling_every_money_amount_changes_no_statistic(panel, books, snapshots):
    thousand = [
        replace(
            book,
            cash=book.cash * 1000,
            lots=tuple(replace(lot, quantity=lot.quantity * 1000) for lot in book.lots),
        )
        for book in books
    ]
    scaled = columns_of(snapshots_of(panel, thousand, SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert scaled[name]["net_asset_value"] == pytest.approx(1000 * wanted["net_asset_value"])
        kept = [n for n in wanted if not n.endswith(("_value", "_exposure", "_pnl"))]
        assert_same({n: scaled[name][n] for n in kept}, {n: wanted[n] for n in kept}, rtol=1e-10, atol=1e-12)


# ---------------------------------------------------------------- who is left out


def test_a_portfolio_that_cannot_be_valued_is_named_and_the_others_stand():
    prices = random_prices(28, 100, "AB") | {"X": np.full(100, NAN)}
    panel = panel_of(prices)
    good = [Book("one", (Lot("A", 1),)), Book("two", (Lot("B", 1),), index="A")]
    bad = [Book("unpriced", (Lot("A", 1), Lot("X", 2))), Book("ruined", (Lot("A", 1),), cash=-1e6)]
    snapshots = snapshots_of(panel, [bad[0], good[0], Book("empty"), bad[1], good[1]])
    assert [failure.name for failure in snapshots.failures] == ["unpriced", "ruined"]
    assert [failure.portfolio_id for failure in snapshots.failures] == [1, 4]
    assert snapshots.skipped == (3,)
    assert snapshots.holdings.portfolio_ids.tolist() == [2, 5]
    assert columns_of(snapshots) == columns_of(snapshots_of(panel, good))


def test_when_every_portfolio_fails_the_snapshots_are_empty():
    panel = panel_of(random_prices(29, 60, "A"))
    snapshots = snapshots_of(panel, [Book("ruined", (Lot("A", 1),), cash=-1e6), Book("empty")])
    assert columns_of(snapshots) == {}
    assert (snapshots.blocks, snapshots.findings, snapshots.benchmarks) == ((), (), {})
    assert [failure.name for failure in snapshots.failures] == ["ruined"]


def test_a_date_that_is_no_session_is_refused():
    panel = panel_of(random_prices(30, 60, "A"))
    policy = RiskPolicy()
    instruments = build_instrument_metrics(panel, policy, 59, market_indices=["SPY"])
    holdings = holdings_of(panel, [Book("p", (Lot("A", 1),))])
    with pytest.raises(InputError, match="not a session of the price panel: 2024-12-25"):
        build_snapshots(holdings, market_of(panel), instruments, policy, date(2024, 12, 25))


def test_the_benchmark_is_the_one_known_on_the_day():
    panel = panel_of(random_prices(31, 60, "A"))
    books = [Book("p", (Lot("A", 1),)), Book("q", (Lot("A", 1),), benchmark="FTSE")]
    known = snapshots_of(panel, books).benchmarks
    assert known["SP500"].asof_date == packaged_weights()[1].asof_date == date(2024, 12, 6)
    assert known["FTSE"] is None
