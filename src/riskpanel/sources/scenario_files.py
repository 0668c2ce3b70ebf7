"""Scenario files: a user's own stress scenarios in TOML, every fault of a file named at once."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias, cast

from riskpanel.book.scenarios import ScenarioFault, UserScenario, Window, built_in_scenarios
from riskpanel.book.sectors import classify_sector
from riskpanel.book.symbols import shortened
from riskpanel.errors import InputError
from riskpanel.sources.calendar import FIRST_DAY, sessions_between
from riskpanel.sources.files import File, read_content

LONGEST_NAME = 60
LONGEST_DESCRIPTION = 400

_MOST_BYTES = 256 * 1024
_MOST_DOTS = 100
_KEYS = frozenset({"description", "market", "sectors", "from", "to"})
_HINT = "one table a scenario: [scenarios.NAME] with market, sectors, or from and to"

Toml: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ParsedScenarios:
    """Good scenarios by name, and everything that is wrong with the others."""

    scenarios: tuple[UserScenario, ...]
    faults: tuple[ScenarioFault, ...]


def read_scenarios(file: File, *, today: date) -> ParsedScenarios:
    """Read a scenario file.

    Parameters
    ----------
    file : Path or Upload
    today : date
        A window that ends later is refused.

    Raises
    ------
    InputError
        When the file cannot be read, is not TOML, or holds something else than scenarios.
    """
    document = _load(file)
    others = sorted(set(document) - {"scenarios"})
    tables = document.get("scenarios")
    if others or not isinstance(tables, dict):
        found = f"unknown key: {others[0]}" if others else "no [scenarios.NAME]"
        raise InputError(f"not a scenario file: {file} ({found})", hint=_HINT)
    return parse_scenarios(cast(Toml, tables), today=today)


def parse_scenarios(tables: Toml, *, today: date) -> ParsedScenarios:
    """Read scenarios from their tables by name, every fault named at once."""
    entries = [_Entry(name.strip(), table) for name, table in tables.items()]
    _refuse_twins(entries)
    scenarios = [entry.read(today) for entry in entries]
    good = (one for one in scenarios if one is not None)
    faults = tuple(fault for entry in entries for fault in entry.faults)
    return ParsedScenarios(tuple(sorted(good, key=lambda one: one.name)), faults)


class _Entry:
    """One scenario of a file, and what is wrong with it."""

    def __init__(self, name: str, table: object) -> None:
        self.name = name
        self.faults: list[ScenarioFault] = []
        self._table: Toml = cast(Toml, table) if isinstance(table, dict) else {}
        if not isinstance(table, dict):
            self.refuse("", "not a table: write [scenarios.NAME] above its keys")
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            self.refuse("", f"not a name: 1 to {LONGEST_NAME} printable characters")
        elif "%" in name:
            self.refuse("", "a name must not hold %: it could be taken for a built-in scenario")

    def refuse(self, key: str, reason: str) -> None:
        """Note a fault."""
        self.faults.append(ScenarioFault(shortened(self.name), shortened(key), reason))

    def read(self, today: date) -> UserScenario | None:
        """Return the scenario, or None when anything is wrong with it."""
        for key in sorted(set(self._table) - _KEYS):
            self.refuse(key, "unknown key; known are description, market, sectors, from, to")
        description = self._description()
        market = self._move("market", self._table["market"]) if "market" in self._table else None
        sectors = self._sectors()
        window = self._window(today)
        if not self.faults:
            self._require_one_kind(market, sectors, window)
        if self.faults:
            return None
        return UserScenario(self.name, description, market, sectors, window)

    def _description(self) -> str | None:
        text = self._table.get("description")
        if text is None:
            return None
        words = " ".join(text.split()) if isinstance(text, str) else "\0"
        if len(words) > LONGEST_DESCRIPTION or not words.isprintable():
            self.refuse("description", f"not a text of at most {LONGEST_DESCRIPTION} printable characters")
            return None
        return words or None

    def _move(self, key: str, cell: object) -> float | None:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            self.refuse(key, f"not a number: {shortened(repr(cell))}")
        elif not -1 <= cell <= 1:
            shown = shortened(repr(cell)) if isinstance(cell, float) or abs(cell) < 10**20 else "far beyond"
            self.refuse(key, f"not a move between -1 and 1: {shown} (decimals: -0.07 is -7 %)")
        else:
            return float(cell) + 0.0  # turns -0.0 into 0.0
        return None

    def _sectors(self) -> dict[str, float]:
        table = self._table.get("sectors", {})
        if not isinstance(table, dict):
            self.refuse("sectors", "not a table of sectors and moves")
            return {}
        moves: dict[str, float] = {}
        for label, cell in cast(Toml, table).items():
            sector = classify_sector(label)
            move = self._move(f"sectors.{label}", cell)
            if sector.sector is None or sector.taxonomy != "gics":
                meant = f"; GICS calls it {sector.sector}" if sector.sector else ""
                self.refuse(f"sectors.{label}", f"not a GICS sector{meant}")
            elif sector.sector in moves:
                self.refuse(f"sectors.{label}", f"{sector.sector} is there twice")
            elif move is not None:
                moves[sector.sector] = move
        return moves

    def _window(self, today: date) -> Window | None:
        ends = {key: self._day(key) for key in ("from", "to") if key in self._table}
        for key, other in (("from", "to"), ("to", "from")):
            if key in ends and other not in ends:
                self.refuse(other, "missing: a window has both ends")
        first, last = ends.get("from"), ends.get("to")
        if first is None or last is None:
            return None
        if first >= last:
            self.refuse("to", f"{last} is not after {first}")
        elif last > today:
            self.refuse("to", f"{last} is in the future")
        elif first < FIRST_DAY:
            self.refuse("from", f"{first} is before the exchange calendar, which begins on {FIRST_DAY}")
        elif not sessions_between(first + timedelta(days=1), last).size:
            self.refuse("to", f"no session of the exchange after {first} and up to {last}")
        return Window(first, last)

    def _day(self, key: str) -> date | None:
        cell = self._table[key]
        if isinstance(cell, str):
            try:
                return date.fromisoformat(cell.strip())
            except ValueError:
                pass  # refused below, with what was written
        elif isinstance(cell, date) and not isinstance(cell, datetime):
            return cell
        self.refuse(key, f"not a date: {shortened(repr(cell))} (YYYY-MM-DD)")
        return None

    def _require_one_kind(self, market: float | None, sectors: Toml, window: Window | None) -> None:
        moves = [move for move in (market, *sectors.values()) if move]
        shocked = market is not None or "sectors" in self._table
        if window is not None and shocked:
            self.refuse("from", "a window of the past and moves exclude each other")
        elif window is None and not moves:
            self.refuse("", "nothing moves: give market, sectors, or from and to")


def _refuse_twins(entries: Iterable[_Entry]) -> None:
    """Refuse names that cannot be told from a built-in one, or from another of the file."""
    shown = ("2008-09 crisis", "Covid 2020", "2022 drawdown")  # what reports call the replays
    built_in = {_folded(name): name for name in (*shown, *built_in_scenarios().names)}
    seen: dict[str, str] = {}
    for entry in entries:
        folded = _folded(entry.name)
        if folded in built_in:
            entry.refuse("", f"{built_in[folded]} is built in: choose another name")
        elif folded in seen:
            entry.refuse(
                "", f"too like {shortened(seen[folded])}: names differ in more than capitals and spaces"
            )
        seen.setdefault(folded, entry.name)


def _folded(name: str) -> str:
    return "_".join(name.replace("_", " ").replace("-", " ").casefold().split())


def _load(file: File) -> Toml:
    raw = read_content(file)
    if len(raw) > _MOST_BYTES:
        raise InputError(f"more than {_MOST_BYTES // 1024} KiB: {file}", hint=_HINT)
    if any(line.count(b".") > _MOST_DOTS for line in raw.splitlines()):
        # The parser takes a time that grows with the square of a key's parts.
        raise InputError(f"nested too deeply: {file} (over {_MOST_DOTS} dots in a line)", hint=_HINT)
    try:
        return tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise InputError(f"not a text in UTF-8: {file}", hint=_HINT) from None
    except RecursionError:
        raise InputError(f"nested too deeply: {file}", hint=_HINT) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {file} ({error})", hint=_HINT) from None
    except ValueError:
        raise InputError(f"not TOML: {file} (a number of too many digits)", hint=_HINT) from None
