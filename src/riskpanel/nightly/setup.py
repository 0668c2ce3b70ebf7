"""Making a database ready for use: schema, the local user, the packaged benchmark weights."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from riskpanel.nightly.lease import refuse_while_running
from riskpanel.store.benchmarks import save_packaged_benchmarks
from riskpanel.store.database import Store
from riskpanel.store.migrate import SchemaChange, upgrade
from riskpanel.store.portfolios import ensure_local_user


@dataclass(frozen=True, slots=True)
class Setup:
    """What ``initialize`` did: the move of the schema, and how many benchmark weights were written."""

    schema: SchemaChange
    benchmark_weights_written: int


def initialize(store: Store, *, now: datetime) -> Setup:
    """Create or upgrade the schema, and what every command expects to find; a second call changes nothing.

    Raises
    ------
    BusyError
        When the schema is behind and a run is alive.
    """
    schema = upgrade(store, guard=partial(refuse_while_running, clock=lambda: now))
    with store.begin() as conn:
        ensure_local_user(conn, now=now)
        return Setup(schema, save_packaged_benchmarks(conn, now=now))
