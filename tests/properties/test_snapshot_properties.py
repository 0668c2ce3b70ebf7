"""What must hold for the snapshot of any book in any market."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from book.test_assembly import SECTORS, assert_same, random_books, random_world
from builders import columns_of, snapshots_of
from properties.draws import few, seeds

COVERAGES = (
    "price_coverage",
    "sector_coverage",
    "market_beta_coverage",
    "market_beta_adjusted_coverage",
    "market_beta_direct_coverage",
    "volatility_coverage",
    "tail_coverage",
    "structure_coverage",
)


def drawn(seed, count=6):
    panel = random_world(seed)
    books = random_books(panel, seed, count=count)
    return panel, books, snapshots_of(panel, books, SECTORS)


@few
@given(seeds)
def test_numbers_keep_their_bounds_and_agree_with_one_another(seed):
    _, books, snapshots = drawn(seed)
    rows = columns_of(snapshots)
    assert len(rows) + len(snapshots.failures) + len(snapshots.skipped) == len(books)
    for row in rows.values():
        assert row["leverage"] == row["gross_exposure"] / row["net_asset_value"]
        for name in COVERAGES:
            assert row[name] is None or 0 <= row[name] <= 1 + 1e-12, name
        if row["value_at_risk_95"] is not None:
            assert row["expected_shortfall_95"] >= row["value_at_risk_95"]
            amount = row["value_at_risk_95"] * row["net_asset_value"]
            np.testing.assert_allclose(row["value_at_risk_95_amount"], amount, rtol=1e-15)
        assert row["max_drawdown"] is None or row["max_drawdown"] <= 0
        assert row["tracking_error"] is None or row["tracking_error"] >= 0
        if row["diversification_ratio"] is not None:
            assert row["diversification_ratio"] >= 1 - 1e-12
            shares = [share for share in row["risk_contributions"].values() if share is not None]
            np.testing.assert_allclose(sum(shares), 1.0, atol=1e-9)
        if row["expected_volatility_low"] is not None:
            assert row["expected_volatility_low"] < row["expected_volatility_21d"]
            assert row["expected_volatility_21d"] < row["expected_volatility_high"]
        known = [c for c in (row["correlation"] or {"coefficients": []})["coefficients"] if c is not None]
        assert all(-1 <= coefficient <= 1 for coefficient in known)


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_lots_and_of_portfolios_and_the_size_of_lots_change_nothing(seed, chance):
    panel, books, snapshots = drawn(seed)
    shuffled = [
        replace(
            book,
            lots=tuple(
                chance.sample(
                    [replace(lot, quantity=lot.quantity / 4) for lot in book.lots] * 4, k=4 * len(book.lots)
                )
            ),
        )
        for book in chance.sample(books, k=len(books))
    ]
    again = columns_of(snapshots_of(panel, shuffled, SECTORS))
    for name, wanted in columns_of(snapshots).items():
        assert_same(again[name], wanted, rtol=1e-9, atol=1e-11)


@few
@given(seeds, st.integers(0, 5))
def test_a_portfolio_alone_gives_the_bits_that_it_gives_among_many(seed, number):
    panel, books, snapshots = drawn(seed)
    alone = columns_of(snapshots_of(panel, [books[number]], SECTORS))
    among = columns_of(snapshots)
    assert alone.keys() == among.keys() & {books[number].name}
    for name, row in alone.items():
        assert_same(row, among[name], rtol=0)
