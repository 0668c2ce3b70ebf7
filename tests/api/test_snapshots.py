"""The history of a portfolio and its stress tests: stored rows, and nothing else."""

import json
from datetime import timedelta

import pytest

from api.listed import counted, one_page, problem, rows, walk
from builders import day
from riskpanel.book.complete import StressRecord

COMPUTED = {"market_beta_direct_low", "market_beta_direct_high"}
OFTEN = ("p", "cash alone", "new")


@pytest.mark.parametrize("name", OFTEN)
def test_every_number_is_its_stored_column(client, api_world, store, name):
    items = walk(client, f"/portfolios/{api_world[name]}/snapshots")
    fields = tuple(items[0]["snapshot"].keys() - COMPUTED)
    own = [{name: item["snapshot"][name] for name in fields} for item in items]
    assert own == rows(store, "portfolio_snapshots", fields, portfolio_id=api_world[name])
    assert len(items) == 3
    assert [{"run_id": item["run_id"]} for item in items] == rows(
        store, "portfolio_snapshots", ("run_id",), portfolio_id=api_world[name]
    )


@pytest.mark.parametrize("name", OFTEN)
def test_an_entry_is_the_complete_document_of_its_day(client, api_world, name):
    # The document adds what it sees beyond the snapshot: holdings that changed since.
    for item in walk(client, f"/portfolios/{api_world[name]}/snapshots"):
        address = f"/api/v1/data/portfolio/{api_world[name]}/complete"
        whole = client.get(address, params={"as_of_date": item["snapshot"]["snapshot_date"]}).json()
        assert item["snapshot"] == whole["snapshot"]
        assert item["data_quality"]["missing"] == whole["data_quality"]["missing"]
        seen = [
            finding for finding in whole["data_quality"]["findings"] if finding["reason"] != "changed_since"
        ]
        assert item["data_quality"]["findings"] == seen
        assert item["run_id"] == whole["meta"]["run_id"]


def test_dates_choose_both_ends_included_across_pages(client, api_world, panel):
    path = f"/portfolios/{api_world['p']}/snapshots"
    days = [str(day(panel, row)) for row in (-3, -2, -1)]

    def found(**query):
        return [item["snapshot"]["snapshot_date"] for item in walk(client, path, limit=1, **query)]

    assert found() == days
    assert found(**{"from": days[1]}) == days[1:]
    assert found(to=days[1]) == days[:2]
    assert found(**{"from": days[1]}, to=days[1]) == [days[1]]
    after = str(day(panel) + timedelta(days=1))
    assert found(**{"from": after}) == []


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ({"from": "20240101"}, "query.from"),
        ({"from": "1704067200"}, "query.from"),
        ({"to": "2024-01-01T00:00:00"}, "query.to"),
        ({"to": "2024-02-30"}, "query.to"),
        ({"to": ""}, "query.to"),
        ({"from": "2024-01-02", "to": "2024-01-01"}, "query"),
        ({"limit": "0"}, "query.limit"),
        ({"limit": "501"}, "query.limit"),
        ({"since": "2024-01-01"}, "query.since"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused_where_it_is_wrong(client, api_world, query, location):
    (fault,) = problem(client, f"/portfolios/{api_world['p']}/snapshots", 422, **query)["errors"]
    assert fault["location"] == location


def test_a_page_costs_the_same_statements_whatever_its_length(client, api_world, store):
    path = f"/portfolios/{api_world['p']}/snapshots"
    with counted(store) as few:
        one_page(client, path, limit=1)
    with counted(store) as many:
        one_page(client, path, limit=500)
    assert len(few) == len(many)


@pytest.mark.parametrize("name", OFTEN)
def test_stress_tests_are_the_stored_rows_of_the_session(client, api_world, store, panel, name):
    fields = tuple(StressRecord.__dataclass_fields__)
    path = f"/portfolios/{api_world[name]}/stress"
    for row, query in ((-1, {}), (-2, {"date": str(day(panel, -2))})):
        answer = client.get(f"/api/v1{path}", params=query).json()
        assert (answer["portfolio_id"], answer["snapshot_date"]) == (api_world[name], str(day(panel, row)))
        own = {"portfolio_id": api_world[name], "snapshot_date": day(panel, row)}
        stored = rows(store, "stress_test_results", fields, **own)
        assert sorted(map(json.dumps, answer["stress"])) == sorted(map(json.dumps, stored))
        assert len(stored) > 10


def test_stress_tests_of_a_day_without_snapshot_say_which_is_the_newest(client, api_world, panel):
    told = problem(client, f"/portfolios/{api_world['p']}/stress", date="2001-01-02")
    assert told["detail"] == "no snapshot of 'p' on 2001-01-02"
    assert told["hint"] == f"its newest snapshot is of {day(panel)}"
    assert problem(client, f"/portfolios/{api_world['no run']}/stress")["detail"] == "no snapshot of 'no run'"


def test_a_portfolio_before_its_first_night_has_an_empty_history(client, api_world):
    assert walk(client, f"/portfolios/{api_world['no run']}/snapshots") == []


@pytest.mark.parametrize("name", OFTEN)
def test_the_time_series_is_that_of_the_complete_document(client, api_world, name):
    points = walk(client, f"/portfolios/{api_world[name]}/timeseries")
    whole = client.get(f"/api/v1/data/portfolio/{api_world[name]}/complete").json()
    assert points == whole["timeseries"]
    assert len(points) == 3


def test_the_time_series_lies_between_two_dates_and_belongs_to_its_owner(client, api_world, panel):
    path = f"/portfolios/{api_world['p']}/timeseries"
    some = walk(client, path, **{"from": f"{day(panel, -2)}", "to": f"{day(panel, -2)}"})
    assert [point["snapshot_date"] for point in some] == [f"{day(panel, -2)}"]
    assert walk(client, f"/portfolios/{api_world['no run']}/timeseries") == []
    assert problem(client, "/portfolios/424242/timeseries")["detail"] == "no portfolio has the id 424242"


def test_reading_the_time_series_takes_as_many_statements_whatever_its_length(client, api_world, store):
    counts = set()
    for limit in (1, 3):
        with counted(store) as statements:
            one_page(client, f"/portfolios/{api_world['p']}/timeseries", limit=limit)
        counts.add(len([own for own in statements if own.lstrip().upper().startswith("SELECT")]))
    assert len(counts) == 1
