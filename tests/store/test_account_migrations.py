"""The two migrations of accounts, up and down with rows in place, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import StoreError
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.store import migrate
from riskpanel.store.login_sessions import load_token_use, save_login_session, save_token
from riskpanel.store.portfolios import LOCAL_USER, ensure_local_user, load_local_user
from riskpanel.store.run_requests import WantedRun, save_run_request
from riskpanel.store.schema import metadata, users
from riskpanel.store.users import save_password, save_setup_link, save_user, save_user_name

BEFORE = "0012_scenarios"
NEW_TABLES = frozenset({"login_sessions", "api_tokens", "setup_links", "run_requests", "id_counters"})
NEW_COLUMNS = {"users": {"is_local", "password_hash", "disabled_at"}, "batch_runs": {"user_id"}}
# What migrations after those of accounts add: not looked at here.
LATER_TABLES = frozenset({"fund_components"})
LATER_COLUMNS = {
    "instruments": {"currency"},
    "portfolio_snapshots": {"sector_look_through"},
    "batch_runs": {"inputs", "portfolio_ids"},
}


@pytest.fixture
def filled(store, now):
    """Two users with rows in every table that an account can have rows in, and a night of each kind."""
    panel = panel_of(random_prices(8, 120, "AB"))
    ids = fill_store(store, panel, [Book("p", (Lot("A", 2.0),)), Book("q", (Lot("B", 1.0),))], now=now)
    night(store, day(panel))
    own = NightRequest("run", day(panel), day(panel), (ids["p"],), 1)
    run_night(store, own, RiskPolicy(), today=now.date(), clock=lambda: now)
    later = now + timedelta(days=1)
    with store.begin() as conn:
        save_user_name(conn, load_local_user(conn), "alice", now=now)
        bob = save_user(conn, "bob", is_admin=False, now=now)
        save_password(conn, bob, "a hash", now=now)
        save_login_session(conn, "h" * 64, user_id=bob, now=now, expires_at=later)
        save_setup_link(conn, bob, "s" * 64, now=now, expires_at=later)
        token = {"name": "t", "secret_hash": "t" * 64, "beginning": "riskpanel_a", "scopes": ("read",)}
        save_token(conn, user_id=bob, now=now, expires_at=later, **token)
        save_run_request(conn, WantedRun(bob), now=now)
        save_run_request(conn, WantedRun(1, ids["p"]), now=now)
    return store


def rows(store, *, without=()):
    """All rows by table as text, whatever the schema: tables and columns of today that are there."""
    found = {}
    with store.read() as conn:
        inspector = sa.inspect(conn)
        for name in sorted(set(inspector.get_table_names()) - {"alembic_version", *LATER_TABLES, *without}):
            wanted = {column["name"] for column in inspector.get_columns(name)} - LATER_COLUMNS.get(
                name, set()
            )
            columns = [column for column in metadata.tables[name].c if column.name in wanted]
            key = [column for column in metadata.tables[name].primary_key if column.name in wanted]
            query = sa.select(*columns).order_by(*key)
            found[name] = [dict(row) for row in conn.execute(query).mappings()]
    return found


def old_view(found, *, renamed=True):
    """What of rows of today an older schema can hold: without the new, the local user by its old name."""
    kept = {name: own for name, own in found.items() if name not in NEW_TABLES}
    shown = {
        name: [
            {key: cell for key, cell in row.items() if key not in NEW_COLUMNS.get(name, ())} for row in own
        ]
        for name, own in kept.items()
    }
    if renamed:
        local = {row["id"] for row in found["users"] if row["is_local"]}
        shown["users"] = [row | {"name": LOCAL_USER} if row["id"] in local else row for row in shown["users"]]
    return shown


def test_going_down_drops_accounts_and_leaves_every_other_row(filled):
    before = rows(filled)
    assert all(
        before[name]
        for name in ("users", "batch_runs", "portfolio_snapshots", *(NEW_TABLES - {"id_counters"}))
    )
    migrate.downgrade(filled, BEFORE)
    assert rows(filled) == old_view(before)


def test_going_up_again_finds_the_local_user_and_nothing_of_what_was_dropped(filled):
    before = rows(filled)
    migrate.downgrade(filled, BEFORE)
    migrate.upgrade(filled)
    after = rows(filled)
    assert old_view(after) == old_view(before)
    assert {name: after[name] for name in NEW_TABLES} == {name: [] for name in NEW_TABLES}
    shown = [(row["name"], bool(row["is_local"]), row["password_hash"]) for row in after["users"]]
    assert shown == [(LOCAL_USER, True, None), ("bob", False, None)]
    assert {row["user_id"] for row in after["batch_runs"]} == {None}
    filled.require_current_schema()


def test_the_local_user_stays_the_same_row_through_a_renaming_and_back(filled, now):
    with filled.read() as conn:
        local = load_local_user(conn)
    migrate.downgrade(filled, BEFORE)
    migrate.upgrade(filled)
    with filled.begin() as conn:
        assert load_local_user(conn) == ensure_local_user(conn, now=now) == local
        assert conn.execute(sa.select(sa.func.count()).select_from(users)).scalar_one() == 2
    owners = {row["name"]: row["user_id"] for row in table_rows(filled, "portfolios")}
    assert owners == {"p": local, "q": local}


def test_an_older_database_goes_up_with_its_rows(fresh_store, now):
    migrate.upgrade(fresh_store, BEFORE)
    with fresh_store.begin() as conn:
        for name in ("other", LOCAL_USER):
            stamps = {"created_at": now, "updated_at": now}
            old = sa.table("users", *(sa.column(key, users.c[key].type) for key in OLD_USERS))
            conn.execute(sa.insert(old).values(name=name, is_admin=name == LOCAL_USER, **stamps))
    before = rows(fresh_store)
    migrate.upgrade(fresh_store)
    assert old_view(rows(fresh_store), renamed=False) == before
    local = {row["name"]: bool(row["is_local"]) for row in table_rows(fresh_store, "users")}
    assert local == {"other": False, LOCAL_USER: True}
    with fresh_store.begin() as conn:
        save_user_name(conn, load_local_user(conn), "alice", now=now)
    assert fill_books(fresh_store, [Book("p")], now=now)
    assert [row["name"] for row in table_rows(fresh_store, "users")] == ["other", "alice"]


OLD_USERS = ("name", "is_admin", "created_at", "updated_at")


def test_an_empty_database_goes_up_and_down_without_a_local_user(fresh_store, now):
    migrate.upgrade(fresh_store, BEFORE)
    migrate.upgrade(fresh_store)
    with pytest.raises(StoreError, match="no local user"), fresh_store.read() as conn:
        load_local_user(conn)
    migrate.downgrade(fresh_store, BEFORE)
    migrate.upgrade(fresh_store)
    with fresh_store.begin() as conn:
        ensure_local_user(conn, now=now)
    (row,) = table_rows(fresh_store, "users")
    assert (row["name"], row["is_admin"], row["is_local"]) == (LOCAL_USER, True, True)


def test_one_step_down_forgets_requests_and_keeps_accounts(filled, now):
    before = rows(filled)
    migrate.downgrade(filled, "0013_accounts")
    after = rows(filled)
    assert "run_requests" not in after
    for name in after.keys() - {"batch_runs"}:
        assert after[name] == before[name], name
    assert [row["id"] for row in after["batch_runs"]] == [row["id"] for row in before["batch_runs"]]
    with filled.read() as conn:
        found = load_token_use(conn, "t" * 64, now=now)
    assert found is not None
    assert found.user_name == "bob"
    migrate.upgrade(filled)
    assert rows(filled, without=("run_requests", "batch_runs", "id_counters")) == {
        name: own for name, own in before.items() if name not in {"run_requests", "batch_runs", "id_counters"}
    }
    assert table_rows(filled, "run_requests") == []


def test_there_is_one_local_user_and_the_database_sees_to_it(filled):
    with pytest.raises(sa.exc.IntegrityError), filled.begin() as conn:
        conn.execute(sa.update(users).values(is_local=True))
    migrate.downgrade(filled, BEFORE)
    migrate.upgrade(filled)
    with pytest.raises(sa.exc.IntegrityError), filled.begin() as conn:
        conn.execute(sa.update(users).values(is_local=True))
