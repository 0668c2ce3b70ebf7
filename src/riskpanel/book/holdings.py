"""Who holds what: portfolios and their lots, as arrays over many portfolios."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray
from riskpanel.risk.matrices import SparseRows, from_triples


@dataclass(frozen=True, slots=True)
class Holdings:
    """Portfolios and their lots; lots index the columns of the panel that they were loaded with.

    Per portfolio (P): ``portfolio_ids``, ``user_ids`` of its owner, ``names``, ``market_indices`` (symbols),
    ``benchmark_codes``, ``cash`` in currency. Per lot (K): ``lot_portfolio`` (row), ``lot_symbol`` (column),
    ``lot_quantity`` (signed, times multiplier), ``lot_entry`` and ``lot_exit`` (datetime64[D], NaT for
    open-ended).
    """

    portfolio_ids: IntArray
    user_ids: IntArray
    names: tuple[str, ...] = field(repr=False)  # private: a cluster's workers log what they were given
    market_indices: tuple[str, ...]
    benchmark_codes: tuple[str, ...]
    cash: FloatArray
    lot_portfolio: IntArray
    lot_symbol: IntArray
    lot_quantity: FloatArray
    lot_entry: DateArray
    lot_exit: DateArray

    def __len__(self) -> int:
        """Count the portfolios."""
        return len(self.portfolio_ids)

    def held_between(self, first: date, last: date) -> BoolArray:
        """Tell which lots are active on any day of a range: (K,)."""
        entered = np.isnat(self.lot_entry) | (self.lot_entry <= np.datetime64(last, "D"))
        left = ~np.isnat(self.lot_exit) & (self.lot_exit <= np.datetime64(first, "D"))
        return entered & ~left

    def quantities(self, day: date, *, n_symbols: int) -> SparseRows:
        """Net the lots that are active on a day, per symbol: (P, N), signed units times multiplier.

        A lot is active when entry_date <= day < exit_date; without an entry date it always was.
        """
        active = self.held_between(day, day)
        return from_triples(
            self.lot_portfolio[active],
            self.lot_symbol[active],
            self.lot_quantity[active],
            shape=(len(self), n_symbols),
        )

    def select(self, rows: IntArray) -> "Holdings":
        """Return the given portfolios, in the given order, with their lots."""
        wanted: list[int] = rows.tolist()
        new_row = np.full(len(self), -1)
        new_row[rows] = np.arange(len(rows))
        lots: BoolArray = new_row[self.lot_portfolio] >= 0
        return Holdings(
            portfolio_ids=self.portfolio_ids[rows],
            user_ids=self.user_ids[rows],
            names=tuple(self.names[row] for row in wanted),
            market_indices=tuple(self.market_indices[row] for row in wanted),
            benchmark_codes=tuple(self.benchmark_codes[row] for row in wanted),
            cash=self.cash[rows],
            lot_portfolio=new_row[self.lot_portfolio[lots]],
            lot_symbol=self.lot_symbol[lots],
            lot_quantity=self.lot_quantity[lots],
            lot_entry=self.lot_entry[lots],
            lot_exit=self.lot_exit[lots],
        )
