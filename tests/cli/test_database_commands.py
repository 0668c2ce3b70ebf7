"""``riskpanel init`` and ``riskpanel migrate`` on both databases."""

import json
from collections import defaultdict

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner

from riskpanel.cli import database
from riskpanel.store import migrate
from riskpanel.store.schema import benchmarks_sector_weights, stress_test_results, users

app = typer.Typer()
app.command("init")(database.init)
app.add_typer(database.migrate_app, name="migrate")


@pytest.fixture
def riskpanel(database_url, monkeypatch, tmp_path):
    """Run a command against a fresh database, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"RISKPANEL_DATABASE_URL": database_url, "NO_COLOR": "1"})

    def run(*arguments, exit_code=0):
        outcome = runner.invoke(app, arguments, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


@pytest.fixture
def contents(fresh_store):
    """Read all rows of a table."""

    def read(table):
        with fresh_store.read() as conn:
            return conn.execute(sa.select(table)).all()

    return read


def test_init_creates_the_database_with_its_user_and_benchmark(riskpanel, contents, fresh_store):
    assert riskpanel("init").stdout.startswith("created ")
    fresh_store.require_current_schema()
    assert [(row.name, row.is_admin) for row in contents(users)] == [("local", True)]
    sums: dict[object, float] = defaultdict(float)
    for row in contents(benchmarks_sector_weights):
        sums[row.benchmark_code, row.asof_date] += row.weight
    assert "SP500" in {code for code, _ in sums}
    assert list(sums.values()) == pytest.approx([1.0] * len(sums), abs=1e-6)


def test_init_twice_changes_nothing(riskpanel, contents):
    riskpanel("init")
    before = contents(users), contents(benchmarks_sector_weights)
    assert riskpanel("init").stdout.startswith("already current: ")
    assert (contents(users), contents(benchmarks_sector_weights)) == before


def test_init_upgrades_a_schema_that_is_behind(riskpanel, fresh_store):
    migrate.upgrade(fresh_store, "0003")
    said = riskpanel("init").stdout
    assert said.startswith("upgraded ")
    assert f"from 0003_snapshot_betas to {migrate.head_revision()}" in said


def test_json_is_one_document_on_stdout(riskpanel, fresh_store):
    created = json.loads(riskpanel("init", "--json").stdout)
    assert created == {
        "database": fresh_store.url_for_people,
        "status": "created",
        "from": None,
        "to": migrate.head_revision(),
        "dropped": [],
    }
    assert json.loads(riskpanel("init", "--json").stdout)["status"] == "current"
    migrate.downgrade(fresh_store, "0008_stress")
    down = json.loads(riskpanel("migrate", "down", "--yes", "--json").stdout)
    assert (down["status"], down["to"]) == ("downgraded", "0007_position_volatility")
    assert down["dropped"] == ["table stress_test_results"]
    assert json.loads(riskpanel("migrate", "up", "--json").stdout)["status"] == "upgraded"


def test_down_says_what_it_drops_and_does_nothing_without_yes(riskpanel, contents):
    riskpanel("init")
    refused = riskpanel("migrate", "down", "0007_position_volatility", exit_code=2)
    assert "table stress_test_results" in refused.stderr
    assert "--yes" in refused.stderr
    assert refused.stdout == ""
    assert contents(stress_test_results) == []


def test_down_from_indexes_alone_says_that_no_row_is_lost_and_still_needs_yes(riskpanel, fresh_store):
    migrate.upgrade(fresh_store, "0017_run_indexes")
    refused = riskpanel("migrate", "down", exit_code=2).stderr
    assert "error: going down would drop indexes, and no row, of: 0017_run_indexes\n" in refused
    assert "hint: repeat the command with --yes\n" in refused
    assert migrate.current_revision(fresh_store) == "0017_run_indexes"


def test_a_step_up_from_the_newest_schema_changes_nothing(riskpanel):
    riskpanel("init")
    for step in ("head", "+1", "+2"):
        assert riskpanel("migrate", "up", step).stdout.startswith("already current: ")


def test_down_to_base_lists_every_table_and_column(riskpanel):
    riskpanel("init")
    refused = riskpanel("migrate", "down", "base", exit_code=2).stderr
    for name in ("table users", "view position_market_betas", "expected_volatility_21d", "sector_exposure"):
        assert name in refused
    assert "more" not in refused


def test_down_with_yes_and_up_again(riskpanel, fresh_store):
    riskpanel("init")
    said = riskpanel("migrate", "down", "0006_snapshot_volatility", "--yes").stdout
    assert "downgraded" in said
    assert "dropped view position_volatility" in said
    assert migrate.current_revision(fresh_store) == "0006_snapshot_volatility"
    assert "upgraded" in riskpanel("migrate", "up", "+1").stdout
    assert migrate.current_revision(fresh_store) == "0007_position_volatility"
    riskpanel("migrate", "up", "0008_stress")
    riskpanel("migrate", "down", "base", "--yes")
    assert migrate.current_revision(fresh_store) is None


def test_an_unknown_revision_is_a_usage_error(riskpanel):
    riskpanel("init")
    for direction in ("up", "down"):
        refused = riskpanel("migrate", direction, "0042", exit_code=2)
        assert "unknown revision: 0042" in refused.stderr


def test_going_down_below_nothing_is_a_usage_error(riskpanel):
    riskpanel("init")
    riskpanel("migrate", "down", "base", "--yes")
    assert "nothing to undo" in riskpanel("migrate", "down", "base", "--yes", exit_code=2).stderr


def test_migrating_up_from_nothing_creates_the_tables(riskpanel, fresh_store):
    assert riskpanel("migrate", "up").stdout.startswith("created ")
    fresh_store.require_current_schema()


def test_a_bad_address_is_a_usage_error(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"RISKPANEL_DATABASE_URL": "oracle://host/risk", "NO_COLOR": "1"})
    outcome = runner.invoke(app, ["init"], catch_exceptions=False)
    assert outcome.exit_code == 2
    assert "error: unknown kind of database: oracle" in outcome.stderr
    assert "hint: " in outcome.stderr
