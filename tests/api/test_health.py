"""Whether the server is up, and how old what it answers is."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.conftest import app_over
from builders import day
from riskpanel.api.access import open_accounts
from riskpanel.store.database import open_store
from riskpanel.version import __version__

READY = "/api/v1/health/ready"
BOTH = ["/health", "/api/v1/health"]  # probes look at the root
FRIDAY = datetime(2025, 1, 3, 21, tzinfo=UTC)  # two sessions after the newest snapshot


def ask(store, moment, address=READY):
    with TestClient(app_over(store, moment), base_url="http://127.0.0.1") as client:
        return client.get(address)


@pytest.mark.parametrize("at", BOTH)
def test_a_server_that_runs_says_so_whatever_its_database_does(tmp_path, at):
    with open_store(f"sqlite:///{tmp_path / 'gone.sqlite3'}") as store:
        app = app_over(store)
        with TestClient(app, base_url="http://127.0.0.1") as client:
            assert client.get(f"{at}/live").json() == {"status": "live", "version": __version__}
            answer = client.get(f"{at}/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("at", BOTH)
def test_a_server_over_an_empty_database_answers_and_has_nothing_fresh(client, at):
    assert client.get(f"{at}/ready").json() == {
        "status": "stale",
        "schema_current": True,
        "newest_snapshot": None,
        "sessions_behind": None,
        "fresh": False,
    }
    told = client.get(f"{at}/ready?require_fresh=true")
    assert (told.status_code, told.json()["detail"]) == (503, "there is no snapshot")


@pytest.mark.parametrize(
    ("moment", "behind"),
    [
        (datetime(2024, 12, 31, 23, tzinfo=UTC), 0),
        (datetime(2025, 1, 1, 12, tzinfo=UTC), 0),
        (datetime(2025, 1, 2, 1, tzinfo=UTC), 1),
        (datetime(2025, 1, 6, 1, tzinfo=UTC), 3),
        (datetime(2025, 1, 7, 1, tzinfo=UTC), 4),
        (datetime(2025, 6, 30, 21, tzinfo=UTC), 122),
    ],
)
def test_the_age_of_the_newest_snapshot_is_told_in_sessions_and_fails_nothing(
    store, api_world, panel, moment, behind
):
    answer = ask(store, moment)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready" if behind <= 3 else "stale",
        "schema_current": True,
        "newest_snapshot": str(day(panel)),
        "sessions_behind": behind,
        "fresh": behind <= 3,
    }


@pytest.mark.parametrize("at", BOTH)
def test_who_requires_fresh_snapshots_is_told_503_when_they_are_old(store, api_world, at):
    fresh = ask(store, FRIDAY, f"{at}/ready?require_fresh=true")
    assert (fresh.status_code, fresh.json()["sessions_behind"]) == (200, 2)
    old = ask(store, FRIDAY + timedelta(days=4), f"{at}/ready?require_fresh=true")
    assert old.status_code == 503
    assert old.headers["content-type"] == "application/problem+json"
    assert old.json()["detail"] == "the newest snapshot is 4 sessions old"
    assert "riskpanel run" in old.json()["hint"]
    assert ask(store, FRIDAY + timedelta(days=4), f"{at}/ready?require_fresh=false").status_code == 200


@pytest.mark.parametrize("at", BOTH)
def test_a_database_at_another_schema_is_not_ready(client, store, at):
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001_core'"))
    answer = client.get(f"{at}/ready")
    assert answer.status_code == 503
    assert answer.json()["hint"] == "run: riskpanel init"
    assert client.get(f"{at}/live").status_code == 200


@pytest.mark.parametrize("at", BOTH)
def test_health_is_told_to_anybody(store, at):
    app = app_over(store, accounts=open_accounts(required=True))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get(f"{at}/live").status_code == 200
        assert client.get(f"{at}/ready").status_code == 200
