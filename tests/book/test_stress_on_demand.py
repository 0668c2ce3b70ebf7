"""Moves that a reader tries: against a plain loop, as a night computes them, and what is not covered."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import Lot, day, fill_store, panel_of, random_prices
from nightly.nights import SECTORS, books, market, night
from riskpanel.book.complete import HoldingRecord
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.stress_on_demand import build_stress_on_demand
from riskpanel.store.complete import load_complete

LOT = Lot("A", 3.0)
NOTHING = HoldingRecord(**dict.fromkeys(field.name for field in fields(HoldingRecord)))


def holding(symbol, value, beta, sector=None):
    return replace(NOTHING, symbol=symbol, value=value, beta=beta, sector=sector, quantity=1, lots=1)


def by_loop(holdings, nav, market_move, sectors):
    """P&L, its share of net asset value, coverage, and move and P&L of each symbol."""
    covered = gross = pnl = 0.0
    parts = {}
    for own in holdings:
        size = 0.0 if own.value is None else abs(own.value)
        if own.sector in sectors:
            move = sectors[own.sector]
        elif sectors and own.sector not in GICS_SECTORS:
            move = None  # it may belong to a sector that moves
        elif market_move == 0:
            move = 0.0  # whatever the beta
        else:
            move = None if own.beta is None else own.beta * market_move
        if own.value is None:
            parts[own.symbol] = None
            continue
        gross += size
        parts[own.symbol] = None if move is None else own.value * move
        if move is not None:
            covered += size
            pnl += own.value * move
    if gross == 0:
        return 0.0, 0.0, 1.0, parts
    coverage = covered / gross
    return (None, None, 0.0, parts) if covered == 0 else (pnl, pnl / nav, coverage, parts)


BOOK = (
    holding("LONG", 1000.0, 1.25, "Energy"),
    holding("SHORT", -400.0, 0.5, "Financials"),
    holding("HEDGE", 250.0, -0.75),
    holding("FLAT", 100.0, 0.0, "Utilities"),
    holding("NEW", 300.0, None, "Energy"),
    holding("ODD", 50.0, None, "Bananas"),
)

amounts = st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda value: abs(value) > 1e-3)
slopes = st.none() | st.just(0.0) | st.floats(-5, 5, allow_subnormal=False)
moves = st.floats(-1, 1, allow_subnormal=False)
shocks = moves.filter(lambda move: abs(move) > 1e-6)  # without a move coverage is another: all is known
holdings_drawn = st.lists(
    st.tuples(amounts, slopes, st.none() | st.sampled_from(GICS_SECTORS)), min_size=1, max_size=8
).map(lambda drawn: tuple(holding(f"S{at}", *one) for at, one in enumerate(drawn)))
sectors_drawn = st.dictionaries(st.sampled_from(GICS_SECTORS), moves, max_size=4)


@pytest.mark.parametrize("market_move", [-0.2, 0.0, 0.07])
@pytest.mark.parametrize(
    "sectors", [{}, {"Energy": -0.1}, {"Energy": 0.0, "Utilities": 0.3}, {"Materials": -0.5}]
)
def test_a_plain_loop_agrees(market_move, sectors):
    found = build_stress_on_demand(BOOK, nav=1300.0, market=market_move, sectors=sectors)
    pnl, share, coverage, parts = by_loop(BOOK, 1300.0, market_move, sectors)
    assert found.pnl == pytest.approx(pnl, abs=1e-9)
    assert found.pnl_pct == pytest.approx(share, abs=1e-12)
    assert found.coverage == pytest.approx(coverage)
    assert {own.symbol: own.pnl for own in found.positions} == pytest.approx(parts, abs=1e-9)


@given(holdings_drawn, moves, sectors_drawn)
def test_a_plain_loop_agrees_on_any_book(book, market_move, sectors):
    found = build_stress_on_demand(book, nav=1e6, market=market_move, sectors=sectors)
    pnl, share, coverage, _ = by_loop(book, 1e6, market_move, sectors)
    scale = sum(abs(own.value) for own in book) * 5
    assert (found.pnl is None) == (pnl is None)
    if pnl is not None:
        assert found.pnl == pytest.approx(pnl, abs=1e-12 * scale)
        assert found.pnl_pct == pytest.approx(share, abs=1e-12 * scale)
    assert found.coverage == pytest.approx(coverage)


@given(holdings_drawn, moves, sectors_drawn)
def test_the_parts_sum_to_the_whole(book, market_move, sectors):
    found = build_stress_on_demand(book, nav=1e6, market=market_move, sectors=sectors)
    known = [own.pnl for own in found.positions if own.pnl is not None]
    assert len(found.positions) == len(book)
    assert (found.pnl is None) == (known == [])
    scale = sum(abs(own.value) for own in book) * 5
    assert math.fsum(known) == pytest.approx(found.pnl or 0.0, abs=1e-12 * scale)


@given(holdings_drawn, shocks, st.floats(0.01, 1) | st.floats(-1, -0.01))
def test_the_pnl_of_a_market_move_is_linear_in_it(book, market_move, factor):
    once = build_stress_on_demand(book, nav=1e6, market=market_move, sectors={})
    scaled = build_stress_on_demand(book, nav=1e6, market=market_move * factor, sectors={})
    assert (once.pnl is None) == (scaled.pnl is None)
    assert once.coverage == scaled.coverage
    if once.pnl is not None:
        scale = sum(abs(own.value) for own in book) * 5
        assert scaled.pnl == pytest.approx(once.pnl * factor, abs=1e-12 * scale)


@given(holdings_drawn, moves)
def test_the_order_of_holdings_does_not_matter(book, market_move):
    forth = build_stress_on_demand(book, nav=1e6, market=market_move, sectors={})
    back = build_stress_on_demand(book[::-1], nav=1e6, market=market_move, sectors={})
    assert forth.positions == back.positions
    scale = sum(abs(own.value) for own in book) * 5
    assert forth.pnl == pytest.approx(back.pnl, abs=1e-12 * scale)


def test_the_largest_loss_stands_first_and_what_is_not_known_last():
    found = build_stress_on_demand(BOOK, nav=1.0, market=-0.2, sectors={})
    assert [own.symbol for own in found.positions] == ["LONG", "FLAT", "HEDGE", "SHORT", "NEW", "ODD"]
    assert [own.pnl for own in found.positions] == pytest.approx([-250.0, 0.0, 37.5, 40.0, None, None])


def test_a_beta_of_0_is_a_value_and_a_missing_one_is_not():
    found = build_stress_on_demand(BOOK, nav=1.0, market=-0.2, sectors={})
    flat, new = (next(own for own in found.positions if own.symbol == name) for name in ("FLAT", "NEW"))
    assert (abs(flat.move), abs(flat.pnl), flat.beta) == (0.0, 0.0, 0.0)
    assert (new.move, new.pnl, new.beta) == (None, None, None)
    assert found.coverage == pytest.approx(1750 / 2100)


def test_a_sector_move_of_0_is_a_value_and_covers_what_has_no_beta():
    found = build_stress_on_demand(BOOK, nav=1.0, market=-0.2, sectors={"Energy": 0.0})
    moved = {own.symbol: own.move for own in found.positions}
    assert (moved["LONG"], moved["NEW"]) == (0.0, 0.0)
    assert found.pnl == pytest.approx(40.0)


def test_where_sectors_move_what_is_in_no_known_sector_is_not_known():
    found = build_stress_on_demand(BOOK, nav=1.0, market=-0.2, sectors={"Energy": -0.1})
    moved = {own.symbol: own.move for own in found.positions}
    assert (moved["HEDGE"], moved["ODD"]) == (None, None)
    assert moved["SHORT"] == pytest.approx(-0.1)
    assert found.coverage == pytest.approx(1800 / 2100)


@pytest.mark.parametrize("sector", [None, "Bananas", "energy", "Unclassified", ""])
def test_what_is_in_no_gics_sector_moves_with_the_market_where_no_sector_does(sector):
    book = (holding("S", 100.0, 2.0, sector),)
    assert build_stress_on_demand(book, nav=1000.0, market=-0.1, sectors={}).pnl == pytest.approx(-20.0)
    every = dict.fromkeys(GICS_SECTORS, 0.5)
    assert build_stress_on_demand(book, nav=1000.0, market=-0.1, sectors=every).pnl is None


def test_a_holding_without_a_price_lowers_what_is_told_to_nothing_of_it():
    book = (holding("S", None, 1.0), holding("T", 100.0, 1.0))
    found = build_stress_on_demand(book, nav=1000.0, market=-0.1, sectors={})
    assert [(own.symbol, own.exposure, own.pnl) for own in found.positions] == [
        ("T", 100.0, pytest.approx(-10.0)),
        ("S", None, None),
    ]
    assert found.pnl == pytest.approx(-10.0)


def test_without_anything_covered_the_whole_is_not_known():
    book = (holding("S", 100.0, None), holding("T", -50.0, None))
    found = build_stress_on_demand(book, nav=1000.0, market=-0.1, sectors={})
    assert (found.pnl, found.pnl_pct, found.coverage) == (None, None, 0.0)


def test_cash_alone_loses_nothing():
    found = build_stress_on_demand((), nav=1000.0, market=-0.1, sectors={"Energy": -0.5})
    assert (found.pnl, found.pnl_pct, found.coverage, found.positions) == (0.0, 0.0, 1.0, ())


@pytest.mark.parametrize(
    ("scenario", "market_move", "sectors"),
    [
        ("market_down_20", -0.2, {}),
        ("market_up_10", 0.1, {}),
        ("energy_down_20", 0.0, {"Energy": -0.2}),
    ],
)
def test_the_night_stores_the_same(store, now, scenario, market_move, sectors):
    panel = market(rows=150)
    ids = fill_store(store, panel, books(panel), SECTORS, now=now)
    night(store, day(panel))
    seen = 0
    for portfolio_id in ids.values():
        with store.read() as conn:
            page = load_complete(conn, portfolio_id, user_id=1)
        (stored,) = (one for one in page.stress if one.scenario == scenario)
        nav = float(page.snapshot["net_asset_value"])
        found = build_stress_on_demand(page.holdings, nav=nav, market=market_move, sectors=sectors)
        if stored.pnl is None:
            assert found.pnl is None
            continue
        seen += 1
        assert found.pnl == pytest.approx(float(stored.pnl), abs=1e-4)
        assert found.pnl_pct == pytest.approx(stored.pnl_pct, abs=1e-6)  # of the rounded value
        assert found.coverage == pytest.approx(stored.coverage, abs=1e-9)
    assert seen >= 6


def test_an_instrument_too_young_for_a_beta_is_left_out_by_both(store, now):
    prices = random_prices(5, 120, "AN")
    prices["N"][:-10] = math.nan
    panel = panel_of(prices)
    own = [book for book in books(market(rows=150)) if book.name == "cash"]
    lots = replace(own[0], lots=(replace(LOT, symbol="A"), replace(LOT, symbol="N")))
    ids = fill_store(store, panel, [lots], SECTORS, now=now)
    night(store, day(panel))
    with store.read() as conn:
        page = load_complete(conn, ids["cash"], user_id=1)
    nav = float(page.snapshot["net_asset_value"])
    found = build_stress_on_demand(page.holdings, nav=nav, market=-0.2, sectors={})
    (stored,) = (one for one in page.stress if one.scenario == "market_down_20")
    assert 0 < found.coverage < 1
    assert found.coverage == pytest.approx(stored.coverage)
    assert found.pnl == pytest.approx(float(stored.pnl), abs=1e-4)
    assert {own.symbol: own.pnl is None for own in found.positions} == {"A": False, "N": True}
