"""Benchmarks and their sector weights as of a date."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa

from api.conftest import NOW
from api.listed import problem, rows, shown, walk
from riskpanel.api.schemas.benchmarks import BenchmarkModel, BenchmarkSummaryModel, SectorWeightModel
from riskpanel.book.benchmark import BenchmarkWeights, packaged_weights
from riskpanel.store.benchmarks import BenchmarkSummary, BenchmarkTable, SectorWeight, save_benchmark
from riskpanel.store.schema import benchmarks_sector_weights

PACKAGED = sorted(packaged_weights(), key=lambda table: table.asof_date)
EVEN = BenchmarkWeights("EVEN", date(2024, 5, 1), np.full(11, 1 / 11), "a test", "given", "gics")


@pytest.mark.parametrize(
    ("model", "record"),
    [
        (BenchmarkModel, BenchmarkTable),
        (BenchmarkSummaryModel, BenchmarkSummary),
        (SectorWeightModel, SectorWeight),
    ],
)
def test_the_schema_has_the_fields_of_the_record(model, record):
    assert list(model.model_fields) == list(record.__dataclass_fields__)


def test_the_list_says_of_which_days_there_are_weights(client, api_world, store):
    with store.begin() as conn:
        save_benchmark(conn, EVEN, now=NOW)
    packaged = {"code": "SP500", "first_date": PACKAGED[0].asof_date, "newest_date": PACKAGED[-1].asof_date}
    even = {"code": "EVEN", "first_date": "2024-05-01", "newest_date": "2024-05-01", "dates_count": 1}
    expected = [even, shown(packaged | {"dates_count": len(PACKAGED)})]
    assert walk(client, "/benchmarks", limit=1) == walk(client, "/benchmarks", limit=2) == expected


@pytest.mark.parametrize("table", PACKAGED, ids=lambda table: str(table.asof_date))
@pytest.mark.parametrize("days_later", [0, 1])
def test_the_newest_weights_that_a_day_knew_are_the_stored_rows(client, api_world, store, table, days_later):
    asked = str(table.asof_date + timedelta(days=days_later))
    answer = client.get("/api/v1/benchmarks/SP500", params={"date": asked}).json()
    fields = tuple(SectorWeight.__dataclass_fields__)
    stored = rows(
        store, "benchmarks_sector_weights", fields, benchmark_code="SP500", asof_date=table.asof_date
    )
    assert answer["asof_date"] == str(table.asof_date)
    assert answer["source"] == table.source
    assert answer["sectors"] == sorted(stored, key=lambda row: (-row["weight"], row["sector"]))
    assert sum(sector["weight"] for sector in answer["sectors"]) == pytest.approx(1.0, abs=1e-12)


def test_without_a_day_the_newest_are_answered(client, api_world):
    assert client.get("/api/v1/benchmarks/SP500").json()["asof_date"] == str(PACKAGED[-1].asof_date)


def test_constituents_are_answered_where_the_source_gave_them(client, api_world, store):
    table = benchmarks_sector_weights
    with store.begin() as conn:
        save_benchmark(conn, EVEN, now=NOW)
        given = {"market_cap": Decimal("123456789.25"), "num_constituents": 22}
        conn.execute(sa.update(table).where(table.c.sector == "Energy").values(given))
    sectors = {row["sector"]: row for row in client.get("/api/v1/benchmarks/EVEN").json()["sectors"]}
    assert (sectors["Energy"]["market_cap"], sectors["Energy"]["num_constituents"]) == (123456789.25, 22)
    assert (sectors["Utilities"]["market_cap"], sectors["Utilities"]["num_constituents"]) == (None, None)


def test_there_are_none_before_the_oldest(client, api_world):
    told = problem(client, "/benchmarks/SP500", date="2001-01-02")
    assert told["detail"] == "no weights of 'SP500' on 2001-01-02"
    assert told["hint"] == f"the oldest are of {PACKAGED[0].asof_date}"


def test_an_unknown_code_is_a_404_that_names_it(client, api_world):
    assert problem(client, "/benchmarks/NONE")["detail"] == "no benchmark has the code 'NONE'"
    assert problem(client, "/benchmarks/NONE", date="2024-01-02")["detail"].endswith("'NONE'")


@pytest.mark.parametrize("code", ["%00", "SP500%00", "S" * 41])
def test_a_code_that_no_database_holds_is_refused(client, api_world, code):
    (fault,) = problem(client, f"/benchmarks/{code}", 422)["errors"]
    assert fault["location"] == "path.code"


@pytest.mark.parametrize("day", ["20240101", "1704067200", "01/02/2024", "2024-13-01", "2024-01-01T00:00:00"])
def test_a_day_that_is_not_written_as_one_is_refused(client, api_world, day):
    (fault,) = problem(client, "/benchmarks/SP500", 422, date=day)["errors"]
    assert fault["location"] == "query.date"
