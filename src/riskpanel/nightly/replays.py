"""What a run needs for its stress tests: everybody's and the users' scenarios, and the pasts they replay."""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.replays import Replays, build_replays, distinct_windows
from riskpanel.book.scenarios import Scenarios, built_in_scenarios, user_scenarios
from riskpanel.sources.calendar import FIRST_DAY, sessions_between
from riskpanel.store.rows import Connection
from riskpanel.store.scenarios import load_adjusted_closes, load_scenarios


def load_all_scenarios(conn: Connection, user_ids: Collection[int]) -> Scenarios:
    """Load the scenarios built in and those of some users."""
    return built_in_scenarios().plus(user_scenarios(load_scenarios(conn, user_ids=user_ids)))


def load_replays(
    conn: Connection, scenarios: Scenarios, symbols: tuple[str, ...], *, until: date, policy: RiskPolicy
) -> Replays:
    """Load the closes at the ends of all windows at once, and compound the returns between.

    Parameters
    ----------
    conn : Connection
    scenarios : Scenarios
    symbols : tuple of str
        The columns.
    until : date
        Windows that end later are left out.
    policy : RiskPolicy
    """
    windows = distinct_windows(scenarios.windows, until=until)
    sessions = _sessions_up_to(windows, policy.replay_max_price_age + 1)
    closes = load_adjusted_closes(conn, sessions, symbols)
    return build_replays(windows, sessions, closes, max_age=policy.replay_max_price_age)


def _sessions_up_to(windows: DateArray, count: int) -> DateArray:
    """Return the newest ``count`` sessions up to each end of the windows, each session once, ascending."""
    ends: list[date] = np.unique(windows).tolist()
    days = timedelta(days=2 * count + 10)  # a session takes 1.45 days, and the exchange was once shut for 12
    newest = [sessions_between(max(end - days, FIRST_DAY), end)[-count:] for end in ends]
    return np.unique(np.concatenate([*newest, np.array([], dtype="datetime64[D]")]))
