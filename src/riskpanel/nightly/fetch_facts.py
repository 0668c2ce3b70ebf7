"""Names, sectors and currencies of instruments, and sectors of funds, where they are not known yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from riskpanel.book.look_through import FundPart, is_fund
from riskpanel.book.sectors import classify_sector
from riskpanel.errors import InputError
from riskpanel.sources.calendar import previous_sessions
from riskpanel.sources.chain import Answer, Chain, NobodyError
from riskpanel.sources.protocol import LabelledWeights, Profile
from riskpanel.store.database import Store
from riskpanel.store.funds import save_fund_components
from riskpanel.store.instrument_facts import (
    InstrumentFacts,
    fill_facts,
    load_facts,
    load_fund_dates,
    load_holder_currencies,
)

_FILES = "files"  # a source whose sector labels are the user's own, not another vocabulary's
_MAPPED = "mapped"
_FUND_AGE = timedelta(days=30)
_ROUNDING = 0.01  # by which published weights may sum to more than 1
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FactsReport:
    """How many instruments were described and how many funds got sector weights, and what to know."""

    described: int = 0
    funds: int = 0
    warnings: tuple[str, ...] = ()


def fetch_facts(
    store: Store,
    chain: Chain,
    symbols: Sequence[str],
    *,
    today: date,
    now: datetime,
    progress: Progress,
) -> FactsReport:
    """Ask for what is not known of symbols; what is known, from a file or by hand, stays.

    Each answer is saved by itself. Where no source knows a symbol nothing changes: it stays Unclassified.
    """
    with store.read() as conn:
        known, funds, holders = load_facts(conn, symbols), load_fund_dates(conn), load_holder_currencies(conn)
    lacking = [one for one in symbols if _lacks(known.get(one))]
    warnings: list[str] = []
    described = 0
    for done, symbol in enumerate(lacking, start=1):
        described += _describe(store, chain, symbol, now, warnings)
        progress(done, len(lacking))
    with store.read() as conn:
        known = load_facts(conn, symbols)
    warnings += _foreign(known, holders)
    old = [
        symbol
        for symbol, facts in known.items()
        if is_fund(facts.asset_class) and funds.get(symbol, date.min) < today - _FUND_AGE
    ]
    counted = sum(_weigh(store, chain, symbol, today, now, warnings) for symbol in old)
    return FactsReport(described, counted, tuple(warnings))


def _lacks(facts: InstrumentFacts | None) -> bool:
    if facts is None or facts.asset_class is None or facts.currency is None or facts.name is None:
        return True
    return facts.asset_class == "equity" and facts.sector is None


def _describe(store: Store, chain: Chain, symbol: str, now: datetime, warnings: list[str]) -> int:
    """Ask one source after the other until nothing is lacking; return 1 if anything was learnt."""
    asked: list[str] = []
    learnt = 0
    while True:
        try:
            answer = chain.ask("profile", lambda source: source.profile(symbol), besides=tuple(asked))
        except NobodyError:
            return int(learnt > 0)
        asked += [answer.source, *(one.source for one in answer.refused)]
        sector = answer.value.sector
        if sector is not None and not classify_sector(sector).recognized:
            warnings.append(f"unknown sector '{sector}' of {symbol} from {answer.source}, left Unclassified")
        with store.begin() as conn:
            learnt += fill_facts(conn, [_facts(symbol, answer)], source=answer.source, now=now)
            if not _lacks(load_facts(conn, [symbol]).get(symbol)):
                return int(learnt > 0)


def _facts(symbol: str, answer: Answer[Profile]) -> InstrumentFacts:
    profile = answer.value
    label = classify_sector(None if is_fund(profile.asset_class) else profile.sector)
    own = label.taxonomy if answer.source == _FILES else _MAPPED
    return InstrumentFacts(
        symbol=symbol,
        name=profile.name[:200] if profile.name else None,
        asset_class=profile.asset_class,
        sector=label.sector,
        industry=profile.industry[:120] if profile.industry else None,
        taxonomy=None if label.sector is None else own,
        currency=profile.currency[:3] if profile.currency else None,  # GBp are pence, no pounds
    )


def _foreign(known: Mapping[str, InstrumentFacts], holders: Mapping[str, set[str]]) -> list[str]:
    """Warn of instruments that are not quoted in the currency of a portfolio that holds them."""
    return [
        f"{symbol} is quoted in {facts.currency} and held in a portfolio of {', '.join(sorted(others))}:"
        " it is valued as if the two were one"
        for symbol, facts in known.items()
        if facts.currency is not None and (others := holders.get(symbol, set()) - {facts.currency})
    ]


def _weigh(store: Store, chain: Chain, symbol: str, today: date, now: datetime, warnings: list[str]) -> int:
    try:
        answer = chain.ask("fund_sectors", lambda source: source.fund_sectors(symbol))
    except NobodyError:
        return 0
    day = answer.value.asof_date or previous_sessions(today, 1)[0]
    try:
        parts = _parts(symbol, answer, warnings)
        with store.begin() as conn:
            written = save_fund_components(
                conn, symbol, day, parts, data_source=answer.source, taxonomy=_MAPPED, now=now
            )
    except InputError as error:
        warnings.append(f"sector weights of {symbol} from {answer.source} are not used: {error.what}")
        return 0
    return int(written > 0)


def _parts(symbol: str, answer: Answer[LabelledWeights], warnings: list[str]) -> list[FundPart]:
    """Map labels to sectors; what has no sector, cash among it, is left to be Unclassified."""
    total = sum(weight for _, weight in answer.value.weights)
    if not 0 < total <= 1 + _ROUNDING:
        raise InputError(f"they sum to {total:.4f}")
    shares: dict[str, float] = {}
    for label, weight in answer.value.weights:
        sector = classify_sector(label)
        if not sector.recognized:
            warnings.append(f"unknown sector '{label}' in {symbol} from {answer.source}, left Unclassified")
        if sector.sector is not None:
            shares[sector.sector] = shares.get(sector.sector, 0.0) + weight / max(total, 1.0)
    if not shares:
        raise InputError("no sector in them is known")
    return [FundPart("sector", name, share) for name, share in sorted(shares.items())]
