"""Keeping the sector weights of benchmarks current: sources in their order, one transaction, history kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from riskpanel.book.benchmark import BenchmarkWeights, ComparedTable, SectorChange, packaged_weights
from riskpanel.book.benchmark_build import (
    BuiltBenchmark,
    build_from_holdings,
    build_from_labels,
    build_from_members,
)
from riskpanel.book.symbols import normalize_symbol, shortened
from riskpanel.errors import ConflictError, InputError, NotFoundError
from riskpanel.sources.calendar import previous_session
from riskpanel.sources.files import File
from riskpanel.sources.fund_files import read_fund_holdings
from riskpanel.sources.protocol import Source, SourceError
from riskpanel.store.benchmarks import (
    BenchmarkTable,
    load_benchmark_table,
    load_gics_sectors,
    save_benchmark,
    save_packaged_benchmarks,
)
from riskpanel.store.database import Store
from riskpanel.store.rows import Connection

FUNDS: Mapping[str, str] = {"SP500": "SPY"}
"""Which fund stands for a benchmark when nobody names one."""

_WITH_MEMBERS = "SP500"  # the index whose members sources list
_FILE = "file: "
_LONGEST_CODE = 40
_LONGEST_SOURCE = 80
_DAY = timedelta(days=1)

_Attempt: TypeAlias = tuple[str, Callable[[], BuiltBenchmark]]


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A source that did not give weights, and why."""

    source: str
    reason: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchmarkUpdate:
    """What an update did.

    ``status`` is updated, unchanged (the source says what is stored), current (today's weights were there and
    nothing was asked), packaged (no source gave any; the packaged tables are in place) or failed. ``table``
    holds the weights that were saved, else the newest there are. ``replaced`` is the source whose weights of
    that date were overwritten.
    """

    code: str
    status: str
    written: int
    replaced: str | None
    table: ComparedTable | None
    notes: tuple[str, ...]
    failed: tuple[FailedTry, ...]

    @property
    def file_refused(self) -> bool:
        """Whether the file that the user named was not used."""
        return any(one.source.startswith(_FILE) for one in self.failed)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for: ``session`` is the last one on or before ``today``; ``fund`` None without one."""

    code: str
    fund: str | None
    session: date
    today: date
    gics: Mapping[str, str]


def update_benchmark(
    store: Store,
    code: str,
    sources: Sequence[Source],
    *,
    fund: str | None = None,
    today: date,
    now: datetime,
    force: bool = False,
    file: File | None = None,
) -> BenchmarkUpdate:
    """Bring a benchmark's sector weights up to date from the first source that has usable ones.

    A ``file`` of fund holdings is tried first, whatever is stored. Sources are asked only when today's
    weights are missing or with ``force``: fmp's sectors of the fund, fmp's members of the index, yfinance's
    sectors of the fund, those of other sources; the packaged tables come last. ``fund`` may be left out for a
    code in `FUNDS`. Weights without a date are of the last session. Weights of a date that another source
    wrote are replaced with ``force`` only.

    Raises
    ------
    InputError
        When the code or the fund cannot be used.
    """
    with store.read() as conn:
        wanted = _wanted(code, fund, today, load_gics_sectors(conn), fund_needed=file is None)
        newest = _stored(conn, code, today)
    current = newest is not None and newest.asof_date >= wanted.session and not force
    attempts = [] if file is None else [(f"{_FILE}{file.name}", lambda: _from_file(wanted, file))]
    attempts += [] if current else _of_sources(wanted, sources)
    failed: list[FailedTry] = []
    for name, build in attempts:
        try:
            built = build()
            return _saved(store, built, wanted, tuple(failed), now=now, force=force)
        except (SourceError, InputError) as error:
            failed.append(FailedTry(name, error.what, error.details))
    if current:
        return _report(store, "current", wanted, tuple(failed))
    return _packaged(store, wanted, tuple(failed), now=now)


def compare_with_previous(conn: Connection, code: str, *, on_day: date | None = None) -> ComparedTable:
    """Load the newest weights known on a day, or of all, with their change since the date before them.

    Raises
    ------
    NotFoundError
        When the benchmark is not known, or was not on that day.
    """
    table = load_benchmark_table(conn, code, on_day=on_day)
    previous = _stored(conn, code, table.asof_date - _DAY)
    before = {} if previous is None else {row.sector: row.weight for row in previous.sectors}
    return ComparedTable(
        code=code,
        asof_date=table.asof_date,
        source=table.source,
        method=table.method,
        taxonomy=table.taxonomy,
        previous_date=None if previous is None else previous.asof_date,
        previous_method=None if previous is None else previous.method,
        previous_taxonomy=None if previous is None else previous.taxonomy,
        sectors=tuple(
            SectorChange(
                row.sector,
                row.weight,
                row.weight - before[row.sector] if row.sector in before else None,
                row.market_cap,
                row.num_constituents,
            )
            for row in table.sectors
        ),
    )


def _wanted(
    code: str, fund: str | None, today: date, gics: Mapping[str, str], *, fund_needed: bool
) -> _Wanted:
    if not (0 < len(code) <= _LONGEST_CODE and code.isprintable() and code == code.strip()):
        raise InputError(f"not the code of a benchmark: '{shortened(code)}'", hint="write it as in SP500")
    chosen = fund if fund is not None else FUNDS.get(code)
    if chosen is None and fund_needed:
        raise InputError(
            f"no fund is known to stand for the benchmark {code}",
            hint="name one with --fund, or a file of its holdings with --file",
        )
    symbol = None if chosen is None else normalize_symbol(chosen)
    return _Wanted(code, symbol, previous_session(today + _DAY), today, gics)


def _of_sources(wanted: _Wanted, sources: Sequence[Source]) -> list[_Attempt]:
    by_name = {name: [one for one in sources if one.name == name] for name in ("fmp", "yfinance")}
    others = [one for one in sources if one.name not in by_name]
    return [
        *_of_fund(wanted, by_name["fmp"]),
        *_of_members(wanted, by_name["fmp"]),
        *_of_fund(wanted, by_name["yfinance"]),
        *_of_fund(wanted, others),
    ]


def _of_fund(wanted: _Wanted, sources: Sequence[Source]) -> Iterator[_Attempt]:
    fund = wanted.fund
    if fund is not None:
        for source in sources:
            yield (
                f"{source.name}: sectors of {fund}",
                lambda source=source: _from_sectors(wanted, source, fund),
            )


def _of_members(wanted: _Wanted, sources: Sequence[Source]) -> Iterator[_Attempt]:
    if wanted.code == _WITH_MEMBERS:
        for source in sources:
            yield f"{source.name}: members of the index", lambda source=source: _from_members(wanted, source)


def _from_file(wanted: _Wanted, file: File) -> BuiltBenchmark:
    holdings = read_fund_holdings(file)
    source = f"{_FILE}{holdings.fund}"[:_LONGEST_SOURCE]
    return build_from_holdings(holdings, wanted.gics, code=wanted.code, source=source)


def _from_sectors(wanted: _Wanted, source: Source, fund: str) -> BuiltBenchmark:
    labelled = source.fund_sectors(fund)
    return build_from_labels(
        labelled,
        code=wanted.code,
        asof_date=labelled.asof_date or wanted.session,
        source=f"{source.name}: sectors of {fund}",
    )


def _from_members(wanted: _Wanted, source: Source) -> BuiltBenchmark:
    return build_from_members(
        source.index_members(),
        wanted.gics,
        code=wanted.code,
        asof_date=wanted.session,
        source=f"{source.name}: members of the index",
    )


def _saved(
    store: Store,
    built: BuiltBenchmark,
    wanted: _Wanted,
    failed: tuple[FailedTry, ...],
    *,
    now: datetime,
    force: bool,
) -> BenchmarkUpdate:
    benchmark = built.benchmark
    if benchmark.asof_date > wanted.today:
        raise InputError(f"the weights are of a day to come: {benchmark.asof_date}")
    with store.begin() as conn:
        replaced = _other_source(conn, benchmark)
        if replaced is not None and not force:
            raise ConflictError(
                f"weights of {benchmark.asof_date} are stored from another source: {replaced}",
                details=("they are replaced with --force only",),
            )
        written = save_benchmark(conn, benchmark, now=now)
        table = compare_with_previous(conn, wanted.code, on_day=benchmark.asof_date)
    status = "updated" if written else "unchanged"
    return BenchmarkUpdate(wanted.code, status, written, replaced, table, built.notes, failed)


def _other_source(conn: Connection, benchmark: BenchmarkWeights) -> str | None:
    stored = _stored(conn, benchmark.code, benchmark.asof_date)
    if stored is None or stored.asof_date != benchmark.asof_date or stored.source == benchmark.source:
        return None
    return stored.source


def _packaged(
    store: Store, wanted: _Wanted, failed: tuple[FailedTry, ...], *, now: datetime
) -> BenchmarkUpdate:
    if wanted.code not in {table.code for table in packaged_weights()}:
        lacking = FailedTry("packaged", f"no weights of {wanted.code} ship with riskpanel")
        return _report(store, "failed", wanted, (*failed, lacking))
    with store.begin() as conn:
        written = save_packaged_benchmarks(conn, now=now)
    return _report(store, "packaged", wanted, failed, written=written)


def _report(
    store: Store, status: str, wanted: _Wanted, failed: tuple[FailedTry, ...], *, written: int = 0
) -> BenchmarkUpdate:
    """Report an update that saved no weights of a source, with the newest stored ones."""
    with store.read() as conn:
        known = _stored(conn, wanted.code, wanted.today) is not None
        table = compare_with_previous(conn, wanted.code, on_day=wanted.today) if known else None
    return BenchmarkUpdate(wanted.code, status, written, None, table, (), failed)


def _stored(conn: Connection, code: str, on_day: date) -> BenchmarkTable | None:
    try:
        return load_benchmark_table(conn, code, on_day=on_day)
    except NotFoundError:
        return None
