"""Delimited text split into cells, with the line at which each row starts."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import polars as pl

from riskpanel.errors import InputError

LINE = "\x1eline"  # no header can hold this character, so no column of a file can be called so

_SEPARATORS = (",", ";", "\t")
_CHUNK_ROWS = 20_000
_MOST_COLUMNS = 50_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows below a header: `LINE` and text columns ``c0``, ``c1``, ... of the rows as long as the header.

    ``ragged`` has the (line, number of cells) of the others.
    """

    header: tuple[str, ...]
    frame: pl.DataFrame
    ragged: tuple[tuple[int, int], ...]


def split_rows(text: str) -> Rows | None:
    """Split text at the separator that its header uses; None without a header.

    Rows of nothing but separators and blanks are left out.

    Raises
    ------
    InputError
        When a quote is opened and not closed, or stands inside a cell, or for an absurd number of columns.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = _separator(text)
    if text.lstrip().split("\n", maxsplit=1)[0].count(separator) >= _MOST_COLUMNS:
        raise InputError(f"more than {_MOST_COLUMNS:,} columns")
    return _split_quoted(text, separator) if '"' in text else _split_plain(text, separator)


def _separator(text: str) -> str:
    header = text.lstrip().split("\n", maxsplit=1)[0]
    unquoted = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=unquoted.count)


def _split_plain(text: str, separator: str) -> Rows | None:
    # Millions of price rows come this way: no Python object a cell.
    lines = pl.Series("text", text.split("\n")).to_frame().with_row_index(LINE, offset=1)
    lines = lines.filter(pl.col("text").str.contains(rf"[^\s{separator}]")).cast({LINE: pl.Int64})
    if lines.is_empty():
        return None
    header = tuple(str(lines.item(0, "text")).split(separator))
    cells = pl.col("text").str.count_matches(separator, literal=True) + 1
    lines = lines[1:].with_columns(cells=cells)
    ragged = lines.filter(pl.col("cells") != len(header)).select(LINE, "cells")
    names = [f"c{number}" for number in range(len(header))]
    split = pl.col("text").str.split_exact(separator, len(header) - 1).struct.rename_fields(names)
    frame = lines.filter(pl.col("cells") == len(header)).select(LINE, text=split).unnest("text")
    return Rows(header, frame, tuple(ragged.iter_rows()))


def _split_quoted(text: str, separator: str) -> Rows | None:
    records = _records(text, separator)
    first = next(records, None)
    if first is None:
        return None
    header = first[1]
    names = [f"c{number}" for number in range(len(header))]
    schema = dict.fromkeys(names, pl.String)
    frames = [pl.DataFrame(schema={LINE: pl.Int64, **schema})]
    ragged: list[tuple[int, int]] = []
    while chunk := list(islice(records, _CHUNK_ROWS)):
        ragged += [(line, len(cells)) for line, cells in chunk if len(cells) != len(header)]
        fitting = [(line, cells) for line, cells in chunk if len(cells) == len(header)]
        columns = dict(zip(names, zip(*(cells for _, cells in fitting), strict=True), strict=False))
        lines = pl.Series(LINE, [line for line, _ in fitting], dtype=pl.Int64)
        frames.append(pl.DataFrame(columns, schema=schema).insert_column(0, lines))
    return Rows(tuple(header), pl.concat(frames), tuple(ragged))


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of the rows that hold anything."""
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    ended = 0
    try:
        for cells in reader:
            line, ended = ended + 1, reader.line_num
            if any(map(str.strip, cells)):
                yield line, cells
    except csv.Error as error:
        raise InputError(
            f"broken quoting: row starting at line {ended + 1} ({error})",
            hint='a cell with a separator, a quote or a line break is written "in ""quotes"""',
        ) from None
