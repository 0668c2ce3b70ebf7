"""What a portfolio is set to, and the cash that follows from an equity at the latest closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from riskpanel.book.imports import LotRow
from riskpanel.book.lots import Lot, active_lots, build_cash
from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.sources.holdings_files import SUPPORTED_CURRENCY
from riskpanel.store.portfolios import PortfolioTerms
from riskpanel.store.prices import load_latest_closes
from riskpanel.store.rows import Connection

DEFAULT_MARKET_INDEX = "SPY"
DEFAULT_BENCHMARK = "SP500"

_MOST_CASH = Decimal(10) ** 16
_LISTED = 20

HeldLots = Sequence[Lot | LotRow]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an import says about a portfolio; None leaves the stored value, or takes the default."""

    cash: Decimal | None = None
    equity: Decimal | None = None
    market_index: str | None = None
    benchmark_code: str | None = None


class Balances:
    """Cash of portfolios, an equity being valued at the latest closes; one read for all of them."""

    def __init__(
        self, conn: Connection, held: Mapping[str, HeldLots], terms: Mapping[str, Terms], today: date
    ) -> None:
        self._held = held
        self._valued = [name for name in held if terms[name].equity is not None]
        symbols = {lot.symbol for name in self._valued for lot in held[name]}
        self._latest = load_latest_closes(conn, symbols, today)
        self._today = today

    def settle(self, name: str, stored: PortfolioTerms | None, terms: Terms) -> PortfolioTerms:
        """Return the portfolio as it is to be stored."""
        base = stored or PortfolioTerms(
            name, SUPPORTED_CURRENCY, DEFAULT_MARKET_INDEX, DEFAULT_BENCHMARK, Decimal(0)
        )
        cash = terms.cash if terms.equity is None else self._cash(name, terms.equity)
        return PortfolioTerms(
            name=name,
            currency=base.currency,
            market_index=terms.market_index or base.market_index,
            benchmark_code=terms.benchmark_code or base.benchmark_code,
            cash_balance=base.cash_balance if cash is None else cash,
        )

    def warnings(self) -> tuple[str, ...]:
        """Name the closes that are older than the day at which an equity was valued."""
        texts: list[str] = []
        for name in self._valued:
            day = self._day(name)
            lots = active_lots(self._held[name], day)
            old = sorted({lot.symbol for lot in lots if self._latest[lot.symbol][0] < day})
            if old:
                texts.append(f"{name}: equity of {day} uses older closes of {listed(old)}")
        return tuple(texts)

    def _day(self, name: str) -> date:
        """Return the latest session with a close of anything that the portfolio holds."""
        days = (self._latest[lot.symbol][0] for lot in self._held[name] if lot.symbol in self._latest)
        return max(days, default=self._today)

    def _cash(self, name: str, equity: Decimal) -> Decimal:
        day = self._day(name)
        lots = active_lots(self._held[name], day)
        missing = sorted({lot.symbol for lot in lots if lot.symbol not in self._latest})
        if missing:
            raise InputError(
                f"equity of {name} needs prices of {listed(missing)}",
                hint="import the prices first, or give the cash balance",
            )
        cash = build_cash(equity, lots, {symbol: close for symbol, (_, close) in self._latest.items()}, day)
        if abs(cash) >= _MOST_CASH:
            raise InputError(f"cash of {name} would be too large to store: {cash}")
        return cash


def given_terms(cash: Decimal | None, equity: Decimal | None, market_index: str | None) -> Terms:
    """Check what options say about a portfolio.

    Raises
    ------
    InputError
        For two balances, one that cannot be stored, or an index that is no symbol.
    """
    if cash is not None and equity is not None:
        raise InputError("both a cash and an equity balance are given", hint="give one of them")
    for balance in (cash, equity):
        if balance is not None and not (balance.is_finite() and abs(balance) < _MOST_CASH):
            raise InputError(
                f"not a balance that can be stored: {balance}", hint="give an amount of money, as in 5000"
            )
        if balance is not None and balance != round(balance, 4):
            raise InputError(f"a balance has at most 4 decimals: {balance}", hint="round it")
    return Terms(cash, equity, normalize_symbol(market_index) if market_index is not None else None)


def listed(names: Sequence[str]) -> str:
    """Name some things, the first twenty of many."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
