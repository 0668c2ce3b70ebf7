"""Stress tests of portfolios: whose scenarios, which replays, and every number against a loop."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from builders import Book, Lot, day, holdings_of, market_of, panel_of, random_prices, snapshots_of
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.scenarios import UserScenario, Window, user_scenarios
from riskpanel.book.stress_tests import build_stress_tests
from riskpanel.book.valuation import build_valuation

NAN, ROWS, LAST = np.nan, 330, date(2020, 6, 30)
SECTORS = {"A": "Energy", "B": "Financials", "C": "Utilities"}
PANDEMIC = (date(2020, 2, 19), date(2020, 3, 23))


@pytest.fixture(scope="module")
def panel():
    """Prices through the spring of 2020: D was listed in its middle, E is new, X has a gap at its start."""
    prices = random_prices(31, ROWS, "ABCDEX")
    prices["QQQ"] = 50 * np.cumprod(1 + np.random.default_rng(32).normal(0, 0.01, ROWS))
    prices["D"][:-85] = NAN
    prices["E"][:-9] = NAN
    prices["X"][-96:-91] = NAN
    return panel_of(prices, last=LAST)


BOOKS = (
    Book("mine", (Lot("A", 10.0), Lot("B", -4.0), Lot("D", 3.0)), cash=500.0, user=1),
    Book("yours", (Lot("A", 2.0), Lot("E", 5.0), Lot("X", 3.0)), cash=100.0, user=2),
    Book("other index", (Lot("C", 7.0), Lot("D", -2.0)), cash=900.0, index="QQQ", user=2),
    Book("cash", cash=700.0, user=1),
    Book("new", (Lot("E", 4.0),), user=3),
)
OLD = (BOOKS[0], replace(BOOKS[1], lots=(Lot("A", 2.0), Lot("X", 3.0))))  # what had prices all along
OWN = user_scenarios(
    (
        (1, UserScenario("mixed", None, -0.07, {"Energy": 0.1, "Utilities": -0.2}, None)),
        (2, UserScenario("spring", None, None, {}, Window(date(2020, 3, 2), date(2020, 3, 16)))),
        (2, UserScenario("mixed", None, None, {"Energy": -0.5}, None)),
        (8, UserScenario("stranger", None, -0.5, {}, None)),
    )
)


def stress_of(panel, books=BOOKS, *, row=-1, own=OWN, sectors=SECTORS):
    """Stress tests by portfolio and scenario: (shock, pnl, coverage, proxied)."""
    policy, at = RiskPolicy(), range(len(panel.sessions))[row]
    market = market_of(panel, sectors, own=own)
    indices = sorted({book.index for book in books})
    instruments = build_instrument_metrics(panel, policy, at, market_indices=indices, sectors=market.sectors)
    holdings = holdings_of(panel, books)
    exposures = build_valuation(holdings, panel, policy, at).exposures
    found = {book.name: {} for book in books}
    for tests in build_stress_tests(holdings, exposures, market, instruments, day(panel, at)):
        for portfolio, place in enumerate(tests.rows):
            for at_scenario in np.flatnonzero(tests.tested[portfolio]):
                cells = (tests.pnl, tests.coverage, tests.proxied)
                numbers = [float(cell[portfolio, at_scenario]) for cell in cells]
                name = tests.scenarios.names[at_scenario]
                assert name not in found[books[place].name]
                found[books[place].name][name] = (float(tests.shocks[at_scenario]), *numbers)
    return found


def close_near(panel, symbol, end):
    column = panel.adj_close[:, panel.column(symbol)].tolist()
    rows = [row for row, when in enumerate(panel.sessions.tolist()) if when <= end][-6:]
    return next((column[row] for row in reversed(rows) if not math.isnan(column[row])), NAN)


def loop_move(panel, betas, symbol, window):
    """What a symbol returned over a window, and whether its beta had to stand in."""
    own = close_near(panel, symbol, window[1]) / close_near(panel, symbol, window[0]) - 1
    return own, not math.isnan(own)


def test_every_number_of_a_replay_equals_a_loop_over_positions(panel):
    found = stress_of(panel)
    metrics = build_instrument_metrics(panel, RiskPolicy(), ROWS - 1, market_indices=["QQQ", "SPY"])
    for book in BOOKS:
        betas = dict(zip(panel.symbols, metrics.betas[book.index].ols.beta.tolist(), strict=True))
        index = loop_move(panel, betas, book.index, PANDEMIC)[0]
        pnl = gross = covered = proxied = 0.0
        for lot in book.lots:
            value = lot.quantity * panel.close[-1, panel.column(lot.symbol)]
            move, own = loop_move(panel, betas, lot.symbol, PANDEMIC)
            move = move if own else betas[lot.symbol] * index
            gross += abs(value)
            if not math.isnan(move):
                pnl, covered = pnl + value * move, covered + abs(value)
                proxied += 0.0 if own else abs(value)
        shares = (covered / gross, proxied / gross) if gross else (1.0, 0.0)
        wanted = (index, pnl if covered or not gross else NAN, *shares)
        np.testing.assert_allclose(found[book.name]["covid_2020"], wanted, rtol=1e-9, atol=1e-12)


def test_the_random_books_meet_own_returns_proxies_and_unknown_ones(panel):
    found = {name: tests["covid_2020"] for name, tests in stress_of(panel).items()}
    assert 0 < found["mine"][3] < 1
    assert found["mine"][2] == 1.0
    assert 0 < found["yours"][2] < 1  # E has neither a price then nor a beta
    assert found["yours"][3] == 0.0  # the gap of X ends within five sessions
    assert math.isnan(found["new"][1])
    assert found["new"][2:] == (0.0, 0.0)
    assert found["cash"][1:] == (0.0, 1.0, 0.0)


def test_a_users_scenarios_are_computed_for_that_user_alone(panel):
    found = stress_of(panel)
    names = {name: set(tests) for name, tests in found.items()}
    assert names["mine"] == names["cash"] == {*names["new"], "mixed"}
    assert names["yours"] == names["other index"] == {*names["new"], "mixed", "spring"}
    assert len(names["new"]) == 19  # 18 shocks and the pandemic
    value = {lot.symbol: lot.quantity * panel.close[-1, panel.column(lot.symbol)] for lot in BOOKS[0].lots}
    metrics = build_instrument_metrics(panel, RiskPolicy(), ROWS - 1, market_indices=["SPY"])
    beta = metrics.betas["SPY"].ols.beta[panel.column("B")]
    shock, pnl, coverage, proxied = found["mine"]["mixed"]
    assert shock == -0.07
    assert pnl == pytest.approx(value["A"] * 0.1 + value["B"] * beta * -0.07)
    assert coverage == pytest.approx(1 - value["D"] / sum(map(abs, value.values())))  # D has no sector
    assert proxied == 0.0
    theirs = found["yours"]["mixed"]
    assert math.isnan(theirs[0])
    assert theirs[1] == pytest.approx(2.0 * panel.close[-1, panel.column("A")] * -0.5)


def test_a_replay_is_the_same_whoever_asks_for_it(panel):
    found = stress_of(panel)
    twin = user_scenarios(((1, UserScenario("twin", None, None, {}, Window(*PANDEMIC))),))
    assert stress_of(panel, own=twin)["mine"]["twin"] == found["mine"]["covid_2020"]


@pytest.mark.parametrize(("when", "there"), [(date(2020, 3, 20), False), (date(2020, 3, 23), True)])
def test_a_replay_is_not_known_before_its_window_has_ended(panel, when, there):
    found = stress_of(panel, OLD, row=panel.row(when))
    assert ("covid_2020" in found["mine"]) is there
    assert "spring" in found["yours"]


def test_later_prices_change_no_replay(panel):
    row = panel.row(date(2020, 5, 29))
    cut = replace(
        panel,
        sessions=panel.sessions[: row + 1],
        close=panel.close[: row + 1],
        adj_close=panel.adj_close[: row + 1],
        returns=panel.returns[: row + 1],
        variances=panel.variances[: row + 1],
    )
    np.testing.assert_equal(stress_of(cut, OLD), stress_of(panel, OLD, row=row))


def test_a_window_of_which_nothing_is_known_is_not_tested(panel):
    assert all(
        "crisis_2008" not in tests and "drawdown_2022" not in tests for tests in stress_of(panel).values()
    )


def test_without_prices_of_the_index_a_replay_stands_on_what_is_held(panel):
    adjusted = panel.adj_close.copy()
    adjusted[:-80, panel.column("SPY")] = NAN
    blind = replace(panel, adj_close=adjusted)
    found, full = stress_of(blind), stress_of(panel)
    shock, pnl, coverage, proxied = found["mine"]["covid_2020"]
    assert math.isnan(shock)
    assert coverage == pytest.approx(1 - full["mine"]["covid_2020"][3])  # what moved by beta is unknown now
    assert proxied == 0.0
    assert math.isfinite(pnl)
    assert "covid_2020" not in found["cash"]
    assert "covid_2020" not in found["new"]
    assert found["other index"]["covid_2020"] == full["other index"]["covid_2020"]


def test_an_unrelated_portfolio_and_the_order_change_no_bit(panel):
    found = stress_of(panel)
    stranger = Book("stranger", (Lot("C", 3.0), Lot("X", -9.0)), index="A", user=7)
    more = stress_of(panel, [stranger, *reversed(BOOKS)])
    del more["stranger"]
    np.testing.assert_equal(more, found)
    for book in BOOKS:
        np.testing.assert_equal(stress_of(panel, [book])[book.name], found[book.name])


def test_the_stress_tests_of_a_split_book_add_up(panel):
    whole = Book("whole", (Lot("A", 10.0), Lot("B", -4.0), Lot("D", 3.0)), cash=900.0)
    parts = (
        Book("one", (Lot("A", 4.0), Lot("D", 3.0)), cash=100.0),
        Book("two", (Lot("A", 6.0), Lot("B", -4.0)), cash=800.0),
    )
    found = stress_of(panel, [whole, *parts])
    for name, (_, pnl, _, _) in found["whole"].items():
        pieces = np.array([found[part.name][name][1] for part in parts])
        assert np.nansum(pieces) == pytest.approx(pnl, rel=1e-9, abs=1e-9), name


def test_a_snapshot_holds_the_stress_tests_of_its_portfolios(panel):
    snapshots = snapshots_of(panel, BOOKS, SECTORS)
    assert sorted(np.concatenate([tests.rows for tests in snapshots.stress]).tolist()) == [0, 1, 2, 3, 4]
    assert [len(tests.scenarios) for tests in snapshots.stress] == [20, 20]  # two windows have ended
