"""Words that a shell completes: portfolios from the database, and numbers by their names."""

import re

import typer

from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS
from riskpanel.errors import RiskpanelError
from riskpanel.settings import completing_shell, load_settings
from riskpanel.store.database import open_store
from riskpanel.store.portfolios import list_portfolios, load_local_user

_PATIENCE = 0.5  # seconds for a lock: who waits for a word types it
_SPECIAL = re.compile(r"([^\w@%+=:,./-])", re.ASCII)


def complete_portfolio(incomplete: str) -> list[str]:
    """List the portfolios of the user of this machine; none, and silence, where they cannot be read."""
    try:
        with open_store(load_settings().database_url, lock_timeout=_PATIENCE) as store:
            store.require_current_schema()
            with store.read() as conn:
                known = list_portfolios(conn, user_id=load_local_user(conn))
    except RiskpanelError:
        return []
    return [_quoted(one.name) for one in known if one.name.startswith(incomplete)]


def complete_metric(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """List the numbers that can be explained, of a holding where one is named."""
    known = OF_SNAPSHOTS if context.params.get("symbol") is None else OF_HOLDINGS
    return [(name, metric.title) for name, metric in known.items() if name.startswith(incomplete)]


def _quoted(name: str) -> str:
    """Write a name as a shell reads it; all but bash do so themselves."""
    return _SPECIAL.sub(r"\\\1", name) if completing_shell() == "bash" else name
