"""Funds counted by what they hold: against a plain recursion, by hand, and under what may change nothing."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import Book, Lot, columns_of, day, panel_of, parts_of, random_prices, sectors_of, snapshots_of
from riskpanel.book.look_through import (
    LEVELS,
    FundPart,
    build_sector_shares,
    is_fund,
    require_parts,
)
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.risk import group_contributions, sector_weights

OLD, NEW, TODAY = date(2024, 3, 1), date(2024, 9, 2), date(2024, 12, 31)
ALL = (*GICS_SECTORS, "Unclassified")
ROWS = 130


def shares_of(symbols, sectors=None, *, funds=None, etfs=(), as_of=TODAY, look_through=True):
    """Shares by sector of each symbol, without the sectors that it is not in."""
    known = sectors_of(symbols, sectors, funds=funds, etfs=etfs)
    found = build_sector_shares(known, as_of, look_through=look_through)
    assert found.shares.shape == (len(symbols), 12)
    rows = (dict(zip(ALL, row, strict=True)) for row in found.shares.tolist())
    return {
        symbol: {name: share for name, share in row.items() if share}
        for symbol, row in zip(symbols, rows, strict=True)
    }


def by_recursion(symbol, sectors, funds, etfs, as_of, level=0):
    """Shares by sector of a symbol, its parts one after another."""
    dated = funds.get(symbol)
    # What nobody knows anything else of is a fund by its parts; an own sector gives way in a fund only.
    if not dated or (symbol in sectors and symbol not in etfs):
        return {sectors.get(symbol, "Unclassified"): 1.0}
    if level == LEVELS:
        return {"Unclassified": 1.0}
    known = [when for when in dated if when <= as_of]
    parts = dated[max(known) if known else min(dated)]
    found = {"Unclassified": 1.0 - sum(parts.values())}
    for name, weight in parts.items():
        own = (
            {name: 1.0}
            if name in GICS_SECTORS
            else by_recursion(name, sectors, funds, etfs, as_of, level + 1)
        )
        for sector, share in own.items():
            found[sector] = found.get(sector, 0.0) + weight * share
    return found


def drawn_funds(seed, symbols):
    """Funds of sectors, stocks and one another, on two days, some known in part; circles happen."""
    rng = np.random.default_rng(seed)
    funds = {}
    for symbol in symbols[:6]:
        for when in (OLD, NEW)[: rng.integers(1, 3)]:
            names = rng.choice([*GICS_SECTORS, *symbols, "ABROAD"], rng.integers(1, 7), replace=False)
            weights = rng.dirichlet(np.ones(len(names))) * rng.choice([1.0, 0.7])
            funds.setdefault(symbol, {})[when] = dict(zip(map(str, names), weights.tolist(), strict=True))
    return funds


@pytest.mark.parametrize("as_of", [date(2024, 1, 2), date(2024, 6, 3), TODAY])
@pytest.mark.parametrize("seed", range(12))
def test_every_row_is_what_a_plain_recursion_gives(seed, as_of):
    symbols = tuple(f"S{n}" for n in range(10))
    sectors = {"S1": "Energy", "S2": "Utilities", "S7": "Financials", "S8": "Materials"}
    funds = drawn_funds(seed, symbols)
    etfs = ("S0", "S1", "S9")
    found = shares_of(symbols, sectors, funds=funds, etfs=etfs, as_of=as_of)
    for symbol in symbols:
        wanted = by_recursion(symbol, sectors, funds, etfs, as_of)
        for name in ALL:
            assert found[symbol].get(name, 0.0) == pytest.approx(wanted.get(name, 0.0), abs=1e-12)


@given(st.integers(0, 2**31 - 1))
def test_rows_sum_to_1_and_no_share_is_negative(seed):
    symbols = tuple(f"S{n}" for n in range(8))
    known = sectors_of(symbols, {"S7": "Energy"}, funds=drawn_funds(seed, symbols), etfs=("S7",))
    shares = build_sector_shares(known, TODAY, look_through=True).shares
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=0, atol=1e-12)


@given(st.integers(0, 2**31 - 1), st.permutations(range(8)))
def test_the_order_of_instruments_does_not_matter(seed, order):
    symbols = tuple(f"S{n}" for n in range(8))
    funds = drawn_funds(seed, symbols)
    straight = build_sector_shares(sectors_of(symbols, funds=funds), TODAY, look_through=True)
    permuted = build_sector_shares(
        sectors_of([symbols[place] for place in order], funds=funds), TODAY, look_through=True
    )
    np.testing.assert_allclose(permuted.shares, straight.shares[list(order)], rtol=0, atol=1e-15)
    np.testing.assert_array_equal(permuted.dates, straight.dates[list(order)])


def test_an_instrument_without_parts_counts_by_its_own_sector_exactly():
    found = build_sector_shares(sectors_of(("A", "B"), {"A": "Energy"}), TODAY, look_through=True)
    assert found.shares.tolist() == [
        [1.0 if name == own else 0.0 for name in ALL] for own in (ALL[3], ALL[11])
    ]
    assert found.classified.tolist() == [1.0, 0.0]
    assert not found.looked_through.any()
    assert not found.late.any()


def test_a_fund_of_funds_is_followed_to_its_stocks():
    funds = {
        "TOP": {OLD: {"MID": 0.5, "Energy": 0.25, "A": 0.25}},
        "MID": {OLD: {"LOW": 0.5, "B": 0.5}},
        "LOW": {OLD: {"Utilities": 1.0}},
    }
    found = shares_of(("A", "B", "TOP"), {"A": "Financials", "B": "Energy"}, funds=funds)
    assert found["TOP"] == {"Energy": 0.5, "Financials": 0.25, "Utilities": 0.25}


def test_five_levels_are_followed_and_the_sixth_is_unclassified():
    names = [f"F{level}" for level in range(7)]
    funds = {one: {OLD: {other: 1.0}} for one, other in pairwise(names)}
    found = shares_of(tuple(names), {"F6": "Energy"}, funds=funds)
    assert found["F1"] == found["F5"] == {"Energy": 1.0}  # five funds, the last of which holds the stock
    assert found["F0"] == {"Unclassified": 1.0}


def test_a_circle_of_funds_ends_as_unclassified():
    funds = {"A": {OLD: {"B": 1.0}}, "B": {OLD: {"A": 1.0}}}
    assert shares_of(("A", "B"), funds=funds) == {"A": {"Unclassified": 1.0}, "B": {"Unclassified": 1.0}}
    itself = {"A": {OLD: {"A": 0.5, "Energy": 0.5}}}
    # Half of half of half: what is left after five times round.
    assert shares_of(("A",), funds=itself)["A"] == {"Energy": 1 - 0.5**5, "Unclassified": 0.5**5}


def test_what_parts_do_not_add_up_to_and_what_nobody_knows_is_unclassified():
    funds = {"A": {OLD: {"Energy": 0.5, "ABROAD": 0.25}}}
    found = shares_of(("A",), funds=funds)["A"]
    assert found == {"Energy": 0.5, "Unclassified": 0.5}


def test_parts_that_sum_to_1_but_for_rounding_leave_nothing_unclassified():
    funds = {"A": {OLD: {"Energy": 0.5, "Utilities": 0.4999995}}, "B": {OLD: {"Energy": 0.5, "A": 0.5000005}}}
    found = shares_of(("A", "B"), funds=funds)
    assert found["A"].keys() == found["B"].keys() == {"Energy", "Utilities"}
    assert sum(found["B"].values()) == pytest.approx(1.0, abs=1e-12)


def test_parts_win_over_the_label_of_a_fund_and_not_over_that_of_a_company():
    funds = {symbol: {OLD: {"Energy": 1.0}} for symbol in ("ETF", "HOLDING", "PLAIN")}
    sectors = {"ETF": "Financials", "HOLDING": "Financials"}
    found = shares_of(("ETF", "HOLDING", "PLAIN"), sectors, funds=funds, etfs=("ETF",))
    assert found == {"ETF": {"Energy": 1.0}, "HOLDING": {"Financials": 1.0}, "PLAIN": {"Energy": 1.0}}


def test_the_newest_parts_known_on_the_day_count_else_the_oldest_and_those_are_late():
    funds = {"A": {OLD: {"Energy": 1.0}, NEW: {"Utilities": 1.0}}, "TOP": {OLD: {"A": 1.0}}}
    known = sectors_of(("A", "TOP"), funds=funds)
    for as_of, when, sector, late in (
        (date(2024, 2, 29), OLD, "Energy", True),
        (OLD, OLD, "Energy", False),
        (date(2024, 9, 1), OLD, "Energy", False),
        (NEW, NEW, "Utilities", False),
    ):
        found = build_sector_shares(known, as_of, look_through=True)
        assert found.dates.tolist() == [when, OLD]
        assert found.shares[:, ALL.index(sector)].tolist() == [1.0, 1.0]
        assert found.late.tolist() == [late, late]


def test_a_fund_is_late_when_a_fund_in_it_is():
    funds = {"TOP": {OLD: {"MID": 0.1, "Energy": 0.9}}, "MID": {NEW: {"Energy": 1.0}}}
    found = build_sector_shares(sectors_of(("TOP", "X"), funds=funds), date(2024, 6, 3), look_through=True)
    assert found.late.tolist() == [True, False]


def test_without_look_through_everything_counts_by_its_own_sector():
    funds = {"A": {OLD: {"Energy": 1.0}}, "B": {OLD: {"Energy": 1.0}}}
    found = shares_of(("A", "B"), {"B": "Utilities"}, funds=funds, etfs=("A", "B"), look_through=False)
    assert found == {"A": {"Unclassified": 1.0}, "B": {"Utilities": 1.0}}


@pytest.mark.parametrize(
    ("word", "fund"), [("etf", True), ("Fund", True), ("equity", False), ("index", False), (None, False)]
)
def test_asset_classes_of_funds(word, fund):
    assert is_fund(word) is fund


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "at least one part"),
        ([FundPart("sector", "Tech", 0.5)], "not a part of a fund"),
        ([FundPart("country", "Energy", 0.5)], "not a part of a fund"),
        ([FundPart("instrument", "brk.b", 0.5)], "not a part of a fund"),
        ([FundPart("sector", "Energy", 1.5)], "not a weight"),
        ([FundPart("sector", "Energy", -0.1)], "not a weight"),
        ([FundPart("sector", "Energy", float("nan"))], "not a weight"),
        ([FundPart("sector", "Energy", 0.1)] * 2, "named twice"),
        ([FundPart("sector", "Energy", 0.6), FundPart("sector", "Utilities", 0.400002)], "more than 1"),
    ],
)
def test_parts_that_cannot_be_are_refused(parts, message):
    with pytest.raises(InputError, match=message):
        require_parts("SPY", OLD, parts)


def test_parts_that_sum_to_1_but_for_rounding_are_taken():
    require_parts("SPY", OLD, parts_of({"Energy": 0.6, "Utilities": 0.4000009}))
    with pytest.raises(InputError, match="normalised symbol"):
        require_parts("spy", OLD, parts_of({"Energy": 0.6}))


# ---------------------------------------------------------------- whole snapshots

FUNDS = {
    "F": {OLD: {"Information Technology": 0.6, "Financials": 0.3}},
    "Q": {OLD: {"Information Technology": 0.8, "Communication Services": 0.2}},
}
SECTORS = {"A": "Energy", "B": "Financials"}


@pytest.fixture(scope="module")
def panel():
    """A close of 10 for all on the last session, so that weights can be worked out in the head."""
    prices = random_prices(91, ROWS, ("A", "B", "F", "Q"))
    closes = {symbol: np.r_[own[:-1], 10.0] for symbol, own in prices.items()}
    return panel_of(prices, close=closes)


def test_a_book_worked_out_by_hand(panel):
    """600 of F, 400 of A, -100 of Q and 100 of cash are 1,000; the gross exposure is 1,100."""
    book = Book("p", (Lot("F", 60.0), Lot("A", 40.0), Lot("Q", -10.0)), cash=100.0)
    found = snapshots_of(panel, [book], SECTORS, funds=FUNDS, etfs=("F", "Q"))
    net, long, short, gross = (
        dict(zip(ALL, table[0].tolist(), strict=True))
        for table in (found.sectors.net, found.sectors.long, found.sectors.short, found.sectors.gross)
    )
    assert net["Information Technology"] == pytest.approx(0.36 - 0.08)
    assert long["Information Technology"] == pytest.approx(0.36)
    assert short["Information Technology"] == pytest.approx(-0.08)
    assert gross["Information Technology"] == pytest.approx(0.44)
    assert net["Financials"] == pytest.approx(0.18)
    assert net["Communication Services"] == pytest.approx(-0.02)
    assert net["Energy"] == pytest.approx(0.4)
    assert net["Unclassified"] == pytest.approx(0.06)
    assert sum(net.values()) == pytest.approx(0.9)
    assert found.sector_coverage[0] == pytest.approx(1 - 60 / 1100)


def test_a_portfolio_of_one_fund_has_its_weights(panel):
    found = snapshots_of(panel, [Book("p", (Lot("F", 7.0),))], funds=FUNDS)
    held = dict(zip(ALL, found.sectors.net[0].tolist(), strict=True))
    assert {name: weight for name, weight in held.items() if weight} == pytest.approx(
        {"Information Technology": 0.6, "Financials": 0.3, "Unclassified": 0.1}
    )
    assert found.sector_coverage[0] == pytest.approx(0.9)
    (block,) = found.blocks
    contributions = block.structure.sector_contributions[0]
    np.testing.assert_allclose(contributions, found.sectors.net[0], rtol=1e-9, atol=1e-12)


def test_where_no_fund_has_parts_no_bit_differs_from_sectors_by_code(panel):
    """Sectors as codes were how everything was computed before funds were looked through."""
    rng = np.random.default_rng(7)
    lots = [tuple(Lot(s, float(rng.normal(5, 20))) for s in "ABFQ"[: 1 + n % 4]) for n in range(40)]
    books = [Book(f"p{n}", own, cash=50_000.0) for n, own in enumerate(lots)]
    found = snapshots_of(panel, books, SECTORS, etfs=("F",))
    codes = np.array([GICS_SECTORS.index(SECTORS[s]) if s in SECTORS else 11 for s in panel.symbols])
    by_code = sector_weights(found.valuation.weights, codes, n_sectors=12)
    for name in ("net", "long", "short", "gross"):
        np.testing.assert_array_equal(getattr(found.sectors, name), getattr(by_code, name))
    covered = found.valuation.exposures.shares().times(codes < 11)
    np.testing.assert_array_equal(found.sector_coverage, covered)
    (block,) = found.blocks
    split = group_contributions(block.structure.contributions, codes, n_groups=12)
    np.testing.assert_array_equal(block.structure.sector_contributions, split)


def test_look_through_changes_sectors_and_nothing_else(panel):
    books = [Book("p", (Lot("F", 60.0), Lot("A", 40.0)))]
    on, off = (
        snapshots_of(panel, books, SECTORS, funds=FUNDS, policy=RiskPolicy(look_through=chosen))
        for chosen in (True, False)
    )
    with_parts, without = columns_of(on)["p"], columns_of(off)["p"]
    assert {name for name in without if with_parts[name] != without[name]} == {"sector_coverage"}
    assert off.sector_coverage[0] == pytest.approx(0.4)
    assert off.sectors.net[0, -1] == pytest.approx(0.6)
    assert not off.sector_shares.looked_through.any()


def test_the_findings_tell_what_is_unknown_and_what_is_known_from_a_later_day_only(panel):
    funds = FUNDS | {"Q": {date(2030, 1, 2): {"Energy": 0.5}}}
    book = Book("p", tuple(Lot(symbol, 5.0) for symbol in ("A", "F", "Q", "SPY")), cash=10.0)
    found = snapshots_of(panel, [book], SECTORS, funds=funds).findings[0]
    told = {(one.kind, one.reason): one.symbols for one in found if one.metric == "sector_exposure"}
    assert told["partial", "unclassified"] == ("SPY",)
    assert told["flag", "fund_weights_after_as_of"] == ("Q",)


def test_sector_scenarios_move_a_fund_by_its_sectors(panel):
    book = Book("p", (Lot("F", 60.0), Lot("A", 40.0), Lot("Q", -10.0)), cash=100.0)
    found = snapshots_of(panel, [book], SECTORS, funds=FUNDS)
    (tests,) = found.stress
    at = tests.scenarios.names.index("information_technology_down_20")
    assert tests.pnl[0, at] == pytest.approx(-0.2 * (0.6 * 600 - 0.8 * 100))
    assert tests.coverage[0, at] == pytest.approx(1 - 60 / 1100)  # a tenth of F may be in that sector
    market = tests.scenarios.names.index("market_down_20")
    assert tests.coverage[0, market] == 1.0
    off = snapshots_of(panel, [book], SECTORS, funds=FUNDS, policy=RiskPolicy(look_through=False)).stress[0]
    assert off.coverage[0, at] == pytest.approx(400 / 1100)
    assert off.pnl[0, market] == tests.pnl[0, market]


def test_the_sessions_of_a_backfill_know_what_was_known_then(panel):
    funds = {"F": {OLD: {"Energy": 1.0}, day(panel): {"Utilities": 1.0}}}
    books = [Book("p", (Lot("F", 6.0),))]
    then, now = (snapshots_of(panel, books, funds=funds, row=row) for row in (-2, -1))
    assert then.sectors.net[0, ALL.index("Energy")] == now.sectors.net[0, ALL.index("Utilities")] == 1.0
