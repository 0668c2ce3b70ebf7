"""A source of recorded answers, for tests of what stands behind sources."""

from collections.abc import Callable, Mapping
from datetime import date
from threading import Lock

import numpy as np
import polars as pl

from riskpanel.sources.calendar import sessions_between
from riskpanel.sources.protocol import (
    HISTORY,
    LabelledWeights,
    Member,
    NotThereError,
    Profile,
    SourceError,
)

Answer = pl.DataFrame | SourceError


class Recorded:
    """Answers what it was given, cut to the dates that are asked for; ``asked`` are the questions so far."""

    def __init__(
        self,
        name: str,
        histories: Mapping[str, Answer],
        *,
        profiles: Mapping[str, Profile] | None = None,
        funds: Mapping[str, LabelledWeights] | None = None,
        before_answer: Callable[[str], None] = lambda symbol: None,
    ) -> None:
        self._name = name
        self._histories = dict(histories)
        self._profiles = profiles or {}
        self._funds = funds or {}
        self._before_answer = before_answer
        self._lock = Lock()
        self.asked: list[tuple[str, str, date, date]] = []

    @property
    def name(self) -> str:
        return self._name

    def history(self, symbol: str, first: date, last: date) -> pl.DataFrame:
        with self._lock:
            self.asked.append(("history", symbol, first, last))
        self._before_answer(symbol)
        answer = self._histories.get(symbol, NotThereError(f"no such symbol: {symbol}"))
        if isinstance(answer, SourceError):
            raise answer
        rows = answer.filter(pl.col("date").is_between(first, last))
        if rows.is_empty():
            raise NotThereError("no prices in these days")
        return rows

    def profile(self, symbol: str) -> Profile:
        if symbol not in self._profiles:
            raise NotThereError(f"no profile: {symbol}")
        return self._profiles[symbol]

    def fund_sectors(self, symbol: str) -> LabelledWeights:
        if symbol not in self._funds:
            raise NotThereError(f"no fund: {symbol}")
        return self._funds[symbol]

    def index_members(self) -> tuple[Member, ...]:
        raise NotThereError("no members")


def history_of(
    first: date, last: date, *, seed: int = 1, start: float = 100.0, daily: float = 0.01
) -> pl.DataFrame:
    """A random history over all sessions from ``first`` to ``last``, in the columns of a history."""
    days = sessions_between(first, last)
    draw = np.random.default_rng(seed)
    closes = np.round(start * np.exp(np.cumsum(draw.normal(0, daily, days.size))), 4)
    columns = {
        "date": days,
        "open": closes,
        "high": closes * 1.01,
        "low": closes * 0.99,
        "close": closes,
        "adj_close": closes,
        "volume": np.full(days.size, 1e6),
        "split": [None] * days.size,
    }
    return pl.DataFrame(columns, schema=HISTORY)
