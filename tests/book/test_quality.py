"""What a reader is told about each number: missing, partial or worth a look."""

import math
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from builders import LAST, Book, Lot, columns_of, panel_of, random_prices, snapshots_of
from riskpanel.book import complete, quality
from riskpanel.book.policy import RiskPolicy
from riskpanel.cli.reasons import REASONS as REASON_WORDS
from riskpanel.risk import Reason

NAN, ROWS = np.nan, 300
SECTORS = dict.fromkeys(("A", "B", "SPY", "X"), "Energy")
FOUR = RiskPolicy(universe_min_instruments=2)  # four instruments are a universe here
ALONE = ("average_correlation", "missing", "one_position", ())


def prices_with(x=None, *, rows=ROWS):
    """Two ordinary stocks and the index, and X as ``x`` makes it from an ordinary series."""
    prices = random_prices(41, rows, ("A", "B", "X"))
    if x is not None:
        prices["X"] = x(prices["X"].copy())
    return prices


def findings(panel, book, **options):
    options = {"policy": FOUR} | options
    (found,) = snapshots_of(panel, [book], options.pop("sectors", SECTORS), **options).findings
    return {(f.metric, f.kind, f.reason, f.symbols) for f in found}


def without(prices, sessions):
    prices[sessions] = NAN
    return prices


def test_nothing_is_said_of_a_book_that_lacks_nothing():
    assert findings(panel_of(prices_with()), Book("p", (Lot("A", 1), Lot("B", 2)), cash=9.0)) == set()


def test_a_price_of_an_earlier_session_is_stale():
    panel = panel_of(prices_with(lambda x: without(x, slice(-3, None))))
    found = findings(panel, Book("p", (Lot("A", 9), Lot("X", 2))))
    assert ("price_coverage", "partial", "stale", ("X",)) in found
    assert ("volatility_coverage", "partial", "imputed", ("X",)) in found


def test_a_session_that_does_not_count_for_lack_of_real_returns_has_nothing_imputed():
    panel = panel_of(prices_with(lambda x: without(x, slice(-3, None))))
    found = findings(panel, Book("p", (Lot("A", 1), Lot("X", 2))))
    assert ("price_coverage", "partial", "stale", ("X",)) in found
    assert ("vol_daily", "missing", "imputed", ()) in found
    assert not [item for item in found if item[0] == "volatility_coverage"]


def test_sessions_before_everything_has_a_price_are_no_gaps():
    young = {symbol: without(prices, slice(0, ROWS - 100)) for symbol, prices in prices_with().items()}
    found = findings(panel_of(young), Book("p", (Lot("A", 1), Lot("B", 2))))
    assert not [item for item in found if item[0] == "volatility_coverage"]


def test_a_symbol_without_a_sector_is_unclassified():
    found = findings(panel_of(prices_with()), Book("p", (Lot("A", 1), Lot("X", 2))), sectors={"A": "Energy"})
    assert found == {("sector_exposure", "partial", "unclassified", ("X",))}


def test_a_benchmark_without_weights_is_told():
    book = Book("p", (Lot("A", 1), Lot("B", 1)), benchmark="FTSE100")
    assert findings(panel_of(prices_with()), book) == {("sector_exposure", "partial", "no_benchmark", ())}


def test_weights_younger_than_the_session_are_told():
    early = panel_of(prices_with(), last=LAST.replace(year=2022, day=30))
    found = findings(early, Book("p", (Lot("A", 1), Lot("B", 1))))
    assert found == {("sector_exposure", "flag", "benchmark_after_as_of", ())}


@pytest.mark.parametrize(("last", "told"), [(date(2023, 11, 1), False), (date(2023, 11, 2), True)])
def test_weights_more_than_180_days_old_are_told(last, told):
    found = findings(panel_of(prices_with(), last=last), Book("p", (Lot("A", 1), Lot("B", 1))))
    assert found == ({("sector_exposure", "flag", "benchmark_old", ())} if told else set())


def test_an_index_without_prices_leaves_the_betas_missing_and_computes_the_rest():
    panel = panel_of(prices_with() | {"SPY": np.full(ROWS, NAN)})
    book = Book("p", (Lot("A", 1), Lot("B", 1)))
    assert findings(panel, book) == {
        (metric, "missing", "market_index_unpriced", ())
        for metric in ("market_beta_weighted", "market_beta_adjusted", "market_beta_direct", "tracking_error")
    }
    row = columns_of(snapshots_of(panel, [book], SECTORS))["p"]
    assert row["market_beta_weighted"] is row["market_beta_direct"] is None
    assert row["market_beta_coverage"] == 0.0
    assert row["realized_volatility_21d"] > 0
    assert row["volatility_coverage"] == 1.0
    assert row["hhi"] > 0


def test_cash_alone_has_a_beta_of_zero_even_where_the_index_has_no_prices():
    panel = panel_of(prices_with() | {"SPY": np.full(ROWS, NAN)})
    book = Book("p", cash=5.0)
    assert columns_of(snapshots_of(panel, [book], SECTORS))["p"]["market_beta_weighted"] == 0.0
    found = findings(panel, book)
    assert ("market_beta_weighted", "missing", "market_index_unpriced", ()) not in found
    assert ("market_beta_direct", "missing", "market_index_unpriced", ()) in found


def test_an_index_that_stopped_is_told_as_the_cause():
    prices = prices_with()
    prices["SPY"][-70:] = NAN
    found = findings(panel_of(prices), Book("p", (Lot("A", 1),)))
    assert ("market_beta_weighted", "missing", "market_index_unpriced", ()) in found
    assert ("market_beta_direct", "missing", "market_index_unpriced", ()) in found


def test_a_listing_of_late_is_short_of_history_and_left_out_of_the_series():
    panel = panel_of(prices_with(lambda x: without(x, slice(0, ROWS - 10))))
    assert findings(panel, Book("p", (Lot("A", 3), Lot("X", 1)))) == {
        ("market_beta_weighted", "partial", "short_history", ("X",)),
        ("volatility_coverage", "partial", "left_out", ("X",)),
        ("average_correlation", "missing", "short_history", ()),
    }


def test_a_listing_with_enough_for_a_beta_is_imputed_before_it():
    panel = panel_of(prices_with(lambda x: without(x, slice(0, ROWS - 60))))
    found = findings(panel, Book("p", (Lot("A", 3), Lot("X", 1))))
    assert found == {
        ("volatility_coverage", "partial", "imputed", ("X",)),
        ("average_correlation", "missing", "short_history", ()),  # its own returns, not the imputed ones
    }


def test_a_book_of_little_but_late_listings_says_that_its_numbers_would_be_imputed():
    panel = panel_of(prices_with(lambda x: without(x, slice(0, ROWS - 10))))
    book = Book("p", (Lot("A", 1), Lot("X", 50)))
    found = findings(panel, book)
    missing = {metric: reason for metric, kind, reason, _ in found if kind == "missing"}
    assert missing == {
        "market_beta_direct": "imputed",
        "vol_monthly": "imputed",
        "realized_volatility_21d": "imputed",
        "realized_volatility_63d": "imputed",
        "expected_volatility_21d": "imputed",
        "volatility_trend": "imputed",
        "volatility_percentile": "imputed",
        "value_at_risk_95": "imputed",
        "max_drawdown": "imputed",
        "tracking_error": "imputed",
        "diversification_ratio": "imputed",
        "average_correlation": "short_history",  # of positions: nothing of it is ever imputed
    }


def test_a_book_of_which_nothing_has_a_beta_is_uncovered():
    panel = panel_of(prices_with(lambda x: without(x, slice(0, ROWS - 10))))
    book = Book("p", (Lot("X", 1),))
    found = findings(panel, book)
    assert ("market_beta_weighted", "missing", "uncovered", ()) in found
    assert ("market_beta_weighted", "partial", "short_history", ("X",)) in found
    assert ("market_beta_direct", "missing", "short_history", ()) in found
    row = columns_of(snapshots_of(panel, [book], SECTORS))["p"]
    assert (row["market_beta_weighted"], row["market_beta_coverage"]) == (None, 0.0)


def test_a_halted_symbol_and_one_with_gaps_are_told_apart():
    def gappy(x):
        return without(x, np.arange(ROWS) % 4 > 1)

    panel = panel_of(prices_with(gappy))
    assert ("market_beta_weighted", "partial", "gap", ("X",)) in findings(
        panel, Book("p", (Lot("A", 3), Lot("X", 1)))
    )
    halted = panel_of(prices_with(lambda x: without(x, np.r_[0 : ROWS - 40, ROWS - 15 : ROWS])))
    assert ("market_beta_weighted", "partial", "stale", ("X",)) in findings(
        halted, Book("p", (Lot("A", 3), Lot("X", 1)))
    )


def test_a_price_that_never_moves_is_degenerate():
    panel = panel_of(prices_with(lambda x: np.full(ROWS, 7.0)))
    found = findings(panel, Book("p", (Lot("A", 3), Lot("X", 1))))
    assert found == {
        ("market_beta_weighted", "partial", "degenerate", ("X",)),
        ("average_correlation", "missing", "degenerate", ()),
    }


def test_a_beta_beyond_the_limit_is_flagged_and_stands():
    prices = prices_with()
    market = np.diff(prices["SPY"], prepend=prices["SPY"][0]) / np.r_[prices["SPY"][0], prices["SPY"][:-1]]
    prices["X"] = np.cumprod(1 + 6 * np.clip(market, -0.1, 0.1))
    panel = panel_of(prices)
    book = Book("p", (Lot("X", 1),))
    flag = ("market_beta_weighted", "flag", "extreme", ("X",))
    assert flag in findings(panel, book)
    assert columns_of(snapshots_of(panel, [book], SECTORS))["p"]["market_beta_weighted"] > 5
    assert flag not in findings(panel, book, policy=RiskPolicy(beta_flag_above=20.0))


@pytest.mark.parametrize(("limit", "flagged"), [(2.0, True), (20.0, False)])
def test_a_volatility_beyond_the_limit_is_flagged_and_stands(limit, flagged):
    panel = panel_of(prices_with(lambda x: 10.0 * 1.4 ** (np.arange(ROWS) % 2)))
    book = Book("p", (Lot("X", 1),))
    flag = ("realized_volatility_21d", "flag", "extreme", ("X",))
    assert (flag in findings(panel, book, policy=RiskPolicy(volatility_flag_above=limit))) is flagged
    assert columns_of(snapshots_of(panel, [book], SECTORS))["p"]["realized_volatility_21d"] > 2


def test_cash_alone_has_no_positions_to_measure():
    book = Book("p", cash=10.0)
    found = findings(panel_of(prices_with()), book)
    assert ("hhi", "missing", "no_positions", ()) in found
    row = columns_of(snapshots_of(panel_of(prices_with()), [book], SECTORS))["p"]
    assert (row["market_beta_weighted"], row["realized_volatility_21d"], row["hhi"]) == (0.0, 0.0, None)


def test_a_session_without_one_before_it_has_no_daily_gain():
    panel = panel_of(prices_with())
    found = findings(panel, Book("p", (Lot("A", 1),)), row=0)
    assert ("daily_pnl", "missing", "short_history", ()) in found


def test_every_metric_without_enough_history_says_so():
    panel = panel_of(prices_with(rows=12))
    found = findings(panel, Book("p", (Lot("A", 1),)))
    missing = {metric: reason for metric, kind, reason, _ in found if kind == "missing"}
    # The index is as young as the rest: that, not its absence, is why there is no beta.
    assert missing == {
        "market_beta_weighted": "uncovered",
        "market_beta_adjusted": "short_history",
        "market_beta_direct": "short_history",
        "vol_monthly": "short_history",
        "realized_volatility_21d": "short_history",
        "realized_volatility_63d": "short_history",
        "expected_volatility_21d": "short_history",
        "volatility_trend": "short_history",
        "volatility_percentile": "short_history",
        "value_at_risk_95": "short_history",
        "max_drawdown": "short_history",
        "tracking_error": "short_history",
        "diversification_ratio": "short_history",
        "average_correlation": "one_position",
    }


def test_findings_name_only_what_the_portfolio_holds():
    panel = panel_of(prices_with(lambda x: without(x, slice(-3, None))))
    one, other = snapshots_of(
        panel,
        [Book("p", (Lot("A", 1), Lot("B", 1))), Book("q", (Lot("X", -1), Lot("A", 9)))],
        SECTORS,
        policy=FOUR,
    ).findings
    assert one == ()
    assert {f.symbols for f in other} == {("X",)}


# ---------------------------------------------------------------- the universe, the tail, the structure


def test_a_universe_that_is_too_small_is_why_there_is_no_adjusted_beta():
    panel, book = panel_of(prices_with()), Book("p", (Lot("A", 1), Lot("B", 2)), cash=9.0)
    missing = ("market_beta_adjusted", "missing", "small_universe", ())
    assert findings(panel, book, policy=RiskPolicy()) == {missing}
    assert findings(panel, book, policy=RiskPolicy(universe_min_instruments=4)) == {missing}
    assert findings(panel, book, policy=RiskPolicy(universe_min_instruments=3)) == set()  # all but the index


def test_a_book_without_a_shrunk_beta_says_why_its_positions_have_none():
    panel = panel_of(prices_with(lambda x: without(x, slice(0, ROWS - 50))))
    found = findings(panel, Book("p", (Lot("X", 1),)))
    assert ("market_beta_adjusted", "missing", "short_history", ()) in found
    assert not {
        item for item in found if item[:2] == ("market_beta_weighted", "missing")
    }  # 49 pairs are enough


def test_one_position_has_no_correlation_and_cash_has_no_positions():
    panel = panel_of(prices_with())
    assert findings(panel, Book("p", (Lot("A", 1),), cash=10.0)) == {ALONE}
    assert ("average_correlation", "missing", "no_positions", ()) in findings(panel, Book("p", cash=10.0))


def test_an_index_that_stopped_more_than_a_window_ago_is_why_there_is_no_tracking_error():
    prices = prices_with(rows=500)
    prices["SPY"][-200:] = NAN
    found = findings(panel_of(prices), Book("p", (Lot("A", 1), Lot("B", 1))))
    assert ("tracking_error", "missing", "market_index_unpriced", ()) in found
    assert not {item for item in found if item[0] == "max_drawdown"}


def test_a_forecast_from_less_than_63_sessions_is_flagged_as_a_fallback():
    panel = panel_of(prices_with(rows=50))
    book = Book("p", (Lot("A", 1), Lot("B", 1)))
    assert ("expected_volatility_21d", "flag", "fallback", ()) in findings(panel, book)
    row = columns_of(snapshots_of(panel, [book], SECTORS, policy=FOUR))["p"]
    assert (row["expected_volatility_method"], row["expected_volatility_clamped"]) == ("ewma_fallback", False)


def test_a_forecast_out_of_all_proportion_is_moved_to_the_edge_and_flagged():
    """Nearly all of a year's movement lies in the 42 sessions before the last 21, which are still."""
    moves = 1e-5 * np.random.default_rng(42).standard_normal(ROWS)
    moves[-63:-21] *= 3000
    panel = panel_of(prices_with(lambda x: 10 * np.cumprod(1 + moves)))
    flag = ("expected_volatility_21d", "flag", "clamped", ())
    for symbol, marked in (("X", True), ("A", False)):
        book = Book("p", (Lot(symbol, 1),))
        row = columns_of(snapshots_of(panel, [book], SECTORS))["p"]
        assert row["expected_volatility_clamped"] is marked
        assert (flag in findings(panel, book, policy=RiskPolicy())) is marked
        v63 = np.mean(np.square(panel.returns[-63:, panel.column(symbol)]))
        at_the_edge = math.isclose(row["expected_variance"], 0.2 * 252 * v63, rel_tol=1e-12)
        assert at_the_edge is marked


# ---------------------------------------------------------------- words


def spoken_reasons():
    """Every word that a finding or a null can have for a reason, from the code that says them."""
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (quality, complete)]
    literals = set(re.findall(r'"([a-z_]+)"', "".join(sources)))
    return {label for reason in Reason if (label := reason.label)} | (literals & set(REASON_WORDS))


def test_every_reason_is_explained_where_methods_are_and_on_the_page():
    page = Path(__file__).parents[2].joinpath("docs", "methods.md").read_text(encoding="utf-8")
    tabled = set(re.findall(r"^\| `(\w+)` \|", page.partition("## Reasons")[2], flags=re.MULTILINE))
    assert {"one_position", "clamped", "fallback", "small_universe"} <= spoken_reasons()
    assert spoken_reasons() <= tabled
    assert tabled == set(REASON_WORDS)
