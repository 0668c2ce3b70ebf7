"""Benchmarks and their sector weights, which all users share."""

from fastapi import APIRouter

from riskpanel.api.access import UserOf
from riskpanel.api.context import StoreOf
from riskpanel.api.paging import KeyText, Listing, Page
from riskpanel.api.queries import BenchmarkCode, OnDay, PartOf
from riskpanel.api.schemas.benchmarks import BenchmarkModel, BenchmarkSummaryModel
from riskpanel.store.benchmarks import load_benchmark_summaries, load_benchmark_table

router = APIRouter(prefix="/benchmarks", tags=["market data"])

_BY_CODE = Listing("benchmarks", tuple[KeyText])


@router.get("", summary="Benchmarks, by code")
def list_benchmarks(store: StoreOf, _: UserOf, part: PartOf) -> Page[BenchmarkSummaryModel]:
    """Answer which benchmarks have sector weights, and of which days."""
    after = _BY_CODE.decode(part.cursor)
    with store.read() as conn:
        rows = load_benchmark_summaries(conn, after=after, limit=part.limit + 1)
    return _BY_CODE.page(
        rows, part.limit, item=BenchmarkSummaryModel.model_validate, key=lambda row: (row.code,)
    )


@router.get("/{code}", summary="Sector weights of a benchmark as of a date")
def show_benchmark(store: StoreOf, _: UserOf, code: BenchmarkCode, on_day: OnDay = None) -> BenchmarkModel:
    """Answer the newest weights that were known on a date.

    A snapshot of a session before the oldest weights is compared with these, and says so in
    `sector_benchmark_date`; here there are none on such a date.
    """
    with store.read() as conn:
        return BenchmarkModel.model_validate(load_benchmark_table(conn, code, on_day=on_day))
