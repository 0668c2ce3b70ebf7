"""The stress tests of portfolios: everybody's scenarios for all of them, a user's own for the user's."""

from datetime import date
from itertools import product

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.scenarios import EVERYBODY, Scenarios
from riskpanel.book.snapshots import Market, StressTests
from riskpanel.risk import (
    ReplayResponses,
    ShockResponses,
    StressOutcome,
    replay_responses,
    scenario_pnl,
    shock_responses,
)
from riskpanel.risk.arrays import IntArray
from riskpanel.risk.matrices import SparseRows


def build_stress_tests(
    holdings: Holdings, exposures: SparseRows, market: Market, instruments: InstrumentMetrics, as_of: date
) -> tuple[StressTests, ...]:
    """Compute the stress tests of portfolios at a session.

    Parameters
    ----------
    holdings : Holdings
        P portfolios.
    exposures : SparseRows
        (P, N) net exposures in currency.
    market : Market
        With everybody's scenarios and those of any users.
    instruments : InstrumentMetrics
        At the same session.
    as_of : date
        Replays of windows that end later are left out: they were not known yet.

    Returns
    -------
    tuple of StressTests
        One for each market index and owner of scenarios: everybody's for all portfolios, a user's for the
        user's.
    """
    known = market.scenarios.select(market.scenarios.known_on(as_of))
    indices = np.array(holdings.market_indices)
    owners: list[int] = np.unique(known.owners).tolist()
    blocks: list[StressTests] = []
    for index, owner in product(np.unique(indices).tolist(), owners):
        rows = np.flatnonzero((indices == index) & ((holdings.user_ids == owner) | (owner == EVERYBODY)))
        if len(rows):
            scenarios = known.select(known.owners == owner)
            blocks.append(
                _build(rows, exposures.select(rows), scenarios, market, index=index, instruments=instruments)
            )
    return tuple(blocks)


def _build(
    rows: IntArray,
    exposures: SparseRows,
    scenarios: Scenarios,
    market: Market,
    *,
    index: str,
    instruments: InstrumentMetrics,
) -> StressTests:
    betas = instruments.betas[index].ols.beta
    actual = market.replays.over(scenarios.windows)
    index_returns = actual[:, market.panel.column(index)]
    replay = replay_responses(actual, betas, index_returns)
    shocked = shock_responses(
        betas,
        scenarios.market_shocks,
        sectors=instruments.sectors.shares[:, :-1],
        sector_shocks=scenarios.sector_shocks,
    )
    outcome = _outcome(exposures, scenarios, replay, shocked)
    seen = (outcome.coverage > 0) & ~exposures.empty[:, None]
    return StressTests(
        rows=rows,
        scenarios=scenarios,
        shocks=np.where(scenarios.replayed, index_returns, scenarios.shocks),
        pnl=outcome.pnl,
        coverage=outcome.coverage,
        proxied=outcome.proxied,
        tested=seen | ~scenarios.replayed | np.isfinite(index_returns),
    )


def _outcome(
    exposures: SparseRows, scenarios: Scenarios, replay: ReplayResponses, shocked: ShockResponses
) -> StressOutcome:
    """Take the moves of replays from the past, all others from the shocks."""
    replayed = scenarios.replayed[:, None]
    return scenario_pnl(
        exposures,
        np.where(replayed, replay.responses, shocked.responses),
        proxied=replay.proxied,
        covered=np.where(replayed, 1.0, shocked.covered),
    )
