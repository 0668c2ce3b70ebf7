"""The application: a read-only REST API under /api/v1 over stored rows."""

from collections.abc import Collection

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from riskpanel.api.caching import WholeAnswers
from riskpanel.api.context import Clock, SessionsBetween
from riskpanel.api.description import ADDRESS, describe
from riskpanel.api.headers import LOOPBACK_HOSTS, SECURITY_HEADERS, EveryAnswer
from riskpanel.api.parameters import refuse_unknown_parameters
from riskpanel.api.problems import answer_problems
from riskpanel.api.routes import ROUTERS
from riskpanel.api.schemas.problem import ProblemModel
from riskpanel.store.database import Store

PREFIX = "/api/v1"


def create_app(
    store: Store,
    *,
    clock: Clock,
    sessions_between: SessionsBetween,
    hosts: Collection[str] = LOOPBACK_HOSTS,
) -> FastAPI:
    """Create the application over an open store.

    Parameters
    ----------
    store : Store
        Open and at the current schema; whoever opened it closes it.
    clock : Clock
        Gives the moment, aware UTC.
    sessions_between : SessionsBetween
        Counts sessions after one day and up to another.
    hosts : collection of str
        Names that a request may address the server by.
    """
    app = FastAPI(
        title="riskpanel",
        openapi_url=ADDRESS,
        docs_url=None,  # both pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        dependencies=[Depends(refuse_unknown_parameters)],
        responses={"default": {"model": ProblemModel, "description": "What went wrong (RFC 9457)"}},
    )
    app.state.store, app.state.clock, app.state.sessions_between = store, clock, sessions_between
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    answer_problems(app, headers=SECURITY_HEADERS)
    describe(app)
    app.add_middleware(WholeAnswers)
    app.add_middleware(EveryAnswer, hosts=frozenset(hosts))  # added last: the outermost
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
