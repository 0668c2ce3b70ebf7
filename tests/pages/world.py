"""A database that was in use for a while, and prices up to today, for the commands of pages to run in."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from riskpanel.sources.calendar import sessions_between

FIRST = date(2024, 1, 2)
SYMBOLS = ("SPY", "^GSPC", "AAPL", "MSFT", "KO", "XOM", "JNJ", "JPM", "NVDA", "PG")
INSTRUMENTS = """symbol,name,sector
AAPL,Apple,Information Technology
MSFT,Microsoft,Information Technology
NVDA,NVIDIA,Information Technology
KO,Coca-Cola,Consumer Staples
PG,Procter & Gamble,Consumer Staples
XOM,Exxon Mobil,Energy
JNJ,Johnson & Johnson,Health Care
JPM,JPMorgan Chase,Financials
"""
POSITIONS = "symbol,quantity\nAAPL,20\nMSFT,10\nJNJ,15\nXOM,30\nKO,-40\n"
FUND = """SPDR Portfolio
Fund Holdings as of,"Jan 02, 2025"

Ticker,Name,Sector,Asset Class,Market Value,Weight (%)
AAPL,APPLE INC,Information Technology,Equity,6200,62.00
KO,COCA COLA CO,Consumer Staples,Equity,3800,38.00
"""
# Nineteen moves that may be true and wait in the quarantine, and a price of KO that cannot be one.
_MOVES = "".join(f"2025-01-02,D{number:02},10\n2025-01-03,D{number:02},30\n" for number in range(1, 20))
DOUBTFUL = f"date,symbol,close\n{_MOVES}2025-01-02,KO,-1\n"
FILES = {"positions.csv": POSITIONS, "holdings.csv": FUND, "doubtful.csv": DOUBTFUL}
# What a database of some months has seen, in one process: every start of another costs a second.
HISTORY = (
    "init",
    "import positions positions.csv --portfolio 'My portfolio' --cash 5000 --market-index SPY",
    "fetch",
    "backfill --from 2025-06-26 --to 2025-06-30",
    "run",
    "import prices doubtful.csv --quarantine",
    "backup made.backup",
)
_RUN_ALL = """
import shlex, sys
from typer.testing import CliRunner
from riskpanel.cli.app import app
for line in sys.argv[1:]:
    answer = CliRunner().invoke(app, shlex.split(line), catch_exceptions=False)
    assert answer.exit_code == ("--quarantine" in line), (line, answer.output)
"""


def write_prices(folder: Path, today: date) -> None:
    """Write made-up prices of every session up to today, and what the symbols are."""
    sessions = sessions_between(FIRST, today)
    rng = np.random.default_rng(20)
    market = rng.normal(0.0004, 0.01, len(sessions))
    frames = []
    for number, symbol in enumerate(SYMBOLS):
        own = 0.0 if number < 2 else rng.normal(0, 0.008, len(sessions))
        close = (50 + 20 * number) * np.exp(np.cumsum((0.7 + 0.08 * number) * market + own))
        frames.append(pl.DataFrame({"date": sessions, "symbol": symbol, "close": close.round(4)}))
    folder.mkdir()
    pl.concat(frames).write_csv(folder / "closes.csv")
    (folder / "instruments.csv").write_text(INSTRUMENTS)


def settings(folder: Path) -> dict[str, str]:
    """What the environment says in a folder: its database, and its prices as the only source."""
    return {
        "RISKPANEL_DATABASE_URL": f"sqlite:///{folder / 'riskpanel.sqlite3'}",
        "RISKPANEL_SOURCES": "files",
        "RISKPANEL_SOURCE_FOLDER": str(folder / "prices"),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "COLUMNS": "140",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def make_world(folder: Path, today: date) -> Path:
    """Fill a folder: prices, positions and a database with nights of 2025 and the newest one."""
    write_prices(folder / "prices", today)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    run_all(folder, HISTORY)
    return folder


def run_all(folder: Path, lines: Sequence[str]) -> None:
    """Run commands in a folder, in one process that is not this one."""
    variables = [f"{name}={value}" for name, value in settings(folder).items()]
    command = ["env", *variables, sys.executable, "-c", _RUN_ALL, *lines]
    subprocess.run(command, cwd=folder, check=True, timeout=120)


def copy_world(template: Path, folder: Path, *, database: bool) -> None:
    """Copy the prices, and the database with its files where it is wanted."""
    shutil.copytree(template / "prices", folder / "prices")
    if database:
        for name in ("riskpanel.sqlite3", "made.backup", *FILES):
            shutil.copy(template / name, folder)
        (folder / "backups").mkdir()
