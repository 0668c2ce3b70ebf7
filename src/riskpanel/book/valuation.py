"""What each portfolio is worth on a session, and what yesterday's book made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.book.findings import Failure
from riskpanel.book.holdings import Holdings
from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.risk.matrices import SparseRows

MOST_VALUE = 1e16
"""Currency that the tables can hold of one portfolio."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Value of P portfolios in currency at a session.

    ``exposures`` (P, N) signed net market value per symbol; ``weights`` the same over ``nav``; ``nav`` = cash
    + exposures; ``price_coverage`` the gross share priced on the session itself; ``price_age`` (N,) sessions
    since each instrument's last close; ``daily_pnl`` and ``daily_return`` NaN when not known.
    """

    exposures: SparseRows
    weights: SparseRows
    nav: FloatArray
    cash: FloatArray
    long: FloatArray
    short: FloatArray
    price_coverage: FloatArray
    price_age: IntArray
    daily_pnl: FloatArray
    daily_return: FloatArray


def same_exposures(
    gross: ArrayLike, net: ArrayLike, *, stored_gross: ArrayLike, stored_net: ArrayLike
) -> BoolArray:
    """Tell where gross and net exposure, in currency, are those that a snapshot stored, to its digits."""
    same: BoolArray = np.isclose(gross, stored_gross, rtol=1e-9, atol=1e-3)
    return same & np.isclose(net, stored_net, rtol=1e-9, atol=1e-3)


def find_empty(holdings: Holdings, panel: PricePanel, row: int) -> set[int]:
    """Return the rows of portfolios that hold neither a lot nor cash on a session: not begun, or over."""
    session = panel.sessions[row].item()
    lots = np.bincount(
        holdings.lot_portfolio[holdings.held_between(session, session)], minlength=len(holdings)
    )
    return set(np.flatnonzero((lots == 0) & (holdings.cash == 0)).tolist())


def find_failures(holdings: Holdings, panel: PricePanel, policy: RiskPolicy, row: int) -> dict[int, Failure]:
    """Name the portfolios that cannot be valued at a session, by row of the holdings.

    A position without a close in the last ``max_price_age`` sessions, or a net asset value of 0 or less,
    fails its portfolio: leaving a position out would make every weight of the others wrong.
    """
    quantities = _quantities(holdings, panel, row)
    price, _ = panel.last_known(panel.close, row, policy.max_price_age)
    unpriced = np.isnan(price)
    failures: dict[int, Failure] = {}
    session = panel.sessions[row]
    for portfolio in np.unique(quantities.rows[unpriced[quantities.columns]]):
        columns = quantities.columns[quantities.starts[portfolio] : quantities.starts[portfolio + 1]]
        lacking: list[int] = columns[unpriced[columns]].tolist()
        names = ", ".join(panel.symbols[column] for column in lacking)
        failures[int(portfolio)] = _failure(
            holdings,
            int(portfolio),
            f"no price for {names} in the {policy.max_price_age + 1} sessions up to {session}",
            "import its prices, correct the symbol, or give the position its exit date",
        )
    nav = holdings.cash + quantities.times(np.nan_to_num(price))
    for portfolio in np.flatnonzero(nav <= 0):
        failures.setdefault(
            int(portfolio),
            _failure(
                holdings,
                int(portfolio),
                f"net asset value is {nav[portfolio]:,.2f} on {session}; it must be above 0",
                "give its cash balance: riskpanel import positions FILE --cash X (or --equity X)",
            ),
        )
    gross = quantities.replaced(np.abs(quantities.data)).times(np.nan_to_num(price))
    for portfolio in np.flatnonzero(np.abs(holdings.cash) + gross >= MOST_VALUE):
        failures.setdefault(
            int(portfolio),
            _failure(
                holdings,
                int(portfolio),
                f"its positions are worth {gross[portfolio]:.3g} on {session}, too much to be stored",
                "correct their quantities or multipliers, or the price",
            ),
        )
    return failures


def build_valuation(holdings: Holdings, panel: PricePanel, policy: RiskPolicy, row: int) -> Valuation:
    """Value portfolios that :func:`find_failures` has nothing against.

    Parameters
    ----------
    holdings : Holdings
        P portfolios.
    panel : PricePanel
        (T, N).
    policy : RiskPolicy
    row : int
        Row of the as-of session.

    Returns
    -------
    Valuation
    """
    quantities = _quantities(holdings, panel, row)
    price, age = panel.last_known(panel.close, row, policy.max_price_age)
    exposures = _valued(quantities, price)
    nav = holdings.cash + exposures.sums()
    pnl, previous_nav = _clean_pnl(holdings, panel, policy, row)
    coverage = exposures.shares().times(age == 0)
    coverage[exposures.empty] = 1.0
    return Valuation(
        exposures=exposures,
        weights=exposures.replaced(exposures.data / nav[exposures.rows]),
        nav=nav,
        cash=holdings.cash,
        long=exposures.replaced(np.maximum(exposures.data, 0.0)).sums(),
        short=exposures.replaced(np.minimum(exposures.data, 0.0)).sums(),
        price_coverage=coverage,
        price_age=age,
        daily_pnl=pnl,
        daily_return=pnl / np.where(previous_nav > 0, previous_nav, np.nan),
    )


def _clean_pnl(
    holdings: Holdings, panel: PricePanel, policy: RiskPolicy, row: int
) -> tuple[FloatArray, FloatArray]:
    """P&L of the previous session's closing book at adjusted prices, and that session's net asset value."""
    if row == 0:
        return np.full(len(holdings), np.nan), np.full(len(holdings), np.nan)
    before = _quantities(holdings, panel, row - 1)
    close, _ = panel.last_known(panel.close, row - 1, policy.max_price_age)
    old, _ = panel.last_known(panel.adj_close, row - 1, policy.max_price_age)
    today, _ = panel.last_known(panel.adj_close, row, policy.max_price_age)
    change = today / old - 1.0
    unknown = np.isnan(change) | np.isnan(close)
    nav = holdings.cash + before.times(np.nan_to_num(close))
    pnl = before.times(np.where(unknown, 0.0, close * change))
    incomplete: BoolArray = before.replaced(np.ones_like(before.data)).times(unknown) > 0
    return np.where(incomplete, np.nan, pnl), np.where(incomplete, np.nan, nav)


def _quantities(holdings: Holdings, panel: PricePanel, row: int) -> SparseRows:
    return holdings.quantities(panel.sessions[row].item(), n_symbols=len(panel.symbols))


def _valued(quantities: SparseRows, price: FloatArray) -> SparseRows:
    return quantities.replaced(quantities.data * price[quantities.columns])


def _failure(holdings: Holdings, row: int, error: str, hint: str) -> Failure:
    return Failure(int(holdings.portfolio_ids[row]), holdings.names[row], error, hint)
