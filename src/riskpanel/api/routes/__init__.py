"""One module a noun; each has a ``router``, and the application includes all of ``ROUTERS``."""

from riskpanel.api.routes import (
    benchmarks,
    complete,
    health,
    instruments,
    portfolios,
    positions,
    runs,
    snapshots,
)

ROUTERS = (
    complete.router,
    portfolios.router,
    snapshots.router,
    positions.router,
    instruments.router,
    benchmarks.router,
    runs.router,
    health.router,
)
