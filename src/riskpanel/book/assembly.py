"""Panel + holdings + policy -> snapshots, for many portfolios at once."""

from dataclasses import replace
from datetime import date

import numpy as np

from riskpanel.book.benchmark import weights_as_of
from riskpanel.book.blocks import N_SECTORS, BookSession, build_block
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.quality import build_findings
from riskpanel.book.snapshots import Market, Snapshots
from riskpanel.book.stress_tests import build_stress_tests
from riskpanel.book.structure import LARGEST
from riskpanel.book.valuation import build_valuation, find_empty, find_failures
from riskpanel.risk import concentration, sector_weights


def build_snapshots(
    holdings: Holdings, market: Market, instruments: InstrumentMetrics, policy: RiskPolicy, as_of: date
) -> Snapshots:
    """Compute the snapshots of all portfolios at a session.

    Parameters
    ----------
    holdings : Holdings
        P portfolios, their lots indexing the panel's columns.
    market : Market
    instruments : InstrumentMetrics
        At the same session, with a beta for every market index of the holdings, and sectors.
    policy : RiskPolicy
    as_of : date
        A session of the panel.

    Returns
    -------
    Snapshots
        Of the portfolios that can be valued; the others are named in ``failures``.

    Raises
    ------
    InputError
        When ``as_of`` is not a session of the panel.
    """
    panel, row = market.panel, market.panel.row(as_of)
    empty = find_empty(holdings, panel, row)
    failures = {
        p: failure for p, failure in find_failures(holdings, panel, policy, row).items() if p not in empty
    }
    kept = holdings.select(
        np.array(sorted(set(range(len(holdings))) - failures.keys() - empty), dtype=np.int64)
    )
    valuation = build_valuation(kept, panel, policy, row)
    sector_coverage = valuation.exposures.shares().times(instruments.sectors.classified)
    sector_coverage[valuation.exposures.empty] = 1.0
    sizes = concentration(valuation.exposures)
    session = BookSession(valuation, market, instruments, policy, row, sizes.largest[:, :LARGEST])
    indices = np.array(kept.market_indices)
    blocks = tuple(
        build_block(session, np.flatnonzero(indices == index), str(index)) for index in np.unique(indices)
    )
    benchmarks = {
        code: weights_as_of(market.benchmarks, code, as_of) for code in sorted(set(kept.benchmark_codes))
    }
    snapshots = Snapshots(
        as_of=as_of,
        holdings=kept,
        symbols=panel.symbols,
        valuation=valuation,
        sector_shares=instruments.sectors,
        sectors=sector_weights(valuation.weights, instruments.sectors.shares, n_sectors=N_SECTORS),
        sector_coverage=sector_coverage,
        benchmarks=benchmarks,
        concentration=sizes,
        blocks=blocks,
        stress=build_stress_tests(kept, valuation.exposures, market, instruments, as_of),
        findings=(),
        failures=tuple(failures[p] for p in sorted(failures)),
        skipped=tuple(int(holdings.portfolio_ids[p]) for p in sorted(empty)),
    )
    return replace(snapshots, findings=build_findings(snapshots, market, instruments, policy))
