"""The page says what the command line says: both are held to the same file of numbers and words."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cli.report_documents import changed, complete_document, empty_document, unknown_document
from riskpanel.book.complete import CompleteDocument, DataQuality, StressRecord
from riskpanel.book.findings import Finding, causes
from riskpanel.book.interpretation import (
    beta_level,
    concentration_level,
    percentile_level,
    sector_stance,
    volatility_level,
)
from riskpanel.book.scenarios import built_in_scenarios
from riskpanel.cli import reasons, shapes, words
from riskpanel.cli.cards import build_page
from riskpanel.cli.risk_cards import _TOGETHER
from riskpanel.cli.stress_card import _event, _name
from riskpanel.cli.volatility_card import _METHODS, _TREND_ARROWS

VECTORS = Path(__file__).parents[2] / "web" / "src" / "lib" / "words.vectors.json"
COMMAND = re.compile(r"[:;] riskpanel .*$")  # the page has buttons in place of commands
CARDS = ("volatility", "beta", "sectors", "concentration", "stress", "contributors", "tail")
COUNTED = ("price_coverage", "volatility_coverage", "hhi", "daily_pnl", "max_drawdown", "tracking_error")


def plain(text: str) -> str:
    return COMMAND.sub(".", text.replace(words.SPACE, " "))


def around(*bounds: float) -> list[float]:
    """Each bound, and the numbers right below and above it."""
    found = {x for bound in bounds for x in (bound - 1e-9, bound, bound + 1e-9)}
    return sorted({*found, -0.3, 0.0, max(bounds) * 2})


def correlation_level(average: float) -> str:
    return next(text for least, text in _TOGETHER if average >= least)


def levels() -> dict[str, list[tuple[float, str | None]]]:
    scales = {
        "beta": (beta_level, around(0.5, 0.8, 1.2, 1.5)),
        "volatility": (volatility_level, around(0.15, 0.25, 0.35, 0.5)),
        "percentile": (percentile_level, around(25, 50, 75)),
        "concentration": (concentration_level, around(1000, 1500, 2500)),
        "stance": (sector_stance, around(-0.05, 0.05)),
        "correlation": (correlation_level, around(-0.2, 0.2, 0.4, 0.7)),
    }
    return {name: [(x, level(x)) for x in at] for name, (level, at) in scales.items()}


def numbers() -> dict[str, list[tuple[Any, str]]]:
    amounts = [0, 0.004, -0.004, 12.4, 99.5, 100, 638.83, 999.995, 1000.4, 9_999, 9_999.6, 10_000, 12_400]
    amounts += [999_949, 999_951, 1_234_567, -29_295.9951, 999_960_000, 2.5e9, 1.2e12]
    shares = [None, 0, 0.125, -0.00049, 0.0005, 0.9995, 1, -0.1234, 0.29995]
    return {
        "money": [(x, plain(words.money(x))) for x in amounts],
        "compact": [(x, plain(words.money(x, compact=True))) for x in amounts],
        "percent": [(x, plain(words.percent(x))) for x in shares],
        "whole_percent": [(x, plain(words.percent(x, 0))) for x in shares],
        "signed_percent": [(x, plain(words.percent(x, signed=True))) for x in shares],
        "points": [(x, plain(words.points(x))) for x in shares],
        "ratio": [(x, words.beta(x)) for x in (None, 0, -0.004, 0.785, 1.005, -1.2)],
        "rank": [(x, words.ordinal(x)) for x in (0, 1, 2.4, 11, 12, 13, 22, 50.5, 99.6)],
        "covers": [(x, plain(shapes.covers(x))) for x in (None, 0, 0.3, 0.799, 0.8, 0.9994, 0.9995, 1)],
        "part": [(x, plain(shapes.measured_part(x))) for x in (None, 0, 0.3, 0.7999, 0.8, 1)],
        "volatility_scale": [(x, plain(words.volatility_scale(x))) for x in around(0.15, 0.25, 0.35, 0.5)],
        "day": [(str(x), plain(words.day(x))) for m in range(1, 13) if (x := date(2024, m, 28))],
        "findings": [(x, plain(words.count(x, "finding"))) for x in (1, 2, 1200)],
    }


def told_reasons() -> dict[str, dict[str, str]]:
    contexts = {
        "plain": words.Context(),
        "named": words.Context("SPY"),
        "stopped": words.Context("SPY", index_stopped=True),
    }
    return {
        name: {
            reason: plain(f"{words.why(reason, context)}. {words.remedy(reason, context)}")
            for reason in reasons.REASONS
        }
        for name, context in contexts.items()
    }


def scenario(name: str, kind: str, shock: float | None, **parts: Any) -> StressRecord:
    record = StressRecord(name, kind, shock, Decimal("-1000.0000"), -0.005, 1.0, None, None, None)
    return replace(record, **parts)


def scenarios() -> list[dict[str, object]]:
    known = built_in_scenarios()
    records = [
        scenario(name, kind, None if math.isnan(shock) else shock)
        for name, kind, shock in zip(known.names, known.kinds, known.shocks.tolist(), strict=True)
    ]
    own = (
        ("rates_up_50", "user"),
        ("market_down_10x", "user"),
        ("Euro crisis", "replay"),
        ("a_up_5", "replay"),
    )
    records += [scenario(name, kind, -0.1) for name, kind in own]
    return [
        {
            "kind": record.kind,
            "scenario": record.scenario,
            "shock": record.shock,
            "name": plain(_name(record)),
            "event": plain(_event(record, "A")),
        }
        for record in records
    ]


def found(*parts: tuple[str, str, str] | tuple[str, str, str, tuple[str, ...]]) -> DataQuality:
    findings = tuple(Finding(*part) for part in parts)
    missing = {finding.metric: finding.reason for finding in findings if finding.kind == "missing"}
    return DataQuality(missing, findings)


def without_index(document: CompleteDocument, reason: str) -> CompleteDocument:
    """Nothing has a beta, because the index has no prices, or no new ones."""
    lost = {
        name: None for name in document.snapshot if name.startswith("market_beta") or name == "tracking_error"
    }
    quality = found(
        *(
            (metric, "missing", "market_index_unpriced")
            for metric in ("market_beta_weighted", "market_beta_direct", "tracking_error")
        )
    )
    return replace(
        changed(document, **lost),
        holdings=tuple(replace(one, beta=None, reasons={"beta": reason}) for one in document.holdings),
        stress=tuple(replace(record, pnl=None, pnl_pct=None) for record in document.stress),
        data_quality=quality,
    )


def alone(document: CompleteDocument) -> CompleteDocument:
    one = replace(document.holdings[0], share=1.0, risk_contribution=1.0)
    return replace(
        changed(document, positions_count=1, effective_num_positions=1.0, hhi=10_000.0),
        holdings=(one,),
        data_quality=found(("average_correlation", "missing", "one_position")),
    )


def tail(document: CompleteDocument, at_risk: float, beyond: float) -> CompleteDocument:
    amounts = {"value_at_risk_95_amount": at_risk, "expected_shortfall_95_amount": beyond}
    money = {name: Decimal(f"{share * 200_000:.4f}") for name, share in amounts.items()}
    return changed(document, value_at_risk_95=at_risk, expected_shortfall_95=beyond, **money)


def uncompared(document: CompleteDocument) -> CompleteDocument:
    bare = {
        sector: row | {"benchmark": None, "diff": None}
        for sector, row in document.snapshot["sector_exposure"].items()
    }
    return changed(document, sector_exposure=bare, sector_benchmark_date=None)


def shifted(document: CompleteDocument, by: float) -> CompleteDocument:
    """Every compared sector away from its benchmark to the same side."""
    rows = {
        sector: row
        if row["benchmark"] is None
        else row | {"portfolio": row["benchmark"] * (1 + by), "diff": row["benchmark"] * by}
        for sector, row in document.snapshot["sector_exposure"].items()
    }
    return changed(document, sector_exposure=rows)


def many_findings(document: CompleteDocument) -> CompleteDocument:
    return replace(
        document,
        data_quality=found(
            ("max_drawdown", "missing", "short_history"),
            ("tracking_error", "missing", "short_history"),
            ("market_beta_adjusted", "missing", "small_universe"),
            ("price_coverage", "partial", "stale", ("ACME",)),
            ("market_beta_weighted", "partial", "stale", ("ACME",)),
            ("market_beta_weighted", "partial", "stale", ("BOLT",)),
            ("market_beta_direct", "missing", "market_index_unpriced"),
            ("tracking_error", "missing", "market_index_unpriced"),
            ("expected_volatility_21d", "flag", "clamped"),
        ),
    )


def documents() -> Iterator[tuple[str, CompleteDocument]]:
    full = replace(complete_document(), timeseries=())
    thin = dict.fromkeys(
        ("volatility_coverage", "structure_coverage", "tail_coverage", "sector_coverage"), 0.58
    )
    half = tuple(replace(record, coverage=0.5) for record in full.stress)
    replays = tuple(record for record in full.stress if record.kind == "replay")
    gains = tuple(
        replace(r, pnl=abs(r.pnl or Decimal(0)), pnl_pct=abs(r.pnl_pct or 0.0)) for r in full.stress
    )
    nothing = tuple(replace(record, pnl=Decimal(0), pnl_pct=0.0) for record in full.stress)
    own = scenario("rates_up_50", "user", -0.1, pnl=Decimal("-150000.0000"), pnl_pct=-0.75)
    equal = dict.fromkeys(("ACME", "BOLT", "CORN"), 1 / 3)
    yield "known", full
    yield "covered_in_part", replace(changed(full, market_beta_coverage=0.3, **thin), stress=half)
    yield "on_its_first_day", replace(unknown_document(), timeseries=())
    yield "of_cash", replace(empty_document(), timeseries=())
    yield "of_one_position", alone(full)
    yield "of_an_index_without_prices", without_index(full, "unpriced")
    yield "of_an_index_that_stopped", without_index(full, "stale")
    yield "against_the_market", changed(full, market_beta_weighted=-0.4)
    yield "apart_from_the_market", changed(full, market_beta_weighted=0.004)
    yield "near_the_forecast", changed(full, realized_volatility_21d=0.25, volatility_percentile=None)
    yield "falling", changed(full, realized_volatility_21d=0.4, volatility_percentile=10.0)
    yield "with_a_bad_day_that_gains", tail(full, -0.0025, 0.001)
    yield "with_bad_days_that_gain", tail(full, -0.0025, -0.001)
    yield "with_a_bad_day_of_nothing", tail(full, 0.0, 0.002)
    yield "of_replays", replace(full, stress=replays)
    yield "that_gains", replace(full, stress=gains)
    yield "that_stays", replace(full, stress=nothing)
    yield "with_an_own_scenario", replace(full, stress=(*full.stress, own))
    yield "without_scenarios", replace(full, stress=())
    yield "without_a_benchmark", uncompared(full)
    yield "below_the_benchmark", shifted(full, -0.5)
    yield "above_the_benchmark", shifted(full, 0.5)
    yield "without_sectors", changed(full, sector_coverage=0.2)
    yield "with_findings", many_findings(full)
    yield (
        "of_like_risks",
        replace(
            full,
            holdings=tuple(replace(h, risk_contribution=equal[h.symbol]) for h in full.holdings),
        ),
    )


def served(value: Any) -> Any:
    """A part of a document as the API answers it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))


def as_json(document: CompleteDocument) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(document), default=served, allow_nan=False))


def differing(part: Any, base: Any, *, depth: int) -> Any:
    """What of a document is not as in another one."""
    if depth == 0:
        return part
    return {
        key: differing(value, base.get(key), depth=depth - 1 if key == "snapshot" else 0)
        for key, value in part.items()
        if value != base.get(key)
    }


def cases() -> dict[str, Any]:
    (_, first), *_ = documents()
    base = as_json(first)
    told = []
    for name, document in documents():
        page = build_page(document)
        cards = {card.key: card for card in page.cards}
        told.append(
            {
                "name": name,
                "document": differing(as_json(document), base, depth=2),
                "only_cash": shapes.only_cash(document),
                "health": plain(page.health.value),
                "cards": {
                    key: {
                        "headline": plain(cards[key].headline),
                        "level": plain(cards[key].level),
                        "sentence": plain(cards[key].sentence),
                    }
                    for key in CARDS
                },
                "scenarios": [plain(bar.label) for bar in cards["stress"].bars.rows]
                if cards["stress"].bars
                else [],
            }
        )
    return {"base": base, "cases": told}


def vectors() -> str:
    all_of_it = {
        "levels": levels(),
        "numbers": numbers(),
        "reasons": told_reasons(),
        "remedies_of_several": {
            reason: plain(words.remedy(reason, several=True)) for reason in reasons.REASONS
        },
        "metrics": reasons.METRICS,
        "methods": _METHODS,
        "trends": {name: text.split(" ", 1)[1] for name, text in _TREND_ARROWS.items()},
        "scenarios": scenarios(),
        "documents": cases(),
    }
    return json.dumps(all_of_it, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def test_the_page_is_held_to_the_words_of_the_command_line():
    assert VECTORS.read_text(encoding="utf-8") == vectors(), (
        "words differ: PYTHONPATH=tests .venv/bin/python -m cli.test_shared_words, then npx vitest run in web"
    )


def test_causes_are_counted_once_and_faults_only():
    short = [Finding(metric, "missing", "short_history") for metric in COUNTED[-2:]]
    stale = [Finding("price_coverage", "partial", "stale", (symbol,)) for symbol in ("A", "B")]
    index = [Finding(metric, "missing", "market_index_unpriced") for metric in ("beta", "tracking_error")]
    calm = [Finding("average_correlation", "missing", "one_position")]
    groups = causes([*short, *stale, *calm, *index])
    assert [len(group) for group in groups] == [2, 2, 1, 1]
    assert groups[0] == tuple(index)
    assert causes(calm) == causes([]) == ()


def test_cash_alone_is_one_cause_besides_the_days_pnl():
    cash = [Finding("hhi", "missing", "no_positions"), Finding("max_drawdown", "missing", "short_history")]
    day = Finding("daily_pnl", "missing", "short_history")
    assert [len(group) for group in causes([day, *cash])] == [2, 1]


def test_what_several_numbers_leave_out_is_one_remark_with_each_effect():
    stale = [Finding(metric, "partial", "stale", ("A",)) for metric in ("price_coverage", "tracking_error")]
    (remark,) = words.describe_all(stale)
    assert remark.what == "No price on this day: A."
    assert remark.effect == (
        "Valued at the last close before it. "
        "The tracking error leaves them out; its coverage says how much is left."
    )


if __name__ == "__main__":
    VECTORS.write_text(vectors(), encoding="utf-8")
