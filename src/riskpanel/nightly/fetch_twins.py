"""Symbols that a source gives the same prices: at most one of them can be right."""

from dataclasses import dataclass

from riskpanel.sources.fetching import Fetched, Wanted

LEAST = 20  # sessions that may agree by chance


@dataclass(frozen=True, slots=True)
class Settled:
    """What was fetched of a symbol, and what had been asked."""

    wanted: Wanted
    fetched: Fetched

    @property
    def fits(self) -> bool:
        """Whether the prices continue the symbol's own stored ones: then they are its own."""
        return not self.wanted.stored.is_empty() and self.fetched.factors is None

    @property
    def unstored(self) -> bool:
        """Whether nothing of the symbol was stored before."""
        return self.wanted.stored.is_empty()


class Twins:
    """The last closes of every symbol that came so far."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Settled] = {}

    def meet(self, new: Settled) -> Settled | None:
        """Return who came before with the same last closes; without any, remember this one."""
        tail = new.fetched.gated.good.select("date", "close").tail(LEAST)
        if tail.height < LEAST or tail["close"].n_unique() == 1:
            return None
        key = (*tail["date"].to_list(), *tail["close"].to_list())
        before = self._known.setdefault(key, new)
        return None if before is new else before
