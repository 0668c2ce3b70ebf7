"""The page of one portfolio, from stored rows."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa
from scipy import stats

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices
from nightly.nights import night
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError
from riskpanel.store.complete import load_complete
from riskpanel.store.portfolios import load_local_user

SECTORS = {"A": "Energy", "B": "Utilities"}
LOTS = (Lot("A", 3.0), Lot("A", 1.0, multiplier=2.0), Lot("B", -2.0), Lot("X", 1.0))


@pytest.fixture
def panel():
    prices = random_prices(66, 140, "ABX")
    prices["X"][:130] = np.nan
    prices["X"][-2:] = np.nan
    return panel_of(prices)


@pytest.fixture
def book(panel):
    ended, later = Lot("B", 50.0, exit=day(panel)), Lot("B", 9.0, entry=date(2025, 3, 3))
    return Book("p", (*LOTS, ended, later, Lot("C", 1.0), Lot("C", -1.0)), cash=100.0)


@pytest.fixture
def ids(store, panel, book, now):
    new = Book("new", (Lot("X", 1.0),))
    ids = fill_store(store, panel, [book, Book("q", cash=7.0), new, Book("no run")], SECTORS, now=now)
    night(store, day(panel, -3), day(panel))
    return ids


def load(store, *arguments, **options):
    with store.read() as conn:
        return load_complete(conn, *arguments, user_id=load_local_user(conn), **options)


def test_the_page_shows_the_newest_snapshot_with_who_made_it(store, panel, ids):
    page = load(store, ids["p"])
    assert page.portfolio.name == "p"
    assert page.portfolio.cash_balance == Decimal(100)
    assert page.snapshot["snapshot_date"] == day(panel)
    assert (page.meta.kind, page.meta.engine) == ("backfill", "local")
    assert page.meta.policy_fingerprint == RiskPolicy().fingerprint
    assert len(page.meta.inputs_hash) == 64
    assert page.snapshot["positions_count"] == 3
    assert not {"portfolio_id", "run_id", "data_quality", "created_at", "updated_at"} & set(page.snapshot)


def test_holdings_are_netted_priced_and_sorted_by_size(store, panel, ids):
    page = load(store, ids["p"])
    a, b, x = (next(h for h in page.holdings if h.symbol == s) for s in "ABX")
    assert (a.quantity, a.lots, b.quantity, x.lots) == (Decimal(4), 2, Decimal(-2), 1)
    close = {symbol: panel.close[-1, panel.column(symbol)] for symbol in "AB"}
    nav = float(page.snapshot["net_asset_value"])
    assert a.value == pytest.approx(5 * close["A"])
    assert b.value == pytest.approx(-2 * close["B"])
    assert a.weight == pytest.approx(5 * close["A"] / nav, rel=1e-6)
    assert (a.price_date, x.price_date) == (day(panel), day(panel, -3))
    assert x.price == panel.close[-3, panel.column("X")]
    assert sum(h.share for h in page.holdings) == pytest.approx(1.0, abs=1e-6)
    assert [h.share for h in page.holdings] == sorted((h.share for h in page.holdings), reverse=True)
    assert (a.sector, x.sector) == ("Energy", None)
    assert {h.symbol for h in page.holdings} == {"A", "B", "X"}


def test_beta_contributions_sum_to_the_weighted_beta(store, ids):
    page = load(store, ids["p"])
    known = [h.beta_contribution for h in page.holdings if h.beta_contribution is not None]
    assert len(known) == 2
    assert sum(known) == pytest.approx(page.snapshot["market_beta_weighted"], rel=1e-6)


def test_a_missing_statistic_of_a_holding_has_its_reason(store, ids):
    (x,) = (h for h in load(store, ids["p"]).holdings if h.symbol == "X")
    assert x.beta is x.beta_contribution is x.realized_volatility_21d is None
    assert x.reasons == {
        "beta": "short_history",
        "beta_adjusted": "short_history",
        "vol_daily": "gap",
        "vol_weekly": "gap",
        "vol_monthly": "short_history",
        "realized_volatility_21d": "short_history",
        "realized_volatility_63d": "short_history",
        "expected_volatility_21d": "short_history",
        "model_r_squared": "short_history",
        "volatility_trend": "short_history",
        "volatility_percentile": "short_history",
    }


def test_holdings_that_changed_after_the_snapshot_are_said_to_have(store, ids):
    assert "changed_since" not in {f.reason for f in load(store, ids["p"]).data_quality.findings}
    with store.begin() as conn:
        conn.execute(
            sa.text("UPDATE positions SET quantity = quantity + 1 WHERE portfolio_id = :id"), {"id": ids["p"]}
        )
    assert "changed_since" in {f.reason for f in load(store, ids["p"]).data_quality.findings}


def test_missing_metrics_of_the_portfolio_have_their_reason(store, ids):
    page = load(store, ids["q"])
    assert page.holdings == ()
    assert page.data_quality.missing["hhi"] == "no_positions"
    for metric, reason in page.data_quality.missing.items():
        assert page.snapshot[metric] is None
        assert reason
    partial = [f for f in load(store, ids["p"]).data_quality.findings if f.reason == "unclassified"]
    assert [(f.metric, f.kind, f.symbols) for f in partial] == [("sector_exposure", "partial", ("X",))]


@pytest.mark.parametrize("name", ["p", "q", "new"])
def test_every_null_of_a_snapshot_has_its_reason_and_nothing_else_has_one(store, ids, name):
    page = load(store, ids[name])
    null = {column for column, value in page.snapshot.items() if value is None}
    assert null == page.data_quality.missing.keys()
    seen = {"value_at_risk_95_amount", "risk_contributions", "correlation", "expected_volatility_clamped"}
    assert {"market_beta_adjusted"} <= null if name == "p" else seen <= null


def test_the_shares_of_risk_of_holdings_are_those_of_the_snapshot(store, ids):
    page = load(store, ids["p"])
    shares = {holding.symbol: holding.risk_contribution for holding in page.holdings}
    assert shares == page.snapshot["risk_contributions"]
    assert sum(share for share in shares.values() if share is not None) == pytest.approx(1.0, abs=1e-12)
    assert {h.risk_contribution for h in load(store, ids["new"]).holdings} == {None}


def test_the_betas_of_holdings_are_of_every_method(store, ids):
    (a,) = (h for h in load(store, ids["p"]).holdings if h.symbol == "A")
    assert a.beta_std_error != a.beta_hac_std_error
    assert a.beta_hac_std_error > 0
    assert (a.beta_adjusted, a.reasons["beta_adjusted"]) == (None, "small_universe")
    assert a.expected_volatility_clamped is False


def test_intervals_of_betas_are_those_of_students_t(store, ids):
    page = load(store, ids["p"])
    values = page.snapshot
    ends = stats.t.interval(
        0.95,
        values["market_beta_direct_observations"] - 2,
        values["market_beta_direct"],
        values["market_beta_direct_std_error"],
    )
    assert (values["market_beta_direct_low"], values["market_beta_direct_high"]) == pytest.approx(ends)
    for holding in page.holdings:
        if holding.beta is None:
            assert (holding.beta_low, holding.beta_high) == (None, None)
        else:
            wanted = stats.t.interval(
                0.95, holding.beta_observations - 2, holding.beta, holding.beta_std_error
            )
            assert (holding.beta_low, holding.beta_high) == pytest.approx(wanted)


def test_stress_and_the_time_series_come_in_order(store, panel, ids):
    page = load(store, ids["p"])
    assert len(page.stress) == 18
    assert [s.shock for s in page.stress if s.kind == "market"] == [-0.35, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2]
    assert [point.snapshot_date for point in page.timeseries] == [day(panel, -n) for n in (3, 2, 1)]
    assert page.timeseries[-1].net_asset_value == page.snapshot["net_asset_value"]


def test_an_earlier_page_knows_nothing_later(store, panel, ids):
    page = load(store, ids["p"], as_of=day(panel, -2))
    assert page.snapshot["snapshot_date"] == day(panel, -2)
    assert [point.snapshot_date for point in page.timeseries] == [day(panel, -3), day(panel, -2)]
    (b,) = (h for h in page.holdings if h.symbol == "B")
    assert b.quantity == Decimal(48)
    assert b.price == panel.close[-2, panel.column("B")]


def test_a_page_that_does_not_exist_is_refused_by_name(store, panel, ids, now):
    with pytest.raises(InputError, match="no portfolio has the id 999"):
        load(store, 999)
    with pytest.raises(InputError, match="no snapshot of 'no run'") as caught:
        load(store, ids["no run"])
    assert "riskpanel run" in caught.value.hint
    with pytest.raises(InputError, match="no snapshot of 'p' on 2024-12-28") as caught:
        load(store, ids["p"], as_of=date(2024, 12, 28))
    assert str(day(panel)) in caught.value.hint


def test_the_beta_shown_is_of_the_window_of_its_run(store, panel, ids, now):
    fill_books(store, [Book("q", cash=8.0)], now=now)
    night(store, day(panel), policy=RiskPolicy(beta_window=60), portfolio_ids=(ids["p"],))
    (a,) = (h for h in load(store, ids["p"]).holdings if h.symbol == "A")
    assert a.beta_observations == 60
