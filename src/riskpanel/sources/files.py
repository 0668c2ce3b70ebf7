"""Tables in files: CSV, gzipped CSV and Parquet, read strictly and with the line number of every row."""

import gzip
import io
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from riskpanel.book.symbols import shortened
from riskpanel.errors import InputError
from riskpanel.sources.delimited import LINE, Rows, split_rows

_CSV_SUFFIXES = (".csv", ".tsv", ".txt")
_PARQUET_SUFFIXES = (".parquet", ".pq")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
EMPTY_HINT = "the first row names the columns; save the file again, for it may have been cut off"
_NO_FILE_HINT = "check its name and its folder; a path without / at its start begins where you are"
_MOST_UPLOADED_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: its name, which only messages use, and its content. It is read as CSV alone."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name


File: TypeAlias = Path | Upload


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows.

    ``frame`` has the column `LINE` (the file's line where the row starts, the header being line 1 of a plain
    file; the row's number for Parquet) and one column a header name. ``columns`` are those names as written,
    trimmed. ``typed`` is False for text files, whose cells are trimmed text and None where empty.
    """

    path: File
    columns: tuple[str, ...]
    frame: pl.DataFrame
    typed: bool


def fold(name: str) -> str:
    """Reduce a header name to what it is matched by: ``Adj Close`` and ``adj_close`` are one."""
    return "_".join(name.replace("-", " ").replace("_", " ").casefold().split())


def read_table(file: File) -> Table:
    """Read a CSV, CSV.gz or Parquet file.

    Raises
    ------
    InputError
        Naming the file, and the line where there is one.
    """
    kind = "csv" if isinstance(file, Upload) else _kind(file)
    raw = read_content(file, hint="name the files in it, as in prices/*.csv")
    if not raw:
        raise InputError(f"empty file: {file}", hint=EMPTY_HINT)
    return _read_parquet(file, raw) if kind == "parquet" else _read_csv(file, raw)


def read_content(file: File, *, hint: str = "") -> bytes:
    """Return what a file holds.

    Raises
    ------
    InputError
        Where it is no file, or cannot be read; ``hint`` is for a directory.
    """
    if isinstance(file, Upload):
        return file.content
    if file.is_dir():
        raise InputError(f"a directory, not a file: {file}", hint=hint)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"no such file: {file}", hint=_NO_FILE_HINT) from None
    except OSError as error:
        hint = "give this user the right to read it, or copy it to where it can be read"
        raise InputError(f"cannot be read: {file} ({error.strerror})", hint=hint) from None


def _kind(path: Path) -> str:
    name = path.name.casefold()
    if name.endswith(_PARQUET_SUFFIXES):
        return "parquet"
    if name.removesuffix(".gz").endswith(_CSV_SUFFIXES):
        return "csv"
    raise InputError(
        f"unknown kind of file: {path}",
        hint="CSV (.csv, .tsv, .txt, also with .gz) and Parquet (.parquet) are read",
    )


def _read_parquet(path: File, raw: bytes) -> Table:
    try:
        frame = pl.read_parquet(io.BytesIO(raw))
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(f"not a Parquet file, or a broken one: {path}") from None
    columns = _check_header(path, [name.strip() for name in frame.columns])
    if frame.height == 0:
        raise InputError(f"no rows below the header: {path}")
    frame.columns = list(columns)
    return Table(path, columns, frame.with_row_index(LINE, offset=1).cast({LINE: pl.Int64}), typed=True)


def _read_csv(path: File, raw: bytes) -> Table:
    text = _decode(path, _decompress(path, raw))
    if text.lstrip()[:64].casefold().startswith(("<!doctype", "<html", "<?xml")):
        raise InputError(
            f"a web page, not a table: {path}",
            hint="the download may have asked for a login; save the CSV itself",
        )
    try:
        rows = split_rows(text)
    except InputError as error:
        raise InputError(f"{path}: {error.what}", hint=error.hint) from None
    if rows is None:
        raise InputError(f"empty file: {path}", hint=EMPTY_HINT)
    columns = _check_header(path, list(rows.header))
    _refuse_ragged(path, rows)
    if rows.frame.is_empty():
        raise InputError(f"no rows below the header: {path}")
    if isinstance(path, Upload) and rows.frame.height > _MOST_UPLOADED_ROWS:
        raise InputError(
            f"more than {_MOST_UPLOADED_ROWS:,} rows: {path}",
            hint="send it in parts, or import the file on the server: riskpanel import",
        )
    frame = rows.frame
    frame.columns = [LINE, *columns]
    trimmed = pl.col(columns).str.strip_chars()
    emptied = pl.when(trimmed.str.len_bytes() > 0).then(trimmed).name.keep()
    return Table(path, columns, frame.with_columns(emptied), typed=False)


def _decompress(path: File, raw: bytes) -> bytes:
    if isinstance(path, Upload) or not path.name.casefold().endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"not a gzip file, or a broken one: {path}") from None


def _decode(path: File, raw: bytes) -> str:
    encoding = "utf-16" if raw.startswith(_UTF16_MARKS) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"not UTF-8 text: {path} (byte 0x{raw[error.start]:02x} at line {line})",
            hint="save it as CSV UTF-8",
        ) from None
    if "\0" in text:
        raise InputError(
            f"not text: {path} (a zero byte at line {text[: text.index(chr(0))].count(chr(10)) + 1})"
        )
    return text


def _check_header(path: File, names: list[str]) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in names)
    for number, name in enumerate(columns, start=1):
        if not name:
            raise InputError(
                f"column {number} has no name: {path}", hint="the first row must name every column"
            )
        if not name.isprintable():
            raise InputError(f"column {number} has a control character in its name: {path}")
    repeated = [name for name, count in Counter(map(fold, columns)).items() if count > 1]
    if repeated:
        raise InputError(
            f"column named twice: {', '.join(map(shortened, repeated[:20]))} in {path}",
            hint="rename or remove one of them",
        )
    return columns


def _refuse_ragged(path: File, rows: Rows) -> None:
    if rows.ragged:
        width = len(rows.header)
        raise InputError(
            f"rows of the wrong length: {path}",
            hint="quote the cells that hold the separator, and give empty cells their separator",
            details=tuple(
                f"{path.name}: line {line}: {cells} cells where the header has {width}"
                for line, cells in rows.ragged
            ),
        )
