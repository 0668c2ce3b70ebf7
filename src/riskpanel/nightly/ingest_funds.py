"""Holdings files of funds: by which sectors a fund that somebody holds counts."""

import math
from dataclasses import dataclass
from datetime import date, datetime

from riskpanel.book.benchmark_build import holding_shares
from riskpanel.book.look_through import FundPart
from riskpanel.book.sectors import classify_sector
from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.nightly.import_transaction import FILE_SOURCE, import_transaction
from riskpanel.sources.files import File
from riskpanel.sources.fund_files import read_fund_holdings
from riskpanel.store.database import Store
from riskpanel.store.funds import save_fund_components
from riskpanel.store.instrument_facts import InstrumentFacts, fill_facts


@dataclass(frozen=True, slots=True)
class FundReport:
    """What a holdings file says of a fund: its sectors as fractions, and the share that has none."""

    symbol: str
    fund: str
    asof_date: date
    sectors: tuple[tuple[str, float], ...]
    unclassified: float
    warnings: tuple[str, ...]
    written: int
    dry_run: bool


def import_fund(store: Store, symbol: str, file: File, *, now: datetime, dry_run: bool = False) -> FundReport:
    """Save the sectors of a fund from its holdings, as iShares and SPDR publish them.

    Cash, and holdings without a known sector, are the part that stays Unclassified.

    Raises
    ------
    InputError
        When the file is no such table, has bad cells, or no sector in it is known.
    """
    name = normalize_symbol(symbol)
    holdings = read_fund_holdings(file)
    shares: dict[str, float] = {}
    unknown: dict[str, float] = {}
    for row, weight in zip(holdings.rows, holding_shares(holdings.rows), strict=True):
        label = classify_sector(row.sector)
        if label.sector is not None:
            shares[label.sector] = shares.get(label.sector, 0.0) + weight
        elif not label.recognized:
            unknown[row.sector or ""] = unknown.get(row.sector or "", 0.0) + weight
    total = math.fsum(shares.values())
    if not shares or min(shares.values()) < 0:
        raise InputError(f"no sectors that a fund can have: {file.name}")
    held = sorted((sector, share) for sector, share in shares.items() if share > 0)
    parts = [FundPart("sector", sector, share / max(total, 1.0)) for sector, share in held]
    with import_transaction(store, dry_run=dry_run) as conn:
        facts = InstrumentFacts(name, name=holdings.fund[:200], asset_class="etf")
        fill_facts(conn, [facts], source=FILE_SOURCE, now=now)
        written = save_fund_components(
            conn, name, holdings.asof_date, parts, data_source=FILE_SOURCE, taxonomy="mapped", now=now
        )
    return FundReport(
        symbol=name,
        fund=holdings.fund,
        asof_date=holdings.asof_date,
        sectors=tuple((part.name, part.weight) for part in parts),
        unclassified=max(1.0 - total, 0.0),
        warnings=tuple(
            f"unknown sector '{label}', {weight:.1%} of the fund, left Unclassified"
            for label, weight in unknown.items()
        ),
        written=written,
        dry_run=dry_run,
    )
