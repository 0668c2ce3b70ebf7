"""The complete document: what is stored, what the command line prints, and no more."""

import json
from dataclasses import asdict
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from builders import day, table_rows
from riskpanel.api.schemas.complete import (
    CompleteModel,
    MetaModel,
    PortfolioTermsModel,
    SeriesPointModel,
    StressModel,
)
from riskpanel.api.schemas.holdings import HoldingModel
from riskpanel.api.schemas.snapshot import SnapshotModel
from riskpanel.book import complete as records
from riskpanel.cli import edge, reports
from riskpanel.store.complete import load_complete
from riskpanel.store.portfolios import load_local_user

NAMES = ["p", "cash alone", "new"]
COMMANDS = typer.Typer()
COMMANDS.command("report")(reports.report)
COMMANDS.command("other")(lambda: None)


def address(portfolio_id, **query):
    parts = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/api/v1/data/portfolio/{portfolio_id}/complete" + (f"?{parts}" if parts else "")


def stored(store, portfolio_id, **options):
    with store.read() as conn:
        return load_complete(conn, portfolio_id, user_id=load_local_user(conn), **options)


@pytest.fixture
def printed(store, migrated_url, monkeypatch):
    """What the command line prints as JSON."""
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)

    def run(*arguments):
        outcome = CliRunner().invoke(COMMANDS, ["report", *arguments, "--json"])
        assert outcome.exit_code == 0, outcome.output
        return json.loads(outcome.stdout)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_the_one_that_the_command_line_prints(client, api_world, printed, name):
    answer = client.get(address(api_world[name]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == printed(name)


def test_so_it_is_of_an_earlier_session(client, api_world, panel, printed):
    before = str(day(panel, -2))
    assert client.get(address(api_world["p"], as_of_date=before)).json() == printed("p", "--as-of", before)


def test_every_number_of_the_snapshot_is_its_stored_column(client, api_world, store):
    rows = {row["portfolio_id"]: row for row in table_rows(store, "portfolio_snapshots")}
    for name in NAMES:
        snapshot = client.get(address(api_world[name])).json()["snapshot"]
        row = json.loads(json.dumps(rows[api_world[name]], default=edge._plain))
        computed = {"market_beta_direct_low", "market_beta_direct_high"}
        assert {key: row[key] for key in snapshot.keys() - computed} == {
            key: value for key, value in snapshot.items() if key not in computed
        }


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_names_every_column_of_the_document_and_no_other(store, api_world, name):
    assert set(SnapshotModel.model_fields) == set(stored(store, api_world[name]).snapshot)


@pytest.mark.parametrize(
    ("model", "record"),
    [
        (CompleteModel, records.CompleteDocument),
        (MetaModel, records.RunRecord),
        (PortfolioTermsModel, records.PortfolioRecord),
        (HoldingModel, records.HoldingRecord),
        (StressModel, records.StressRecord),
        (SeriesPointModel, records.SeriesPoint),
    ],
)
def test_each_part_has_the_fields_of_its_record(model, record):
    assert set(model.model_fields) == set(record.__dataclass_fields__)


@pytest.mark.parametrize(
    ("parameter", "part"),
    [
        ("include_holdings", "holdings"),
        ("include_attribution", "stress"),
        ("include_timeseries", "timeseries"),
    ],
)
def test_a_part_that_was_not_asked_for_is_null_and_the_rest_the_same(client, api_world, parameter, part):
    whole = client.get(address(api_world["p"])).json()
    assert whole[part]
    assert client.get(address(api_world["p"], **{parameter: "false"})).json() == whole | {part: None}


def test_holdings_that_changed_since_are_told_even_where_they_were_not_asked_for(client, api_world, store):
    with store.begin() as conn:
        conn.exec_driver_sql("UPDATE positions SET quantity = quantity + 1")
    quality = client.get(address(api_world["p"], include_holdings="false")).json()["data_quality"]
    assert "changed_since" in {finding["reason"] for finding in quality["findings"]}


def test_a_null_metric_is_null_with_its_reason_and_never_0(client, api_world):
    document = client.get(address(api_world["new"])).json()
    null = {name for name, value in document["snapshot"].items() if value is None}
    assert null
    assert null == document["data_quality"]["missing"].keys()


def test_what_does_not_exist_is_a_404_that_says_so(client, api_world, panel):
    unknown = client.get(address(99_999))
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "no portfolio has the id 99999")
    early = client.get(address(api_world["p"], as_of_date="2001-01-02"))
    assert early.status_code == 404
    assert early.json()["detail"] == "no snapshot of 'p' on 2001-01-02"
    assert early.json()["hint"] == f"its newest snapshot is of {day(panel)}"
    none = client.get(address(api_world["no run"]))
    assert (none.status_code, none.json()["detail"]) == (404, "no snapshot of 'no run'")


def test_a_foreign_portfolio_is_answered_as_one_that_does_not_exist(client, api_world, store):
    with store.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO users (name, is_admin, created_at, updated_at) "
            "SELECT 'other', is_admin, created_at, updated_at FROM users"
        )
        conn.exec_driver_sql(
            "UPDATE portfolios SET user_id = (SELECT id FROM users WHERE name = 'other') WHERE name = 'p'"
        )
    foreign, unknown = client.get(address(api_world["p"])), client.get(address(99_999))
    assert foreign.status_code == unknown.status_code == 404
    told = {**foreign.json(), "instance": address(99_999), "detail": "no portfolio has the id 99999"}
    assert told == unknown.json()
    assert foreign.json()["detail"] == f"no portfolio has the id {api_world['p']}"


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ({"as_of_date": "30.06.2025"}, "query.as_of_date"),
        ({"as_of_date": ""}, "query.as_of_date"),
        ({"as_of_date": "20240101"}, "query.as_of_date"),  # seconds since 1970 to some readers
        ({"include_holdings": "perhaps"}, "query.include_holdings"),
        ({"as_of": "2025-06-30"}, "query.as_of"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(client, api_world, query, location):
    answer = client.get(address(api_world["p"], **query))
    assert answer.status_code == 422
    assert [fault["location"] for fault in answer.json()["errors"]] == [location]


def test_a_parameter_given_twice_is_refused(client, api_world):
    answer = client.get(address(api_world["p"]) + "?as_of_date=2025-06-26&as_of_date=2025-06-27")
    assert answer.json()["errors"] == [{"location": "query.as_of_date", "detail": "given more than once"}]


@pytest.mark.parametrize("key", ["x", "0", "-1", "1.5", str(2**63)])
def test_an_id_that_none_can_have_is_refused(client, api_world, key):
    assert client.get(address(key)).status_code == 422


def test_the_document_of_the_command_line_has_no_part_that_the_schema_lacks(store, api_world):
    document = asdict(stored(store, api_world["p"]))
    assert CompleteModel.model_validate(document).snapshot.snapshot_date > date(2000, 1, 1)
