"""Everything that a run reads, at one moment of the database."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import Market
from riskpanel.errors import InputError
from riskpanel.nightly.replays import load_all_scenarios, load_replays
from riskpanel.sources.calendar import FIRST_DAY, sessions_between
from riskpanel.store.benchmarks import load_benchmarks
from riskpanel.store.database import Store
from riskpanel.store.night import load_holdings, load_panel, load_sectors, load_symbols, load_tracked

NO_PRICES_HINT = "riskpanel fetch gets them; for prices of your own: riskpanel import prices FILE"


def load_inputs(
    store: Store, sessions: Sequence[date], policy: RiskPolicy, *, portfolio_ids: Sequence[int] | None
) -> tuple[Market, Holdings]:
    """Load the market and the holdings of all portfolios, or of those of the given ids.

    Parameters
    ----------
    store : Store
    sessions : sequence of date
        Consecutive sessions that snapshots are wanted of; prices reach back as far as the policy looks.
    policy : RiskPolicy
    portfolio_ids : sequence of int, optional

    Returns
    -------
    market : Market
    holdings : Holdings

    Raises
    ------
    InputError
        When there is no portfolio.
    """
    rows = max(policy.return_sessions, policy.max_price_age + 1) + 1  # a day before, for its P&L
    earliest = max(sessions[0] - timedelta(days=2 * rows), FIRST_DAY)  # a session takes 1.45 days
    calendar = sessions_between(earliest, sessions[-1])
    first = int(np.searchsorted(calendar, np.datetime64(sessions[0], "D")))
    calendar = calendar[max(first - rows + 1, 0) :]
    with store.read() as conn:
        symbols = load_symbols(conn)
        holdings = load_holdings(conn, symbols, portfolio_ids=portfolio_ids)
        scenarios = load_all_scenarios(conn, holdings.user_ids.tolist())
        market = Market(
            panel=load_panel(conn, calendar, symbols),
            tracked=np.isin(symbols, load_tracked(conn)),
            sectors=load_sectors(conn, symbols, first=sessions[0], last=sessions[-1]),
            benchmarks=load_benchmarks(conn),
            scenarios=scenarios,
            replays=load_replays(conn, scenarios, symbols, until=sessions[-1], policy=policy),
        )
    if len(holdings) == 0:
        raise InputError("there is no portfolio", hint="riskpanel import positions FILE --portfolio NAME")
    return market, holdings
