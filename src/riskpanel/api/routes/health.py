"""Whether the server is up, and what it can answer from."""

from fastapi import APIRouter, Request

from riskpanel.api.context import StoreOf, count_sessions_behind
from riskpanel.api.schemas.health import LiveModel, ReadyModel
from riskpanel.store.freshness import load_newest_day
from riskpanel.version import __version__

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> LiveModel:
    """Tell that the server answers; looks at nothing else."""
    return LiveModel(status="live", version=__version__)


@router.get("/ready")
def ready(request: Request, store: StoreOf) -> ReadyModel:
    """Tell that the database answers at the schema of this version; 503 otherwise."""
    store.require_current_schema()
    with store.read() as conn:
        newest = load_newest_day(conn)
    behind = None if newest is None else count_sessions_behind(request, newest)
    return ReadyModel(status="ready", newest_snapshot=newest, sessions_behind=behind)
