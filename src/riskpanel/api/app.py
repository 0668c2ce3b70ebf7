"""The application: the REST API under /api/v1, over stored rows, for the users of its accounts."""

from collections.abc import Collection

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry

from riskpanel.api.access import Accounts
from riskpanel.api.bodies import BoundedBodies
from riskpanel.api.caching import WholeAnswers
from riskpanel.api.context import Clock, SessionsBetween
from riskpanel.api.description import ADDRESS, PREFIX, describe
from riskpanel.api.edits import Edits
from riskpanel.api.headers import LOOPBACK_HOSTS, EveryAnswer, host_of, security_headers
from riskpanel.api.parameters import refuse_unknown_parameters
from riskpanel.api.problems import answer_problems
from riskpanel.api.routes import AT_ROOT, ROUTERS
from riskpanel.api.routes.pages import show_missing
from riskpanel.api.schemas.problem import ProblemModel
from riskpanel.api.telemetry import Observed, RequestNumbers, Timer
from riskpanel.store.database import Store


def create_app(
    store: Store,
    *,
    clock: Clock,
    timer: Timer,
    sessions_between: SessionsBetween,
    edits: Edits,
    accounts: Accounts,
    hosts: Collection[str] = LOOPBACK_HOSTS,
) -> FastAPI:
    """Create the application over an open store.

    Parameters
    ----------
    store : Store
        Open and at the current schema; whoever opened it closes it.
    clock : Clock
        Gives the moment, aware UTC.
    timer : Timer
        Gives seconds, to measure how long answers take.
    sessions_between : SessionsBetween
        Counts sessions after one day and up to another.
    edits : Edits
        What requests may change, but accounts.
    accounts : Accounts
        Who may ask; without them everybody is the local user.
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
        responses={"default": {"model": ProblemModel, "description": "What went wrong (RFC 9457)"}},
    )
    registry = CollectorRegistry()
    app.state.store, app.state.clock, app.state.sessions_between = store, clock, sessions_between
    app.state.edits, app.state.accounts, app.state.registry = edits, accounts, registry
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(refuse_unknown_parameters)])
    for router in AT_ROOT:
        app.include_router(router, include_in_schema=False)
    answer_problems(
        app,
        headers=lambda asked: security_headers(host_of(asked.headers.get("host", ""))),
        missing=show_missing,
    )
    describe(app)
    app.add_middleware(BoundedBodies)
    app.add_middleware(WholeAnswers)
    app.add_middleware(EveryAnswer, hosts=frozenset(hosts))
    app.add_middleware(Observed, numbers=RequestNumbers(registry), timer=timer)  # added last: the outermost
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
