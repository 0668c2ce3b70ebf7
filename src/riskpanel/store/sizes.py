"""How large the database and its tables are, with their indexes."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from riskpanel.store.schema import metadata

_MEASURED = 512 * 2**20  # bytes of a SQLite file up to which each of its pages is looked at
_SAMPLE = 500  # rows by whose length the tables of a larger one are estimated


@dataclass(frozen=True, slots=True)
class TableSize:
    """About how many rows a table has, and how many bytes it takes with its indexes."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StoreSize:
    """Bytes of the database, and its tables, the largest first; ``estimated`` says of the latter how sure."""

    bytes: int
    tables: tuple[TableSize, ...]
    estimated: bool


def load_sizes(conn: sa.Connection) -> StoreSize:
    """Measure the database: PostgreSQL keeps the figures, SQLite looks through a small file.

    The tables of a large file of SQLite are estimated by the length of some of their rows: to count its
    pages would read all of it.
    """
    if conn.dialect.name == "postgresql":
        return _of_server(conn)
    pages, page, free = (_pragma(conn, name) for name in ("page_count", "page_size", "freelist_count"))
    rows = {name: _count(conn, name) for name in metadata.tables}
    measured = _of_pages(conn) if pages * page <= _MEASURED else None
    sizes = measured or _shared(conn, rows, (pages - free) * page)
    tables = (TableSize(name, rows[name], sizes.get(name, 0)) for name in rows)
    return StoreSize(pages * page, _ordered(tables), estimated=measured is None)


def _of_server(conn: sa.Connection) -> StoreSize:
    rows = conn.execute(
        sa.text(
            "SELECT c.relname, greatest(c.reltuples, s.n_live_tup, 0)::bigint, pg_total_relation_size(c.oid)"
            " FROM pg_class AS c JOIN pg_stat_user_tables AS s ON s.relid = c.oid"
            " WHERE c.relnamespace = current_schema()::regnamespace"
        )
    )
    tables = (TableSize(*row) for row in rows if row[0] in metadata.tables)
    whole = conn.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one()
    return StoreSize(whole, _ordered(tables), estimated=False)


def _ordered(tables: Iterable[TableSize]) -> tuple[TableSize, ...]:
    return tuple(sorted(tables, key=lambda table: (-table.bytes, table.name)))


def _pragma(conn: sa.Connection, name: str) -> int:
    return int(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _count(conn: sa.Connection, name: str) -> int:
    """Count rows by their numbers, whose ends are found at once; gaps within them count."""
    rowid = sa.literal_column("rowid", sa.Integer)
    table = metadata.tables[name]
    first, last = (
        sa.select(end(rowid)).select_from(table).scalar_subquery() for end in (sa.func.min, sa.func.max)
    )
    return conn.execute(sa.select(sa.func.coalesce(last - first + 1, 0))).scalar_one()


def _of_pages(conn: sa.Connection) -> dict[str, int] | None:
    """Count the bytes of each table's pages and of its indexes; None where SQLite was built without that."""
    built = conn.exec_driver_sql("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')").scalar_one()
    if not built:
        return None
    rows = conn.exec_driver_sql(
        "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat AS d JOIN sqlite_schema AS s ON s.name = d.name"
        " WHERE d.aggregate = TRUE GROUP BY s.tbl_name"
    )
    return {row[0]: row[1] for row in rows}


def _shared(conn: sa.Connection, rows: dict[str, int], whole: int) -> dict[str, int]:
    """Share out the bytes of a file by rows, and by how long some of each table are."""
    lengths = {name: rows[name] * _length(conn, metadata.tables[name]) for name in rows}
    total = sum(lengths.values()) or 1.0
    return {name: round(whole * length / total) for name, length in lengths.items()}


def _length(conn: sa.Connection, table: sa.Table) -> float:
    some = sa.select(table).limit(_SAMPLE).subquery()
    cells = [sa.func.coalesce(sa.func.length(sa.cast(cell, sa.LargeBinary)), 1) for cell in some.c]
    parts: sa.ColumnElement[float] = sa.literal(0.0)
    for cell in cells:
        parts = parts + cell
    return conn.execute(sa.select(sa.func.coalesce(sa.func.avg(parts), 0.0))).scalar_one()
