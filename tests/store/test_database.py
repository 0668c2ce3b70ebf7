"""Opening the database: real transactions, nothing created by looking, and faults in plain words."""

import socket
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa

from riskpanel.errors import InputError, StoreError
from riskpanel.store import migrate
from riskpanel.store.database import open_store
from riskpanel.store.schema import portfolios, positions, run_locks, users

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
SECRET = "s3cret-word"
LOCK = {"name": "night", "holder": "me", "expires_at": NOON}


def names_of_locks(store):
    with store.read() as conn:
        return conn.scalars(sa.select(run_locks.c.name)).all()


def write(store, **values):
    with store.begin() as conn:
        conn.execute(sa.insert(run_locks).values(LOCK | values))


def write_and_fail(store, failure):
    with store.begin() as conn:
        conn.execute(sa.insert(run_locks).values(LOCK | {"name": "lost"}))
        raise failure


def write_while_reading(store):
    with store.read() as conn:
        conn.execute(sa.insert(run_locks).values(LOCK))


def read_once(store):
    with store.read() as conn:
        conn.execute(sa.select(sa.literal(1)))


# ---------------------------------------------------------------- transactions


def test_a_write_is_kept_when_its_block_ends_and_lost_when_it_raises(store):
    write(store)
    with pytest.raises(ZeroDivisionError):
        write_and_fail(store, ZeroDivisionError())
    assert names_of_locks(store) == ["night"]


def test_a_schema_change_rolls_back_too(store):
    def change():
        with store.begin() as conn:
            conn.execute(sa.text("CREATE TABLE scratch (id INTEGER)"))
            conn.execute(sa.text("DROP TABLE stress_test_results"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change()
    with store.read() as conn:
        names = sa.inspect(conn).get_table_names()
    assert "scratch" not in names
    assert "stress_test_results" in names


def test_a_savepoint_rolls_back_alone(store):
    def refused(conn):
        with conn.begin_nested():
            conn.execute(sa.insert(run_locks).values(LOCK | {"name": "inner"}))
            raise ZeroDivisionError

    with store.begin() as conn:
        conn.execute(sa.insert(run_locks).values(LOCK))
        with pytest.raises(ZeroDivisionError):
            refused(conn)
    assert names_of_locks(store) == ["night"]


def test_what_is_written_while_reading_is_never_kept(store, dialect):
    if dialect == "postgresql":
        with pytest.raises(StoreError, match="read-only"):
            write_while_reading(store)
    else:
        write_while_reading(store)
    assert names_of_locks(store) == []


def test_a_reader_sees_one_moment_while_another_connection_writes(store):
    query = sa.select(sa.func.count()).select_from(run_locks)
    with store.read() as conn:
        assert conn.scalar(query) == 0
        write(store)
        assert conn.scalar(query) == 0
    assert names_of_locks(store) == ["night"]


def test_foreign_keys_hold_and_portfolios_take_their_positions_with_them(store):
    with pytest.raises(sa.exc.IntegrityError), store.begin() as conn:
        conn.execute(
            sa.insert(positions).values(
                portfolio_id=404,
                symbol="NONE",
                position_type="LONG",
                quantity=1,
                multiplier=1,
                created_at=NOON,
                updated_at=NOON,
            )
        )
    stamps = {"created_at": NOON, "updated_at": NOON}
    with store.begin() as conn:
        user = conn.execute(sa.insert(users).values(name="a", is_admin=False, **stamps)).inserted_primary_key
        conn.execute(
            sa.insert(portfolios).values(
                user_id=user.id,
                name="p",
                currency="USD",
                market_index="SPY",
                benchmark_code="SP500",
                cash_balance=0,
                **stamps,
            )
        )
        conn.execute(sa.delete(users))
        assert conn.execute(sa.select(portfolios)).all() == []


def test_sqlite_waits_for_no_reader_and_writes_ahead(tmp_path, open_database):
    store = open_database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    store.create_file()
    with store.read() as conn:
        found = pragmas(conn, "journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}


def pragmas(conn, *names):
    return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def test_tables_are_made_anew_without_a_log_where_nobody_else_has_the_file_open(tmp_path, open_database):
    store = open_database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    migrate.upgrade(store)
    with store.begin(tables_anew=True) as conn:
        assert pragmas(conn, "journal_mode", "foreign_keys") == {"journal_mode": "delete", "foreign_keys": 0}
    with pytest.raises(ZeroDivisionError), store.begin(tables_anew=True):
        raise ZeroDivisionError
    with store.begin() as conn:
        assert pragmas(conn, "journal_mode", "foreign_keys") == {"journal_mode": "wal", "foreign_keys": 1}


def test_tables_are_made_anew_also_where_somebody_has_the_file_open(tmp_path, open_database):
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    store, other = open_database(url), open_database(url)
    migrate.upgrade(store)
    with other.read() as reading, store.begin(tables_anew=True) as conn:
        assert reading.execute(sa.select(users)).all() == []
        assert pragmas(conn, "journal_mode", "foreign_keys") == {"journal_mode": "wal", "foreign_keys": 0}
    assert migrate.downgrade(store).after == migrate.revisions()[-2].id


def test_two_threads_that_write_at_once_take_turns(store):
    def add(letter):
        for number in range(10):
            write(store, name=f"{letter}{number}")

    threads = [threading.Thread(target=add, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names_of_locks(store)) == 40


# ---------------------------------------------------------------- missing, behind, ahead


def test_a_missing_file_is_named_and_not_created(tmp_path, sqlite_url, open_database):
    store = open_database(sqlite_url)
    for attempt in (read_once, write, lambda store: store.require_current_schema()):
        with pytest.raises(StoreError, match=r"no database: .*fresh\.sqlite3") as caught:
            attempt(store)
        assert caught.value.hint == "riskpanel init creates it"
    assert list(tmp_path.iterdir()) == []


def test_upgrading_creates_the_file_and_its_folder(tmp_path, sqlite_url, open_database):
    store = open_database(sqlite_url)
    migrate.upgrade(store)
    assert (tmp_path / "new folder" / "fresh.sqlite3").is_file()
    store.require_current_schema()


def test_a_file_that_is_created_and_those_beside_it_are_for_its_owner_alone(sqlite_url, open_database):
    store = open_database(sqlite_url)
    migrate.upgrade(store)
    with store.read() as conn:
        conn.execute(sa.select(run_locks)).all()  # opens the two files beside it
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.file.parent.iterdir()}
    assert modes == {f"fresh.sqlite3{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path, open_database):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot create the database"):
        migrate.upgrade(open_database(f"sqlite:///{tmp_path / 'file' / 'x.sqlite3'}"))


def test_a_database_without_tables_is_missing_its_schema(fresh_store):
    fresh_store.create_file()
    with pytest.raises(StoreError, match="no riskpanel tables") as caught:
        fresh_store.require_current_schema()
    assert caught.value.hint == "run: riskpanel init"


def test_a_schema_that_is_behind_says_what_to_run(store):
    migrate.downgrade(store, "0007_position_volatility")
    needed = f"behind: 0007_position_volatility, needed {migrate.head_revision()}"
    with pytest.raises(StoreError, match=needed) as caught:
        store.require_current_schema()
    assert caught.value.hint == "run: riskpanel init"


def test_a_schema_that_is_ahead_says_what_to_upgrade(store):
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0999_future'"))
    with pytest.raises(StoreError, match="ahead of this riskpanel: schema 0999_future") as caught:
        store.require_current_schema()
    assert caught.value.hint == "upgrade riskpanel"


# ---------------------------------------------------------------- faults


def test_a_locked_sqlite_file_is_reported_with_its_path(tmp_path, open_database):
    path = tmp_path / "x.sqlite3"
    store = open_database(f"sqlite:///{path}", lock_timeout=0.05)
    migrate.upgrade(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program") as caught:
            write(store)
        read_once(store)
        other.execute("ROLLBACK")
    assert str(path) in caught.value.what
    assert caught.value.hint
    write(store)


def test_a_locked_postgres_table_is_reported(postgres_url, open_database):
    store = open_database(postgres_url, lock_timeout=0.05)
    migrate.upgrade(store)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE run_locks")
        with pytest.raises(StoreError, match="locked by another program"):
            write(store)
        other.rollback()
    write(store)


def test_a_file_of_another_kind_is_not_a_database(tmp_path, open_database):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough to be taken for one\n" * 100, encoding="utf-8")
    store = open_database(f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"not a database file: .*notes\.txt"):
        read_once(store)
    with pytest.raises(StoreError, match="not a database file"):
        migrate.upgrade(store)


def test_a_folder_is_not_a_database(tmp_path, open_database):
    with pytest.raises(StoreError, match="cannot be opened"):
        read_once(open_database(f"sqlite:///{tmp_path}"))


def test_a_read_only_sqlite_database_can_be_read_and_not_written(tmp_path, open_database):
    path = tmp_path / "a b?#%.sqlite3"
    migrate.upgrade(open_database(sa.URL.create("sqlite", database=str(path)).render_as_string()))
    url = sa.URL.create("sqlite", database=str(path), query={"mode": "ro"}).render_as_string()
    store = open_database(url)
    store.require_current_schema()
    with pytest.raises(StoreError, match="the database is read-only"):
        write(store)


def test_a_read_only_postgres_database_cannot_be_written(postgres_url, open_database):
    migrate.upgrade(open_database(postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{admin.info.dbname}" SET default_transaction_read_only = on')
    with pytest.raises(StoreError, match="the database is read-only"):
        write(open_database(postgres_url))


def test_a_full_disk_is_reported_and_nothing_is_saved(tmp_path, open_database):
    path = tmp_path / "x.sqlite3"
    store = open_database(f"sqlite:///{path}")
    migrate.upgrade(store)

    def fill():
        with store.begin() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            rows = [LOCK | {"name": f"{number:05}", "holder": "h" * 120} for number in range(10_000)]
            conn.execute(sa.insert(run_locks), rows)

    with pytest.raises(StoreError, match="disk is full"):
        fill()
    assert names_of_locks(store) == []


@pytest.mark.parametrize("moment", ["within", "between"])
def test_another_file_in_the_place_of_the_database_is_told_and_then_used(tmp_path, open_database, moment):
    path, other = tmp_path / "x.sqlite3", tmp_path / "restored"
    migrate.upgrade(open_database(f"sqlite:///{other}"))
    store = open_database(f"sqlite:///{path}")
    migrate.upgrade(store)

    def write_and_replace():
        with store.begin() as conn:
            conn.execute(sa.insert(run_locks).values(LOCK))
            other.replace(path)

    if moment == "within":
        with pytest.raises(
            StoreError, match=r"removed or replaced while it was written: .*x\.sqlite3"
        ) as caught:
            write_and_replace()
        assert caught.value.hint.endswith("run this again")
    else:
        read_once(store)
        other.replace(path)  # the connection that waits in the pool is of the file of before
    assert names_of_locks(store) == []
    write(store)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM run_locks").fetchall() == [("night",)]


def test_a_file_that_is_removed_while_it_is_written_is_told(tmp_path, open_database):
    path = tmp_path / "x.sqlite3"
    store = open_database(f"sqlite:///{path}")
    migrate.upgrade(store)

    def remove():
        with store.begin() as conn:
            conn.execute(sa.insert(run_locks).values(LOCK))
            path.unlink()

    with pytest.raises(StoreError, match="removed or replaced"):
        remove()
    with pytest.raises(StoreError, match="no database"):
        read_once(store)


def test_a_database_that_its_server_keeps_read_only_cannot_be_written_after_a_read_either(
    postgres_url, open_database
):
    migrate.upgrade(open_database(postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{admin.info.dbname}" SET default_transaction_read_only = on')
    store = open_database(postgres_url)
    read_once(store)
    with pytest.raises(StoreError, match="the database is read-only"):
        write(store)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("57014", "stopped a statement that took too long"),
        ("25P03", "ended a transaction that stood still for too long"),
        ("53100", "the disk is full"),
        ("53200", "is out of resources"),
        ("53300", "has no free connection"),
        ("40P01", "locked by another program"),
        ("58030", "the disk of the database server failed"),
        ("XX000", "the database server failed"),
        ("XX001", "the database is damaged"),
        ("XX002", "an index of the database is damaged"),
    ],
)
def test_what_a_server_reports_is_told_in_plain_words(postgres_url, open_database, state, told):
    store = open_database(postgres_url)

    def fail():
        with store.begin() as conn:
            conn.execute(sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(StoreError, match=told) as caught:
        fail()
    assert caught.value.hint


def test_a_connection_that_is_lost_in_the_middle_is_told_as_that(postgres_url, open_database):
    store = open_database(postgres_url)
    migrate.upgrade(store)

    def lose():
        with psycopg.connect(postgres_url, autocommit=True) as admin, store.begin() as conn:
            conn.execute(sa.insert(run_locks).values(LOCK))
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'riskpanel' AND datname = current_database()"
            )
            conn.execute(sa.select(sa.literal(1)))

    with pytest.raises(StoreError, match=r"the connection to the database was lost: .*terminating") as caught:
        lose()
    assert "nothing is half-written" in caught.value.hint
    assert names_of_locks(store) == []


def test_a_schema_that_moved_under_a_statement_is_told_and_a_defect_of_a_migration_is_not(store):
    def look(**options):
        with store.begin(**options) as conn:
            conn.execute(sa.text("SELECT reason FROM instrument_market_betas"))

    migrate.downgrade(store, "0001_core")
    with pytest.raises(StoreError, match="the database schema is behind: 0001_core") as caught:
        look()
    assert caught.value.hint == "run: riskpanel init"
    with pytest.raises(sa.exc.DBAPIError):
        look(any_schema=True)


def test_a_login_without_rights_is_permission_denied(postgres_url, open_database):
    migrate.upgrade(open_database(postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE guest LOGIN")
    try:
        guest = open_database(
            sa.make_url(postgres_url).set(username="guest").render_as_string(hide_password=False)
        )
        with pytest.raises(StoreError, match="permission denied"):
            names_of_locks(guest)
        guest.dispose()
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP ROLE guest")


def test_an_unreachable_server_is_named_without_the_password(open_database):
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = unused.getsockname()[1]
        store = open_database(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/risk")
        with pytest.raises(StoreError, match="cannot reach the database server") as caught:
            read_once(store)
    assert f"ann:***@127.0.0.1:{port}/risk" in caught.value.what
    assert SECRET not in caught.value.what + caught.value.hint


def test_a_database_that_does_not_exist_on_the_server_is_reported(postgres_url, open_database):
    other = sa.make_url(postgres_url).set(database="no_such_database").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="no_such_database"):
        read_once(open_database(other))


def test_a_bug_in_a_statement_is_not_dressed_up_and_shows_no_values(store):
    def faulty():
        with store.read() as conn:
            conn.execute(sa.text("SELECT :value FROM no_such_table"), {"value": "secret holding"})

    with pytest.raises(sa.exc.DBAPIError) as caught:
        faulty()
    assert "secret holding" not in str(caught.value)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://ann:s3cret-word@host/risk", "unknown kind of database: mysql"),
        ("postgresql+asyncpg://ann:s3cret-word@host/risk", "unknown kind of database"),
        ("duckdb:///file", "unknown kind of database: duckdb"),
        ("", "cannot be read"),
        ("s3cret-word", "cannot be read"),
        ("postgresql://ann:s3cret-word@host:port/risk", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://folder/file.sqlite3", "names no file"),
        ("sqlite:///x.sqlite3?mode=rwc", "unknown option in the SQLite URL: mode"),
        ("sqlite:///x.sqlite3?cache=shared", "unknown option in the SQLite URL: cache"),
    ],
)
def test_an_address_that_cannot_be_used_is_an_input_error_without_secrets(url, message):
    with pytest.raises(InputError, match=message) as caught:
        open_store(url)
    assert SECRET not in caught.value.what + caught.value.hint
    assert caught.value.hint
    assert caught.value.__cause__ is None


def test_a_server_that_is_gone_is_given_up_soon_unless_the_address_says_otherwise(
    postgres_url, open_database
):
    def parameters(url):
        with open_database(url).read() as conn:
            return conn.connection.driver_connection.info.get_parameters()

    assert parameters(postgres_url)["keepalives_idle"] == "60"
    url = sa.make_url(postgres_url).update_query_dict({"keepalives_idle": "7"})
    assert parameters(url.render_as_string(hide_password=False))["keepalives_idle"] == "7"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_use_the_same_driver(scheme, open_database):
    store = open_database(f"{scheme}://ann:{SECRET}@host/risk?sslpassword={SECRET}&sslmode=require")
    shown = store.url_for_people
    assert shown.startswith("postgresql+psycopg://ann:***@host/risk?")
    assert SECRET not in shown


def test_a_relative_path_is_a_file_in_the_working_folder(tmp_path, monkeypatch, open_database):
    monkeypatch.chdir(tmp_path)
    migrate.upgrade(open_database("sqlite:///here.sqlite3"))
    assert (tmp_path / "here.sqlite3").is_file()
