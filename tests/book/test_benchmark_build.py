import csv
import math
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskpanel.book.benchmark import FundHolding, FundHoldings
from riskpanel.book.benchmark_build import build_from_holdings, build_from_labels, build_from_members
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from shared_files import shared_data

__all__ = ["shared_data"]

DAY = date(2026, 9, 1)
YAHOO = {
    "Communication Services": 0.0991,
    "Consumer Cyclical": 0.0957,
    "Consumer Defensive": 0.0461,
    "Energy": 0.0336,
    "Financial Services": 0.1224,
    "Healthcare": 0.0910,
    "Industrials": 0.0816,
    "Technology": 0.3740,
    "Basic Materials": 0.0162,
    "Real Estate": 0.0188,
    "Utilities": 0.0215,
}  # fmp's labels and the fund's figures of 2026-08-30, in the order of GICS_SECTORS


@dataclass(frozen=True)
class Labels:
    weights: tuple[tuple[str, float], ...]
    method: str = "published"


@dataclass(frozen=True)
class Share:
    symbol: str
    cik: str | None
    sector: str | None
    market_cap: float | None


def from_labels(weights):
    pairs = tuple(weights.items()) if isinstance(weights, dict) else tuple(weights)
    return build_from_labels(Labels(pairs), code="B", asof_date=DAY, source="s")


def from_members(members, gics=None):
    return build_from_members(members, gics or {}, code="B", asof_date=DAY, source="s")


def from_holdings(rows, gics=None):
    return build_from_holdings(FundHoldings("Fund", DAY, tuple(rows)), gics or {}, code="B", source="s")


def weight(built, sector):
    return built.benchmark.weights[GICS_SECTORS.index(sector)]


def of_sector(values, sector):
    return values[GICS_SECTORS.index(sector)]


def row(symbol, sector, weight, value=None, asset_class="Equity"):
    return FundHolding(symbol, symbol, sector, asset_class, weight, value)


# ---------------------------------------------------------------- labels


def test_the_labels_of_another_vocabulary_are_mapped_and_say_so():
    built = from_labels(YAHOO)
    np.testing.assert_allclose(built.benchmark.weights, list(YAHOO.values()), rtol=1e-12)
    assert (built.benchmark.taxonomy, built.benchmark.method, built.notes) == ("mapped", "published", ())
    assert (built.benchmark.market_caps, built.benchmark.counts) == (None, None)


def test_the_official_labels_are_gics():
    assert from_labels(dict.fromkeys(GICS_SECTORS, 1 / 11)).benchmark.taxonomy == "gics"


def test_cash_is_left_out_and_the_rest_fills_the_whole():
    built = from_labels({"Energy": 0.6, "Utilities": 0.36, "Cash & Others": 0.04})
    assert weight(built, "Energy") == pytest.approx(0.6 / 0.96, abs=1e-15)
    assert weight(built, "Utilities") == pytest.approx(0.375, abs=1e-15)
    assert built.notes == ("left out, without a sector: 4.00% of the whole",)


@pytest.mark.parametrize("residue", [1.4e-14, -1.4e-14, 0.0])
def test_a_residue_of_cash_is_no_news(residue):
    built = from_labels({"Energy": 0.6, "Utilities": 0.4, "Cash & Others": residue})
    assert built.notes == ()
    assert weight(built, "Energy") == pytest.approx(0.6, abs=1e-12)


NO_SECTORS = ["Other", "Cash & Others", "Cash and/or Derivatives", "-", "Unassigned", "Cash"]


@pytest.mark.parametrize("label", NO_SECTORS)
def test_five_percent_may_have_no_sector(label):
    assert weight(from_labels({"Energy": 0.95, label: 0.05}), "Energy") == 1.0


@pytest.mark.parametrize("label", NO_SECTORS)
@pytest.mark.parametrize("outside", [0.0501, -0.0501])  # a debt is as far from a sector as cash is
def test_more_than_five_percent_without_a_sector_are_refused(label, outside):
    with pytest.raises(InputError, match=r"too much has no sector: 5\.01% of the whole") as caught:
        from_labels({"Energy": 1 - outside, label: outside})
    assert caught.value.details == (label,)


def test_an_unknown_label_is_named_with_its_weight_and_nothing_is_built():
    with pytest.raises(InputError, match=r"unknown sector: 'Space Mining' \(1\.00%\)"):
        from_labels({"Energy": 0.99, "Space Mining": 0.01})
    assert weight(from_labels({"Energy": 1.0, "Space Mining": 0.0}), "Energy") == 1.0


@pytest.mark.parametrize("total", [0.99, 1.0, 1.002, 1.01])
def test_a_total_within_one_percent_is_normalised(total):
    built = from_labels({"Energy": 0.5 * total, "Utilities": 0.5 * total})
    assert weight(built, "Energy") == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("total", [0.0, 0.5, 0.9899, 1.0101, 2.0])
def test_another_total_is_refused(total):
    with pytest.raises(InputError, match=f"do not sum to 1: they sum to {total:.4f}"):
        from_labels({"Energy": 0.5 * total, "Utilities": 0.5 * total})


def test_percents_are_not_taken_for_fractions():
    with pytest.raises(InputError, match=r"sum to 100\.0000") as caught:
        from_labels({"Energy": 60.0, "Utilities": 40.0})
    assert caught.value.hint == "they look like percents"


def test_no_labels_at_all_are_refused():
    with pytest.raises(InputError, match=r"sum to 0\.0000"):
        from_labels({})


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ((("Energy", 1.1), ("Utilities", -0.1)), "negative weight: Utilities"),
        ((("Energy", math.nan),), "not a number: the weight of Energy"),
        ((("Energy", math.inf),), "not a number: the weight of Energy"),
        ((("Energy", 0.5), ("Energy", 0.5)), "sector given twice: Energy"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, reason):
    with pytest.raises(InputError, match=reason):
        from_labels(weights)


def test_two_names_of_one_sector_are_added():
    built = from_labels({"Financial": 0.25, "Financials": 0.25, "Energy": 0.5})
    assert weight(built, "Financials") == 0.5


WEIGHTS = st.lists(st.floats(0.001, 1.0), min_size=11, max_size=11)


@given(WEIGHTS, st.randoms(use_true_random=False), st.floats(0.991, 1.009))
def test_built_weights_sum_to_one_and_the_order_of_rows_does_not_matter(raw, order, total):
    pairs = [(label, value / math.fsum(raw) * total) for label, value in zip(YAHOO, raw, strict=True)]
    built = from_labels(pairs).benchmark.weights
    assert math.fsum(built) == pytest.approx(1.0, abs=1e-12)
    order.shuffle(pairs)
    np.testing.assert_array_equal(from_labels(pairs).benchmark.weights, built)


# ---------------------------------------------------------------- members

ALPHABET = (
    Share("GOOG", "0001652044", "Communication Services", 400.0),
    Share("GOOGL", "0001652044", "Communication Services", 402.0),
)
FOX = (
    Share("FOX", "0001754301", "Communication Services", 20.0),
    Share("FOXA", "0001754301", "Communication Services", 22.0),
)
NEWS = (
    Share("NWS", "0001564708", "Communication Services", None),
    Share("NWSA", "0001564708", "Communication Services", 16.0),
)
OTHERS = (
    Share("NVDA", "0001045810", "Technology", 440.0),
    Share("BRK.B", "0001067983", "Financial Services", 120.0),
)


def test_a_company_counts_once_with_its_whole_value():
    built = from_members([*ALPHABET, *FOX, *NEWS, *OTHERS])
    assert weight(built, "Communication Services") == pytest.approx((402 + 22 + 16) / 1000, abs=1e-15)
    assert weight(built, "Information Technology") == pytest.approx(0.44, abs=1e-15)
    assert weight(built, "Financials") == pytest.approx(0.12, abs=1e-15)
    assert of_sector(built.benchmark.counts, "Communication Services") == 3
    assert sum(built.benchmark.counts) == 5
    assert of_sector(built.benchmark.market_caps, "Communication Services") == Decimal("440.00")
    assert of_sector(built.benchmark.market_caps, "Energy") == Decimal("0.00")
    assert (built.benchmark.method, built.benchmark.taxonomy) == ("full_cap", "mapped")
    assert built.notes == ("counted once, several share classes: FOX/FOXA, GOOG/GOOGL, NWS/NWSA",)


def test_leading_zeros_of_a_company_number_do_not_make_two_companies():
    built = from_members([ALPHABET[0], replace(ALPHABET[1], cik="1652044")])
    assert sum(built.benchmark.counts) == 1


def test_a_row_that_comes_twice_counts_once_and_without_numbers_the_note_says_so():
    bare = [replace(share, cik=None) for share in (*OTHERS, *OTHERS)]
    built = from_members(bare)
    assert built.benchmark.counts == from_members(OTHERS).benchmark.counts
    assert built.notes == ("no company number, so classes cannot be told apart: BRK.B, BRK.B, NVDA, NVDA",)


def test_the_order_of_members_does_not_matter():
    members = [*ALPHABET, *FOX, *NEWS, *OTHERS]
    one, other = from_members(members).benchmark, from_members(members[::-1]).benchmark
    np.testing.assert_array_equal(one.weights, other.weights)
    assert (one.market_caps, one.counts) == (other.market_caps, other.counts)


def crowd(count, without, value=None):
    return [
        Share(
            f"A{number}",
            str(number + 1),
            "Energy" if number % 2 else "Utilities",
            value if number < without else 5.0,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("value", [None, 0.0, -1.0, math.nan, math.inf])
def test_at_most_two_percent_may_lack_a_value(value):
    built = from_members(crowd(100, 2, value))
    assert built.notes == ("left out, without a market value: A0, A1",)
    assert sum(built.benchmark.counts) == 98
    with pytest.raises(InputError, match="too many members without a market value: 3 of 100") as caught:
        from_members(crowd(100, 3, value))
    assert caught.value.details == ("A0, A1, A2",)


def test_members_without_any_value_or_no_members_are_refused():
    with pytest.raises(InputError, match="without a market value: 4 of 4"):
        from_members(crowd(4, 4))
    with pytest.raises(InputError, match="without a market value: 0 of 0"):
        from_members([])


def test_a_stored_gics_sector_goes_before_the_label():
    gics = {"NVDA": "Information Technology", "BRK-B": "Financials"}
    assert from_members(OTHERS, gics).benchmark.taxonomy == "gics"
    moved = from_members(OTHERS, {**gics, "NVDA": "Energy"})
    assert weight(moved, "Energy") == pytest.approx(440 / 560, abs=1e-15)
    partly = from_members([*OTHERS, Share("X", "9", "Energy", 1.0)], gics)
    assert partly.benchmark.taxonomy == "mapped"  # the labels beside X are not GICS's: nor is its own


def test_a_member_without_a_label_may_have_a_stored_sector():
    unlabelled = [Share("X", "9", None, 560.0), *OTHERS]
    assert weight(from_members(unlabelled, {"X": "Energy"}), "Energy") == pytest.approx(0.5, abs=1e-15)
    with pytest.raises(InputError, match=r"too much has no sector: 50\.00%") as caught:
        from_members(unlabelled)
    assert caught.value.details == ("X",)


def test_an_unknown_label_of_a_member_is_refused():
    with pytest.raises(InputError, match=r"unknown sector: 'Moon' \(0\.18%\)"):
        from_members([*OTHERS, Share("X", "9", "Moon", 1.0)])


def test_share_classes_in_different_sectors_are_refused():
    with pytest.raises(InputError, match="different sectors: GOOG, GOOGL: Communication Services, Energy"):
        from_members([ALPHABET[0], replace(ALPHABET[1], sector="Energy"), *OTHERS])


def test_values_that_are_not_whole_keep_their_cents():
    built = from_members([Share("G", "1", "Energy", 4098415617064.9995)])
    assert of_sector(built.benchmark.market_caps, "Energy") == Decimal("4098415617065.00")


def test_the_published_constituents_have_five_hundred_companies(shared_data):
    path = shared_data / "sp500_constituents_gics_2026-08.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    members = [Share(row["Symbol"], row["CIK"], row["GICS Sector"], 2.0) for row in rows]
    built = from_members(members)
    assert (len(members), sum(built.benchmark.counts)) == (503, 500)
    assert built.notes == ("counted once, several share classes: FOX/FOXA, GOOG/GOOGL, NWS/NWSA",)
    assert built.benchmark.taxonomy == "gics"
    communication = sum(row["GICS Sector"] == "Communication Services" for row in rows)
    assert of_sector(built.benchmark.counts, "Communication Services") == communication - 3
    assert weight(built, "Communication Services") == pytest.approx((communication - 3) / 500, abs=1e-15)


@given(st.lists(st.tuples(st.sampled_from(GICS_SECTORS), st.floats(1e6, 5e12)), min_size=1, max_size=60))
def test_the_weights_of_members_sum_to_one_and_follow_the_naive_sum(drawn):
    members = [Share(f"S{i}", str(i + 1), sector, value) for i, (sector, value) in enumerate(drawn)]
    doubled = [*members, *(replace(one, symbol=f"{one.symbol}-B") for one in members)]
    built = from_members(doubled).benchmark
    naive = [sum(v for s, v in drawn if s == sector) / sum(v for _, v in drawn) for sector in GICS_SECTORS]
    np.testing.assert_allclose(built.weights, naive, rtol=1e-9)
    assert math.fsum(built.weights) == pytest.approx(1.0, abs=1e-12)


# ---------------------------------------------------------------- holdings

HELD = (
    row("NVDA", "Information Technology", 0.498, 500.0),
    row("GOOG", "Communication Services", 0.1, 100.0),
    row("GOOGL", "Communication Services", 0.15, 150.0),
    row("XOM", "Energy", 0.25, 250.0),
    row("USD", "Cash and/or Derivatives", 0.004, 4.0, "Cash"),
    row("ESU6", "Cash and/or Derivatives", 0.0, 0.0, "Futures"),
    row("MARGIN-USD", "Cash and/or Derivatives", -0.002, -2.0, "Cash Collateral and Margins"),
    row("OLD", "Energy", 0.0, 0.0),
)


def test_holdings_weigh_by_value_without_cash_and_futures():
    built = from_holdings(HELD)
    assert weight(built, "Information Technology") == pytest.approx(0.5, abs=1e-15)
    assert weight(built, "Communication Services") == pytest.approx(0.25, abs=1e-15)
    assert of_sector(built.benchmark.counts, "Communication Services") == 2  # both classes are held
    assert of_sector(built.benchmark.counts, "Energy") == 1  # what is worth nothing is no constituent
    assert built.benchmark.market_caps is None  # a fund's money is not the companies' value
    assert (built.benchmark.method, built.benchmark.taxonomy) == ("float_cap", "gics")
    assert built.benchmark.asof_date == DAY
    assert built.notes == ("left out, without a sector: 0.60% of the whole",)


def test_without_values_holdings_weigh_as_published():
    built = from_holdings([replace(one, market_value=None) for one in HELD])
    assert weight(built, "Information Technology") == pytest.approx(0.498 / 0.998, abs=1e-15)


def test_the_order_of_holdings_does_not_matter():
    one, other = from_holdings(HELD), from_holdings(HELD[::-1])
    np.testing.assert_array_equal(one.benchmark.weights, other.benchmark.weights)


def test_holdings_with_neither_all_values_nor_all_weights_are_refused():
    rows = (replace(HELD[0], market_value=None), replace(HELD[1], weight=None), *HELD[2:])
    with pytest.raises(InputError, match="neither a value nor a weight of every row: 7 of 8"):
        from_holdings(rows)


def test_a_value_that_contradicts_its_weight_is_refused():
    with pytest.raises(InputError, match=r"value and weight of XOM disagree: 0\.\d+% against 25\.00%"):
        from_holdings((*HELD[:3], replace(HELD[3], market_value=0.25), *HELD[4:]))


def test_published_weights_that_are_not_whole_are_refused():
    with pytest.raises(InputError, match=r"sum to 0\.5980"):
        from_holdings([replace(one, market_value=None) for one in HELD[:2]])


def test_a_fund_of_bonds_is_no_benchmark_of_sectors():
    with pytest.raises(InputError, match=r"too much has no sector: 100\.00%"):
        from_holdings([row("T", "Energy", 1.0, 10.0, "Fixed Income")])


def test_holdings_that_are_worth_nothing_or_sold_short_are_refused():
    with pytest.raises(InputError, match="worth nothing"):
        from_holdings([row("A", "Energy", None, 0.0)])
    with pytest.raises(InputError, match="negative weight: B"):
        from_holdings([row("A", "Energy", None, 11.0), row("B", "Energy", None, -1.0)])


def test_a_stored_gics_sector_serves_where_the_file_has_none():
    rows = [row("NVDA", None, 0.6, asset_class=None), row("XOM", "Energy", 0.4, asset_class=None)]
    built = from_holdings(rows, {"NVDA": "Information Technology", "XOM": "Utilities"})
    assert weight(built, "Information Technology") == pytest.approx(0.6, abs=1e-15)
    assert weight(built, "Energy") == pytest.approx(0.4, abs=1e-15)  # the file's own label stands
    with pytest.raises(InputError, match=r"too much has no sector: 60\.00%"):
        from_holdings(rows)


def test_an_unknown_label_of_a_holding_is_refused_also_where_a_sector_is_stored():
    with pytest.raises(InputError, match="unknown sector: 'Moon'"):
        from_holdings([row("XOM", "Moon", 1.0)], {"XOM": "Energy"})
