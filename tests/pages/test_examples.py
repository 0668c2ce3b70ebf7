"""Every example of the help runs, each in a copy of one folder, or is named below with the reason why not."""

import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest

from pages.shell import Shell
from pages.world import DOUBTFUL, FUND, INSTRUMENTS, POSITIONS, run_all, settings, write_prices
from riskpanel.cli.examples import GUIDES

EXAMPLES = sorted({text for guide in GUIDES.values() for _, text in guide.examples})
NOT_RUN = {
    "riskpanel demo": "tests/cli/test_demo.py: test_the_command_prints_each_portfolio_and_is_repeatable",
    "riskpanel demo --json": "tests/cli/test_demo.py: test_the_document_for_a_program_has_every_portfolio",
    "riskpanel serve --demo": "tests/e2e/conftest.py serves it to a browser",
    "riskpanel serve --allow-host risk.example.org": "tests/api/test_serve.py answers under that name",
    "riskpanel run --engine dask --scheduler tcp://10.0.0.5:8786": "tests/nightly/test_dask.py runs it",
}
FILES = {
    "holdings.csv": POSITIONS,
    "all.csv": "portfolio,symbol,quantity\nMine,AAPL,20\nMine,MSFT,10\n",
    "portfolios.csv": "name,market_index,cash_balance\nSavings,^GSPC,120000\n",
    "scenarios.toml": "[scenarios.rate_shock]\nmarket = -0.07\n",
    "instruments.csv": INSTRUMENTS,
    "IVV_holdings.csv": FUND,
    "SPY_holdings.csv": FUND,
    "doubtful.csv": DOUBTFUL + "2023-01-03,AAPL,10\n2023-01-04,AAPL,30\n",
}
# What is there before: a portfolio of that name with nights of two years, an account, a token, a quarantine.
HISTORY = (
    "init",
    "import positions holdings.csv --portfolio Mine --cash 5000",
    "fetch",
    "backfill --from 2025-06-02 --to {newest}",
    "import prices doubtful.csv --quarantine",
    "token create first",
    "token create second",
    "token create third",
    "backup riskpanel.backup",
)
# What an example needs that the others must not have.
BEFORE = {
    "riskpanel restore riskpanel.backup": "rm riskpanel.sqlite3",
    "riskpanel migrate up +1": "riskpanel migrate down -1 --yes",
    "riskpanel token list --user ada": "riskpanel user add ada",
    "riskpanel user disable ada": "riskpanel user add ada",
    "riskpanel user enable ada": "riskpanel user add ada",
    "riskpanel user link ada": "riskpanel user add ada",
}
EXIT_CODES = {
    # They say what would be lost.
    "riskpanel migrate down": 2,
    "riskpanel migrate down -1": 2,
    # The forecasts begin later.
    "riskpanel evaluate --from 2024-01-02 --to 2024-12-31": 2,
    # Rows wait in the quarantine.
    "riskpanel doctor --strict --json": 1,
    # A folder of files has no weights: those that ship are stored, and none of another index.
    "riskpanel benchmark update": 1,
    "riskpanel benchmark update --code NDX --fund QQQ": 1,
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with all that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    write_prices(folder / "prices", datetime.now(UTC).date())
    for name, text in FILES.items():
        (folder / name).write_text(text)
    closes = pl.read_csv(folder / "prices" / "closes.csv", try_parse_dates=True)
    closes.write_csv(folder / "prices.csv")
    closes.filter(pl.col("date") < date(2025, 1, 1)).write_csv(folder / "2024.csv")
    closes.filter(pl.col("date") >= date(2025, 1, 1)).write_parquet(folder / "2025.parquet")
    newest = closes["date"].max()
    run_all(folder, [line.format(newest=newest) for line in HISTORY])
    return folder


@pytest.fixture
def shell(template, tmp_path, monkeypatch):
    """A shell in a copy of the folder."""
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    monkeypatch.chdir(folder)
    for name, value in settings(folder).items():
        monkeypatch.setenv(name, value)
    return Shell(folder, monkeypatch)


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one not in NOT_RUN])
def test_an_example_of_the_help_runs(example, shell):
    if example in BEFORE:
        shell.run(BEFORE[example])
        shell.told = ""
    shell.run(example.replace("/var/backups/riskpanel", "backups"), exit_code=EXIT_CODES.get(example, 0))
    assert shell.told


def test_what_is_not_run_is_an_example():
    assert set(NOT_RUN) | set(BEFORE) | set(EXIT_CODES) <= set(EXAMPLES)
