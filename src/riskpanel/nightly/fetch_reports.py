"""What a fetch did, symbol by symbol."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Status = Literal["written", "unchanged", "current", "failed"]


@dataclass(frozen=True, slots=True)
class SymbolFetch:
    """One symbol: ``first`` to ``last`` are the sessions that came, ``source`` gave them.

    ``status``: rows were written; all that came was stored already; nothing was asked for, because the last
    session is stored; no source had usable prices. ``past`` says why the whole past was fetched again.
    ``tried`` are sources that had no answer. ``quarantined`` rows were set aside; ``second`` had
    ``confirmed`` others, and ``replaced`` some by its own. ``missing`` sessions lie between first and last,
    ``extra`` days are no sessions. ``unreached``: there was no connection to any source.
    """

    symbol: str
    status: Status
    source: str | None = None
    rows: int = 0
    written: int = 0
    first: date | None = None
    last: date | None = None
    past: str | None = None
    tried: tuple[str, ...] = ()
    quarantined: int = 0
    second: str | None = None
    confirmed: int = 0
    replaced: int = 0
    missing: tuple[date, ...] = ()
    extra: tuple[date, ...] = ()
    error: str | None = None
    hint: str | None = None
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class FetchReport:
    """A fetch up to and with ``session``; ``closed`` are sources that stopped answering, and why."""

    session: date
    symbols: tuple[SymbolFetch, ...]
    closed: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]

    @property
    def failed(self) -> tuple[SymbolFetch, ...]:
        """Symbols that got no prices."""
        return tuple(one for one in self.symbols if one.status == "failed")

    @property
    def unreached(self) -> bool:
        """Whether no symbol got prices because there was no connection to any source."""
        return bool(self.symbols) and all(one.status == "failed" and one.unreached for one in self.symbols)

    @property
    def written(self) -> int:
        """Rows that were inserted or changed."""
        return sum(one.written for one in self.symbols)

    @property
    def quarantined(self) -> int:
        """Rows that were set aside."""
        return sum(one.quarantined for one in self.symbols)
