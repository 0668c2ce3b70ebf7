"""Sector weights of a benchmark, built from what sources say; what cannot be used is refused by name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from riskpanel.book.benchmark import BenchmarkWeights, FundHolding, FundHoldings, IndexMember, Labelled
from riskpanel.book.sectors import CASH, GICS_SECTORS, classify_sector
from riskpanel.book.symbols import normalize_symbol, shortened
from riskpanel.errors import InputError
from riskpanel.risk.arrays import FloatArray

TOTAL_TOLERANCE = 0.01  # of 1: how far a source's weights may be from a whole before they are normalised
MOST_OUTSIDE = 0.05  # of the whole: cash and what else has no sector
MOST_UNVALUED = 0.02  # of the members: those without a market value
_VALUE_AGAINST_WEIGHT = 0.005  # of the whole: how far a holding's value may be from its published weight
_ROUNDING = 1e-12
_CENT = Decimal("0.01")
_LISTED = 12


@dataclass(frozen=True, slots=True)
class BuiltBenchmark:
    """Weights that may be stored, and what a person should know of how they came about."""

    benchmark: BenchmarkWeights
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A fraction of the whole, with its sector label (None: no sector), and its name for messages."""

    name: str
    label: str | None
    share: float


@dataclass(frozen=True, slots=True)
class _Company:
    """The share classes of a company, its value once, and its sector label or stored sector."""

    symbols: tuple[str, ...]
    label: str | None
    stored: bool
    value: float | None


def build_from_labels(labelled: Labelled, *, code: str, asof_date: date, source: str) -> BuiltBenchmark:
    """Build from weights by label.

    Raises
    ------
    InputError
        For a total off 1 by more than 1 %, more than 5 % without a sector, an unknown label with a weight,
        the same label twice, or a weight that is negative or no number.
    """
    labels = [label for label, _ in labelled.weights]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise InputError(f"sector given twice: {_listed(repeated)}")
    parts = [_Part(label, label, weight) for label, weight in labelled.weights]
    weights, notes = _sector_weights(parts)
    benchmark = BenchmarkWeights(code, asof_date, weights, source, labelled.method, _taxonomy(labels))
    return BuiltBenchmark(benchmark, notes)


def build_from_members(
    members: Sequence[IndexMember],
    gics: Mapping[str, str],
    *,
    code: str,
    asof_date: date,
    source: str,
) -> BuiltBenchmark:
    """Build from members with full market values; ``gics`` has the stored GICS sectors by symbol.

    The classes of a company (one ``cik``) are one constituent, whose largest value counts once: sources give
    each class the value of the whole company.

    Raises
    ------
    InputError
        For more than 2 % of companies without a positive value, more than 5 % of value without a sector, an
        unknown label, or share classes in different sectors.
    """
    companies = _companies(members, gics)
    valued = [company for company in companies if company.value is not None]
    unvalued = [company.symbols[0] for company in companies if company.value is None]
    if not valued or len(unvalued) > MOST_UNVALUED * len(companies) + _ROUNDING:
        raise InputError(
            f"too many members without a market value: {len(unvalued):,} of {len(companies):,}",
            details=(_listed(unvalued),) if unvalued else (),
        )
    total = math.fsum(company.value or 0.0 for company in valued)
    parts = [_Part(one.symbols[0], one.label, (one.value or 0.0) / total) for one in valued]
    weights, notes = _sector_weights(parts)
    values = _by_sector((company.label, company.value or 0.0) for company in valued)
    by_gics = all(company.stored for company in valued)
    benchmark = BenchmarkWeights(
        code,
        asof_date,
        weights,
        source,
        "full_cap",
        "gics" if by_gics else _taxonomy([member.sector for member in members]),
        tuple(Decimal(repr(math.fsum(found))).quantize(_CENT) for found in values),
        tuple(map(len, values)),
    )
    return BuiltBenchmark(benchmark, (*_member_notes(members, companies, unvalued), *notes))


def build_from_holdings(
    holdings: FundHoldings, gics: Mapping[str, str], *, code: str, source: str
) -> BuiltBenchmark:
    """Build from a fund's holdings, by value where all have one, else by published weight.

    ``gics`` has the stored GICS sectors by symbol, for rows without a sector. The fund's own money in a
    sector is not the value of its constituents, so ``market_caps`` is None.

    Raises
    ------
    InputError
        As for weights by label, and where values and published weights disagree or both are incomplete.
    """
    rows = holdings.rows
    shares = holding_shares(rows)
    parts = [_Part(_called(row), _label(row, gics), share) for row, share in zip(rows, shares, strict=True)]
    weights, notes = _sector_weights(parts)
    held = _by_sector((part.label, part.share) for part in parts if part.share > 0)
    benchmark = BenchmarkWeights(
        code,
        holdings.asof_date,
        weights,
        source,
        "float_cap",
        _taxonomy([part.label for part in parts]),
        counts=tuple(map(len, held)),
    )
    return BuiltBenchmark(benchmark, notes)


def _sector_weights(parts: Sequence[_Part]) -> tuple[FloatArray, tuple[str, ...]]:
    """Return weights (11,) that sum to 1, and what was left out of them; independent of the rows' order."""
    _refuse_unusable(parts)
    total = math.fsum(part.share for part in parts)
    if not abs(total - 1.0) <= TOTAL_TOLERANCE + _ROUNDING:
        percents = abs(total - 100.0) <= 100.0 * TOTAL_TOLERANCE
        raise InputError(
            f"the weights do not sum to 1: they sum to {total:.4f}",
            hint="they look like percents" if percents else "",
        )
    outside = [part for part in parts if classify_sector(part.label).sector is None and part.share != 0]
    left_out = math.fsum(abs(part.share) for part in outside)
    if left_out > MOST_OUTSIDE + _ROUNDING:
        raise InputError(
            f"too much has no sector: {left_out:.2%} of the whole, at most {MOST_OUTSIDE:.0%} may",
            details=(_listed([part.name for part in outside]),),
        )
    sums = np.array([math.fsum(found) for found in _by_sector((part.label, part.share) for part in parts)])
    notes = (f"left out, without a sector: {left_out:.2%} of the whole",) if left_out >= 0.00005 else ()
    return sums / math.fsum(sums), notes


def _refuse_unusable(parts: Sequence[_Part]) -> None:
    """Refuse weights that are no numbers, negative ones of a sector, and labels that no table knows."""
    wrong = [part.name for part in parts if not math.isfinite(part.share)]
    if wrong:
        raise InputError(f"not a number: the weight of {_listed(wrong)}")
    negative = [part for part in parts if part.share < 0 and classify_sector(part.label).sector]
    if negative:
        raise InputError(f"negative weight: {_listed([part.name for part in negative])}")
    unknown: dict[str, list[float]] = {}
    for part in parts:
        if part.share != 0 and not _known(part.label):
            unknown.setdefault(str(part.label), []).append(part.share)
    if unknown:
        told = [f"'{shortened(label)}' ({math.fsum(found):.2%})" for label, found in sorted(unknown.items())]
        raise InputError(f"unknown sector: {_listed(told)}", hint="nothing is left out in silence")


def _known(label: str | None) -> bool:
    return classify_sector(label).recognized or (label or "").strip().casefold() == CASH.casefold()


def _by_sector(amounts: Iterable[tuple[str | None, float]]) -> list[list[float]]:
    """Sort amounts into the 11 sectors by their labels; those without a sector are left out."""
    found: dict[str | None, list[float]] = {}
    for label, amount in amounts:
        found.setdefault(classify_sector(label).sector, []).append(amount)
    return [found.get(sector, []) for sector in GICS_SECTORS]


def _taxonomy(labels: Iterable[str | None]) -> str:
    """Return whose vocabulary the labels are: a word that is not GICS's own shows another one."""
    return "mapped" if any(classify_sector(label).taxonomy == "mapped" for label in labels) else "gics"


def _companies(members: Sequence[IndexMember], gics: Mapping[str, str]) -> list[_Company]:
    classes: dict[str, list[IndexMember]] = {}
    for member in members:
        number = _company_number(member)
        classes.setdefault(f"cik {number}" if number else normalize_symbol(member.symbol), []).append(member)
    return [_company(found, gics) for _, found in sorted(classes.items())]


def _company_number(member: IndexMember) -> str:
    return (member.cik or "").strip().lstrip("0")


def _company(classes: Sequence[IndexMember], gics: Mapping[str, str]) -> _Company:
    symbols = tuple(sorted({normalize_symbol(member.symbol) for member in classes}))
    stored = {gics[symbol] for symbol in symbols if symbol in gics}
    labels = {member.sector for member in classes if not classify_sector(member.sector).recognized}
    labels |= {sector for member in classes if (sector := classify_sector(member.sector).sector)}
    sectors = sorted(stored or {label for label in labels if label})
    if len(sectors) > 1:
        raise InputError(f"share classes in different sectors: {_listed(symbols)}: {_listed(sectors)}")
    values = [member.market_cap for member in classes if member.market_cap is not None]
    usable = [value for value in values if math.isfinite(value) and value > 0]
    return _Company(symbols, next(iter(sectors), None), bool(stored), max(usable, default=None))


def _member_notes(
    members: Sequence[IndexMember], companies: Sequence[_Company], unvalued: Sequence[str]
) -> tuple[str, ...]:
    several = sorted(company.symbols for company in companies if len(company.symbols) > 1)
    unnumbered = [member.symbol for member in members if not _company_number(member)]
    notes: list[str] = []
    if several:
        notes.append(f"counted once, several share classes: {_listed(['/'.join(one) for one in several])}")
    if unvalued:
        notes.append(f"left out, without a market value: {_listed(unvalued)}")
    if unnumbered:
        notes.append(f"no company number, so classes cannot be told apart: {_listed(sorted(unnumbered))}")
    return tuple(notes)


def holding_shares(rows: Sequence[FundHolding]) -> list[float]:
    """Return each row's fraction of the fund: by value, else as published.

    Raises
    ------
    InputError
        Where a row has neither, or both contradict each other.
    """
    weights = [row.weight for row in rows if row.weight is not None]
    values = [row.market_value for row in rows if row.market_value is not None]
    if len(values) < len(rows):
        if len(weights) < len(rows):
            raise InputError(f"neither a value nor a weight of every row: {len(values):,} of {len(rows):,}")
        return weights
    total = math.fsum(values)
    if not total > 0:
        raise InputError("the holdings are worth nothing")
    shares = [value / total for value in values]
    _refuse_contradiction(rows, shares)
    return shares


def _refuse_contradiction(rows: Sequence[FundHolding], shares: Sequence[float]) -> None:
    """Refuse holdings whose values and published weights differ, and name the one that differs most."""
    pairs = [
        (abs(share - row.weight), row, share)
        for row, share in zip(rows, shares, strict=True)
        if row.weight is not None
    ]
    gap, row, share = max(pairs, key=lambda pair: pair[0], default=(0.0, rows[0], 0.0))
    if not gap <= _VALUE_AGAINST_WEIGHT:
        raise InputError(f"value and weight of {_called(row)} disagree: {share:.2%} against {row.weight:.2%}")


def _label(row: FundHolding, gics: Mapping[str, str]) -> str | None:
    if (row.asset_class or "equity").casefold() != "equity":
        return None
    label = classify_sector(row.sector)
    return row.sector if label.sector or not _known(row.sector) else gics.get(row.symbol or "")


def _called(row: FundHolding) -> str:
    return row.symbol or shortened(row.name or "a row without a name")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(map(shortened, names[:_LISTED])) + (f" and {more:,} more" if more > 0 else "")
