import json

import pytest
from typer.testing import CliRunner

from riskpanel.cli.app import app

GOOD = "[scenarios.'my [shock]']\nmarket = -0.1\n[scenarios.b]\nfrom = 2020-02-19\nto = 2020-03-23\n"
BAD = "[scenarios.'x [red]']\nmarket = 7\nodd = 1\n"


@pytest.fixture
def run(migrated_url, monkeypatch, tmp_path):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(text, *options):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, ["import", "scenarios", str(path), *options], catch_exceptions=False)

    return run


def test_an_import_says_what_happened_on_stdout(run):
    first, second = run(GOOD), run(GOOD)
    assert (first.exit_code, first.stdout, first.stderr) == (0, "scenarios: 2 added\n", "")
    assert (second.exit_code, second.stdout, second.stderr) == (0, "scenarios: 2 unchanged\n", "")


def test_kept_scenarios_are_named_on_stderr_and_removed_on_request(run):
    run(GOOD)
    kept = run("[scenarios.b]\nmarket = -0.3\n")
    assert kept.stdout == "scenarios: 1 changed, 1 kept\n"
    assert kept.stderr == ("warning: kept, though the file lacks them (replace removes them): my [shock]\n")
    assert run("[scenarios]\n", "--replace").stdout == "scenarios: 2 removed\n"
    assert run("[scenarios]\n").stdout == "scenarios: none\n"


def test_a_bad_file_exits_with_2_and_lists_every_fault_on_stderr(run):
    outcome = run(GOOD + BAD)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "error: 2 faults in mine.toml: nothing was imported" in outcome.stderr
    assert "mine.toml: x [red], market: not a move between -1 and 1: 7" in outcome.stderr
    assert run(GOOD).stdout == "scenarios: 2 added\n"


def test_a_dry_run_lists_faults_on_stdout_and_exits_with_2(run):
    outcome = run(BAD, "--dry-run")
    assert outcome.exit_code == 2
    assert outcome.stdout == (
        "x [red], odd: unknown key; known are description, market, sectors, from, to\n"
        "x [red], market: not a move between -1 and 1: 7 (decimals: -0.07 is -7 %)\n"
        "dry run: nothing was written\n"
    )
    good = run(GOOD, "--dry-run")
    assert (good.exit_code, good.stdout) == (0, "scenarios: 2 added\ndry run: nothing was written\n")
    assert run(GOOD).stdout == "scenarios: 2 added\n"


def test_json_is_exactly_one_document(run):
    outcome = run(GOOD, "--json")
    assert json.loads(outcome.stdout) == {
        "dry_run": False,
        "faults": [],
        "warnings": [],
        "added": ["b", "my [shock]"],
        "changed": [],
        "unchanged": [],
        "kept": [],
        "removed": [],
        "run_request_id": None,
    }
    bad = run(BAD, "--dry-run", "--json")
    assert bad.exit_code == 2
    assert json.loads(bad.stdout)["faults"][0] == {
        "name": "x [red]",
        "key": "odd",
        "reason": "unknown key; known are description, market, sectors, from, to",
    }
