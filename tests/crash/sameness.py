"""Whether two databases hold the same, and whether one in between holds half of something.

What is left out says when, or by which attempt, and nothing else:

- ``created_at`` and ``updated_at``; of ``batch_runs`` also ``started_at``, ``finished_at`` and
  ``duration_seconds``;
- the number of a run: ``batch_runs.id``, ``portfolio_snapshots.run_id``;
- the runs of attempts that were killed (``abandoned``) or failed; of several that came to their end, which
  must be equal, one counts;
- the number of a quarantined row: rows are numbered as answers come;
- on PostgreSQL the numbers that a sequence gave, which may lack some that a killed attempt had taken: their
  order counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from crash.databases import Row, Tables

_STAMPS = frozenset({"created_at", "updated_at"})
_LEFT_OUT = {
    "batch_runs": _STAMPS | {"id", "started_at", "finished_at", "duration_seconds"},
    "portfolio_snapshots": _STAMPS | {"run_id"},
    "market_data_quarantine": _STAMPS | {"id"},
}
_REFERENCES = {"user_id": "users", "portfolio_id": "portfolios"}
_SEQUENCES = ("users", "portfolios", "positions", "scenarios")
_BOOKKEEPING = ("batch_runs", "run_locks")
_DATES = {
    "portfolio_snapshots": "snapshot_date",
    "stress_test_results": "snapshot_date",
    "instrument_market_betas": "calc_date",
    "instrument_volatility": "calculation_date",
}
_UNFINISHED = ("abandoned", "failed")
_IN_ORDER = ("session", "setup")
_SCHEMA = "1 schema"


def what_counts(tables: Tables, dialect: str) -> Tables:
    """Return the rows without what says when or by which attempt."""
    sequences = _SEQUENCES if dialect == "postgresql" else ()
    ranks = {name: _ranks(tables.get(name, [])) for name in sequences}
    counted = {name: [_counted(name, row, ranks) for row in rows] for name, rows in tables.items()}
    if "batch_runs" in counted:
        ended = [row for row in counted["batch_runs"] if row["status"] not in _UNFINISHED]
        counted["batch_runs"] = [row for at, row in enumerate(ended) if row not in ended[:at]]
    return counted


def differences(wanted: Tables, found: Tables) -> list[str]:
    """Name the tables that differ, and of each the first row that only one of the two has."""
    told: list[str] = []
    for name in sorted(wanted.keys() | found.keys()):
        one, other = (sorted(map(str, tables.get(name, []))) for tables in (wanted, found))
        if one != other or (name in wanted) != (name in found):
            odd = [*sorted(set(one) ^ set(other)), "the same rows, not as often"][0]
            told.append(f"{name}: {len(one)} rows wanted, {len(other)} found: {odd[:400]}")
    return told


class Wholes:
    """What a command writes as a whole: rows of a session, symbol or table, a step of the setup, or all.

    Sessions and steps are done in their order.
    """

    def __init__(self, kind: str, before: Tables, after: Tables) -> None:
        self._kind = kind
        self._was, self._becomes = _grouped(kind, before), _grouped(kind, after)
        keys = sorted(self._was | self._becomes)
        self._changed = [key for key in keys if self._was.get(key) != self._becomes.get(key)]

    def half_written(self, found: Tables) -> list[str]:
        """Name what is neither as it was before the command nor as the command leaves it."""
        now, was, becomes = _grouped(self._kind, found), self._was, self._becomes
        odd = [key for key in was | becomes | now if now.get(key) not in (was.get(key), becomes.get(key))]
        done = [now.get(key) == becomes.get(key) for key in self._changed]
        if self._kind in _IN_ORDER and done != sorted(done, reverse=True):
            odd.append(f"not in order: {done}")
        return sorted(odd)

    def count(self, found: Tables) -> tuple[int, int]:
        """Count what has been written already, and all that the command writes."""
        now = _grouped(self._kind, found)
        return sum(now.get(key) == self._becomes.get(key) for key in self._changed), len(self._changed)


def _counted(name: str, row: Row, ranks: Mapping[str, Mapping[object, int]]) -> Row:
    left_out = _LEFT_OUT.get(name, _STAMPS)
    counted = {cell: value for cell, value in row.items() if cell not in left_out}
    for cell, value in counted.items():
        table = name if cell == "id" else _REFERENCES.get(cell)
        if table in ranks and value is not None:
            counted[cell] = ranks[table][value]
    return counted


def _ranks(rows: list[Row]) -> dict[object, int]:
    numbers: list[int] = sorted(int(str(row["id"])) for row in rows)
    return {number: rank for rank, number in enumerate(numbers, start=1)}


def _grouped(whole: str, tables: Tables) -> dict[str, list[str]]:
    """Return what is written as a whole, as texts; what runs say of themselves belongs to nothing."""
    groups: dict[str, list[str]] = defaultdict(list)
    split = _SPLITS[whole]
    for name, rows in tables.items():
        if name in _BOOKKEEPING:
            continue
        groups[_SCHEMA if whole == "setup" else "rest"].append(name)
        for row in rows:
            for key, part in split(name, row):
                groups[key].append(f"{name}: {part}")
    return {key: sorted(texts) for key, texts in groups.items()}


def _everything(_name: str, row: Row) -> Iterator[tuple[str, object]]:
    yield "rest", row


def _by_session(name: str, row: Row) -> Iterator[tuple[str, object]]:
    yield f"session {row[_DATES[name]]}" if name in _DATES else "rest", row


def _by_symbol(name: str, row: Row) -> Iterator[tuple[str, object]]:
    """Prices of a symbol are one whole; what is known of an instrument comes answer by answer."""
    if name == "instruments":
        known = ((cell, value) for cell, value in row.items() if value is not None)
        yield from ((f"{row['symbol']}: {cell}", value) for cell, value in known)
    else:
        yield f"prices {row['symbol']}" if name.startswith("market_data") else "rest", row


def _by_setup(name: str, row: Row) -> Iterator[tuple[str, object]]:
    yield _SCHEMA if name == "alembic_version" else "2 contents", row


def _by_table(name: str, row: Row) -> Iterator[tuple[str, object]]:
    yield name, row


_SPLITS: Mapping[str, Callable[[str, Row], Iterator[tuple[str, object]]]] = {
    "everything": _everything,
    "session": _by_session,
    "symbol": _by_symbol,
    "setup": _by_setup,
    "table": _by_table,
}
