"""Retrain the volatility forecast, score the library, write docs/evidence/volatility.md.

Run as ``.venv/bin/python -m benchmarks.forecast.volatility``; it takes a few minutes on one core.
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from benchmarks.forecast import experiments, robustness
from benchmarks.forecast import volatility_page as page
from benchmarks.forecast import volatility_words as words_of
from benchmarks.forecast.grids import Holder, Study, study, train
from benchmarks.forecast.panel import load_panel
from benchmarks.forecast.portfolios import PER_ORIGIN
from benchmarks.forecast.scores import Method
from benchmarks.forecast.scoring import newey_west_lags
from benchmarks.forecast.shipped import assert_agreement, library_methods, shipped_fits
from benchmarks.forecast.storms import storm_rows
from benchmarks.forecast.training import Fit
from benchmarks.forecast.volatility_words import PORTFOLIO, STOCK, Scores, by_name

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence" / "volatility.md"
TEMPLATE = Path(__file__).with_name("volatility_template.md")


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
    neutral = library_methods(gathered.panel, origins, "portfolio", neutral=True)
    hedged = experiments.neutral_scores(gathered, neutral)
    often = experiments.overlapping_scores(gathered, shipped, "instrument")
    found = Scores(*map(by_name, (stocks, subset, portfolios, hedged)), {row.name: row for row in often})
    words = facts(gathered, trained) | tables(gathered, shipped)
    words |= {
        "instruments": page.score_table(stocks),
        "portfolios": page.score_table(portfolios),
        "subset": page.score_table(subset),
        "neutral": page.score_table(hedged),
        "overlapping_instruments": page.overlapping_table(often),
        "bands": page.band_table(experiments.band_rows(gathered, methods, trained)),
        "coefficients": page.coefficient_table(trained, shipped),
        "largest_difference": f"{page.largest_difference(trained, shipped):.3f}",
        "agreement": f"{agreement:.0e}",
        "earlier": page.earlier_table(earlier),
        "earlier_verdict": words_of.earlier_verdict(found, earlier),
        "noted_multipliers": words_of.noted_multipliers(earlier),
    }
    words |= words_of.multiplier_gaps(earlier) | words_of.headlines(found) | words_of.noted_losses(found)
    PAGE.write_text(Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def tables(gathered: Study, shipped: Mapping[str, Fit]) -> dict[str, str]:
    """Return the tables that rest on the shipped coefficients and on samples of their own."""
    ablations = [robustness.ablation(gathered, shipped[name]) for name in robustness.ABLATED]
    bias = robustness.quarter_bias(gathered, shipped[STOCK])
    return {
        "overlapping_portfolios": page.overlapping_table(
            experiments.overlapping_scores(gathered, shipped, "portfolio")
        ),
        "ablation": page.ablation_table(ablations),
        "bias": page.bias_table(bias),
        "storms": page.storm_table(storm_rows(gathered, shipped, names=(STOCK, PORTFOLIO))),
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


if __name__ == "__main__":
    main()
