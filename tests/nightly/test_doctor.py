"""Each check of the doctor finds its fault on a real database, and nothing where all is well."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night, ticking
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly import demo
from riskpanel.nightly.doctor.checks import Severity
from riskpanel.nightly.doctor.examination import examine, judge, load_facts
from riskpanel.nightly.doctor.facts import SourceState
from riskpanel.nightly.doctor.registry import ALL_CHECKS
from riskpanel.nightly.doctor.symbol_checks import fetch_of
from riskpanel.nightly.holders import name_holder
from riskpanel.store import migrate
from riskpanel.store.prices import QuarantineRow, save_quarantine
from riskpanel.store.runs import Lock, save_lock
from riskpanel.store.schema import (
    batch_runs,
    benchmarks_sector_weights,
    instruments,
    market_data_cache,
    portfolios,
    positions,
    run_requests,
)

POLICY = RiskPolicy()
NOW = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)  # the last session of the panel is due
ROWS = 130
SECTORS = {"A": "Energy", "B": "Financials", "C": "Utilities", "D": "Energy"}
WELL = (SourceState("yfinance", asked=True),)


def ask(symbol):
    return WELL


def change(store, statement):
    with store.begin() as conn:
        return conn.execute(statement)


def lock(store, name, holder, expires_at):
    with store.begin() as conn:
        assert save_lock(conn, name, Lock(holder, expires_at), instead_of=None)


def dead_holder():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return f"{name_holder().split('/')[0]}/{child.pid}/0123456789abcdef"


class World:
    """A database in which all is well, and ways to spoil it."""

    def __init__(self, store) -> None:
        self.store = store
        self.panel = panel_of(random_prices(17, ROWS, "ABCD"))
        books = [
            Book("Growth", (Lot("A", 9.0), Lot("B", 5.0), Lot("C", 2.0)), cash=100.0),
            Book("Pair", (Lot("A", 4.0), Lot("D", 3.0)), cash=900.0),
        ]
        self.ids = fill_store(store, self.panel, books, SECTORS, now=NOW)
        for row in (-3, -2, -1):
            night(store, self.day(row), today=NOW.date(), clock=ticking(NOW - timedelta(minutes=30)))
        lock(store, "schedule", name_holder(), NOW + timedelta(days=9))
        self.policy, self.now, self.sources = POLICY, NOW, WELL

    def day(self, row=-1):
        return day(self.panel, row)

    def facts(self):
        return load_facts(self.store, self.policy, now=self.now, ask_sources=lambda symbol: self.sources)

    def found(self):
        """What is found now, by the id of the check."""
        return {one.check.id: one.trouble for one in judge(self.facts()).findings}

    def change(self, statement):
        return change(self.store, statement)

    def set_prices(self, symbol, rows, **values):
        days = [self.day(row) for row in rows]
        own = (market_data_cache.c.symbol == symbol, market_data_cache.c.date.in_(days))
        self.change(sa.update(market_data_cache).where(*own).values(**values))

    def remove_prices(self, symbol, rows=None):
        own = [market_data_cache.c.symbol == symbol]
        if rows is not None:
            own.append(market_data_cache.c.date.in_([self.day(row) for row in rows]))
        self.change(sa.delete(market_data_cache).where(*own))

    def scale_prices(self, symbol, rows, by):
        days = [self.day(row) for row in rows]
        own = (market_data_cache.c.symbol == symbol, market_data_cache.c.date.in_(days))
        table = market_data_cache.c
        self.change(
            sa.update(market_data_cache)
            .where(*own)
            .values(close=table.close * by, adj_close=table.adj_close * by)
        )

    def last_run(self, **values):
        newest = sa.select(sa.func.max(batch_runs.c.id)).scalar_subquery()
        self.change(sa.update(batch_runs).where(batch_runs.c.id == newest).values(**values))

    def request(self, status, **values):
        row = {"user_id": 1, "everybody": False, "sessions_done": 0, "requested_at": NOW, "status": status}
        self.change(sa.insert(run_requests).values(row | values))


@pytest.fixture
def world(store):
    return World(store)


def names(trouble):
    return [one.name for one in trouble.affected]


def test_nothing_is_found_where_all_is_well(world):
    examined = examine(world.store, POLICY, now=NOW, ask_sources=ask)
    assert [(one.check.id, one.trouble.what) for one in examined.findings] == []
    disks = {"disk-full", "disk-space"} if not world.store.is_file else set()
    assert {check.id for check, _ in examined.unexamined} == disks
    assert {check.id for check in examined.fine} == {check.id for check in ALL_CHECKS} - disks
    assert (examined.as_of, examined.due) == (world.day(), world.day())


FAULTS: dict[str, Callable[[World], None]] = {}


def fault(of):
    """Register what makes a check find something, and tests the symbols or words of the finding."""

    def registered(spoil):
        assert of not in FAULTS
        FAULTS[of] = spoil
        return spoil

    return registered


@fault("no-portfolios")
def _(world):
    world.change(sa.delete(portfolios))
    return "there is no portfolio", []


@fault("portfolios-empty")
def _(world):
    world.change(sa.delete(positions).where(positions.c.portfolio_id == world.ids["Pair"]))
    return "1 of 2 portfolios has nothing but cash", ["Pair"]


@fault("no-prices")
def _(world):
    world.change(sa.delete(market_data_cache))
    return "no price of any symbol", []


@fault("prices-behind")
def _(world):
    world.now = datetime(2025, 1, 3, 23, 30, tzinfo=UTC)
    return f"of {world.day()}, 2 sessions before 2025-01-03", []


@fault("symbols-unpriced")
def _(world):
    world.remove_prices("D")
    return "1 of 4 held symbols has no price at all", ["D"]


@fault("prices-stopped")
def _(world):
    world.remove_prices("B", range(-22, 0))
    return "more than 21 sessions", ["B"]


@fault("prices-stale")
def _(world):
    for symbol in "BC":
        world.remove_prices(symbol, range(-21, 0))
    return "2 of 4 held symbols have no price of 2024-12-31", ["B", "C"]


@fault("quarantine")
def _(world):
    row = QuarantineRow("A", "2024-12-30", (("close", "-1"),), "must be above 0", "f.csv:2")
    with world.store.begin() as conn:
        save_quarantine(conn, [row], data_source="test", now=NOW)
    return "1 refused row of 1 symbol", ["A"]


@fault("index-missing")
def _(world):
    world.remove_prices("SPY", range(-ROWS, -29))
    return "1 of 1 market index cannot be measured against", ["SPY"]


@fault("index-stale")
def _(world):
    world.remove_prices("SPY", range(-6, 0))
    return "1 of 1 market index has no price of 2024-12-31", ["SPY"]


@fault("index-short")
def _(world):
    world.remove_prices("SPY", range(-ROWS, -90))
    return "fewer returns than the window", ["SPY"]


@fault("few-returns")
def _(world):
    world.remove_prices("C", range(-ROWS, -30))
    return "1 of 4 held symbols has fewer than 30 returns", ["C"]


@fault("gaps")
def _(world):
    world.remove_prices("A", [-40, -20])
    return "1 symbol with gaps", ["A"]


@fault("splits")
def _(world):
    world.scale_prices("A", range(-ROWS, -50), 2.0)
    world.scale_prices("B", range(-ROWS, -50), 0.1)
    return "2 symbols with moves like a split", ["A", "B"]


@fault("outliers")
def _(world):
    world.scale_prices("A", [-50], 2.0)
    world.scale_prices("B", range(-ROWS, -50), 0.6)
    return "2 symbols with moves beyond a half", ["A", "B"]


@fault("prices-flat")
def _(world):
    price = float(world.panel.close[-11, world.panel.column("D")])
    world.set_prices("D", range(-11, 0), close=price, adj_close=price)
    return "1 symbol with the same price for 10 sessions", ["D"]


@fault("unclassified")
def _(world):
    world.change(sa.update(instruments).where(instruments.c.symbol == "B").values(sector=None))
    return "1 of 4 held symbols has no sector", ["B"]


@fault("benchmark-missing")
def _(world):
    world.change(sa.update(portfolios).values(benchmark_code="NONE"))
    return "1 of 1 benchmark has no sector weights", ["NONE"]


@fault("benchmark-old")
def _(world):
    world.policy = RiskPolicy(benchmark_max_age=20)
    return "older than 20 days", ["SP500"]


@fault("benchmark-late")
def _(world):
    known = benchmarks_sector_weights.c.asof_date <= world.day()
    world.change(sa.delete(benchmarks_sector_weights).where(known))
    return "no weights as old as 2024-12-31", ["SP500"]


@fault("source-unusable")
def _(world):
    world.sources = (SourceState("fmp", fault="the source fmp has no key", hint="set FMP_API_KEY"), *WELL)
    return "1 of 2 sources cannot be used", ["fmp"]


@fault("source-silent")
def _(world):
    world.sources = (SourceState("fmp", asked=True, silent="401"), *WELL)
    return "1 of 2 sources gave no answer", ["fmp"]


@fault("night-never")
def _(world):
    world.change(sa.text("DELETE FROM stress_test_results"))
    world.change(sa.text("DELETE FROM portfolio_snapshots"))
    world.change(sa.delete(batch_runs))
    return "no night of all portfolios", []


@fault("night-failed")
def _(world):
    world.last_run(status="failed", error="the disk is full")
    return "of 2024-12-31, failed: the disk is full", []


@fault("night-partial")
def _(world):
    failures = [{"portfolio_id": 7, "name": "Pair", "error": "NAV is not positive", "hint": "add cash"}]
    world.last_run(status="partial", failures=failures)
    return "1 portfolio failed in the last night", ["Pair"]


@fault("night-interrupted")
def _(world):
    world.last_run(status="running", finished_at=None)
    lock(world.store, "run", dead_holder(), NOW + timedelta(minutes=9))
    return "was ended from outside", []


@fault("nights-missed")
def _(world):
    world.change(
        sa.update(batch_runs).where(batch_runs.c.as_of_from == world.day(-2)).values(status="failed")
    )
    return "1 session with prices", [f"{world.day(-2)}"]


@fault("run-in-progress")
def _(world):
    lock(world.store, "run", name_holder(), NOW + timedelta(minutes=9))
    return "a run is in progress: process ", []


@fault("lock-left")
def _(world):
    lock(world.store, "run", dead_holder(), NOW + timedelta(minutes=9))
    return "1 lock left", ["run"]


@fault("no-scheduler")
def _(world):
    world.change(sa.text("DELETE FROM run_locks"))
    return "no scheduler", []


@fault("requests-failed")
def _(world):
    world.request("failed", error="there is no price", portfolio_id=world.ids["Pair"], finished_at=NOW)
    return "1 run that users asked for failed", ["request 1"]


@fault("requests-wait")
def _(world):
    world.request("queued", requested_at=NOW - timedelta(hours=1))
    return "wait since 2024-12-31 22:30 UTC", []


@fault("policy-changed")
def _(world):
    world.policy = RiskPolicy(trend_z=2.0)
    return "not that of the last night", []


@pytest.mark.parametrize("of", FAULTS)
def test_a_check_finds_its_fault(world, of):
    what, affected = FAULTS[of](world)
    found = world.found()
    assert of in found
    assert what in found[of].what
    assert names(found[of]) == affected


ALONE = {
    "portfolios-empty",
    "prices-behind",
    "quarantine",
    "index-missing",
    "index-stale",
    "index-short",
    "few-returns",
    "gaps",
    "splits",
    "outliers",
    "prices-flat",
    "unclassified",
    "benchmark-missing",
    "benchmark-late",
    "source-unusable",
    "source-silent",
    "night-partial",
    "run-in-progress",
    "lock-left",
    "no-scheduler",
    "requests-failed",
    "requests-wait",
    "nights-missed",
    "policy-changed",
    "prices-stale",
}


@pytest.mark.parametrize("of", sorted(ALONE))
def test_a_fault_that_has_no_other_consequence_is_the_only_finding(world, of):
    FAULTS[of](world)
    assert set(world.found()) == {of}


def computed(world):
    """The newest night, computed again: portfolios that fail, metrics without a number, and why."""
    done = night(
        world.store,
        world.day(),
        policy=world.policy,
        today=NOW.date(),
        clock=ticking(NOW + timedelta(minutes=1)),
    )
    failed = {failure.name for failure in done.failures}
    rows = [
        row for row in table_rows(world.store, "portfolio_snapshots") if row["snapshot_date"] == world.day()
    ]
    reasons = {(one["metric"], one["reason"]) for row in rows for one in row["data_quality"]}
    return failed, rows, reasons


@pytest.mark.parametrize(
    ("of", "failed"),
    [("symbols-unpriced", {"Pair"}), ("prices-stopped", {"Growth"}), ("prices-stale", set())],
)
def test_a_portfolio_fails_where_it_says_so(world, of, failed):
    FAULTS[of](world)
    world.change(sa.text("DELETE FROM run_locks"))
    assert computed(world)[0] == failed


@pytest.mark.parametrize(
    ("of", "missing"), [("index-missing", True), ("index-stale", False), ("index-short", False)]
)
def test_betas_are_missing_where_it_says_so(world, of, missing):
    FAULTS[of](world)
    _, rows, _ = computed(world)
    assert {row["market_beta_weighted"] is None for row in rows} == {missing}


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ("few-returns", ("market_beta_weighted", "short_history")),
        ("unclassified", ("sector_exposure", "unclassified")),
        ("benchmark-missing", ("sector_exposure", "no_benchmark")),
        ("benchmark-old", ("sector_exposure", "benchmark_old")),
        ("benchmark-late", ("sector_exposure", "benchmark_after_as_of")),
        ("prices-stale", ("price_coverage", "stale")),
        ("index-missing", ("market_beta_weighted", "uncovered")),
    ],
)
def test_what_it_finds_is_what_the_snapshots_then_say(world, of, reason):
    assert reason not in computed(world)[2]
    FAULTS[of](world)
    assert reason in computed(world)[2]


DISKS = {
    "disk-full": ({"free_bytes": 99_000_000}, "99.0 MB are free"),
    "disk-space": ({"free_bytes": 499_000_000}, "499 MB are free on the disk of the database, which has "),
}


@pytest.mark.parametrize("of", DISKS)
def test_a_disk_that_fills_up_is_found(world, of):
    values, what = DISKS[of]
    (found,) = judge(replace(world.facts(), **values)).findings
    assert found.check.id == of
    assert what in found.trouble.what


def test_a_disk_must_have_room_for_a_copy_of_a_large_database(world):
    facts = world.facts()
    large = replace(facts, size=replace(facts.size, bytes=10**10), free_bytes=9 * 10**9)
    assert [one.check.id for one in judge(large).findings] == ["disk-space"]
    assert judge(replace(large, free_bytes=10**10 + 1)).findings == ()


class TestAccess:
    """A database that cannot be looked at is a finding too, and the only one."""

    def ids(self, store):
        examined = examine(store, POLICY, now=NOW, ask_sources=ask)
        assert not examined.looked
        assert len(examined.findings) == 1
        return examined.findings[0]

    def test_no_database(self, fresh_store, open_database):
        url = "postgresql://nobody@localhost:1/none"
        away = fresh_store if fresh_store.is_file else open_database(url)
        found = self.ids(away)
        assert found.check.id == "database-unreachable"
        assert found.trouble.remedy

    def test_no_tables(self, fresh_store):
        fresh_store.create_file()
        assert self.ids(fresh_store).check.id == "schema-missing"

    def test_behind(self, store):
        migrate.downgrade(store, "-2")
        found = self.ids(store)
        assert found.check.id == "schema-behind"
        assert "2 steps behind" in found.trouble.what

    def test_ahead(self, store):
        with store.begin() as conn:
            conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999_later'"))
        assert self.ids(store).check.id == "schema-ahead"

    def test_read_only(self, world, migrated_url, open_database):
        if world.store.is_file:
            read_only = open_database(f"{migrated_url}?mode=ro")
        else:
            with psycopg.connect(migrated_url, autocommit=True) as conn:
                name = sql.Identifier(sa.make_url(migrated_url).database)
                conn.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
            read_only = open_database(migrated_url)
        examined = examine(read_only, POLICY, now=NOW, ask_sources=ask)
        assert [one.check.id for one in examined.findings] == ["database-read-only"]


TESTED_ELSEWHERE = {
    "database-unreachable",
    "schema-missing",
    "schema-behind",
    "schema-ahead",
    "database-read-only",
}


def test_every_check_has_a_test_in_which_it_finds_something():
    assert {check.id for check in ALL_CHECKS} == FAULTS.keys() | DISKS.keys() | TESTED_ELSEWHERE


def test_ids_are_unique_and_texts_are_sentences_without_loose_ends():
    ids = [check.id for check in ALL_CHECKS]
    assert len(set(ids)) == len(ids)
    for check in ALL_CHECKS:
        assert check.remedy.endswith((".", "`")), check.id
        assert check.matters.endswith("."), check.id
        assert not check.title.endswith("."), check.id
        assert not check.fine.endswith("."), check.id
        assert check.looks_at.count("`") % 2 == 0


def test_a_symbol_that_nobody_holds_any_more_is_not_looked_at(world):
    fill_books(world.store, [Book("Growth", (Lot("E", 1.0, exit=world.day(-3)),))], now=NOW)
    assert world.found() == {}


@pytest.mark.parametrize(
    ("of", "command"),
    [
        ("symbols-unpriced", "riskpanel fetch D"),
        ("prices-stale", "riskpanel fetch B C"),
        ("gaps", "riskpanel fetch A --force"),
        ("splits", "riskpanel fetch A B --force"),
        ("few-returns", "riskpanel fetch C --force"),
        ("index-short", "riskpanel fetch SPY --force"),
        ("index-missing", "riskpanel fetch SPY --force"),
        ("nights-missed", "riskpanel backfill --from 2024-12-30 --to 2024-12-30"),
        ("night-partial", "riskpanel run --as-of 2024-12-31"),
        ("benchmark-missing", "riskpanel benchmark update --code NONE"),
    ],
)
def test_a_fix_is_a_command_that_can_be_copied(world, of, command):
    FAULTS[of](world)
    assert list(world.found()[of].commands) == [command]


def test_many_symbols_are_fetched_by_fetching_all():
    assert fetch_of([f"S{n}" for n in range(9)]) == ("riskpanel fetch",)


def test_a_request_that_was_made_good_since_is_no_finding(world):
    world.request("failed", error="x", portfolio_id=world.ids["Pair"], finished_at=NOW)
    world.request("succeeded", portfolio_id=world.ids["Growth"], finished_at=NOW)
    assert set(world.found()) == {"requests-failed"}
    world.request("partial", portfolio_id=world.ids["Pair"], finished_at=NOW)
    assert world.found() == {}


def test_another_program_that_writes_does_not_make_a_database_read_only(world, migrated_url, open_database):
    impatient = open_database(migrated_url, lock_timeout=0.05)
    with world.store.begin() as conn:
        conn.execute(sa.update(instruments).values(name="x"))
        assert load_facts(impatient, POLICY, now=NOW, ask_sources=ask).write_fault is None


def test_an_examination_changes_nothing(world):
    before = {
        t: change(world.store, sa.text(f"SELECT * FROM {t}")).all() for t in ("run_locks", "batch_runs")
    }
    examine(world.store, POLICY, now=NOW, ask_sources=ask)
    after = {t: change(world.store, sa.text(f"SELECT * FROM {t}")).all() for t in before}
    assert after == before


def test_a_spike_is_no_split_and_a_fall_by_half_that_stays_may_be_one(world):
    world.scale_prices("A", [-50, -49], 0.25)
    assert set(world.found()) == {"outliers"}


def test_the_statements_do_not_grow_with_symbols_and_portfolios(world):
    def statements():
        seen = []
        with world.store.read() as conn:
            engine = conn.engine

        def noted(*told):
            seen.append(told[2])

        sa.event.listen(engine, "before_cursor_execute", noted)
        try:
            world.facts()
        finally:
            sa.event.remove(engine, "before_cursor_execute", noted)
        return len(seen)

    few = statements()
    more = [Book(f"more {n}", (Lot(f"S{n}", 1.0),), index="A") for n in range(30)]
    fill_books(world.store, more, now=NOW)
    assert statements() == few


def test_the_demo_has_no_error(store, monkeypatch):
    monkeypatch.setattr(demo, "FIRST", date(2022, 12, 20))
    clock = ticking(datetime(2025, 6, 30, 21, tzinfo=UTC))
    demo.run_demo(store, POLICY, today=date(2025, 6, 30), clock=clock, progress=lambda done, total: None)
    examined = examine(store, POLICY, now=clock(), ask_sources=ask)
    assert [one.check.id for one in examined.of(Severity.ERROR)] == []
    assert {one.check.id for one in examined.findings} == {"prices-behind", "benchmark-late", "no-scheduler"}


def test_without_anything_but_tables_it_says_how_to_begin(store):
    examined = examine(store, POLICY, now=NOW, ask_sources=ask)
    assert [one.check.id for one in examined.of(Severity.ERROR)] == [
        "no-portfolios",
        "no-prices",
        "night-never",
    ]
    assert {why for check, why in examined.unexamined if check.part == "Prices"} == {"there are no prices"}
