"""Every command refuses a database that a newer riskpanel has made, and touches nothing."""

import pytest
import sqlalchemy as sa
from typer.main import get_command
from typer.testing import CliRunner

from builders import table_rows
from riskpanel.cli.app import app
from riskpanel.store.schema import metadata
from store.backup_worlds import back_up
from store.samples import add_a_row_to_each_table

# What a command needs beside its name, to come as far as the database.
ARGUMENTS = {
    "backfill": ("--from", "2025-06-02", "--to", "2025-06-30"),
    "backup": ("other.backup",),
    "explain": ("X", "hhi"),
    "import fund": ("X", "file.csv"),
    "import instruments": ("file.csv",),
    "import portfolios": ("file.csv",),
    "import positions": ("file.csv", "--portfolio", "X"),
    "import prices": ("file.csv",),
    "import scenarios": ("file.csv",),
    "migrate down": ("--yes",),
    "prune": ("--keep-years", "5", "--yes"),
    "quarantine drop": ("1",),
    "quarantine release": ("1",),
    "report": ("X",),
    "restore": ("made.backup", "--yes"),
    "schedule": ("--once",),
    "token create": ("X",),
    "token revoke": ("1",),
    "user add": ("Y",),
    "user disable": ("X",),
    "user enable": ("X",),
    "user link": ("X",),
}


def commands():
    """Names of all commands, with those of their group."""
    for name, command in get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        yield from [name] if inner is None else [f"{name} {one}" for one in inner]


@pytest.fixture
def ahead(store, now, tmp_path, monkeypatch):
    """A database with rows that a newer riskpanel has upgraded, and files that commands read."""
    monkeypatch.chdir(tmp_path)
    add_a_row_to_each_table(store)
    back_up(store, tmp_path / "made.backup", now)
    (tmp_path / "file.csv").write_text("date,X\n2025-06-30,1.0\n")
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0999_future'"))
    return store


def test_every_command_refuses_a_database_that_is_ahead_and_changes_nothing(ahead, migrated_url):
    before = {name: table_rows(ahead, name) for name in metadata.tables}
    runner = CliRunner(env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "TERM": "dumb"})
    unlike = {}
    for command in commands():
        words = [*command.split(), *ARGUMENTS.get(command, ())]
        outcome = runner.invoke(app, words, catch_exceptions=False)
        if command == "doctor":  # whose answer it is
            told = "schema-ahead" in outcome.stdout
        else:
            told = "error: the database is ahead of this riskpanel: schema 0999_future" in outcome.stderr
            told &= not outcome.stdout
        if outcome.exit_code != 3 or not told:
            unlike[command] = outcome.output
    assert unlike == {}
    assert {name: table_rows(ahead, name) for name in metadata.tables} == before
