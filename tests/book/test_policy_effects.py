"""Every constant of the policy reaches a number, and the one that it is about."""

from functools import cache

import numpy as np
import pytest

from builders import (
    Book,
    Lot,
    columns_of,
    day,
    draw_ranges,
    holdings_of,
    market_of,
    panel_of,
    random_prices,
)
from riskpanel.book.assembly import build_snapshots
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import Method

NAN, ROWS = np.nan, 560
OTHERS = tuple(f"U{n:02}" for n in range(22))
# Another value of each constant, and the first number or finding that it must change.
EFFECTS = {
    "annualization": (365, "realized_volatility_21d"),
    "beta_window": (82, "market_beta_weighted"),
    "beta_min_observations": (60, "market_beta_coverage"),
    "beta_flag_above": (1.0, "findings"),
    "beta_ewma_decay": (0.97, "market_beta_adjusted"),
    "beta_ewma_window": (252, "market_beta_adjusted"),
    "beta_ewma_min_observations": (120, "market_beta_adjusted_coverage"),
    "universe_min_instruments": (60, "market_beta_adjusted"),
    "volatility_21d_min_observations": (10, "realized_volatility_21d"),
    "volatility_63d_min_observations": (35, "realized_volatility_63d"),
    "volatility_flag_above": (0.1, "findings"),
    "range_window": (252, "instruments: expected"),
    "hindcast_window": (400, "instruments: model_r_squared"),
    "hindcast_min_observations": (3, "instruments: model_r_squared"),
    "percentile_window": (200, "volatility_percentile"),
    "percentile_min_observations": (100, "volatility_percentile"),
    "trend_z": (3.0, "volatility_trend"),
    "trend_min_change": (0.5, "volatility_trend"),
    "tail_window": (300, "value_at_risk_95"),
    "tail_min_observations": (100, "value_at_risk_95"),
    "tail_decay": (0.97, "expected_shortfall_95"),
    "structure_window": (126, "max_drawdown"),
    "structure_min_observations": (21, "average_correlation"),
    "series_min_coverage": (0.9, "market_beta_direct_observations"),
    "benchmark_max_age": (10, "findings"),
    "look_through": (False, "sector_coverage"),
    "max_price_age": (5, "failures"),
}
# Not a matter of a snapshot: tests/nightly/test_replays.py varies it where closes of the past are loaded.
ELSEWHERE = {"replay_max_price_age"}


@cache
def world():
    """A universe with ranges, and books of an old, a young, a new, a halted and a gappy stock."""
    prices = random_prices(71, ROWS, ("A", "B", "C", "H", "N", "V", "Y", *OTHERS))
    prices["N"][:-40] = NAN  # new: 39 returns
    prices["Y"][:-100] = NAN  # young: 99 returns
    prices["V"][:-140] = NAN  # 139 returns
    prices["H"][-8:] = NAN  # halted
    prices["C"][-20:-12] = NAN
    ranged = ("A", "B", "C", *OTHERS)
    ranges = {symbol: draw_ranges(place, prices[symbol]) for place, symbol in enumerate(ranged)}
    books = [
        Book("old", (Lot("A", 3.0), Lot("B", 1.0)), cash=10.0),
        Book("new", (Lot("A", 1.0), Lot("N", 1.0))),
        Book("young", (Lot("Y", 1.0), Lot("V", 1.0))),
        Book("newest", (Lot("N", 1.0),)),
        Book("fairly old", (Lot("V", 1.0),)),
        Book("halted", (Lot("H", 1.0), Lot("A", 5.0))),
        Book("gappy", (Lot("C", 1.0),)),
        *(Book(symbol, (Lot(symbol, 1.0),)) for symbol in OTHERS),
    ]
    panel = panel_of(prices, ranges=ranges)
    return panel, books, market_of(panel, funds={"A": {day(panel): {"Energy": 0.5}}})


@cache
def numbers(**constants):
    """Every number of snapshots and instruments under a policy, by column."""
    panel, books, market = world()
    policy = RiskPolicy(**constants)
    metrics = build_instrument_metrics(
        panel, policy, ROWS - 1, market_indices=["SPY"], sectors=market.sectors
    )
    snapshots = build_snapshots(holdings_of(panel, books), market, metrics, policy, day(panel))
    found = {"findings": snapshots.findings, "failures": snapshots.failures}
    for name, row in columns_of(snapshots).items():
        for column, number in row.items():
            found.setdefault(column, {})[name] = number
    found["instruments: expected"] = metrics.volatility.forecast.volatility.tolist()
    found["instruments: model_r_squared"] = metrics.hindcasts.r_squared.tolist()
    return {column: repr(values) for column, values in found.items()}


def test_each_constant_has_an_effect_that_is_known():
    assert set(EFFECTS) | ELSEWHERE == set(RiskPolicy.model_fields)
    assert not set(EFFECTS) & ELSEWHERE


@pytest.mark.parametrize("constant", EFFECTS)
def test_another_value_of_a_constant_changes_the_number_that_it_is_about(constant):
    value, column = EFFECTS[constant]
    assert getattr(RiskPolicy(), constant) != value
    assert numbers()[column] != numbers(**{constant: value})[column]


@pytest.mark.parametrize("constant", EFFECTS)
def test_another_value_of_a_constant_leaves_the_valuation_alone(constant):
    if constant == "max_price_age":
        return  # it says who can be valued at all
    value, _ = EFFECTS[constant]
    changed = numbers(**{constant: value})
    for column in ("net_asset_value", "gross_exposure", "leverage", "daily_pnl", "hhi", "failures"):
        assert changed[column] == numbers()[column], column


def test_the_world_meets_forecasts_of_every_kind_of_evidence():
    panel, _, _ = world()
    metrics = build_instrument_metrics(panel, RiskPolicy(), ROWS - 1, market_indices=["SPY"])
    seen = {Method(int(code)) for code in metrics.volatility.forecast.method}
    assert {Method.EWMA_FALLBACK, Method.LOG_HAR_RANGE_MARKET, Method.LOG_HAR_CLOSE_MARKET} <= seen
