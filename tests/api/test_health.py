"""Whether the server is up, and how old what it answers is."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.conftest import app_over
from builders import day
from riskpanel.store.database import open_store
from riskpanel.version import __version__

READY = "/api/v1/health/ready"


def ask(store, moment):
    with TestClient(app_over(store, moment), base_url="http://127.0.0.1") as client:
        return client.get(READY)


def test_a_server_that_runs_says_so_whatever_its_database_does(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'gone.sqlite3'}") as store:
        app = app_over(store)
        with TestClient(app, base_url="http://127.0.0.1") as client:
            assert client.get("/api/v1/health/live").json() == {"status": "live", "version": __version__}
            assert client.get(READY).status_code == 503


def test_a_server_over_an_empty_database_is_ready(client):
    assert client.get(READY).json() == {"status": "ready", "newest_snapshot": None, "sessions_behind": None}


@pytest.mark.parametrize(
    ("moment", "behind"),
    [
        (datetime(2024, 12, 31, 23, tzinfo=UTC), 0),
        (datetime(2025, 1, 1, 12, tzinfo=UTC), 0),
        (datetime(2025, 1, 2, 1, tzinfo=UTC), 1),
        (datetime(2025, 6, 30, 21, tzinfo=UTC), 122),
    ],
)
def test_the_age_of_the_newest_snapshot_is_told_in_sessions_and_fails_nothing(
    store, api_world, panel, moment, behind
):
    answer = ask(store, moment)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "newest_snapshot": str(day(panel)),
        "sessions_behind": behind,
    }


def test_a_database_at_another_schema_is_not_ready(client, store):
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001_core'"))
    answer = client.get(READY)
    assert answer.status_code == 503
    assert answer.json()["hint"] == "run: riskpanel init"
