"""``riskpanel backup`` and ``riskpanel restore``: exit codes, streams and messages, on both databases."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from riskpanel.cli.app import app
from riskpanel.nightly.setup import initialize
from riskpanel.store import migrate
from riskpanel.store.backup_files import stamp
from store.backup_worlds import OLDER_TOOLS, TOOLS, back_up, everything, fill


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    """Run a command in an empty folder; both streams are kept apart."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    settings = {"RISKPANEL_DATABASE_URL": migrated_url, "RISKPANEL_POSTGRES_TOOLS": str(TOOLS)}
    runner = CliRunner(env=settings | {"NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"})

    def run(*arguments, exit_code=0, env=None):
        outcome = runner.invoke(app, [str(one) for one in arguments], env=env, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    run.folder = folder
    return run


def test_there_and_back(riskpanel, store, now):
    initialize(store, now=now)
    fill(store, now)
    before = everything(store)
    said = riskpanel("backup", "x.backup").stdout
    assert said.startswith(f"backed up {store.url_for_people} to x.backup: ")
    assert f"tables, schema {migrate.head_revision()}" in said
    assert riskpanel("backup", "--verify", "x.backup").stdout.startswith("x.backup is whole: ")
    refused = riskpanel("restore", "x.backup", exit_code=2)
    assert "error: the database has rows that would be lost" in refused.stderr
    assert "  portfolios: 2\n" in refused.stderr
    assert "--yes" in refused.stderr
    assert refused.stdout == ""
    assert riskpanel("restore", "x.backup", "--yes").stdout.startswith("restored x.backup into ")
    assert everything(store) == before


def test_json_is_one_document_and_has_no_password(riskpanel, store, now):
    fill(store, now)
    made = json.loads(riskpanel("backup", "x.backup", "--json").stdout)
    assert made["file"] == "x.backup"
    assert made["revision"] == migrate.head_revision()
    assert made["rows"]["portfolios"] == 2
    assert len(made["sha256"]) == 64
    assert json.loads(riskpanel("backup", "--verify", "x.backup", "--json").stdout) == made
    restored = json.loads(riskpanel("restore", "x.backup", "--yes", "--json").stdout)
    assert restored.pop("replaced")["portfolios"] == 2
    assert restored == made


def test_a_folder_gets_a_file_named_by_the_time(riskpanel):
    riskpanel("backup", riskpanel.folder)
    (file,) = riskpanel.folder.iterdir()
    assert file.name.startswith("riskpanel-2")
    assert file.name.endswith("Z.backup")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_of_one_second_in_a_folder_are_two_files(riskpanel):
    begun = datetime.now(UTC)
    for later in range(60):
        taken = riskpanel.folder / f"riskpanel-{stamp(begun + timedelta(seconds=later))}.backup"
        taken.write_text("of this second already")
    riskpanel("backup", riskpanel.folder)
    (file,) = riskpanel.folder.glob("*Z-2.backup")
    assert riskpanel("backup", "--verify", file).stdout.endswith("\n")
    riskpanel("backup", riskpanel.folder)
    assert len([*riskpanel.folder.iterdir()]) == 62


def test_a_file_that_is_there_stays_unless_forced(riskpanel):
    riskpanel("backup", "x.backup")
    refused = riskpanel("backup", "x.backup", exit_code=2)
    assert "error: the file exists already: x.backup" in refused.stderr
    assert "--force" in refused.stderr
    riskpanel("backup", "x.backup", "--force")


def test_a_file_in_a_folder_that_is_not_there_is_refused_as_the_folder_is(riskpanel):
    refused = riskpanel("backup", "no where/x.backup", exit_code=2)
    assert refused.stderr == "error: no such folder: no where\nhint: mkdir -p -m 700 'no where'\n"
    assert list(riskpanel.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("backup",), "FILE is empty"),
        (("backup", "--verify"), "FILE is empty"),
        (("restore",), "a folder, not a backup: ."),  # for a path, nothing is this folder
    ],
)
def test_an_empty_name_is_no_file(riskpanel, words, told):
    refused = riskpanel(*words, "", exit_code=2)
    assert refused.stderr.startswith(f"error: {told}\nhint: name the file")
    assert list(riskpanel.folder.iterdir()) == []


def test_a_slash_says_that_a_folder_is_meant(riskpanel):
    refused = riskpanel("backup", "no where/", exit_code=2)
    assert "error: no such folder: no where/" in refused.stderr
    assert "hint: mkdir -p -m 700 'no where/'" in refused.stderr
    assert list(riskpanel.folder.iterdir()) == []
    (riskpanel.folder / "no where").mkdir()
    riskpanel("backup", "no where/")
    assert len(list((riskpanel.folder / "no where").iterdir())) == 1


def test_a_check_takes_no_force(riskpanel):
    riskpanel("backup", "x.backup")
    refused = riskpanel("backup", "--verify", "x.backup", "--force", exit_code=2)
    assert "error: --force goes with a file to write: --verify writes none" in refused.stderr
    assert refused.stdout == ""


def test_the_database_is_not_replaced_by_its_backup(riskpanel, store):
    if store.file is None:
        return
    refused = riskpanel("backup", store.file, "--force", exit_code=2)
    assert f"error: that is a file of the database itself: {store.file}" in refused.stderr


@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("gone.backup", "cannot read the backup: gone.backup: No such file", "check its name"),
        (
            "bad.backup",
            "not a backup of riskpanel: bad.backup",
            "name a file that riskpanel backup has written",
        ),
    ],
)
def test_what_is_no_backup_is_not_restored_and_the_hint_says_what_to_do(riskpanel, name, error, hint):
    (riskpanel.folder / "bad.backup").write_text("no backup")
    refused = riskpanel("restore", name, "--yes", exit_code=2)
    assert f"error: {error}" in refused.stderr
    assert f"hint: {hint}" in refused.stderr


def test_a_restored_older_schema_says_what_to_do(riskpanel, store, now):
    migrate.downgrade(store, "0012_scenarios")
    back_up(store, riskpanel.folder / "x.backup", now)
    riskpanel("init")
    said = riskpanel("restore", "x.backup")
    assert "hint: the schema is that of the backup: 0012_scenarios; riskpanel init upgrades it" in said.stderr
    assert riskpanel("init").stdout.startswith("upgraded ")


def test_without_pg_dump_the_hint_says_where_it_comes_from(riskpanel, dialect, tmp_path):
    empty = {"RISKPANEL_POSTGRES_TOOLS": str(tmp_path)}
    if dialect == "sqlite":
        riskpanel("backup", "x.backup", env=empty)
        return
    refused = riskpanel("backup", "x.backup", exit_code=2, env=empty)
    assert f"error: pg_dump was not found in {tmp_path}" in refused.stderr
    assert "hint: install PostgreSQL's client programs" in refused.stderr
    assert list(riskpanel.folder.iterdir()) == []
    riskpanel("backup", "x.backup")
    refused = riskpanel("restore", "x.backup", exit_code=2, env=empty)
    assert "error: pg_restore was not found in" in refused.stderr


def test_an_older_pg_dump_is_refused_and_the_hint_names_the_version(riskpanel, dialect):
    if dialect == "sqlite":
        return
    refused = riskpanel("backup", "x.backup", exit_code=2, env={"RISKPANEL_POSTGRES_TOOLS": str(OLDER_TOOLS)})
    assert "error: pg_dump is older than the server: 16, the server is PostgreSQL 18" in refused.stderr
    assert "hint: install the client programs of PostgreSQL 18" in refused.stderr
