"""What the mix that a portfolio held on a day realized over the sessions after it."""

from dataclasses import dataclass, replace

import numpy as np

from riskpanel.book.forecast_scores import HORIZON, StoredForecasts
from riskpanel.book.holdings import Holdings
from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.track_record import MIN_RETURNS, Outcomes, Unscored, outcomes_of
from riskpanel.book.valuation import Valuation, build_valuation, find_failures, same_exposures
from riskpanel.risk import portfolio_returns, realized_variance_after
from riskpanel.risk.arrays import BoolArray, CodeArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class StoredBooks:
    """What K snapshots say of the book that they were computed from: currency, and positions held."""

    cash: FloatArray
    gross: FloatArray
    net: FloatArray
    positions: IntArray


def mix_outcomes(
    holdings: Holdings,
    panel: PricePanel,
    policy: RiskPolicy,
    *,
    forecasts: StoredForecasts,
    books: StoredBooks,
) -> Outcomes:
    """Measure what followed the forecasts of portfolios, whose series are the rows of the holdings.

    Lots, closes and the stored cash of the forecast's own session give the weights; these stay as they are
    over the next 21 sessions, whatever was traded. A session counts when every position has a return.
    Where lots or closes no longer give the exposures that the snapshot stored, the weights of that day are
    not known any more, and nothing is measured.

    Parameters
    ----------
    holdings : Holdings
        P portfolios with all their lots.
    panel : PricePanel
        (T, N).
    policy : RiskPolicy
    forecasts : StoredForecasts
        K of them.
    books : StoredBooks
        Of the same K snapshots.

    Returns
    -------
    Outcomes
    """
    variance = np.full(len(forecasts), np.nan)
    known = np.full(len(forecasts), Unscored.NONE, dtype=np.int8)
    for row in np.unique(forecasts.rows).tolist():
        where = np.flatnonzero(forecasts.rows == row)
        held = replace(holdings.select(forecasts.series[where]), cash=books.cash[where])
        variance[where], known[where] = _session_outcomes(held, panel, policy, row, _taken(books, where))
    return outcomes_of(variance, known)


def _session_outcomes(
    held: Holdings, panel: PricePanel, policy: RiskPolicy, row: int, books: StoredBooks
) -> tuple[FloatArray, CodeArray]:
    """Variance after one session, and the code of those whose weights are not known."""
    variance = np.full(len(held), np.nan)
    known = np.full(len(held), Unscored.UNVALUED, dtype=np.int8)
    failures = find_failures(held, panel, policy, row)
    valued = np.array([p for p in range(len(held)) if p not in failures], dtype=np.int64)
    valuation = build_valuation(held.select(valued), panel, policy, row)
    same = _same_book(valuation, _taken(books, valued))
    known[valued] = np.where(same, Unscored.NONE, Unscored.HOLDINGS_CHANGED)
    after = panel.returns[row : row + 1 + HORIZON]
    series = portfolio_returns(after, valuation.weights)
    realized = realized_variance_after(
        series.T, window=HORIZON, min_obs=MIN_RETURNS, annualization=policy.annualization
    )
    variance[valued] = np.where(same, realized[0], np.nan)
    return variance, known


def _same_book(valuation: Valuation, books: StoredBooks) -> BoolArray:
    """Whether lots and closes still give the exposures that were stored, to the digits of the tables."""
    gross, net = valuation.long - valuation.short, valuation.long + valuation.short
    same = same_exposures(gross, net, stored_gross=books.gross, stored_net=books.net)
    return same & (valuation.exposures.lengths == books.positions)


def _taken(books: StoredBooks, where: IntArray) -> StoredBooks:
    return StoredBooks(books.cash[where], books.gross[where], books.net[where], books.positions[where])
