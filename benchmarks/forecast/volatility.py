"""Retrain the volatility forecast, score the library, write docs/evidence/volatility.md.

Run as ``.venv/bin/python -m benchmarks.forecast.volatility``; it takes a few minutes on one core.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from benchmarks.forecast import experiments, robustness
from benchmarks.forecast import volatility_page as page
from benchmarks.forecast.experiments import EarlierRow
from benchmarks.forecast.grids import Holder, Study, study, train
from benchmarks.forecast.panel import load_panel
from benchmarks.forecast.portfolios import PER_ORIGIN
from benchmarks.forecast.scores import Method, Score
from benchmarks.forecast.scoring import newey_west_lags
from benchmarks.forecast.shipped import assert_agreement, library_methods, shipped_fits
from benchmarks.forecast.training import Fit

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence" / "volatility.md"
TEMPLATE = Path(__file__).with_name("volatility_template.md")
STOCK, PORTFOLIO = "instrument, close + market (closes)", "portfolio, close + market (closes)"


def main() -> None:
    gathered = study(load_panel())
    trained, shipped = train(gathered), shipped_fits()
    origins = gathered.test["instrument"].origins
    methods: dict[Holder, list[Method]] = {
        "instrument": library_methods(gathered.panel, origins, "instrument"),
        "portfolio": library_methods(gathered.panel, origins, "portfolio"),
    }
    agreement = max(assert_agreement(found, gathered.test[holder]) for holder, found in methods.items())
    earlier = experiments.earlier_rows(gathered)
    stocks = experiments.instrument_scores(gathered, methods["instrument"], earlier)
    portfolios = experiments.portfolio_scores(gathered, methods["portfolio"], earlier)
    subset = experiments.subset_scores(gathered, methods["instrument"])
    words = facts(gathered, trained) | tables(gathered, shipped)
    words |= {
        "instruments": page.score_table(stocks),
        "portfolios": page.score_table(portfolios),
        "subset": page.score_table(subset),
        "bands": page.band_table(experiments.band_rows(gathered, methods, trained)),
        "coefficients": page.coefficient_table(trained, shipped),
        "largest_difference": f"{page.largest_difference(trained, shipped):.3f}",
        "agreement": f"{agreement:.0e}",
        "earlier": page.earlier_table(earlier),
        "earlier_verdict": earlier_verdict(stocks + portfolios, earlier),
    }
    words |= headlines(stocks, portfolios, subset)
    PAGE.write_text(Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def tables(gathered: Study, shipped: Mapping[str, Fit]) -> dict[str, str]:
    """Return the tables that rest on the shipped coefficients and on samples of their own."""
    origins = gathered.test["portfolio"].origins
    neutral = library_methods(gathered.panel, origins, "portfolio", neutral=True)
    ablations = [robustness.ablation(gathered, shipped[name]) for name in robustness.ABLATED]
    bias = robustness.quarter_bias(gathered, shipped[STOCK])
    return {
        "neutral": page.score_table(experiments.neutral_scores(gathered, neutral)),
        "overlapping_instruments": page.overlapping_table(
            experiments.overlapping_scores(gathered, shipped, "instrument")
        ),
        "overlapping_portfolios": page.overlapping_table(
            experiments.overlapping_scores(gathered, shipped, "portfolio")
        ),
        "ablation": page.ablation_table(ablations),
        "bias": page.bias_table(bias),
        "wild": " and ".join(f"{columns[-1][0]:.2f}" for columns in (bias.training[0], bias.test[0])),
        "asleep": " and ".join(f"{columns[0][0]:.2f}" for columns in (bias.training[0], bias.test[0])),
        "universes": page.universe_table(robustness.small_universes(gathered, shipped)),
        "universe_size": str(robustness.UNIVERSE),
        "n_sets": str(robustness.SUBSETS),
    }


def facts(gathered: Study, trained: Mapping[str, Fit]) -> dict[str, str]:
    """Return dates and counts."""
    panel, test = gathered.panel, gathered.test
    dates = panel.dates[test["instrument"].origins]
    realized = [grid.samples["close"].realized for grid in test.values()]
    return {
        "n_symbols": str(len(panel.symbols)),
        "first": str(panel.dates[0]),
        "last": str(panel.dates[-1]),
        "n_training": f"{trained[STOCK].n_rows:,}",
        "n_training_portfolio": f"{trained[PORTFOLIO].n_rows:,}",
        "n_origins": str(len(dates)),
        "test_first": str(dates[0]),
        "test_last": str(dates[-1]),
        "n_zero": str(sum(int((values == 0).sum()) for values in realized)),
        "n_portfolios": f"{realized[1].size:,}",
        "per_origin": str(PER_ORIGIN),
        "lags": str(newey_west_lags(len(dates))),
        "n_subset": str(experiments.SUBSET),
        "crash_origins": " and ".join(str(day) for day in dates[~gathered.calm(test["instrument"])]),
    }


def headlines(
    stocks: Sequence[Score], portfolios: Sequence[Score], subset: Sequence[Score]
) -> dict[str, str]:
    """Return the figures of the first paragraph."""
    stock, portfolio, few = ({score.name: score for score in table} for table in (stocks, portfolios, subset))
    rolling, ewma = "rolling 21 sessions", "EWMA 0.97"
    garch = next(name for name in few if name.startswith("GARCH"))

    def gain(table: Mapping[str, Score], ours: str, other: str) -> str:
        return f"{100 * (1 - table[ours].qlike / table[other].qlike):.0f}"

    def inside(table: Mapping[str, Score], name: str) -> str:
        band = table[name].band
        return "" if band is None else f"{100 * band[1]:.0f}"

    lost = [1 - s.calm / s.qlike for s in (*stocks, *portfolios)]
    return {
        "n_cells": f"{stocks[0].n_cells:,}",
        "crash_least": f"{100 * min(lost):.0f}",
        "crash_most": f"{100 * max(lost):.0f}",
        "ratio_instrument": f"{stock[STOCK].ratio:.2f}",
        "ratio_portfolio": f"{portfolio[PORTFOLIO].ratio:.2f}",
        "ratio_rolling": f"{stock[rolling].ratio:.2f}",
        "gain_instrument": gain(stock, STOCK, rolling),
        "gain_portfolio": gain(portfolio, PORTFOLIO, rolling),
        "gain_ewma": gain(stock, STOCK, ewma),
        "gain_garch": gain(few, STOCK, garch),
        "loss_close": f"{stock['instrument, close'].qlike:.3f}",
        "loss_market": f"{stock[STOCK].qlike:.3f}",
        "loss_range": f"{stock['instrument, range + market (ranges)'].qlike:.3f}",
        "band_instrument": inside(stock, STOCK),
        "band_portfolio": inside(portfolio, PORTFOLIO),
    }


COUNTERPARTS = {
    "earlier: instrument, close": "instrument, close",
    "earlier: instrument, range": "instrument, range",
    "earlier: instrument, range + market": "instrument, range + market (ranges)",
    "earlier: portfolio, close": "portfolio, close",
    "earlier: portfolio, close + market": "portfolio, close + market (ranges)",
}


def earlier_verdict(scores: Sequence[Score], earlier: Sequence[EarlierRow]) -> str:
    """Say in a sentence a row how the shipped form did against the earlier one fitted on the same years."""
    by_name = {score.name: score for score in scores}
    sentences = []
    for found in earlier:
        ours, theirs = by_name[COUNTERPARTS[found.row.name]], by_name[found.honest.name]
        all_of_it = f"{ours.qlike:.3f} against {theirs.qlike:.3f}"
        calm = f"{ours.calm:.3f} against {theirs.calm:.3f}"
        sentences.append(f"- {ours.name}: {all_of_it}, without the crash {calm}")
    return "Shipped form against the earlier form, both fitted before 2010:\n\n" + "\n".join(sentences)


if __name__ == "__main__":
    main()
