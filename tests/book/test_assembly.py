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
    draw_ranges,
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
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.risk import PORTFOLIO_MODELS

NAN, ROWS = np.nan, 530
STOCKS = tuple("ABCDEFGHIJKL")
RANGED = ("A", "J", "K")  # those with open, high and low
OTHERS = tuple(f"U{n}" for n in range(15))  # nobody holds them: the universe
SECTORS = {symbol: GICS_SECTORS[position] for position, symbol in enumerate("ABCDEFGHIJ")}
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def random_world(seed=11, *, ranged=RANGED):
    """Prices of two indices, twelve stocks and fifteen more that nobody holds.

    Gaps, listings, a halt, two symbols without a sector; ``ranged`` ones have open, high and low.
    """
    rng = np.random.default_rng(seed)
    adjusted = random_prices(seed, ROWS, STOCKS + OTHERS)
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
    panel = panel_of(adjusted, close=close)
    return panel_of(adjusted, close=close, ranges=random_ranges(panel, ranged))


def random_ranges(panel, symbols):
    """Open, high and low of symbols, around their closes."""
    return {s: draw_ranges(ord(s[0]), panel.close[:, panel.column(s)]) for s in symbols}


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
    new = Book("a new name", (Lot("G", 5.0), Lot("F", 1.0), Lot("A", 5.0)))
    last = [
        Book("cash only", cash=1000.0),
        Book("ipo only", (Lot("G", 5.0),)),
        Book("young", (Lot("F", 3.0),)),
    ]
    return [*books, *last, new]


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


def by_hand(panel, books, ranges=None):
    """The columns of each book, worked out one by one."""
    world = World(
        dict(zip(panel.symbols, panel.close.T.tolist(), strict=True)),
        dict(zip(panel.symbols, panel.adj_close.T.tolist(), strict=True)),
        {symbol: traded.tolist() for symbol, traded in (ranges or {}).items()},
    )
    today, before = day(panel), day(panel, -2)
    return {
        book.name: oracle_columns(
            world, units(book, today), units(book, before), book.cash, book.index, SECTORS
        )
        for book in books
    }


@pytest.fixture(scope="module")
def expected(panel, books):
    return by_hand(panel, books, random_ranges(panel, RANGED))


def assert_same(actual, wanted, **tolerance):
    """Compare dictionaries of numbers, words and documents of them."""
    assert actual.keys() == wanted.keys()
    for name, number in wanted.items():
        assert_alike(actual[name], number, name, **tolerance)


def assert_alike(actual, wanted, name, **tolerance):
    """Compare two cells; a number that is NaN in a calculation is None as stored."""
    if isinstance(wanted, float) and math.isnan(wanted):
        wanted = None
    if isinstance(wanted, dict) and isinstance(actual, dict):
        assert_same(actual, wanted, **tolerance)
    elif isinstance(wanted, list) and isinstance(actual, list):
        assert len(actual) == len(wanted), name
        for one, other in zip(actual, wanted, strict=True):
            assert_alike(one, other, name, **tolerance)
    elif actual is None or wanted is None or isinstance(wanted, str | bool):
        assert actual == wanted, name
    else:
        np.testing.assert_allclose(actual, wanted, err_msg=name, **tolerance)


def test_every_number_of_thirty_portfolios_is_what_a_calculation_by_hand_gives(snapshots, expected):
    actual = columns_of(snapshots)
    assert actual.keys() == expected.keys()
    assert snapshots.failures == snapshots.skipped == ()
    for name, wanted in expected.items():
        assert_same(actual[name], wanted, **CLOSE)


def test_every_number_is_what_a_calculation_by_hand_gives_where_the_universe_has_ranges():
    ranged = (*STOCKS, *OTHERS, "SPY")
    panel = random_world(13, ranged=ranged)
    books = random_books(panel, 14, count=8)
    actual = columns_of(snapshots_of(panel, books, SECTORS))
    for name, wanted in by_hand(panel, books, random_ranges(panel, ranged)).items():
        assert_same(actual[name], wanted, **CLOSE)
    methods = {row["expected_volatility_method"] for row in actual.values()}
    assert PORTFOLIO_MODELS[0].method.label in methods


def test_the_random_book_meets_every_case(snapshots, expected):
    def seen(name):
        return {row[name] for row in columns_of(snapshots).values()}

    from_closes = next(model.method.label for model in PORTFOLIO_MODELS if not model.needs_market_ranges)
    assert {from_closes, "ewma_fallback", None} <= seen("expected_volatility_method")
    assert {None, False} <= seen("expected_volatility_clamped")
    assert seen("market_index") == {"SPY", "QQQ"}
    assert min(seen("short_value")) < 0 > min(seen("cash_value"))
    assert {True, False} == {coverage < 1 for coverage in seen("market_beta_coverage")}
    assert {True, False} == {coverage < 1 for coverage in seen("volatility_coverage") if coverage is not None}
    assert {True, False} == {coverage < 1 for coverage in seen("price_coverage")}
    assert {True, False} == {coverage < 1 for coverage in seen("sector_coverage")}
    assert max(seen("leverage")) > 2
    for name in ("value_at_risk_95", "max_drawdown", "tracking_error", "average_correlation"):
        assert len(seen(name) - {None}) >= 20
        assert None in seen(name), name
    for name in ("tail_coverage", "structure_coverage", "market_beta_direct_coverage"):
        assert {True, False} == {coverage < 1 for coverage in seen(name)}, name
    assert {True, False} == {coverage < 1 for coverage in seen("market_beta_adjusted_coverage")}
    documents = [row["correlation"] for row in expected.values() if row["correlation"]]
    assert {True, False} == {None in document["coefficients"] for document in documents}
    assert min(len(document["symbols"]) for document in documents) < 5


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


def test_risk_contributions_of_sectors_are_sums_of_those_of_positions(snapshots, expected):
    names = [*GICS_SECTORS, "Unclassified"]
    for block in snapshots.blocks:
        for row, sums in zip(block.rows, block.structure.sector_contributions, strict=True):
            shares = expected[snapshots.holdings.names[row]]["risk_contributions"]
            wanted = dict.fromkeys(names, NAN if shares is None else 0.0)
            for symbol, share in (shares or {}).items():
                wanted[SECTORS.get(symbol, "Unclassified")] += share
            np.testing.assert_allclose(sums, list(wanted.values()), **CLOSE)


def test_risk_contributions_come_to_one_by_position_and_by_sector(snapshots):
    for block in snapshots.blocks:
        known = np.isfinite(block.structure.contributions.volatility)
        assert known.sum() > 5
        shares = block.structure.contributions.contributions
        np.testing.assert_allclose(shares.sums()[known], 1.0, atol=1e-12)
        np.testing.assert_allclose(block.structure.sector_contributions[known].sum(axis=1), 1.0, atol=1e-12)


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
    for tests, block in zip(snapshots.stress, snapshots.blocks, strict=True):
        scenarios = tests.scenarios
        np.testing.assert_array_equal(tests.rows, block.rows)
        for position, row in enumerate(tests.rows):
            held = units(books[row], day(panel))
            value = {symbol: number * price_of(panel, symbol) for symbol, number in held.items()}
            for s, kind in enumerate(scenarios.kinds):
                if kind == "replay":
                    assert not tests.tested[position, s]  # these prices begin after its window
                    continue
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
                np.testing.assert_allclose(tests.pnl[position, s], pnl, rtol=1e-10, atol=1e-9)
                np.testing.assert_allclose(
                    tests.coverage[position, s], covered / gross if value else 1.0, **CLOSE
                )


def test_every_missing_number_has_its_reason_and_only_a_missing_one(snapshots):
    explained = {
        "daily_pnl",
        "vol_daily",
        "vol_weekly",
        "vol_monthly",
        "market_beta_weighted",
        "market_beta_adjusted",
        "market_beta_direct",
        "hhi",
        "realized_volatility_21d",
        "realized_volatility_63d",
        "expected_volatility_21d",
        "volatility_trend",
        "volatility_percentile",
        "value_at_risk_95",
        "max_drawdown",
        "tracking_error",
        "diversification_ratio",
        "average_correlation",
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
        assert_same(again[name], renamed_columns(wanted, new), rtol=1e-10, atol=1e-12)


def renamed_columns(row, names):
    """The columns of a snapshot after its symbols got other names."""
    shares, correlation = row["risk_contributions"], row["correlation"]
    return row | {
        "market_index": names[row["market_index"]],
        "risk_contributions": shares and {names[symbol]: share for symbol, share in shares.items()},
        "correlation": correlation
        and correlation | {"symbols": [names[symbol] for symbol in correlation["symbols"]]},
    }


@pytest.mark.parametrize("number", [0, 1, 13, 30, 31])
def test_a_portfolio_alone_is_what_it_is_among_many(panel, books, snapshots, number):
    alone = columns_of(snapshots_of(panel, [books[number]], SECTORS))
    assert_same(alone[books[number].name], columns_of(snapshots)[books[number].name], rtol=0)


def test_an_unrelated_portfolio_changes_nothing(panel, books, snapshots):
    stranger = Book("stranger", (Lot("A", 1e9), Lot("L", -1e5)), index="B")
    more = columns_of(snapshots_of(panel, [stranger, *books], SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert_same(more[name], wanted, rtol=0)


OF_THE_UNIVERSE = {
    "market_beta_adjusted",
    "market_beta_adjusted_coverage",
    "expected_variance",
    "expected_volatility_21d",
    "expected_volatility_low",
    "expected_volatility_high",
    "expected_volatility_method",
}


def test_instruments_that_nobody_holds_change_only_what_depends_on_the_universe(panel, books, snapshots):
    own = [symbol for symbol in panel.symbols if symbol not in OTHERS]
    adjusted, close = (
        {symbol: prices[:, panel.column(symbol)] for symbol in own}
        for prices in (panel.adj_close, panel.close)
    )
    few = snapshots_of(panel_of(adjusted, close=close), books, SECTORS)
    without, among = columns_of(few), columns_of(snapshots)
    changed = {c for name, row in among.items() for c in row if row[c] != without[name][c]}
    assert changed == OF_THE_UNIVERSE
    for one, other in zip(few.findings, snapshots.findings, strict=True):
        assert {f.reason for f in set(one) ^ set(other)} <= {"small_universe", "uncovered"}


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
        variances=panel.variances[first : row + 1],
        spans=panel.spans[first : row + 1],
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
        kept = [n for n in wanted if not n.endswith(("_value", "_exposure", "_pnl", "_amount"))]
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
