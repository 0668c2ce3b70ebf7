"""Runs: what computed the stored numbers, and which of your portfolios it could not compute."""

from fastapi import APIRouter

from riskpanel.api.access import UserOf
from riskpanel.api.context import StoreOf
from riskpanel.api.paging import KeyId, Listing, Page
from riskpanel.api.queries import PartOf, RunId
from riskpanel.api.schemas.runs import RunDetailModel, RunModel
from riskpanel.store.run_records import load_run_detail, load_runs

router = APIRouter(prefix="/runs", tags=["runs"])

_NEWEST_FIRST = Listing("runs", tuple[KeyId])


@router.get("", summary="Runs, the newest first")
def list_runs(store: StoreOf, user: UserOf, part: PartOf) -> Page[RunModel]:
    """Answer what each run computed and how it ended: nights of everybody, and what you asked for."""
    after = _NEWEST_FIRST.decode(part.cursor)
    with store.read() as conn:
        rows = load_runs(conn, user_id=user, after=after, limit=part.limit + 1)
    return _NEWEST_FIRST.page(rows, part.limit, item=RunModel.model_validate, key=lambda row: (row.id,))


@router.get("/{run_id}", summary="One run, with its policy and your failures")
def show_run(store: StoreOf, user: UserOf, run_id: RunId) -> RunDetailModel:
    """Answer a run with every constant that it used, and those of your portfolios that failed."""
    with store.read() as conn:
        return RunDetailModel.model_validate(load_run_detail(conn, run_id, user_id=user))
