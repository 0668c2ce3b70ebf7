"""The tables of docs/evidence/volatility.md."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from benchmarks.forecast.ablations import EDGES, FORMS
from benchmarks.forecast.experiments import BandRow, EarlierRow, Overlapping
from benchmarks.forecast.robustness import Ablation, Bias, Universe
from benchmarks.forecast.scores import Score
from benchmarks.forecast.storms import StormRow
from benchmarks.forecast.training import Fit

from riskpanel.risk.arrays import FloatArray

ABSENT = ""
BAND = ("10 %", "50 %", "90 %")
ROUNDING = 1e-9
RIVAL_HEADS = ("t, month", "t, EWMA")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left."""
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *rows))


def digits(value: float | None, places: int = 3) -> str:
    return ABSENT if value is None else f"{value:.{places}f}"


def percent(share: float) -> str:
    return f"{100 * share:+.1f}"


def score_table(scores: Sequence[Score]) -> str:
    scaled = any(score.scaled is not None for score in scores)
    head = [
        "",
        "QLIKE",
        "without crash",
        *(["scaled"] if scaled else []),
        "RMSE",
        "mean of ratios",
        "bias, %",
        "slope",
        *RIVAL_HEADS[: len(scores[0].t)],
    ]
    head.append("below / in / above, %")
    rows = []
    for s in scores:
        band = ABSENT if s.band is None else " / ".join(f"{100 * share:.0f}" for share in s.band)
        extra = [digits(s.scaled)] if scaled else []
        losses = [digits(s.qlike), digits(s.calm), *extra, digits(s.rmse)]
        levels = [digits(s.ratio), percent(s.bias), digits(s.slope)]
        rows.append([s.name, *losses, *levels, *(digits(t, 1) for t in s.t), band])
    return table(head, rows)


def overlapping_table(found: Sequence[Overlapping]) -> str:
    rows = [[row.name, digits(row.qlike), digits(row.calm)] for row in found]
    return table(["", "QLIKE", "without crash"], rows)


def band_table(rows: Sequence[BandRow]) -> str:
    head = ["in the band 2010-2020, %", "band from before 2010", "shipped band"]
    return table(head, [[r.name, f"{100 * r.training:.1f}", f"{100 * r.shipped:.1f}"] for r in rows])


def storm_table(rows: Sequence[StormRow]) -> str:
    head = ["months begun", "model", "origins", "below / in / above, %"]
    lines = []
    for row in rows:
        shares = " / ".join(f"{100 * share:.0f}" for share in row.shares)
        lines.append([" to ".join(row.span), row.name, str(row.n_origins), shares])
    return table(head, lines)


def ablation_table(found: Sequence[Ablation]) -> str:
    head = ["", "2000-04 → 2005-09", "2005-09 → 2000-04", "test", "test without crash"]
    rows = []
    for variant in found:
        rows.append([f"**{variant.name}**", "", "", "", ""])
        figures = zip(variant.late, variant.early, variant.test, variant.calm, strict=True)
        rows += [[name, *(digits(v, 4) for v in line)] for name, line in zip(FORMS, figures, strict=True)]
    return table(head, rows)


def bias_table(bias: Bias) -> str:
    head = [
        "x of the last quarter",
        "plain, training",
        "saturating, training",
        "plain, test",
        "saturating, test",
    ]
    columns = (*bias.training, *bias.test)
    rows = []
    for place, (low, high) in enumerate(pairwise(EDGES)):
        cells = [f"{ratio:.2f} ({n:,})" for ratio, n in (column[place] for column in columns)]
        rows.append(
            [f"{low:g} to {high:g}".replace("-inf to", "below").replace(" to inf", " and more"), *cells]
        )
    return table(head, rows)


def universe_table(found: Sequence[Universe]) -> str:
    head = ["QLIKE", "all symbols", "mean of the sets", "worst set"]
    return table(head, [[u.name, digits(u.everything), digits(u.mean), digits(u.worst)] for u in found])


def coefficient_table(trained: Mapping[str, Fit], shipped: Mapping[str, Fit]) -> str:
    head = ["", "intercept", "1", "5", "21", "63", "stress 1", "stress 5", "move", "scale", "display"]
    rows = []
    for name, fitted in trained.items():
        differences = _numbers(fitted) - _numbers(shipped[name])
        cells = {
            label: f"{number:.3f}" + (f" ({difference:+.3f})" if abs(difference) > ROUNDING else "")
            for label, number, difference in zip(_labels(fitted), _numbers(fitted), differences, strict=True)
        }
        band = " / ".join(cells[label] for label in BAND)
        rows.append([name, *(cells.get(label, ABSENT) for label in head[1:]), band])
    return table([*head, " / ".join(BAND)], rows)


def largest_difference(trained: Mapping[str, Fit], shipped: Mapping[str, Fit]) -> float:
    """Return the largest absolute difference of any number between two sets of coefficients."""
    return max(float(abs(_numbers(fit) - _numbers(shipped[name])).max()) for name, fit in trained.items())


def _labels(fitted: Fit) -> list[str]:
    market = ["stress 1", "stress 5", "move"] if fitted.market else []
    windows = [str(window) for window in fitted.variant.windows]
    return ["intercept", *windows, *market, "scale", "display", *BAND]


def _numbers(fitted: Fit) -> FloatArray:
    rest = [fitted.scale, fitted.display, *fitted.band]
    return np.array([*fitted.coefficients, *rest])


def earlier_table(rows: Sequence[EarlierRow]) -> str:
    head = ["", "intercept and slopes", "scale", "level"]
    lines = []
    for found in rows:
        row = found.row
        lines.append(_line(f"**{row.name}**, as printed", row.coefficients, row.scale))
        lines.append(_line("refitted on 2000-2020", found.whole.coefficients, found.whole.scale))
        lines.append(_line("refitted before 2010", found.before.coefficients, found.before.scale))
    return table(head, lines)


def _line(name: str, coefficients: FloatArray, scale: float) -> list[str]:
    level = scale * float(np.exp(coefficients[0]))
    return [name, ", ".join(f"{value:.3f}" for value in coefficients), digits(scale), digits(level)]
