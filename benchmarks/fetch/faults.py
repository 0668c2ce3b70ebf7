"""Every fault of a source against a database in use: nothing lost, nothing half-written."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl
import sqlalchemy as sa
from benchmarks.fetch.world import (
    ADJUSTED,
    BEFORE,
    FULL,
    KEY,
    SESSION,
    answers,
    as_body,
    database,
    fetched,
    one_history,
    scripted,
    source,
)

from riskpanel.nightly.fetch_reports import SymbolFetch
from riskpanel.store.database import Store
from riskpanel.store.schema import market_data_cache, market_data_quarantine
from sources.replay import Asked, Replay, Reply, as_json, as_text, replaying

Play = Callable[[Replay], None]
_HISTORY = one_history("A")
_PLAN = "Restricted Endpoint: This endpoint is not available under your current subscription please visit"
_SYMBOL = (
    "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your"
    " current subscription please visit"
)
_LEGACY = (
    "Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint is only available"
)
_LIMIT = "Limit Reach . Please upgrade your plan or visit our documentation for more details"


@dataclass(frozen=True)
class Outcome:
    """What a fault did: what was told, and the rows before and after."""

    fault: str
    told: SymbolFetch
    before: int
    after: int
    quarantined: int
    kept: bool


def _always(reply: Reply) -> Play:
    def play(replay: Replay) -> None:
        replay.play(FULL, reply)
        replay.play(ADJUSTED, reply)

    return play


def _message(text: str, status: int) -> Play:
    return _always(as_json({"Error Message": text}, status=status))


def _rows(change: Callable[[list[dict[str, object]]], list[dict[str, object]]], both: bool = True) -> Play:
    """Answer well, but for a change of the rows."""

    def play(replay: Replay) -> None:
        full, adjusted = answers(_HISTORY)

        def given(rows: list[dict[str, object]]) -> Callable[[Asked], Reply]:
            return lambda asked: as_json(
                [row for row in rows if asked.query["from"] <= str(row["date"]) <= asked.query["to"]]
            )

        replay.play(FULL, given(change(full)))
        replay.play(ADJUSTED, given(change(adjusted) if both else adjusted))

    return play


def _at_newest(**cells: object) -> Callable[[list[dict[str, object]]], list[dict[str, object]]]:
    return lambda rows: [rows[0] | {n: v for n, v in cells.items() if n in rows[0]}, *rows[1:]]


def _well(replay: Replay) -> None:
    scripted(lambda symbol: _HISTORY, replay)


def _as_text(row: dict[str, object]) -> dict[str, object]:
    return {name: str(value) for name, value in row.items()}


def _times_four(row: dict[str, object]) -> dict[str, object]:
    return {name: value * 4 if isinstance(value, float) else value for name, value in row.items()}


_BODY = as_body(answers(_HISTORY)[0][:30])
FAULTS: dict[str, Play] = {
    "none: the answer is good": _well,
    "the key is wrong (401)": _message("Invalid API KEY. Feel free to create a Free API Key", 401),
    "the plan lacks the endpoint (402, text)": _always(as_text(_PLAN, status=402)),
    "the plan lacks the symbol (402, text)": _always(as_text(_SYMBOL, status=402)),
    "the old interface (403)": _message(_LEGACY, 403),
    "the key is blocked (403)": _message("Forbidden", 403),
    "too many requests (429)": _message(_LIMIT, 429),
    "too many requests, told with 200": _message(_LIMIT, 200),
    "the bandwidth is used up (429)": _message("Bandwidth Limit Reach . Please upgrade your plan", 429),
    "an empty list": _always(as_json([])),
    "no such address (404)": _always(as_json([], status=404)),
    "the server is broken (500)": _always(as_text("Internal Server Error", status=500)),
    "a web page with 200": _always(as_text("<!doctype html><title>Just a moment</title>")),
    "text that claims to be JSON": _always(as_text("Query Error: Invalid or missing query parameter")),
    "JSON of another shape": _always(as_json({"historical": []})),
    "rows of another symbol": _rows(lambda rows: [row | {"symbol": "B"} for row in rows]),
    "the answer is cut off": _always(Reply(_BODY, cut_at=len(_BODY) // 2)),
    "the answer never comes": _always(Reply(_BODY, delay=1.5)),
    "5,000 rows: older ones are cut off": _rows(lambda rows: rows[:1] * 5_000),
    "numbers as text": _rows(lambda rows: [_as_text(row) for row in rows]),
    "the oldest first": _rows(lambda rows: rows[::-1]),
    "a row twice, equal": _rows(lambda rows: [rows[0], *rows]),
    "a row twice, different": _rows(lambda rows: [rows[0] | {"close": 1.0, "adjClose": 1.0}, *rows]),
    "a row without an adjusted close": _rows(lambda rows: rows[1:] if "adjClose" in rows[0] else rows),
    "a close of null": _rows(_at_newest(close=None, adjClose=None)),
    "a close of 0": _rows(_at_newest(close=0, adjClose=0)),
    "a negative close": _rows(_at_newest(close=-5, adjClose=-5)),
    "NaN": _rows(_at_newest(close="NaN", adjClose="NaN")),
    "high below low": _rows(_at_newest(high=1.0, low=2.0)),
    "a day that is no session": _rows(_at_newest(date="2022-12-26")),
    "a day in the future": _rows(lambda rows: [rows[0] | {"date": "2022-12-30"}, *rows]),
    "a move of +300 %": _rows(lambda rows: [_times_four(rows[0]), *rows[1:]]),
    "the last sessions are missing": _rows(lambda rows: rows[2:]),
    "a session in the middle is missing": _rows(lambda rows: [*rows[:2], *rows[3:]]),
}  # fmt: skip


def try_all() -> list[Outcome]:
    """Try every fault, each with a database of its own that holds the symbol up to some sessions before."""
    return [_try(name, play) for name, play in FAULTS.items()]


def _try(name: str, play: Play) -> Outcome:
    with database() as store, replaying() as replay:
        _well(replay)
        with source(replay) as fmp:
            fetched(store, fmp, session=BEFORE)
        before = _stored(store)
        play(replay)
        with source(replay) as fmp:
            (told,) = fetched(store, fmp).symbols
        after = _stored(store)
        with store.read() as conn:
            bad = conn.execute(sa.select(sa.func.count()).select_from(market_data_quarantine)).scalar_one()
    assert KEY not in repr(told)
    return Outcome(name, replace(told), before.height, after.height, int(bad), _sound(before, after))


def _stored(store: Store) -> pl.DataFrame:
    columns = (market_data_cache.c.date, market_data_cache.c.close, market_data_cache.c.adj_close)
    with store.read() as conn:
        rows = [tuple(row) for row in conn.execute(sa.select(*columns).order_by(columns[0]))]
    return pl.DataFrame(rows, schema=["date", "close", "adj_close"], orient="row")


def _sound(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether every stored row is still there, and every row is one of the true history."""
    truth = _HISTORY.select("date", "close", "adj_close")
    kept = before.join(after, on=["date", "close", "adj_close"], how="anti").is_empty()
    true = after.join(truth, on=["date", "close", "adj_close"], how="anti").is_empty()
    return kept and true and after["date"].max() <= SESSION
