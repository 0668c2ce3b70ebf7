"""`riskpanel prune`: it says what goes, and removes it only when told to."""

import json
import re
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from builders import Book, Lot, day, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from riskpanel.cli import prune
from riskpanel.cli.edge import now as clock
from riskpanel.errors import StoreError
from riskpanel.nightly.lease import hold_lease
from riskpanel.store.database import Store

app = typer.Typer()
app.command("prune")(prune.prune_history)
app.command("other")(lambda: None)


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(
        env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb"}
    )

    def run(*arguments, exit_code=0):
        words = ["prune", *(str(argument) for argument in arguments)]
        outcome = runner.invoke(app, words, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


@pytest.fixture
def panel(store, now):
    panel = panel_of(random_prices(3, 60, "AB"))
    fill_store(store, panel, [Book("p", (Lot("A", 1.0), Lot("B", 2.0)), cash=9.0)], now=now)
    night(store, day(panel, -4), day(panel))
    return panel


def snapshots(store):
    return len(table_rows(store, "portfolio_snapshots"))


def test_without_yes_it_says_what_would_go_and_removes_nothing(riskpanel, panel, store):
    refused = riskpanel("--before", day(panel, -1), exit_code=2)
    assert "portfolio_snapshots" in refused.stdout
    assert f"{day(panel, -4)}" in refused.stdout
    assert "nothing was removed" in refused.stderr
    assert "--yes" in refused.stderr
    assert riskpanel("--before", day(panel, -1), "--dry-run").stdout == refused.stdout
    assert snapshots(store) == 4


def test_with_yes_it_removes_and_a_second_time_there_is_nothing(riskpanel, panel, store):
    said = riskpanel("--before", day(panel, -1), "--yes").stdout
    assert snapshots(store) == 1
    assert "removed " in said
    assert ("--vacuum shrinks it" in said) is store.is_file
    assert "removed 0 rows" in riskpanel("--before", day(panel, -1), "--yes").stdout
    riskpanel("--before", day(panel, -1))


def test_vacuum_gives_the_room_back(riskpanel, panel, store):
    said = riskpanel("--before", day(panel, -1), "--yes", "--vacuum").stdout
    assert "--vacuum" not in said
    assert snapshots(store) == 1


@pytest.fixture
def full_disk(monkeypatch):
    def vacuum(store):
        raise StoreError("the disk is full: /x [y]", hint="free some space")

    monkeypatch.setattr(Store, "vacuum", vacuum)


def test_what_was_removed_is_said_although_the_room_cannot_be_given_back(riskpanel, panel, store, full_disk):
    told = riskpanel("--before", day(panel, -1), "--yes", "--vacuum", exit_code=1)
    assert snapshots(store) == 1
    assert re.search(r"^removed [1-9]\d* rows$", told.stdout, re.MULTILINE)
    assert "warning: the rows are gone, the room was not given back: the disk is full: /x [y]" in told.stderr


def test_the_document_has_what_was_removed_although_the_room_cannot_be_given_back(
    riskpanel, panel, store, full_disk
):
    told = riskpanel("--before", day(panel, -1), "--yes", "--vacuum", "--json", exit_code=1)
    document = json.loads(told.stdout)
    assert document["removed"]["portfolio_snapshots"] == 3
    assert (document["vacuumed"], document["vacuum_error"]) == (False, "the disk is full: /x [y]")


def test_what_would_go_can_be_seen_with_the_vacuum_in_the_line(riskpanel, panel, store):
    seen = riskpanel("--before", day(panel, -1), "--dry-run", "--vacuum", "--json").stdout
    assert (json.loads(seen)["vacuumed"], json.loads(seen)["vacuum_error"]) == (False, None)
    assert snapshots(store) == 4


def test_json_is_one_document(riskpanel, panel, store):
    planned = json.loads(riskpanel("--before", day(panel, -1), "--dry-run", "--json").stdout)
    assert (planned["before"], planned["removed"]) == (f"{day(panel, -1)}", None)
    first = planned["tables"][0]
    assert (first["table"], first["rows"], first["of"]) == ("portfolio_snapshots", 3, 4)
    assert (first["first"], first["last"]) == (f"{day(panel, -4)}", f"{day(panel, -2)}")
    done = json.loads(riskpanel("--before", day(panel, -1), "--yes", "--json").stdout)
    assert done["removed"]["portfolio_snapshots"] == 3
    assert done["tables"] == planned["tables"]


def test_years_are_kept_back_from_today(riskpanel, panel, store):
    document = json.loads(riskpanel("--keep-years", "1", "--dry-run", "--json").stdout)
    today = clock().date()
    assert date.fromisoformat(document["before"]).year == today.year - 1


def test_prices_go_only_when_named_and_are_warned_of(riskpanel, panel, store):
    assert "market_data_cache" not in riskpanel("--before", day(panel, -1), "--dry-run").stdout
    told = riskpanel("--before", day(panel, -1), "--what", "prices", "--yes")
    assert "cannot be computed again" in told.stderr
    assert len(table_rows(store, "market_data_cache")) == 3
    assert snapshots(store) == 4


def test_the_newest_snapshots_that_stay_are_named(riskpanel, panel, store):
    said = riskpanel("--keep-years", "1", "--dry-run").stdout
    assert f"the newest snapshots of some portfolios, of {day(panel)}" in said
    for words in ("prices", "quarantine", "runs", "prices,quarantine"):
        assert "kept although old" not in riskpanel("--keep-years", "1", "--dry-run", "--what", words).stdout


def test_it_is_refused_while_a_run_is_in_progress(riskpanel, panel, store):
    with hold_lease(store, clock):
        refused = riskpanel("--before", day(panel, -1), "--yes", exit_code=3)
    assert "is in progress" in refused.stderr
    assert snapshots(store) == 4


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "say what is old"),
        (("--before", "2020-01-01", "--keep-years", "3"), "exclude each other"),
        (("--before", "2099-01-01"), "not in the past"),
        (("--before", "2020-01-01", "--what", "positions"), "nothing is called positions"),
        (("--before", "2020-01-01", "--what", " , "), "--what names nothing"),
        (("--before", "2020-01-01", "--yes", "--dry-run"), "leave one of them out"),
        (("--before", "2020-01-01", "--vacuum"), "--vacuum goes with --yes"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(riskpanel, panel, arguments, error):
    refused = riskpanel(*arguments, exit_code=2)
    assert error in refused.stderr
    assert "hint: " in refused.stderr
    assert refused.stdout == ""
