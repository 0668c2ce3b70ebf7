"""Replays and users' scenarios through whole nights: what is stored, what goes, and what a backfill knows."""

from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from builders import STAMPS, Book, Lot, day, fill_prices, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night, ticking
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.scenarios import UserScenario, Window
from riskpanel.store.complete import load_complete
from riskpanel.store.portfolios import ensure_local_user, load_local_user
from riskpanel.store.scenarios import save_scenarios
from riskpanel.store.schema import market_data_cache, portfolios, users

LAST = date(2022, 11, 30)
SECTORS = {"A": "Energy", "B": "Utilities"}
BOOKS = (
    Book("old", (Lot("A", 5.0), Lot("B", -2.0)), cash=400.0),
    Book("young", (Lot("N", 3.0), Lot("A", 1.0)), cash=100.0),
    Book("theirs", (Lot("B", 4.0),), cash=50.0),
)
SHOCK = UserScenario("rates", None, -0.07, {"Energy": 0.2}, None)
WINDOW = UserScenario("summer", None, None, {}, Window(date(2022, 8, 16), date(2022, 9, 30)))


@pytest.fixture(scope="module")
def panel():
    """Three years with the pandemic and the fall of 2022; N was listed within the latter."""
    prices = random_prices(91, 760, "ABN")
    prices["N"][:-150] = np.nan
    return panel_of(prices, last=LAST)


@pytest.fixture
def ids(store, panel, now):
    ids = fill_store(store, panel, BOOKS, SECTORS, now=now)
    with store.begin() as conn:
        row = {"name": "other", "is_admin": False, "created_at": now, "updated_at": now}
        other = conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]
        conn.execute(sa.update(portfolios).where(portfolios.c.id == ids["theirs"]).values(user_id=other))
    return ids


def own(store, now, *wanted, user=None):
    """Give scenarios to the local user, in place of the earlier ones."""
    with store.begin() as conn:
        user_id = user or ensure_local_user(conn, now=now)
        save_scenarios(conn, wanted, user_id=user_id, replace=True, now=now)


def stress_rows(store, portfolio_id, when):
    rows = table_rows(store, "stress_test_results")
    return {
        row["scenario"]: row
        for row in rows
        if row["portfolio_id"] == portfolio_id and row["snapshot_date"] == when
    }


def window_return(panel, symbol, window):
    first, last = (int(np.searchsorted(panel.sessions, np.datetime64(end), "right")) - 1 for end in window)
    column = panel.adj_close[:, panel.column(symbol)]
    return column[last] / column[first] - 1


def test_a_replay_is_stored_with_its_window_the_indexs_return_and_the_proxied_share(store, panel, ids):
    night(store, LAST)
    row = stress_rows(store, ids["young"], LAST)["drawdown_2022"]
    ends = date(2022, 1, 3), date(2022, 10, 12)
    assert (row["kind"], row["window_from"], row["window_to"]) == ("replay", *ends)
    assert row["shock"] == pytest.approx(window_return(panel, "SPY", ends), rel=1e-12)
    betas = {
        r["symbol"]: r["beta"]
        for r in table_rows(store, "instrument_market_betas")
        if r["method"] == "OLS_SIMPLE" and r["market_index"] == "SPY"
    }
    worth = {s: q * panel.close[-1, panel.column(s)] for s, q in (("N", 3.0), ("A", 1.0))}
    pnl = worth["N"] * betas["N"] * row["shock"] + worth["A"] * window_return(panel, "A", ends)
    assert float(row["pnl"]) == pytest.approx(pnl, abs=1e-4)
    assert row["pnl_pct"] == pytest.approx(pnl / (sum(worth.values()) + 100.0), rel=1e-9)
    assert (row["coverage"], row["proxied"]) == pytest.approx((1.0, worth["N"] / sum(worth.values())))
    old = stress_rows(store, ids["old"], LAST)
    assert old["covid_2020"]["proxied"] == old["drawdown_2022"]["proxied"] == 0.0
    assert old["market_down_10"]["proxied"] is old["market_down_10"]["window_to"] is None
    assert "crisis_2008" not in old  # no price is that old
    assert len(old) == 20


def test_the_page_has_the_replays_with_their_windows(store, ids):
    night(store, LAST)
    with store.read() as conn:
        page = load_complete(conn, ids["young"], user_id=load_local_user(conn))
    replay = {record.scenario: record for record in page.stress}["drawdown_2022"]
    assert (replay.window_from, replay.window_to) == (date(2022, 1, 3), date(2022, 10, 12))
    assert 0 < replay.proxied < 1


def test_a_backfill_of_an_earlier_day_does_not_know_a_window_that_ended_later(store, panel, ids):
    ended = date(2022, 10, 12)
    before, after = panel.sessions[panel.row(ended) - 1].item(), panel.sessions[panel.row(ended) + 1].item()
    night(store, before, after)
    known = {when: stress_rows(store, ids["old"], when) for when in (before, ended, after)}
    assert ["drawdown_2022" in known[when] for when in (before, ended, after)] == [False, True, True]
    assert all("covid_2020" in rows for rows in known.values())


def test_a_backfill_stores_what_the_run_of_the_day_did(store, open_database, sqlite_url, panel, ids, now):
    own(store, now, SHOCK, WINDOW)
    first, last = day(panel, -40), day(panel, -30)
    night(store, first, last)
    backfilled = table_rows(store, "stress_test_results")
    with store.begin() as conn:
        for table in ("stress_test_results", "portfolio_snapshots", "market_data_cache"):
            conn.execute(sa.text(f"DELETE FROM {table}"))
    days = [when for when in panel.sessions.tolist() if first <= when <= last]
    for when in days:
        fill_prices(store, panel, now=now, until=when)
        night(store, when)
    plain = [
        {k: v for k, v in row.items() if k not in STAMPS} for row in table_rows(store, "stress_test_results")
    ]
    assert plain == [{k: v for k, v in row.items() if k not in STAMPS} for row in backfilled]


def test_a_users_scenarios_are_stored_for_that_users_portfolios_alone(store, panel, ids, now):
    own(store, now, SHOCK, WINDOW)
    own(store, now, UserScenario("rates", None, None, {"Utilities": -0.5}, None), user=_other(store))
    night(store, LAST)
    mine, theirs = stress_rows(store, ids["old"], LAST), stress_rows(store, ids["theirs"], LAST)
    assert {"rates", "summer"} <= mine.keys()
    assert "summer" not in theirs
    assert (mine["rates"]["kind"], mine["rates"]["shock"], theirs["rates"]["shock"]) == ("user", -0.07, None)
    worth = 4.0 * panel.close[-1, panel.column("B")]
    assert float(theirs["rates"]["pnl"]) == pytest.approx(-0.5 * worth, abs=1e-4)
    assert mine["summer"]["kind"] == "replay"
    assert mine["summer"]["window_from"] == WINDOW.window.first
    young = stress_rows(store, ids["young"], LAST)["summer"]
    assert young["proxied"] == 0.0  # listed before that window


def _other(store):
    return next(row["id"] for row in table_rows(store, "users") if row["name"] == "other")


def test_rows_of_a_removed_scenario_go_when_the_day_is_computed_again_and_not_before(store, panel, ids, now):
    own(store, now, SHOCK, WINDOW)
    earlier = day(panel, -2)
    night(store, earlier, LAST)
    own(store, now, WINDOW)
    report = night(store, LAST)
    assert report.rows_written == 2  # one row of each of the user's two portfolios
    assert "rates" not in stress_rows(store, ids["old"], LAST)
    assert "rates" in stress_rows(store, ids["old"], earlier)
    assert "summer" in stress_rows(store, ids["old"], LAST)


def test_a_replay_that_lost_its_prices_goes_too(store, panel, ids):
    night(store, LAST)
    assert "covid_2020" in stress_rows(store, ids["old"], LAST)
    with store.begin() as conn:
        old = market_data_cache.c.date < date(2020, 6, 1)
        conn.execute(sa.delete(market_data_cache).where(old))
    night(store, LAST)
    assert all("covid_2020" not in stress_rows(store, key, LAST) for key in ids.values())
    assert all("drawdown_2022" in stress_rows(store, key, LAST) for key in ids.values())


def test_other_portfolios_and_other_days_keep_their_rows(store, panel, ids, now):
    own(store, now, SHOCK)
    night(store, day(panel, -2), LAST)
    before = table_rows(store, "stress_test_results")
    own(store, now)
    night(store, LAST, portfolio_ids=(ids["old"],))
    gone = [row for row in before if row not in table_rows(store, "stress_test_results")]
    assert [(row["portfolio_id"], row["snapshot_date"], row["scenario"]) for row in gone] == [
        (ids["old"], LAST, "rates")
    ]


def test_running_again_writes_nothing(store, ids, now):
    own(store, now, SHOCK, WINDOW)
    night(store, LAST)
    before = table_rows(store, "stress_test_results")
    assert night(store, LAST, clock=ticking()).rows_written == 0
    assert table_rows(store, "stress_test_results") == before


@pytest.mark.parametrize("end", [date(2022, 1, 3), date(2022, 10, 12)])
def test_the_tolerance_of_a_windows_ends_is_the_policys(store, panel, ids, end):
    with store.begin() as conn:
        at = panel.row(end)
        missing = [when.item() for when in panel.sessions[at - 2 : at + 1]]
        one = (market_data_cache.c.symbol == "B") & market_data_cache.c.date.in_(missing)
        conn.execute(sa.delete(market_data_cache).where(one))
    shares = {}
    for age in (2, 3):
        night(store, LAST, policy=RiskPolicy(replay_max_price_age=age))
        shares[age] = stress_rows(store, ids["theirs"], LAST)["drawdown_2022"]["proxied"]
    assert shares == {2: 1.0, 3: 0.0}


def test_the_hash_of_the_inputs_covers_scenarios_and_the_pasts_they_replay(store, panel, ids, now):
    def last_hash():
        night(store, LAST)
        return table_rows(store, "batch_runs")[-1]["inputs_hash"]

    hashes = [last_hash(), last_hash()]
    assert hashes[0] == hashes[1]
    own(store, now, SHOCK)
    hashes.append(last_hash())
    own(store, now, UserScenario("rates", None, -0.08, {"Energy": 0.2}, None))
    hashes.append(last_hash())
    with store.begin() as conn:
        end = (market_data_cache.c.symbol == "A") & (market_data_cache.c.date == date(2020, 3, 23))
        conn.execute(sa.update(market_data_cache).where(end).values(adj_close=50.0, close=50.0))
    hashes.append(last_hash())
    assert len(set(hashes[1:])) == 4


def test_the_statements_of_a_run_do_not_grow_with_symbols_or_windows(store, panel, ids, now):
    def count():
        statements = []
        listener = lambda *seen: statements.append(seen[2])  # noqa: E731
        sa.event.listen(store._engine, "before_cursor_execute", listener)
        night(store, LAST)
        sa.event.remove(store._engine, "before_cursor_execute", listener)
        return len([text for text in statements if text.startswith("SELECT")])

    few = count()
    start = date(2021, 1, 4)
    windows = [
        UserScenario(f"w{n}", None, None, {}, Window(start + timedelta(n), start + timedelta(n + 90)))
        for n in range(30)
    ]
    own(store, now, *windows)
    assert count() == few
    assert len(stress_rows(store, ids["old"], LAST)) == 50
