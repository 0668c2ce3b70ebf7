"""All or nothing: the transaction of an import, and the refusal of files with bad rows."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from riskpanel.book.import_reports import BadRow
from riskpanel.book.imports import InstrumentRow, LotRow, Parsed, PortfolioRow
from riskpanel.errors import InputError
from riskpanel.sources.files import File
from riskpanel.store.database import Store
from riskpanel.store.rows import Connection

FILE_SOURCE = "file"

AnyParsed: TypeAlias = Parsed[InstrumentRow] | Parsed[LotRow] | Parsed[PortfolioRow]


@contextmanager
def import_transaction(store: Store, *, dry_run: bool) -> Generator[Connection]:
    """Yield a connection whose work is saved as a whole, or with ``dry_run`` undone as a whole."""
    with store.begin() as conn:
        if not dry_run:
            yield conn
            return
        rehearsal = conn.begin_nested()
        yield conn
        rehearsal.rollback()


def refuse_bad_rows(bad: Sequence[BadRow], *, dry_run: bool) -> None:
    """Stop an import of files with bad rows; a dry run reports them instead.

    Raises
    ------
    InputError
        With every bad row in its details.
    """
    if bad and not dry_run:
        raise InputError(
            f"{_counted(bad)}: nothing was imported",
            hint="correct the rows, or look at them all with a dry run",
            details=tuple(map(str, bad)),
        )


def bad_rows(file: File, parsed: AnyParsed) -> tuple[BadRow, ...]:
    """Name the file with each of its bad rows."""
    return tuple(BadRow(file.name, error) for error in parsed.errors)


def _counted(bad: Sequence[BadRow]) -> str:
    files = Counter(row.file for row in bad)
    rows = len({(row.file, row.error.line) for row in bad})
    return f"{rows:,} bad {'row' if rows == 1 else 'rows'} in {', '.join(files)}"
