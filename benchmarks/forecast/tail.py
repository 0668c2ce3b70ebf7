"""Backtest of value at risk and expected shortfall, day by day; writes docs/evidence/tail.md.

Run as ``python -m benchmarks.forecast.tail``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.forecast.panel import SHARED, load_panel
from benchmarks.forecast.tail_page import page
from benchmarks.forecast.tail_tests import GroupScore, TailScore, pool, score
from benchmarks.forecast.tail_walk import METHODS, WINDOW, Walk, outcomes
from numpy.typing import NDArray

from riskpanel.risk import portfolio_returns
from riskpanel.risk.arrays import FloatArray

LEVELS = (0.95, 0.99)
LAST_DAY = "2020-12-31"  # what is later stays unseen
PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence" / "tail.md"
PORTFOLIOS, SEED = 60, 20_201_231
CRISES = {
    "2007-07 to 2009-06": ("2007-07-01", "2009-06-30"),
    "2020-02 to 2020-06": ("2020-02-01", "2020-06-30"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Series of returns (T, N) that are scored together, with their dates (T,)."""

    title: str
    dates: NDArray[np.datetime64]
    returns: FloatArray


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores of a method at a level on a group, as a whole and in each crisis: (exceedances, days)."""

    pooled: GroupScore
    single: TailScore
    crises: dict[str, tuple[int, int]]


def load_groups(folder: Path = SHARED) -> Iterator[Group]:
    """Read the index, the 20 stocks, and portfolios of random members of the large panel."""
    index = pl.read_csv(folder / "skfolio_sp500_index.csv.gz").filter(pl.col("Date") <= LAST_DAY)
    stocks = pl.read_csv(folder / "skfolio_sp500_dataset.csv.gz").filter(pl.col("Date") <= LAST_DAY)
    for title, frame in (("S&P 500", index), ("20 stocks", stocks)):
        prices = frame.drop("Date").to_numpy()
        dates = frame["Date"].to_numpy().astype("datetime64[D]")
        yield Group(title, dates[1:], prices[1:] / prices[:-1] - 1.0)
    panel = load_panel(folder)
    returns = panel.returns[1:]
    complete = returns[:, np.isfinite(returns).all(axis=0)]
    weights = random_weights(complete.shape[1], PORTFOLIOS)
    yield Group(f"{PORTFOLIOS} portfolios", panel.dates[1:], portfolio_returns(complete, weights).T)


def random_weights(names: int, portfolios: int) -> FloatArray:
    """Draw (P, N) weights of 3 to 60 names: every third book equal, random, and 130 % long 30 % short.

    Leverage is left out on purpose: the methods scale with the returns, so it changes no exceedance.
    """
    rng = np.random.default_rng(SEED)
    weights = np.zeros((portfolios, names))
    for number in range(portfolios):
        size = int(rng.integers(3, 61))
        held = rng.choice(names, size, replace=False)
        sizes = np.ones(size) if number % 3 == 0 else rng.dirichlet(np.ones(size))
        weights[number, held] = sizes / sizes.sum()
        if number % 3 == 2:
            short = held[: size // 4 + 1]
            long_total, short_total = (
                weights[number, held[size // 4 + 1 :]].sum(),
                weights[number, short].sum(),
            )
            weights[number, held] *= 1.3 / long_total
            weights[number, short] *= -0.3 / 1.3 * long_total / short_total
    return weights


def evaluate(group: Group, *, level: float) -> dict[str, Outcome]:
    """Score every method on the days on which all of them have an answer."""
    dates = group.dates[WINDOW:]
    scores: dict[str, list[TailScore]] = {name: [] for name in METHODS}
    crises = {name: dict.fromkeys(CRISES, (0, 0)) for name in METHODS}
    for column in group.returns.T:
        series = np.ascontiguousarray(column)
        walks = {name: method(series, level=level) for name, method in METHODS.items()}
        answered = np.all([np.isfinite(walk.at_risk) for walk in walks.values()], axis=0)
        real = outcomes(series)[answered]
        for name, walk in walks.items():
            kept = Walk(walk.at_risk[answered], walk.shortfall[answered])
            scores[name].append(score(real, kept.at_risk, kept.shortfall, level=level))
            _count_crises(crises[name], dates[answered], real < -kept.at_risk)
    return {name: Outcome(pool(scores[name]), scores[name][0], crises[name]) for name in METHODS}


def _count_crises(
    counts: dict[str, tuple[int, int]], dates: NDArray[np.datetime64], exceeded: NDArray[np.bool_]
) -> None:
    for name, (first, last) in CRISES.items():
        inside = (dates >= np.datetime64(first)) & (dates <= np.datetime64(last))
        hits, days = counts[name]
        counts[name] = (hits + int(exceeded[inside].sum()), days + int(inside.sum()))


def main() -> None:
    """Run the backtest and write the page."""
    table = {
        group.title: {level: evaluate(group, level=level) for level in LEVELS} for group in load_groups()
    }
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(table), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
