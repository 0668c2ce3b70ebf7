"""`riskpanel schedule --once` and `--dry-run`: what they print, what they do, and their exit codes."""

import json
import signal
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from riskpanel.cli import schedule as schedule_command
from riskpanel.cli.app import app
from riskpanel.nightly.leadership import Leadership
from riskpanel.store.schema import market_data_cache

NOW = datetime(
    2024, 12, 31, 22, 45, tzinfo=UTC
)  # the last session of the panel is due for a quarter of an hour


@pytest.fixture
def panel():
    return panel_of(random_prices(95, 60, "ABC"))


@pytest.fixture
def ids(store, panel, now):
    lots = tuple(Lot(symbol, 2.0) for symbol in "ABC")
    return fill_store(store, panel, [Book("Growth", lots, cash=9.0)], now=now)


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    """The command in an empty folder, on the evening of a session."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schedule_command, "now", lambda: NOW)
    monkeypatch.setattr(schedule_command, "today", lambda: NOW.date())
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    runner = CliRunner(
        env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"}
    )

    def run(*arguments, exit_code=0, env=None):
        outcome = runner.invoke(app, ["schedule", *arguments], env=env, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    yield run
    for one, how in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
        signal.signal(one, how)


def remove_prices(store, session, symbols):
    prices = market_data_cache.c
    with store.begin() as conn:
        conn.execute(sa.delete(market_data_cache).where(prices.date == session, prices.symbol.in_(symbols)))


def cells(outcome):
    """The rows of the printed table."""
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_a_dry_run_tells_what_is_due_and_next_and_changes_nothing(riskpanel, store, panel, ids):
    night(store, day(panel, -3))
    remove_prices(store, day(panel), ["A"])
    outcome = riskpanel("--dry-run")
    assert cells(outcome) == [
        ["2024-12-30", "2024-12-30 22:30 UTC", "4 of 4", "to be computed"],
        [
            "2024-12-31",
            "2024-12-31 22:30 UTC",
            "3 of 4",
            "waits for prices until 2025-01-01 10:30 UTC; without a price: A",
        ],
    ]
    assert outcome.stdout.startswith("prices up to 2024-12-31 are fetched first\n")
    assert outcome.stdout.splitlines()[-3:] == [
        "next look for prices: 2024-12-31 23:00 UTC",
        "next session: 2025-01-02, due 2025-01-02 22:30 UTC",
        "leader: nobody",
    ]
    assert len(table_rows(store, "batch_runs")) == 1
    assert table_rows(store, "run_locks") == []
    assert "fetched" not in riskpanel("--dry-run", "--no-fetch").stdout


def test_a_dry_run_as_json_is_one_document_with_the_same(riskpanel, store, panel, ids):
    night(store, day(panel, -3))
    remove_prices(store, day(panel), ["A"])
    lead = Leadership(store, lambda: NOW)
    lead.beat()
    document = json.loads(riskpanel("--dry-run", "--json", "--delay", "60").stdout)
    assert [(one["session"], one["state"]) for one in document["sessions"]] == [
        ("2024-12-30", "ready"),
        ("2024-12-31", "waiting"),
    ]
    assert document["sessions"][1] == {
        "session": "2024-12-31",
        "due_at": "2024-12-31T22:00:00+00:00",
        "waited_for_until": "2025-01-01T10:00:00+00:00",
        "state": "waiting",
        "priced": 3,
        "expected": 4,
        "lacking": ["A"],
    }
    assert document["leader"].startswith("process ")
    assert (document["nights"], document["fetches_first"]) == ([], True)
    assert document["next_session_due_at"] == "2025-01-02T22:00:00+00:00"


def test_once_computes_what_is_due_prints_it_and_gives_the_lead_back(riskpanel, store, panel, ids):
    night(store, day(panel, -3))
    outcome = riskpanel("--once", "--no-fetch")
    first, *others = outcome.stdout.splitlines()
    assert first.startswith("2024-12-30 to 2024-12-31 (2 sessions): 2 snapshots of 1 portfolio, ")
    assert others == [
        "nothing is due: the night of 2024-12-31 is done",
        "next session: 2025-01-02, due 2025-01-02 22:30 UTC",
        "leader: nobody",
    ]
    assert table_rows(store, "run_locks") == []
    assert "snapshot" not in riskpanel("--once", "--no-fetch").stdout
    assert len(table_rows(store, "batch_runs")) == 2


def test_once_as_json_has_the_nights_that_it_computed(riskpanel, store, panel, ids):
    document = json.loads(riskpanel("--once", "--no-fetch", "--json").stdout)
    (done,) = document["nights"]
    assert (done["as_of_to"], done["complete"], done["snapshots"]) == ("2024-12-31", True, 1)
    assert document["sessions"] == []


def test_once_exits_with_1_when_prices_have_not_arrived(riskpanel, store, panel, ids):
    remove_prices(store, day(panel), ["SPY"])
    outcome = riskpanel("--once", "--no-fetch", exit_code=1)
    assert "waits for prices until 2025-01-01 10:30 UTC; without a price: SPY" in outcome.stdout
    assert table_rows(store, "batch_runs") == []


@pytest.mark.parametrize("words", [("--once",), ("--once", "--no-fetch"), ("--dry-run",)])
def test_where_nothing_is_held_nothing_is_due_or_fetched(riskpanel, store, words):
    outcome = riskpanel(*words)
    assert outcome.stdout.splitlines()[0] == "nothing is held yet: no night is due"
    assert "waits for prices" not in outcome.stdout
    assert outcome.stderr == "hint: riskpanel import positions FILE --portfolio NAME\n"
    assert json.loads(riskpanel(*words, "--json").stdout)["sessions"] == []


def test_once_exits_with_0_when_only_an_old_session_has_been_given_up(riskpanel, store, panel, ids):
    night(store, day(panel, -3))
    remove_prices(store, day(panel, -2), ["SPY", "A", "B", "C"])
    outcome = riskpanel("--once", "--no-fetch")
    assert "given up until its prices come; without a price: A, B, C, SPY" in outcome.stdout
    assert {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")} == {
        day(panel, -3),
        day(panel),
    }


def test_once_exits_with_1_when_a_portfolio_has_failed_and_names_it(riskpanel, store, panel, ids, now):
    fill_books(store, [Book("bad", (Lot("A", 1.0),), cash=-1e6)], now=now)
    outcome = riskpanel("--once", "--no-fetch", exit_code=1)
    assert "error: portfolio failed: bad: net asset value is" in outcome.stderr
    assert "2024-12-31: 1 snapshot of 2 portfolios, " in outcome.stdout


def test_once_leaves_it_to_the_leader_where_there_is_one(riskpanel, store, panel, ids):
    lead = Leadership(store, lambda: NOW)
    lead.beat()
    outcome = riskpanel("--once", "--no-fetch")
    assert "leader: process " in outcome.stdout
    assert table_rows(store, "batch_runs") == []
    assert lead.leads


def test_once_fetches_from_the_sources_first(riskpanel, store, panel, ids, tmp_path):
    remove_prices(store, day(panel), ["SPY", "A", "B", "C"])
    folder = tmp_path / "prices"
    folder.mkdir()
    for symbol in ("SPY", "A", "B", "C"):
        rows = [
            f"{session},{symbol},{close!r}"
            for session, close in zip(
                panel.sessions.tolist(), panel.close[:, panel.column(symbol)].tolist(), strict=True
            )
        ]
        (folder / f"{symbol}.csv").write_text("\n".join(["date,symbol,close", *rows]))
    env = {"RISKPANEL_SOURCES": "files", "RISKPANEL_SOURCE_FOLDER": str(folder)}
    assert riskpanel("--once", env=env).stdout.startswith("2024-12-31: 1 snapshot of 1 portfolio, ")


def test_nights_that_are_too_old_to_be_caught_up_are_a_warning_with_the_command_for_them(
    riskpanel, store, panel, ids
):
    night(store, day(panel, -10))
    outcome = riskpanel("--dry-run", "--lookback", "3")
    assert len(cells(outcome)) == 3
    first, last = day(panel, -9), day(panel, -4)
    assert f"warning: nights from {first} to {last} were missed and are not caught up\n" in outcome.stderr
    assert f"hint: riskpanel backfill --from {first} --to {last}\n" in outcome.stderr


def test_names_of_symbols_are_no_markup_and_not_all_of_many_are_listed(riskpanel, store, panel, ids, now):
    lots = tuple(Lot(f"Z[{n}]", 1.0) for n in range(8))
    prices = random_prices(7, 60, [lot.symbol for lot in lots])
    fill_store(store, panel_of(prices), [Book("z", lots)], now=now, until=date(2024, 12, 30))
    outcome = riskpanel("--dry-run")
    assert "without a price: Z[0], Z[1], Z[2], Z[3], Z[4] and 3 more" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (("--once", "--dry-run"), {}, "error: --once does what is due, --dry-run does nothing"),
        (("--json",), {}, "error: --json goes with --once or --dry-run"),
        (("--once",), {"RISKPANEL_SOURCES": "fmp"}, "error: the source fmp has no key"),
        ((), {"RISKPANEL_SOURCES": "fmp"}, "error: the source fmp has no key"),
        ((), {"RISKPANEL_DATABASE_URL": "mysql://h/x"}, "error: unknown kind of database: mysql"),
        (("--delay", "-1"), {}, "--delay cannot be used"),
    ],
)
def test_what_cannot_be_run_exits_with_2_and_says_why(riskpanel, arguments, env, told):
    assert told in riskpanel(*arguments, env=env, exit_code=2).stderr


@pytest.mark.parametrize("how", ["--once", "--dry-run"])
def test_without_a_database_it_exits_with_3(riskpanel, tmp_path, how):
    missing = f"sqlite:///{tmp_path / 'none.sqlite3'}"
    outcome = riskpanel(how, "--no-fetch", env={"RISKPANEL_DATABASE_URL": missing}, exit_code=3)
    assert "hint: riskpanel init creates it" in outcome.stderr
