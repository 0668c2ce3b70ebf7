"""Small files to import and to fetch: prices, instruments, positions, portfolios, scenarios, a fund."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from builders import draw_ranges, random_prices, sessions

SYMBOLS = tuple("ABCDEFGHIJ")
INDEX = "SPY"
DAYS: tuple[date, ...] = tuple(sessions(170).tolist())
BOOKS = ("balanced", "growth", "hedged", "levered", "narrow")
SINCE = DAYS[60]  # first day of what a folder has to fetch
_FIRST = 130  # sessions that are stored before
_SEED = 20_241_231
_SPLIT, _DOUBTFUL, _NEW = "C", "D", "J"  # what a fetch meets, besides symbols that go on as they were
_SECTORS = ("Energy", "Financials", "Utilities", "Health Care", "Materials", "Industrials")
_FUND = """\
Fund Name:,Trust of everything,,,,,,
Ticker Symbol:,SPY,,,,,,
Holdings:,As of 02-Dec-2024,,,,,,
,,,,,,,
Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency
ONE,A,1,1,55.5,Energy,1.000,USD
TWO,B,2,2,40.5,Financials,2.000,USD
THREE,C,3,3,4.0,Materials,3.000,USD
"""

Prices = Mapping[str, np.ndarray]


def write_files(folder: Path) -> None:
    """Write them all; of most kinds one that is imported first, and one that then changes it."""
    prices = random_prices(_SEED, len(DAYS), SYMBOLS)
    before = {name: path[:_FIRST] for name, path in prices.items() if name != _NEW}
    many = (*SYMBOLS, INDEX, *(f"N{number}" for number in range(60)))
    for name, text in {
        "prices_before.csv": _prices(before, DAYS),
        "prices.csv": _prices(prices, DAYS),
        "instruments_before.csv": _instruments(SYMBOLS[:4], "Old"),
        "instruments.csv": _instruments(many, "New"),
        "positions_before.csv": _positions(BOOKS[:3], 1),
        "positions.csv": _positions(BOOKS, 2),
        "portfolios_before.csv": _portfolios(BOOKS[:3], "cash_balance", 1_000),
        "portfolios.csv": _portfolios(BOOKS, "equity_balance", 250_000),
        "scenarios_before.toml": _scenarios(range(20), 0.1),
        "scenarios.toml": _scenarios(range(10, 50), 0.2),
        "fund.csv": _FUND,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    source = folder / "source"
    source.mkdir()
    (source / "prices.csv").write_text(_prices(_fetched(prices), DAYS[60:]), encoding="utf-8")
    (source / "instruments.csv").write_text(_instruments((*SYMBOLS, INDEX), "Fetched"), encoding="utf-8")


def _fetched(prices: Prices) -> Prices:
    """Return what a source tells today: a symbol was split two for one, another one jumped and came back."""
    told = {name: path[60:].copy() for name, path in prices.items()}
    told[_SPLIT] /= 2
    told[_DOUBTFUL][-3] *= 4
    return told


def _prices(prices: Prices, days: Sequence[date]) -> str:
    lines = ["date,symbol,open,high,low,close,adj_close,volume"]
    for number, (symbol, closes) in enumerate(prices.items()):
        ranges = draw_ranges(_SEED + number, closes).T
        for day, (opened, high, low), close in zip(days, ranges, closes, strict=False):
            numbers = ",".join(f"{price:.6f}" for price in (opened, high, low, close, close))
            lines.append(f"{day},{symbol},{numbers},1000")
    return "\n".join(lines)


def _instruments(symbols: Sequence[str], word: str) -> str:
    rows = [f"{one},{word} {one},equity,{_SECTORS[n % 6]},{word}" for n, one in enumerate(symbols)]
    return "\n".join(("symbol,name,asset_class,sector,industry", *rows))


def _positions(books: Sequence[str], times: int) -> str:
    rows = [
        f"{book},{SYMBOLS[(3 * row + lot) % len(SYMBOLS)]},{times * (10 + 7 * lot - 40 * (lot == 3))}"
        for row, book in enumerate(books)
        for lot in range(times, times + 5)
    ]
    return "\n".join(("portfolio,symbol,quantity", *rows))


def _portfolios(books: Sequence[str], balance: str, amount: int) -> str:
    rows = [f"{book},{INDEX},{amount + 100 * row}" for row, book in enumerate(books)]
    return "\n".join((f"name,market_index,{balance}", *rows))


def _scenarios(numbers: Sequence[int], move: float) -> str:
    return "".join(f"[scenarios.s{number}]\nmarket = -{move + number / 1000}\n" for number in numbers)
