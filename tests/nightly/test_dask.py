"""The dask engine on a real cluster of two workers: the rows of the local engine, bit for bit."""

import json

import pytest
from distributed import Client, LocalCluster
from typer.testing import CliRunner

from builders import STAMPS, Book, Lot, day, fill_store, random_books, result_rows, table_rows
from nightly.cluster import DeadlyPlugin, fixed_clock
from nightly.nights import SECTORS, books, market, night
from riskpanel.cli.app import app
from riskpanel.errors import ClusterError, InputError, StoreError
from riskpanel.nightly import dask_engine
from riskpanel.nightly import night as nights
from riskpanel.nightly.dask_engine import DaskEngine
from riskpanel.store import migrate

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of sockets of a killed worker
SESSIONS = 3


@pytest.fixture(scope="module")
def cluster():
    """Two workers with a nanny each, which starts a killed one again."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as running:
        yield running


@pytest.fixture
def dialect():
    return "postgresql"


@pytest.fixture
def small_shards(monkeypatch):
    """Shards of 7 portfolios, so that a small night has many."""
    monkeypatch.setattr(nights, "SHARD", 7)


@pytest.fixture
def filled(store, now, small_shards):
    panel = market(rows=150)
    several = [*books(panel), *random_books(3, 40, list("ABC"), held=2)]
    fill_store(store, panel, several, SECTORS, now=now)
    return panel


def compute(store, panel, **options):
    return night(store, day(panel, -SESSIONS), day(panel), clock=fixed_clock, **options)


def emptied(store):
    """Take what a run stored, and remove it."""
    rows = result_rows(store, without=STAMPS)
    with store.begin() as conn:
        for table in rows:
            conn.exec_driver_sql(f"DELETE FROM {table}")
    return rows


def test_the_rows_are_those_of_the_local_engine_bit_for_bit(store, filled, cluster):
    told = []
    local = compute(store, filled)
    wanted = emptied(store)
    spread = compute(
        store,
        filled,
        engine=DaskEngine(cluster.scheduler_address),
        progress=lambda done, total: told.append((done, total)),
    )
    assert result_rows(store, without=STAMPS) == wanted
    assert (spread.snapshots, spread.rows_written) == (local.snapshots, local.rows_written)
    assert told[0] == (0, SESSIONS)
    assert told[-1] == (SESSIONS, SESSIONS)
    assert told == sorted(told)
    assert [run["engine"] for run in table_rows(store, "batch_runs")] == ["local", "dask"]
    assert table_rows(store, "run_locks") == []


def test_the_command_computes_on_a_cluster(store, migrated_url, filled, cluster):
    wanted = compute(store, filled).snapshots
    rows = emptied(store)
    dates = ("--from", str(day(filled, -SESSIONS)), "--to", str(day(filled)))
    outcome = CliRunner(env={"RISKPANEL_DATABASE_URL": migrated_url}).invoke(
        app, ["backfill", *dates, "--engine", "dask", "--scheduler", cluster.scheduler_address, "--json"]
    )
    assert outcome.exit_code == 0, outcome.output
    assert json.loads(outcome.stdout)["snapshots"] == wanted
    assert result_rows(store, without=STAMPS) == rows


@pytest.mark.parametrize("after", [1, 4])
def test_a_worker_killed_in_the_middle_takes_nothing_along(store, filled, tmp_path, after):
    compute(store, filled)
    wanted = emptied(store)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as mortal,
        Client(mortal, set_as_default=False) as client,
    ):
        client.register_plugin(DeadlyPlugin(0, after, tmp_path / "tombstone"))
        report = compute(store, filled, engine=DaskEngine(mortal.scheduler_address))
    assert (tmp_path / "tombstone").exists()
    assert report.complete
    assert result_rows(store, without=STAMPS) == wanted
    assert table_rows(store, "run_locks") == []


def test_workers_that_die_together_are_waited_for(store, filled, tmp_path):
    local = compute(store, filled)
    wanted = emptied(store)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as mortal,
        Client(mortal, set_as_default=False) as client,
    ):
        for victim in (0, 1):
            plugin = DeadlyPlugin(victim, 2, tmp_path / f"tombstone {victim}")
            client.register_plugin(plugin, name=f"deadly {victim}")
        report = compute(store, filled, engine=DaskEngine(mortal.scheduler_address))
    assert len(list(tmp_path.glob("tombstone*"))) == 2
    assert report.complete
    assert report.snapshots == local.snapshots
    assert result_rows(store, without=STAMPS) == wanted


def test_a_scheduler_that_dies_ends_the_run_with_a_clear_error(store, filled):
    mortal = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0")

    def die(done, total):
        if done == 0:
            mortal.close()

    with pytest.raises(ClusterError, match=r"the dask scheduler is gone|every worker is gone") as told:
        compute(store, filled, engine=DaskEngine(mortal.scheduler_address), progress=die)
    (run,) = table_rows(store, "batch_runs")
    assert (run["status"], run["error"]) == ("failed", told.value.what)
    assert table_rows(store, "run_locks") == []
    assert compute(store, filled).complete


def test_workers_of_another_version_are_refused(store, filled, cluster, monkeypatch):
    # Of this program, which is as if it were of the workers'.
    monkeypatch.setattr(dask_engine, "__version__", "0.0.1")
    with pytest.raises(ClusterError, match=r"a worker has another riskpanel: .* here 0\.0\.1") as refused:
        compute(store, filled, engine=DaskEngine(cluster.scheduler_address))
    assert "install the same versions" in refused.value.hint
    assert table_rows(store, "portfolio_snapshots") == []


def test_a_portfolio_that_cannot_be_valued_is_named_as_by_the_local_engine(store, now, small_shards, cluster):
    panel = market(rows=150)
    bad = [Book("bad", (Lot("A", 1.0),), cash=-1e6), Book("unpriced", (Lot("NOPE", 1.0),))]
    fill_store(store, panel, [*books(panel), *bad], SECTORS, now=now)
    local = compute(store, panel)
    wanted = emptied(store)
    spread = compute(store, panel, engine=DaskEngine(cluster.scheduler_address))
    assert result_rows(store, without=STAMPS) == wanted
    assert spread.failures == local.failures != ()
    assert spread.unpriced == local.unpriced == ("NOPE",)


def test_a_run_that_lost_its_lock_to_another_saves_nothing_more(store, filled, cluster):
    def taken_over(done, total):
        if done == 0:
            with store.begin() as conn:
                conn.exec_driver_sql("UPDATE run_locks SET holder = 'elsewhere/1/x'")

    with pytest.raises(StoreError, match="another run took over"):
        compute(store, filled, engine=DaskEngine(cluster.scheduler_address), progress=taken_over)
    assert table_rows(store, "portfolio_snapshots") == []
    assert [lock["holder"] for lock in table_rows(store, "run_locks")] == ["elsewhere/1/x"]


def test_a_file_is_refused_before_anything_is_sent(tmp_path, now, open_database):
    store = open_database(f"sqlite:///{tmp_path / 'here.sqlite3'}")
    store.create_file()
    migrate.upgrade(store)
    panel = market(rows=150)
    fill_store(store, panel, books(panel), SECTORS, now=now)
    with pytest.raises(InputError, match="the dask engine needs PostgreSQL") as refused:
        compute(store, panel, engine=DaskEngine("tcp://127.0.0.1:1"))
    assert "--engine local" in refused.value.hint


def test_a_scheduler_that_is_not_there_is_named(store, filled):
    with pytest.raises(ClusterError, match="cannot reach the dask scheduler") as refused:
        compute(store, filled, engine=DaskEngine("tcp://127.0.0.1:9"))
    assert "dask scheduler" in refused.value.hint
    (run,) = table_rows(store, "batch_runs")
    assert (run["status"], run["error"]) == ("failed", refused.value.what)


def test_a_scheduler_without_workers_is_refused(store, filled):
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ClusterError, match="the dask scheduler has no workers"),
    ):
        compute(store, filled, engine=DaskEngine(empty.scheduler_address))
