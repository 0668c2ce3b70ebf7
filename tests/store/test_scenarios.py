"""Users' scenarios are stored, changed and removed by name; closes come in one statement."""

from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from builders import Book, Lot, fill_store, panel_of, random_prices, table_rows
from riskpanel.book.scenarios import UserScenario, Window
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.scenarios import ScenarioChanges, load_adjusted_closes, load_scenarios, save_scenarios
from riskpanel.store.schema import users

RATES = UserScenario("rate_shock", "rates up", -0.07, {"Utilities": -0.2, "Energy": 0.1}, None)
SECTORS = UserScenario("Sectors only", None, None, {"Energy": -1 / 3}, None)
CRASH = UserScenario("my crash", None, None, {}, Window(date(2015, 8, 17), date(2015, 8, 25)))


@pytest.fixture
def user(store, now):
    with store.begin() as conn:
        return ensure_local_user(conn, now=now)


def save(store, wanted, user, now, *, replace=False):
    with store.begin() as conn:
        return save_scenarios(conn, wanted, user_id=user, replace=replace, now=now)


def load(store, *, user_ids=range(1, 12_000)):
    with store.read() as conn:
        return load_scenarios(conn, user_ids=user_ids)


def test_what_is_stored_is_what_is_loaded(store, user, now):
    changes = save(store, (RATES, SECTORS, CRASH), user, now)
    assert changes == ScenarioChanges(("rate_shock", "Sectors only", "my crash"), (), (), (), ())
    assert load(store) == ((user, SECTORS), (user, CRASH), (user, RATES))
    kinds = {row["name"]: row["kind"] for row in table_rows(store, "scenarios")}
    assert kinds == {"rate_shock": "user", "Sectors only": "user", "my crash": "replay"}


def test_the_same_again_writes_nothing(store, user, now):
    save(store, (RATES, CRASH), user, now)
    before = table_rows(store, "scenarios")
    again = save(store, (CRASH, RATES), user, now + timedelta(days=1))
    assert again == ScenarioChanges((), (), ("my crash", "rate_shock"), (), ())
    assert table_rows(store, "scenarios") == before


def test_a_changed_scenario_keeps_its_id_and_its_first_date(store, user, now):
    save(store, (RATES, CRASH), user, now)
    before = {row["name"]: row for row in table_rows(store, "scenarios")}
    later = now + timedelta(days=1)
    moved = UserScenario("rate_shock", None, None, {}, Window(date(2022, 1, 3), date(2022, 6, 16)))
    assert save(store, (moved,), user, later) == ScenarioChanges((), ("rate_shock",), (), ("my crash",), ())
    after = {row["name"]: row for row in table_rows(store, "scenarios")}
    assert after["my crash"] == before["my crash"]
    assert after["rate_shock"]["id"] == before["rate_shock"]["id"]
    assert (after["rate_shock"]["created_at"], after["rate_shock"]["updated_at"]) == (now, later)
    assert load(store) == ((user, CRASH), (user, moved))


def test_replacing_removes_what_the_file_lacks(store, user, now):
    save(store, (RATES, CRASH), user, now)
    assert save(store, (RATES,), user, now, replace=True).removed == ("my crash",)
    assert load(store) == ((user, RATES),)
    assert save(store, (), user, now, replace=True).removed == ("rate_shock",)
    assert load(store) == ()


def test_users_have_scenarios_of_the_same_name_and_do_not_touch_each_others(store, user, now):
    with store.begin() as conn:
        row = {"name": "other", "is_admin": False, "created_at": now, "updated_at": now}
        other = conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]
    milder = UserScenario("rate_shock", None, -0.01, {}, None)
    save(store, (RATES, CRASH), user, now)
    save(store, (milder,), other, now, replace=True)
    assert load(store) == ((user, CRASH), (user, RATES), (other, milder))
    assert load(store, user_ids=(other, other)) == ((other, milder),)
    assert load(store, user_ids=()) == ()


def test_closes_of_some_sessions_are_loaded_in_one_statement_however_many_symbols(store, now):
    panel = panel_of(random_prices(51, 60, "ABCDE"))
    books = [Book("p", (Lot("A", 1.0), Lot("C", 1.0)))]
    fill_store(store, panel, books, now=now)
    with store.begin() as conn:
        conn.execute(
            sa.text("DELETE FROM market_data_cache WHERE symbol = 'C' AND date = :day"),
            {"day": panel.sessions[40].item()},
        )
    chosen = panel.sessions[[3, 40, 41]]
    statements = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    with store.read() as conn:
        closes = load_adjusted_closes(conn, chosen, panel.symbols)
        assert len([text for text in statements if text.startswith("SELECT")]) == 1
        assert load_adjusted_closes(conn, chosen[:0], panel.symbols).shape == (0, 6)
    wanted = panel.adj_close[[3, 40, 41]].copy()
    wanted[:, [panel.column(symbol) for symbol in "BDE"]] = np.nan  # neither held nor an index
    wanted[1, panel.column("C")] = np.nan
    np.testing.assert_array_equal(closes, wanted)
