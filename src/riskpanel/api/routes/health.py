"""Whether the server is up, and what it can answer from."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from riskpanel.api.context import StoreOf, count_sessions_behind
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.api.schemas.health import LiveModel, ReadyModel
from riskpanel.store.freshness import FRESH, load_newest_day
from riskpanel.version import __version__

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Whether the server runs")
def live() -> LiveModel:
    """Tell that the server answers; looks at nothing else."""
    return LiveModel(status="live", version=__version__)


@router.get("/ready", summary="Whether the server can answer")
def ready(
    request: Request,
    store: StoreOf,
    *,
    require_fresh: Annotated[
        bool, Query(description="true: 503 also when the newest snapshot is more than 3 sessions old.")
    ] = False,
) -> ReadyModel:
    """Tell that the database answers at the schema of this version, 503 otherwise, and how fresh it is.

    Old snapshots do not make the server unready unless you ask for that: it still answers, and says how old.
    """
    store.require_current_schema()
    with store.read() as conn:
        newest = load_newest_day(conn)
    behind = None if newest is None else count_sessions_behind(request, newest)
    fresh = behind is not None and behind <= FRESH
    if require_fresh and not fresh:
        detail = "there is no snapshot" if behind is None else f"the newest snapshot is {behind} sessions old"
        raise ProblemError(Problem(503, "Not fresh", detail, "fetch prices, then: riskpanel run"))
    return ReadyModel(
        status="ready" if fresh else "stale",
        schema_current=True,
        newest_snapshot=newest,
        sessions_behind=behind,
        fresh=fresh,
    )
