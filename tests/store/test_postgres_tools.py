"""pg_dump and pg_restore: no password where others see it, every failure told, strangers left alone."""

import pytest
import sqlalchemy as sa

from riskpanel.errors import InputError, StoreError
from store.backup_worlds import OLDER_TOOLS, TOOLS, back_up, everything, fill, restore

SECRET = "s3cr et'\\"


@pytest.fixture
def dialect():
    return "postgresql"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "x.backup"


@pytest.fixture
def pretended(tmp_path):
    """Make a folder with a pg_dump and a pg_restore of one's own."""

    def pretend(**scripts):
        folder = tmp_path / "tools"
        folder.mkdir(exist_ok=True)
        for name in ("pg_dump", "pg_restore"):
            program = folder / name
            program.unlink(missing_ok=True)
            program.write_text(f'#!/bin/sh\n{scripts.get(name, "")}\nexec {TOOLS / name} "$@"\n')
            program.chmod(0o700)
        return folder

    return pretend


def test_the_password_is_in_the_environment_alone(
    migrated_url, open_database, pretended, file, now, tmp_path
):
    seen = tmp_path / "seen"
    tools = pretended(pg_dump=f'printf "%s\\n" "$@" >>{seen}; printf "%s" "$PGPASSWORD" >{seen}.password')
    url = sa.make_url(migrated_url).set(password=SECRET)
    back_up(open_database(url.render_as_string(hide_password=False)), file, now, tools=tools)
    assert "--format=custom" in seen.read_text()
    assert "s3cr" not in seen.read_text()
    assert seen.with_name("seen.password").read_text() == SECRET


def test_what_a_failing_pg_dump_says_is_told_without_the_password(
    migrated_url, open_database, pretended, file, now
):
    says = 'test "$1" = --version && exec echo "pg_dump (PostgreSQL) 18.1"; '
    tools = pretended(
        pg_dump=f'{says} echo "pg_dump: error: no luck with $PGPASSWORD" >&2; echo half; exit 1'
    )
    url = sa.make_url(migrated_url).set(password=SECRET)
    with pytest.raises(StoreError) as caught:
        back_up(open_database(url.render_as_string(hide_password=False)), file, now, tools=tools)
    assert caught.value.what == "pg_dump failed: no luck with ***"
    assert not file.exists()
    assert [one.name for one in file.parent.iterdir() if one.name.startswith(".")] == []


def test_a_pg_restore_that_fails_midway_leaves_what_was_there(store, pretended, file, now):
    fill(store, now)
    before = everything(store)
    back_up(store, file, now)
    script = file.with_name("script.sql")
    halved = f'head -n $(($(wc -l <{script}) / 2)) {script}; echo "pg_restore: error: gone" >&2; exit 1'
    whole = f'{TOOLS / "pg_restore"} "$@" >{script}; touch {file}.once; cat {script}; exit 0'
    tools = pretended(pg_restore=f"if test -e {file}.once; then {halved}; fi; {whole}")
    with pytest.raises(StoreError, match="pg_restore failed: gone"):  # the first time only verifies
        restore(store, file, now, tools=tools)
    assert everything(store) == before


def test_an_older_pg_restore_says_that_it_cannot_read_the_file(store, file, now):
    back_up(store, file, now)
    with pytest.raises(StoreError, match="pg_restore failed: unsupported version") as caught:
        restore(store, file, now, tools=OLDER_TOOLS)
    assert "RISKPANEL_POSTGRES_TOOLS" in caught.value.hint


def test_programs_are_looked_for_on_the_path_unless_a_folder_is_named(
    store, file, now, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="pg_dump was not found on the path"):
        back_up(store, file, now, tools=None)
    monkeypatch.setenv("PATH", f"{TOOLS}:/usr/bin:/bin")
    back_up(store, file, now, tools=None)


def test_tables_of_others_in_the_database_are_left_alone(store, file, now):
    fill(store, now)
    before = everything(store)
    back_up(store, file, now)
    with store.begin() as conn:
        conn.execute(sa.text("CREATE TABLE stranger AS SELECT 1 AS one"))
    made = back_up(store, file, now, force=True)
    assert "stranger" not in made.rows
    restore(store, file, now)
    with store.read() as conn:
        assert conn.execute(sa.text("SELECT one FROM stranger")).scalar_one() == 1
    assert everything(store) == before


def test_a_backup_of_another_schema_says_so_and_changes_nothing(
    store, migrated_url, open_database, file, now, postgres_server
):
    """The tables are in ``risk``; where they are to go it is not there, not searched, or has such tables."""
    url = sa.make_url(migrated_url)
    with store.begin() as conn:
        conn.execute(sa.text("ALTER SCHEMA public RENAME TO risk"))
        conn.execute(sa.text("CREATE SCHEMA public"))
        conn.execute(sa.text(f"ALTER DATABASE {url.database} SET search_path = risk"))
    risk = fill(open_database(migrated_url), now)
    back_up(risk, file, now)
    with postgres_server.database() as elsewhere:
        other = open_database(elsewhere)
        for statement in ("SELECT 1", "CREATE SCHEMA risk", "CREATE TABLE risk.users AS SELECT 1 AS one"):
            with other.begin() as conn:
                conn.execute(sa.text(statement))
            with pytest.raises(StoreError, match=r"made in another schema of PostgreSQL: ") as caught:
                restore(other, file, now)
            assert "search_path" in caught.value.hint
            with other.read() as conn:
                assert sa.inspect(conn).get_table_names() == []
        with other.begin() as conn:
            conn.execute(sa.text("DROP TABLE risk.users"))
            conn.execute(sa.text(f"ALTER DATABASE {sa.make_url(elsewhere).database} SET search_path = risk"))
        searching = open_database(elsewhere)
        restore(searching, file, now)
        assert everything(searching) == everything(risk)


def test_the_planner_knows_what_was_restored(store, file, now):
    fill(store, now)
    back_up(store, file, now)
    restore(store, file, now)
    known = sa.text("SELECT reltuples FROM pg_class WHERE relname = 'market_data_quarantine'")
    with store.read() as conn:
        assert conn.execute(known).scalar_one() == len(everything(store)["market_data_quarantine"])


def test_what_others_have_built_on_our_tables_stops_a_restore(store, file, now):
    fill(store, now)
    before = everything(store)
    back_up(store, file, now)
    with store.begin() as conn:
        conn.execute(sa.text("CREATE VIEW mine AS SELECT name FROM portfolios"))
    with pytest.raises(StoreError, match="something that is not of riskpanel needs its tables") as caught:
        restore(store, file, now)
    assert "empty database" in caught.value.hint
    assert everything(store) == before
