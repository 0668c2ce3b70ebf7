"""One module a noun; each has a ``router``, and the application includes all of ``ROUTERS``."""

from riskpanel.api.routes import (
    auth,
    benchmarks,
    complete,
    edits,
    exports,
    health,
    imports,
    instruments,
    metrics,
    pages,
    portfolios,
    positions,
    run_requests,
    runs,
    scenarios,
    snapshots,
    tokens,
    users,
)

ROUTERS = (
    complete.router,
    portfolios.router,
    snapshots.router,
    exports.router,
    positions.router,
    edits.router,
    imports.router,
    scenarios.router,
    instruments.router,
    benchmarks.router,
    runs.router,
    run_requests.router,
    auth.router,
    tokens.router,
    users.router,
    health.router,
    metrics.router,
)
AT_ROOT = (health.router, metrics.router, pages.router)
"""Where probes, Prometheus and browsers look, without being described a second time."""
