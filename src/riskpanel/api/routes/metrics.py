"""Numbers for Prometheus: of the requests to this process, and of the store."""

from collections.abc import Iterator
from typing import cast

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from riskpanel.api.access import IdentityOf
from riskpanel.api.context import StoreOf, count_sessions_behind
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.store.operations import StoreState, load_store_state

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text"}
    },
)
def show_metrics(request: Request, store: StoreOf, identity: IdentityOf) -> Response:
    """Answer counts of requests, runs, failed portfolios and quarantined rows, and how old snapshots are.

    They are of all users, so that an administrator's token is needed; the scope `read` is enough.
    """
    if not identity.is_admin or "read" not in identity.scopes:
        raise ProblemError(Problem(403, "Forbidden", "only administrators may read the numbers of all users"))
    with store.read() as conn:
        state = load_store_state(conn)
    own = CollectorRegistry()
    behind = None if state.newest_snapshot is None else count_sessions_behind(request, state.newest_snapshot)
    own.register(_StoreNumbers(state, behind))
    numbers = cast("CollectorRegistry", request.app.state.registry)
    return Response(generate_latest(numbers) + generate_latest(own), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _StoreNumbers:
    """The state of the store as gauges; what is not known is left out."""

    def __init__(self, state: StoreState, sessions_behind: int | None) -> None:
        self._state = state
        self._sessions_behind = sessions_behind

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge."""
        state = self._state
        plain = (
            ("portfolios", "Portfolios of all users", state.portfolios),
            ("quarantine_rows", "Price rows that were refused and set aside", state.quarantine_rows),
            ("newest_snapshot_age_sessions", "Sessions since the newest snapshot", self._sessions_behind),
            (
                "failed_portfolios",
                "Portfolios that the newest night could not compute",
                state.failed_portfolios,
            ),
            ("last_run_seconds", "How long the newest night took", state.last_run_seconds),
        )
        for name, text, value in plain:
            if value is not None:
                yield GaugeMetricFamily(f"riskpanel_{name}", text, value=value)
        for name, text, counts in (
            ("runs", "Runs on record, by how they ended", state.runs),
            ("run_requests", "Runs that users asked for, by how far they are", state.run_requests),
        ):
            family = GaugeMetricFamily(f"riskpanel_{name}", text, labels=("status",))
            for status, count in sorted(counts.items()):
                family.add_metric((status,), count)
            yield family
