"""Which estimate of beta says most about the next quarter's: writes docs/evidence/beta.md.

Run as ``python -m benchmarks.forecast.beta``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.forecast.beta_methods import (
    CHOSEN,
    FADING_ROWS,
    Outcomes,
    fading,
    mean_return,
    one_variance,
    outcomes,
    read_index,
)
from benchmarks.forecast.beta_noted import Against, noted_before, scored
from benchmarks.forecast.panel import Panel, load_panel
from benchmarks.forecast.scoring import calibration, diebold_mariano, root_mean_square_error

from riskpanel.risk import market_beta, market_beta_hac
from riskpanel.risk.arrays import BoolArray, FloatArray

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence" / "beta.md"
BOOKS, NAMES = 100, 30


def stock_rows(found: Outcomes) -> list[str]:
    """Score every method: RMSE and slope early, late and in all years, and the test against the chosen."""
    rows = []
    for name, said in found.said.items():
        cells = [f"**{name}**" if name == CHOSEN else name]
        for which in ("early", "late", "all"):
            part = found.part(which)
            error = root_mean_square_error(found.after[part], said[part])
            cells += [f"{error:.3f}", f"{calibration(found.after[part], said[part]).slope:.2f}"]
        losses = [np.square(found.after - value) for value in (said, found.said[CHOSEN])]
        cells.append("" if name == CHOSEN else f"{diebold_mariano(losses[0], losses[1]).t:.1f}")
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def book_rows(found: Outcomes) -> list[str]:
    """Score weighted sums of betas for random books of 30 stocks, long, and long and short."""
    rng = np.random.default_rng(63)
    kinds = {"long": np.ones(NAMES), "hedged": np.where(np.arange(NAMES) < NAMES // 2, 1.0, -1.0)}
    errors: dict[tuple[str, str, bool], list[float]] = {}
    for row, late in enumerate(found.late):
        there = np.flatnonzero(np.isfinite(found.after[row]))
        for kind, signs in kinds.items():
            for _ in range(BOOKS):
                picked, weights = (
                    rng.choice(there, NAMES, replace=False),
                    rng.dirichlet(np.ones(NAMES)) * signs,
                )
                came = weights @ found.after[row, picked]
                for name, said in found.said.items():
                    miss = float(weights @ said[row, picked] - came)
                    errors.setdefault((name, kind, bool(late)), []).append(miss)
    rows = []
    for name in ("OLS 90", "OLS 252", "OLS 252, shrunk", "EWMA .99", CHOSEN):
        scores = [
            f"{np.sqrt(np.mean(np.square(errors[name, kind, late]))):.3f}"
            for kind in kinds
            for late in (False, True)
        ]
        label = f"**{name}**" if name == CHOSEN else name
        rows.append("| " + " | ".join([label, *scores]) + " |")
    return rows


@dataclass(frozen=True, slots=True)
class Adjacent:
    """Shares of adjacent windows whose betas differ, or lie outside the interval, of so many pairs."""

    label: str
    apart: float
    outside: float
    n_pairs: int


def adjacent_windows(panel: Panel, market: FloatArray) -> list[Adjacent]:
    """Count how often the betas of adjacent windows of 90 sessions lie apart, or outside the interval."""
    returns, found = panel.returns, list[Adjacent]()
    ends = range(91, len(returns) - 90 + 1, 90)
    for label, method in (("plain", market_beta), ("Newey-West", market_beta_hac)):
        apart, outside = list[BoolArray](), list[BoolArray]()
        for t in ends:
            one = method(returns[t - 90 : t], market[t - 90 : t], min_obs=60)
            other = method(returns[t : t + 90], market[t : t + 90], min_obs=60)
            gap = np.abs(one.beta - other.beta)
            known = np.isfinite(gap)
            apart.append(gap[known] > 1.96 * np.hypot(one.std_error, other.std_error)[known])
            outside.append(gap[known] > 1.96 * one.std_error[known])
        shares = (float(np.mean(np.concatenate(part))) for part in (apart, outside))
        found.append(Adjacent(label, *shares, sum(map(len, apart))))
    return found


def adjacent_rows(found: Sequence[Adjacent]) -> list[str]:
    """Print the shares."""
    return [f"| {a.label} | {100 * a.apart:.0f} % | {100 * a.outside:.0f} % | {a.n_pairs:,} |" for a in found]


def error_rows(panel: Panel, market: FloatArray, found: Outcomes) -> list[str]:
    """Score two standard errors of the fading beta by how well they rank and size its misses."""
    returns = panel.returns
    pooled: dict[str, list[FloatArray]] = {"each session its own variance (White)": [], "one variance": []}
    for row, t in enumerate(found.origins):
        own = fading(returns[:t], market[:t])
        same = one_variance(returns[:t][-FADING_ROWS:], market[:t][-FADING_ROWS:], own.beta)
        squared = np.square(found.after[row] - own.beta)
        for name, error in zip(pooled, (own.std_error, same), strict=True):
            variance = np.square(error) + np.square(found.after_error[row])
            pooled[name].append(np.log(variance) + squared / variance)
    rows = []
    for name, scores in pooled.items():
        means = [np.nanmean(np.array(scores)[found.part(which)]) for which in ("early", "late")]
        rows.append(f"| {name} | {means[0]:.3f} | {means[1]:.3f} |")
    return rows


def posterior_shares(found: Outcomes) -> list[str]:
    """Count the next betas within 1.96 errors of the chosen estimate, with and without their own error."""
    miss = np.abs(found.after - found.said[CHOSEN])
    known = np.isfinite(miss)
    both = np.hypot(found.posterior_error, found.after_error)
    return [
        f"{100 * np.mean(miss[known] <= 1.96 * error[known]):.0f} %" for error in (both, found.after_error)
    ]


def page(panel: Panel) -> str:
    """Write the whole page."""
    tables: list[str] = []
    against: list[Against] = []
    for title, market in (
        ("the S&P 500 price index", read_index(panel)),
        ("the equal-weight mean of the panel", mean_return(panel.returns)),
    ):
        found = outcomes(panel, market)
        adjacent = adjacent_windows(panel, market)
        against.append(scored(found, apart=adjacent[0].apart))
        within, _ = posterior_shares(found)
        tables += [
            MARKET.format(
                title=title,
                stocks="\n".join(stock_rows(found)),
                books="\n".join(book_rows(found)),
                adjacent="\n".join(adjacent_rows(adjacent)),
                errors="\n".join(error_rows(panel, market, found)),
                within=within,
                pairs=against[-1].n_pairs,
                origins=len(found.origins),
            )
        ]
    first, last = panel.dates[0], panel.dates[-1]
    introduction = INTRODUCTION.format(symbols=len(panel.symbols), first=first, last=last)
    return introduction + "\n".join([*tables, noted_before(*against)])


INTRODUCTION = """# Evidence: market beta

Which estimate of a stock's beta says most about its beta in the next quarter, how far betas drift, and
what follows for a portfolio. Written by `python -m benchmarks.forecast.beta`; the numbers below come from
the functions of `riskpanel.risk`.

**Data**: adjusted daily closes of {symbols} stocks that were members of the S&P 500 in 2021, {first} to
{last}. Later prices were not looked at. The list is one of survivors, which flatters no method over
another as far as is known.
**Origins** are 63 sessions apart and do not overlap. A method sees what lies before the origin; what
comes is the OLS beta of the 63 sessions from it on (at least 60 pairs). All methods are scored on the
same stocks and quarters.
**Early** is before 2010, where the decay and the way of shrinking were chosen; **late** is from 2010 on.

**RMSE**: root of the mean squared miss, lower is better; a part of it is the sampling error of the
quarter's own OLS beta, which no method can foresee. **Slope**: what came, regressed on what was said; 1
is ideal, below 1 the method exaggerates.
**t**: Diebold-Mariano statistic of the squared misses against the chosen method over all origins
(differences averaged over the stocks of an origin first); above 2 the chosen one is better beyond chance.

## What follows

- Shrunk fading betas (`ewma_market_beta`, then `vasicek_shrinkage`) miss less than every plain, Blume-
  adjusted or shrunk OLS estimate, early and late, against both markets, and exaggerate least. This is
  `EWMA_VASICEK`, the base of `market_beta_adjusted`.
- Decays from .985 to .9925 differ in the third digit. .99 stays.
- Bounding returns between -2 and 4 times the market's before the fit (Welch 2022) does without shrinking
  what shrinking does: misses about 1 % smaller against the index, none smaller against the panel's mean in
  the early years, where the choice was made. Not adopted: the gain is small and not the same everywhere.
- For long books of 30 stocks most of a single beta's noise has cancelled out, and forgetting matters more
  than shrinking: the adjusted sum misses by about a tenth less than the raw 90-session one, and the
  unshrunk fading one does as well or a little better. In hedged books shrinking gains a little.
- An interval of sampling error is too narrow for anything that lies ahead: betas move. Say "sampling
  error only".
- No RMSE that had been noted when the method was chosen came out to the digit; the order of the methods and
  the size of the gain did. The last section sets them side by side.

"""

MARKET = """## Against {title}

{pairs:,} pairs of stock and quarter, {origins} origins.

| method | RMSE early | slope | RMSE late | slope | RMSE all | slope | t |
|---|---|---|---|---|---|---|---|
{stocks}

Weighted sums of betas for random books of 30 stocks (100 books an origin and kind; hedged: half of them
short), RMSE:

| method | long, early | long, late | hedged, early | hedged, late |
|---|---|---|---|---|
{books}

Betas of adjacent windows of 90 sessions, at least 60 pairs in each: how often they differ by more than
1.96 standard errors of the difference, and how often the later one lies outside the 95 % interval of the
earlier one. Both would be 5 % or (for the second, which leaves out the later one's error) 17 % if betas
stood still.

| standard errors | differ | outside the interval | pairs |
|---|---|---|---|
{adjacent}

The next quarter's beta lay within 1.96 standard errors (the posterior one and the quarter's own together)
of the shrunk fading beta in {within} of cases; 95 % if betas stood still.

Two standard errors for the fading beta, by the mean of ln v + miss² / v with v the squared error plus
that of the quarter's beta (lower is better):

| standard error | early | late |
|---|---|---|
{errors}
"""


if __name__ == "__main__":
    PAGE.write_text(page(load_panel()), encoding="utf-8")
