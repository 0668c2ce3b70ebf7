"""Runs as their records say, with the failures of the asker's portfolios only."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from api.conftest import NOW
from api.listed import THEIRS, other_user, problem, rows, walk
from builders import INPUTS
from riskpanel.api.schemas.runs import FailureModel, RunDetailModel, RunModel
from riskpanel.book.findings import Failure
from riskpanel.book.policy import RiskPolicy
from riskpanel.store.run_records import RunDetail, RunSummary, load_run_detail
from riskpanel.store.runs import RunEnd, RunStart, save_run_end, save_run_start
from riskpanel.store.schema import batch_runs, portfolios, users

FIELDS = tuple(RunSummary.__dataclass_fields__)
LATER = NOW + timedelta(minutes=1)


def record(store, *failures, error=None, end=LATER):
    """A run of the newest session; without an end it is still running."""
    start = RunStart("run", date(2025, 6, 30), date(2025, 6, 30), "local", "1.2.3", RiskPolicy(), INPUTS, NOW)
    with store.begin() as conn:
        run_id = save_run_start(conn, start)
        if end is not None:
            save_run_end(conn, run_id, RunEnd("partial", 9, 4, 7, failures, error, end, 60.25))
    return run_id


@pytest.mark.parametrize(
    ("model", "record"), [(RunModel, RunSummary), (RunDetailModel, RunDetail), (FailureModel, Failure)]
)
def test_the_schema_has_the_fields_of_the_record(model, record):
    assert list(model.model_fields) == list(record.__dataclass_fields__)


def test_the_list_has_every_run_the_newest_first(client, api_world, store):
    for _ in range(4):
        record(store)
    record(store, end=None)
    items = walk(client, "/runs")
    assert items == rows(store, "batch_runs", FIELDS)[::-1]
    assert [item["status"] for item in items] == ["running", *["partial"] * 4, "succeeded"]
    assert items[0]["finished_at"] is items[0]["portfolios_count"] is None


def test_a_run_is_answered_with_its_policy(client, api_world, store):
    run_id = record(store)
    answer = client.get(f"/api/v1/runs/{run_id}").json()
    assert [answer["run"]] == rows(store, "batch_runs", FIELDS, id=run_id)
    assert RiskPolicy.model_validate(answer["policy"]) == RiskPolicy()
    assert (answer["inputs_hash"], answer["inputs"]) == (INPUTS.combined, asdict(INPUTS))
    assert (answer["failures"], answer["error"]) == ([], None)


def test_who_does_not_administer_is_not_told_whether_what_others_hold_changed(client, api_world, store):
    run_id = record(store)
    with store.begin() as conn:
        conn.execute(sa.update(users).values(is_admin=False))
    told = client.get(f"/api/v1/runs/{run_id}").json()["inputs"]
    assert told == asdict(INPUTS) | {"holdings": None, "scenarios": None}
    with store.begin() as conn:
        own = sa.select(users.c.id).where(users.c.is_local).scalar_subquery()
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == run_id).values(user_id=own))
    assert client.get(f"/api/v1/runs/{run_id}").json()["inputs"] == asdict(INPUTS)


def test_a_run_of_a_version_that_kept_one_hash_only_has_no_parts(client, api_world, store):
    run_id = record(store)
    with store.begin() as conn:
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == run_id).values(inputs=None))
    answer = client.get(f"/api/v1/runs/{run_id}").json()
    assert (answer["inputs_hash"], answer["inputs"]) == (INPUTS.combined, None)


def test_a_run_shows_the_failures_of_the_askers_portfolios_only(client, api_world, store):
    theirs, _ = other_user(store, now=NOW)
    mine = Failure(api_world["p"], "p", "no price", "import some")
    foreign = [Failure(key, name, f"{name}: no price", "import") for name, key in theirs.items()]
    gone = Failure(424242, f"deleted, {THEIRS}", "no price", "import some")
    run_id = record(store, foreign[0], mine, *foreign[1:], gone)
    answer = client.get(f"/api/v1/runs/{run_id}")
    assert answer.json()["failures"] == [
        {"portfolio_id": api_world["p"], "name": "p", "error": "no price", "hint": "import some"}
    ]
    assert THEIRS not in answer.text
    with store.read() as conn:
        other = conn.execute(sa.select(users.c.id).where(users.c.name == "other")).scalar_one()
        assert load_run_detail(conn, run_id, user_id=other).failures == tuple(foreign)


def test_a_failure_of_a_deleted_portfolio_is_not_told_to_whom_its_id_was_given(client, api_world, store):
    run_id = record(store, Failure(api_world["p"], f"before, {THEIRS}", "no price", "import some"))
    with store.begin() as conn:
        again = sa.update(portfolios).where(portfolios.c.id == api_world["p"])
        conn.execute(again.values(created_at=LATER + timedelta(seconds=1)))
    assert THEIRS not in client.get(f"/api/v1/runs/{run_id}").text


def test_only_an_administrator_is_told_why_a_run_ended_early(client, api_world, store):
    run_id = record(store, error="the disk is full: /somewhere")
    assert client.get(f"/api/v1/runs/{run_id}").json()["error"] == "the disk is full: /somewhere"
    with store.begin() as conn:
        conn.execute(sa.update(users).values(is_admin=False))
    assert client.get(f"/api/v1/runs/{run_id}").json()["error"] is None


def test_who_does_not_administer_is_told_no_counts_of_everybody_and_only_failures_of_their_own(
    client, api_world, store
):
    theirs, _ = other_user(store, now=NOW)
    foreign = [Failure(key, name, "no price", "import") for name, key in theirs.items()]
    run_id = record(store, *foreign)
    assert client.get(f"/api/v1/runs/{run_id}").json()["run"]["status"] == "partial"
    with store.begin() as conn:
        conn.execute(sa.update(users).values(is_admin=False))
    told = client.get(f"/api/v1/runs/{run_id}").json()
    counts = ("portfolios_count", "instruments_count", "snapshots_count")
    assert [told["run"][name] for name in counts] == [None, None, None]
    assert (told["run"]["status"], told["failures"]) == ("succeeded", [])


def test_a_run_that_another_user_asked_for_is_not_there(client, api_world, store):
    other_user(store, now=NOW)
    run_id = record(store)
    with store.begin() as conn:
        other = conn.execute(sa.select(users.c.id).where(users.c.name == "other")).scalar_one()
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == run_id).values(user_id=other))
    assert problem(client, f"/runs/{run_id}")["detail"] == f"no run has the id {run_id}"
    assert run_id not in [item["id"] for item in walk(client, "/runs")]
    with store.read() as conn:
        assert load_run_detail(conn, run_id, user_id=other).run.id == run_id


def test_an_unknown_run_is_a_404_that_names_it(client, api_world):
    assert problem(client, "/runs/424242")["detail"] == "no run has the id 424242"


@pytest.mark.parametrize("key", ["0", "x", str(2**63)])
def test_an_id_that_no_database_holds_is_refused(client, api_world, key):
    assert problem(client, f"/runs/{key}", 422)["errors"][0]["location"] == "path.run_id"
