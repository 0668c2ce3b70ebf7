"""The lots of one portfolio, and what an import changes in them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

from riskpanel.book.imports import LotRow

# What a row may change in a lot; the other fields say which lot it is.
_VALUES = ("quantity", "multiplier", "entry_price", "exit_price", "exit_date")
_SCALE = Decimal("1e-10")
_WIDE = Context(prec=80)  # the default of 28 digits is fewer than sums of huge lots have

LotKey = tuple[str, str, date | None]


@dataclass(frozen=True, slots=True)
class Lot:
    """A stored position. ``position_type`` is LONG or SHORT; ``quantity`` > 0."""

    id: int
    symbol: str
    position_type: str
    quantity: Decimal
    multiplier: Decimal
    entry_price: Decimal | None
    entry_date: date | None
    exit_price: Decimal | None
    exit_date: date | None


@dataclass(frozen=True, slots=True)
class LotChange:
    """A stored lot, the row that replaces its values, and the fields that differ."""

    lot: Lot
    row: LotRow
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LotPlan:
    """What an import does to a portfolio's lots; ``kept`` and ``removed`` are those that the file lacks."""

    added: tuple[LotRow, ...]
    changed: tuple[LotChange, ...]
    unchanged: tuple[Lot, ...]
    kept: tuple[Lot, ...]
    removed: tuple[Lot, ...]


def plan_lots(stored: Sequence[Lot], wanted: Sequence[LotRow], *, replace: bool) -> LotPlan:
    """Match stored lots with the rows of a file by symbol, type and entry date.

    Among lots of the same key equal ones match first, then the rest in order, so that the order of rows
    in a file does not matter. Lots that the file lacks are kept, or with ``replace`` removed.
    """
    waiting: dict[LotKey, list[Lot]] = defaultdict(list)
    for lot in sorted(stored, key=lambda lot: lot.id):
        waiting[_key(lot)].append(lot)
    unchanged: list[Lot] = []
    different: list[LotRow] = []
    for row in wanted:
        lot = next((lot for lot in waiting[_key(row)] if not _differences(lot, row)), None)
        if lot is None:
            different.append(row)
        else:
            waiting[_key(row)].remove(lot)
            unchanged.append(lot)
    added: list[LotRow] = []
    changed: list[LotChange] = []
    for row in different:
        if waiting[_key(row)]:
            lot = waiting[_key(row)].pop(0)
            changed.append(LotChange(lot, row, _differences(lot, row)))
        else:
            added.append(row)
    absent = tuple(lot for lots in waiting.values() for lot in lots)
    return LotPlan(
        added=tuple(added),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        kept=() if replace else absent,
        removed=absent if replace else (),
    )


def _key(lot: Lot | LotRow) -> LotKey:
    return (lot.symbol, lot.position_type, lot.entry_date)


def _differences(lot: Lot, row: LotRow) -> tuple[str, ...]:
    return tuple(name for name in _VALUES if not _same(getattr(lot, name), getattr(row, name)))


def _same(stored: Decimal | date | None, wanted: Decimal | date | None) -> bool:
    if stored == wanted:
        return True
    if not isinstance(stored, Decimal) or not isinstance(wanted, Decimal):
        return False
    # SQLite keeps 15 digits: a longer number comes back as the double nearest to what the file says.
    return stored == Decimal(float(wanted)).quantize(_SCALE)


def build_cash(
    equity: Decimal, lots: Sequence[Lot | LotRow], closes: Mapping[str, float], day: date
) -> Decimal:
    """Return the cash that, with the lots active on a day at these closes, makes up the equity."""
    exposures = (
        (lot.quantity if lot.position_type == "LONG" else -lot.quantity)
        * lot.multiplier
        * Decimal(str(closes[lot.symbol]))
        for lot in active_lots(lots, day)
    )
    return (equity - sum(exposures, Decimal(0))).quantize(Decimal("0.0001"), context=_WIDE)


def active_lots(lots: Sequence[Lot | LotRow], day: date) -> list[Lot | LotRow]:
    """Return the lots held on a day: entry date <= day < exit date, an absent date being no bound."""
    return [
        lot
        for lot in lots
        if (lot.entry_date is None or lot.entry_date <= day)
        and (lot.exit_date is None or day < lot.exit_date)
    ]
