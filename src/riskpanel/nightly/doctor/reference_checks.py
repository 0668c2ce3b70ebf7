"""Checks of what numbers are compared with and where they come from: sectors, benchmarks, sources."""

from datetime import date

from riskpanel.nightly.doctor.checks import (
    Affected,
    Check,
    Judgement,
    Severity,
    Trouble,
    Unexamined,
    have,
    plural,
)
from riskpanel.nightly.doctor.facts import Facts, Prices
from riskpanel.nightly.doctor.symbol_checks import with_prices

PART = "Sectors and benchmarks"
SOURCES = "Sources"


def _unclassified(facts: Facts) -> Judgement:
    names = sorted(facts.unclassified.intersection(facts.held.holders))
    if not names:
        return None
    told = plural(len(names), "held symbol", of=len(facts.held.holders))
    return Trouble(f"{told} {have(len(names))} no sector", [Affected(name) for name in names])


def _no_benchmark(facts: Facts) -> Judgement:
    lacking = sorted(code for code in facts.benchmarks if not facts.benchmark_dates.get(code))
    if not lacking:
        return None
    told = plural(len(lacking), "benchmark", of=len(facts.benchmarks))
    affected = [Affected(code, f"of {plural(facts.benchmarks[code], 'portfolio')}") for code in lacking]
    return Trouble(
        f"{told} {have(len(lacking))} no sector weights", affected, [_update(code) for code in lacking]
    )


def _newest_known(facts: Facts, as_of: date) -> dict[str, date]:
    """Return the day of the weights that a session is compared with: the newest up to it, else the oldest."""
    dated = {
        code: facts.benchmark_dates[code]
        for code in sorted(facts.benchmarks)
        if facts.benchmark_dates.get(code)
    }
    return {code: max((day for day in days if day <= as_of), default=days[0]) for code, days in dated.items()}


def _old_benchmark(facts: Facts, prices: Prices) -> Judgement:
    most = facts.policy.benchmark_max_age
    days = {code: (prices.as_of - day).days for code, day in _newest_known(facts, prices.as_of).items()}
    old = [code for code, age in days.items() if age > most]
    if not old:
        return None
    told = plural(len(old), "benchmark", of=len(facts.benchmarks))
    affected = [Affected(code, f"{days[code]} days before {prices.as_of}") for code in old]
    return Trouble(
        f"{told} {have(len(old))} weights older than {most} days", affected, [_update(code) for code in old]
    )


def _late_benchmark(facts: Facts, prices: Prices) -> Judgement:
    late = {code: day for code, day in _newest_known(facts, prices.as_of).items() if day > prices.as_of}
    if not late:
        return None
    told = plural(len(late), "benchmark", of=len(facts.benchmarks))
    affected = [Affected(code, f"{day}") for code, day in late.items()]
    return Trouble(
        f"{told} {have(len(late))} no weights as old as {prices.as_of}; the oldest stand in", affected
    )


def _update(code: str) -> str:
    return f"riskpanel benchmark update --code {code}"


def _unusable(facts: Facts) -> Judgement:
    broken = [one for one in facts.sources if one.fault]
    if not broken:
        return None
    told = plural(len(broken), "source", of=len(facts.sources))
    hints = dict.fromkeys(one.hint for one in broken if one.hint)
    return Trouble(
        f"{told} cannot be used as set",
        [Affected(one.name, one.fault) for one in broken],
        remedy="; ".join(hints),
    )


def _silent(facts: Facts) -> Judgement:
    asked = [one for one in facts.sources if one.asked]
    if not asked:
        return Unexamined("sources are asked with --online only")
    silent = [one for one in asked if one.silent]
    if not silent:
        return None
    told = plural(len(silent), "source", of=len(asked))
    return Trouble(f"{told} gave no answer", [Affected(one.name, one.silent) for one in silent])


REFERENCE_CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "unclassified",
        PART,
        Severity.WARNING,
        "Symbols without a sector",
        "held symbols without one of the 11 GICS sectors, and without known holdings as a fund",
        "they count as Unclassified: sector exposure and sector stress leave them out, and say so.",
        "Fetch what sources know of them, or import a file of instruments; for a fund, what it holds.",
        "every held symbol has a sector",
        _unclassified,
        ("riskpanel fetch", "riskpanel import instruments FILE", "riskpanel import fund SYMBOL FILE"),
    ),
    Check(
        "benchmark-missing",
        PART,
        Severity.ERROR,
        "No benchmark weights",
        "whether each portfolio's benchmark has sector weights",
        "sector exposure has nothing to be compared with: the benchmark and the difference are missing.",
        "Update the benchmark, or give the portfolios a benchmark that has weights.",
        "every benchmark has sector weights",
        _no_benchmark,
        ("riskpanel benchmark update --code CODE",),
    ),
    Check(
        "benchmark-old",
        PART,
        Severity.WARNING,
        "Old benchmark weights",
        "the weights that the newest session is compared with against `benchmark_max_age`, 180 days unless "
        "set",
        "over- and underweights are those against a market of the past; snapshots flag them.",
        "Update the benchmark; once a week is enough.",
        "benchmark weights are of late",
        with_prices(_old_benchmark),
        ("riskpanel benchmark update --code CODE",),
    ),
    Check(
        "benchmark-late",
        PART,
        Severity.NOTE,
        "Benchmark weights of a later day",
        "benchmarks whose oldest weights are of a day after the newest session with prices",
        "sector exposure is compared with weights that nobody knew that day; snapshots say so.",
        "Nothing has to be done for sessions of today. For older ones import weights of their time.",
        "benchmark weights are not of later days",
        with_prices(_late_benchmark),
    ),
    Check(
        "source-unusable",
        SOURCES,
        Severity.WARNING,
        "A source cannot be used",
        "the settings of each source of market data: its key, its folder",
        "`riskpanel fetch` and the scheduler refuse to begin.",
        "Set what is missing, or leave the source out of `RISKPANEL_SOURCES`.",
        "every source is set as it must be",
        _unusable,
    ),
    Check(
        "source-silent",
        SOURCES,
        Severity.WARNING,
        "A source gives no answer",
        "with `--online` only: asks each source for a week of the market index that most portfolios use",
        "a fetch leaves a source that fails alone and asks the next one; without any, prices stop.",
        "The answer says which: a key, a plan, a quota, the network. Try again later, or set another source.",
        "every source answers",
        _silent,
        ("riskpanel doctor --online",),
    ),
)
