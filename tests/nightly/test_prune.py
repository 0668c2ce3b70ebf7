"""Old history goes in batches, and nothing that is needed goes with it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night, ticking
from riskpanel.errors import BusyError, InputError, StoreError
from riskpanel.nightly import prune as pruning
from riskpanel.nightly.due import Timetable, missed_sessions
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.prune import PruneRequest, plan_prune, prune, years_before
from riskpanel.store.prices import QuarantineRow, save_quarantine
from riskpanel.store.retention import WHAT
from riskpanel.store.runs import load_finished_nights
from riskpanel.store.schema import batch_runs, metadata, portfolio_snapshots, positions, run_requests

TODAY = date(2030, 6, 28)
NOW = datetime(2030, 6, 28, 12, tzinfo=UTC)
TABLES = sorted({table for tables in WHAT.values() for table in tables})
HELD = ("portfolios", "positions", "instruments", "users", "benchmarks_sector_weights")


def evening(session):
    return ticking(datetime.combine(session, time(22), UTC))


@pytest.fixture
def panel():
    return panel_of(random_prices(5, 110, "AB"))


@pytest.fixture
def ids(store, panel, now):
    """Four nights, each a run of its own; of the fourth "gone" was sold, and has no snapshot."""
    books = [
        Book("kept", (Lot("A", 3.0), Lot("B", 1.0)), cash=10.0),
        Book("gone", (Lot("B", 2.0),), cash=-20_000.0),
    ]
    ids = fill_store(store, panel, books, now=now)
    own = positions.c.portfolio_id == ids["gone"]
    with store.begin() as conn:
        conn.execute(sa.update(positions).where(own).values(quantity=1_000))
    for row in (-6, -5):
        night(store, day(panel, row), clock=evening(day(panel, row)))
    with store.begin() as conn:  # a debt above what it holds: it fails from now on
        conn.execute(sa.update(positions).where(own).values(quantity=1))
    for row in (-2, -1):
        night(store, day(panel, row), clock=evening(day(panel, row)))
    return ids


def days(store, table, column):
    return sorted({row[column] for row in table_rows(store, table)})


def counts(store):
    return {name: len(table_rows(store, name)) for name in TABLES}


def go(store, before, *what, **options):
    request = PruneRequest(before, what or pruning.USUAL)
    return prune(store, request, today=TODAY, clock=options.pop("clock", ticking(NOW)), **options)


def test_what_is_before_the_day_goes_and_the_newest_snapshot_of_each_portfolio_stays(store, panel, ids):
    removed = go(store, day(panel))
    snapshots = {
        (row["portfolio_id"], row["snapshot_date"]) for row in table_rows(store, "portfolio_snapshots")
    }
    assert snapshots == {(ids["kept"], day(panel)), (ids["gone"], day(panel, -5))}
    stress = {(row["portfolio_id"], row["snapshot_date"]) for row in table_rows(store, "stress_test_results")}
    assert stress == snapshots
    stays = [day(panel, -5), day(panel)]
    assert days(store, "instrument_market_betas", "calc_date") == stays
    assert days(store, "instrument_volatility", "calculation_date") == stays
    assert removed["portfolio_snapshots"] == 4
    assert len(table_rows(store, "market_data_cache")) == 3 * 110


def test_runs_that_snapshots_point_to_stay_and_the_others_go(store, panel, ids):
    go(store, day(panel))
    runs = {row["id"] for row in table_rows(store, "batch_runs")}
    assert runs == {row["run_id"] for row in table_rows(store, "portfolio_snapshots")}


def test_holdings_never_go(store, panel, ids):
    before = {name: table_rows(store, name) for name in HELD}
    go(store, TODAY - timedelta(days=1), *WHAT)
    assert {name: table_rows(store, name) for name in HELD} == before


def test_a_plan_counts_what_then_goes_and_changes_nothing(store, panel, ids):
    before = counts(store)
    request = PruneRequest(day(panel, -1), tuple(WHAT))
    plan = plan_prune(store, request, today=TODAY)
    assert counts(store) == before
    assert {old.table: old.of for old in plan.tables} == before
    assert plan.kept_days == (day(panel, -5),)
    removed = go(store, day(panel, -1), *WHAT)
    told = {old.table: old.rows for old in plan.tables}
    assert told["batch_runs"] == 2
    assert removed == told
    after = counts(store)
    assert {name: before[name] - after[name] for name in told} == told
    snapshots = plan.tables[0]
    assert (snapshots.first, snapshots.last) == (day(panel, -6), day(panel, -2))


@pytest.mark.parametrize("words", [("runs",), ("snapshots", "runs"), pruning.USUAL])
@pytest.mark.parametrize("finished", [None, datetime(2024, 12, 30, tzinfo=UTC), NOW])
def test_a_plan_counts_runs_as_if_what_else_is_named_had_gone(store, panel, ids, words, finished):
    asked = {"user_id": 1, "everybody": False, "status": "done", "sessions_done": 0, "run_id": 2}
    with store.begin() as conn:
        moments = {"requested_at": datetime(2024, 12, 30, tzinfo=UTC), "finished_at": finished}
        conn.execute(sa.insert(run_requests).values(asked | moments))
    request = PruneRequest(day(panel), words)
    told = {old.table: old.rows for old in plan_prune(store, request, today=TODAY).tables}
    assert go(store, day(panel), *words) == told


def test_runs_go_in_batches_of_their_own_size(store, panel, ids, monkeypatch):
    monkeypatch.setattr(pruning, "_BATCH_OF_RUNS", 1)
    with store.begin() as conn:
        conn.execute(sa.update(portfolio_snapshots).values(run_id=4))
    sizes = []
    go(store, day(panel), "runs", progress=sizes.append)
    assert sizes == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("dialect", ["sqlite"])  # a server may look through a small table
def test_no_run_that_goes_costs_a_look_at_every_snapshot_or_request(store, panel, ids):
    plans = []

    def explain(conn, cursor, statement, parameters, *_):
        if statement.startswith(("DELETE FROM batch_runs", "SELECT count(*) AS count_1, min(batch_runs")):
            lines = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append([line[-1] for line in lines])

    sa.event.listen(sa.Engine, "before_cursor_execute", explain)
    try:
        plan_prune(store, PruneRequest(day(panel)), today=TODAY)
        go(store, day(panel))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", explain)
    assert len(plans) == 2
    for lines in plans:
        for table in ("portfolio_snapshots", "run_requests"):
            assert any(f"INDEX ix_{table}_run_id (run_id=?)" in line for line in lines), lines
            assert not any(line.startswith(f"SCAN {table}") for line in lines), lines


def test_what_points_to_a_run_has_an_index_by_it(store):
    """A foreign key looks for the rows that point to each row that goes."""
    with store.read() as conn:
        inspector = sa.inspect(conn)
        for table in metadata.sorted_tables:
            indexed = {index["column_names"][0] for index in inspector.get_indexes(table.name)}
            indexed.add(inspector.get_pk_constraint(table.name)["constrained_columns"][0])
            pointing = {
                key["constrained_columns"][0]
                for key in inspector.get_foreign_keys(table.name)
                if key["referred_table"] == "batch_runs"
            }
            assert pointing <= indexed, table.name


@pytest.mark.parametrize("word", WHAT)
def test_days_are_kept_only_of_what_belongs_to_snapshots(store, panel, ids, word):
    kept = plan_prune(store, PruneRequest(day(panel), (word,)), today=TODAY).kept_days
    assert kept == ((day(panel, -5),) if word in {"snapshots", "stress", "instruments"} else ())


@pytest.mark.parametrize("word", WHAT)
def test_only_what_is_named_goes(store, panel, ids, word):
    row = QuarantineRow("A", "2024-12-30", (), "why", "f.csv:2")
    with store.begin() as conn:
        save_quarantine(conn, [row], data_source="test", now=datetime(2024, 12, 30, tzinfo=UTC))
        asked = {"user_id": 1, "everybody": False, "status": "failed", "sessions_done": 0}
        moments = dict.fromkeys(("requested_at", "finished_at"), datetime(2024, 12, 30, tzinfo=UTC))
        conn.execute(sa.insert(run_requests).values(asked | moments))
        ended = {batch_runs.c.status: "failed"}
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == 1).values(ended))
        conn.execute(sa.update(portfolio_snapshots).values(run_id=4))
    before = counts(store)
    removed = go(store, date(2025, 6, 1), word)
    after = counts(store)
    assert {name for name in TABLES if after[name] < before[name]} == set(WHAT[word])
    assert set(removed) == set(WHAT[word])


def test_nights_of_the_last_years_stay_so_that_none_seems_missed(store, panel, ids):
    now = datetime(2025, 1, 2, 12, tzinfo=UTC)

    def missed():
        with store.read() as conn:
            return missed_sessions(now, Timetable(), load_finished_nights(conn)).sessions

    with store.begin() as conn:
        conn.execute(sa.update(portfolio_snapshots).values(run_id=4))
    before = missed()
    request = PruneRequest(day(panel), ("snapshots", "runs"))
    prune(store, request, today=now.date(), clock=ticking(now))
    assert missed() == before
    assert len(table_rows(store, "batch_runs")) == 4


def test_batches_are_transactions_of_their_own_and_what_was_cut_off_goes_next_time(
    store, panel, ids, monkeypatch
):
    monkeypatch.setattr(pruning, "_BATCH", 7)
    undisturbed = plan_prune(store, PruneRequest(day(panel), ("stress",)), today=TODAY).rows
    sizes = []

    def stop(rows):
        sizes.append(rows)
        if len(sizes) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(store, day(panel), "stress", progress=stop)
    assert sizes == [7, 7, 7]
    left = plan_prune(store, PruneRequest(day(panel), ("stress",)), today=TODAY).rows
    assert left == undisturbed - 21
    assert go(store, day(panel), "stress") == {"stress_test_results": left}
    assert go(store, day(panel), "stress") == {"stress_test_results": 0}


def test_it_waits_for_no_run_and_no_run_begins_meanwhile(store, panel, ids):
    with hold_lease(store, ticking(NOW)), pytest.raises(BusyError, match="in progress"):
        go(store, day(panel))
    refused = []

    def meanwhile(rows):
        with pytest.raises(BusyError) as error:
            night(store, day(panel), clock=ticking(NOW))
        refused.append(error)

    go(store, day(panel), "stress", progress=meanwhile)
    assert refused


def test_one_whose_lock_was_taken_over_removes_nothing_more(store, panel, ids, monkeypatch):
    monkeypatch.setattr(pruning, "_BATCH", 7)

    def taken(rows):
        with store.begin() as conn:
            conn.execute(sa.update(metadata.tables["run_locks"]).values(holder="elsewhere/1/x"))

    with pytest.raises(StoreError, match="another run took over"):
        go(store, day(panel), "stress", progress=taken)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (PruneRequest(TODAY), "not in the past"),
        (PruneRequest(date(2020, 1, 1), ("portfolios",)), "nothing is called portfolios"),
    ],
)
def test_what_cannot_be_meant_is_refused(store, request_, error):
    with pytest.raises(InputError, match=error):
        prune(store, request_, today=TODAY, clock=ticking(NOW))
    with pytest.raises(InputError, match=error):
        plan_prune(store, request_, today=TODAY)


def test_years_are_counted_back_by_the_calendar():
    assert years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)
    assert years_before(date(2028, 2, 29), 4) == date(2024, 2, 29)
    assert years_before(date(2026, 11, 26), 5) == date(2021, 11, 26)


def test_after_a_vacuum_the_file_is_smaller_and_everything_else_is_the_same(store, panel, ids):
    go(store, day(panel), *WHAT)
    before = {name: table_rows(store, name) for name in metadata.tables}
    pages = sa.text("PRAGMA page_count")

    def size():
        with store.read() as conn:
            return conn.execute(pages).scalar_one() if store.is_file else 1

    large = size()
    store.vacuum()
    assert {name: table_rows(store, name) for name in metadata.tables} == before
    assert size() < large or not store.is_file
