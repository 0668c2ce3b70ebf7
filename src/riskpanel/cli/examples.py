"""Examples of every command and group, as its help shows them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """The page that tells more of a command, and examples: what each is for, and what to type."""

    page: str
    examples: tuple[tuple[str, str], ...]


GUIDES: Mapping[str, Guide] = {
    "": Guide(
        "docs/command-line.md",
        (
            ("three portfolios on real prices, in a database of their own", "riskpanel demo"),
            ("a database, and what you hold", "riskpanel init"),
            ("", "riskpanel import positions holdings.csv --portfolio Mine --cash 5000"),
            ("prices up to the last close, the numbers, a page of them", "riskpanel fetch"),
            ("", "riskpanel run"),
            ("", "riskpanel report Mine"),
        ),
    ),
    "demo": Guide(
        "README.md",
        (
            ("load, compute a year, and print three reports", "riskpanel demo"),
            ("the same for a program", "riskpanel demo --json"),
        ),
    ),
    "init": Guide(
        "docs/operations.md",
        (
            ("create the database, or bring its schema up to date", "riskpanel init"),
            ("say what was done in one JSON document", "riskpanel init --json"),
        ),
    ),
    "import": Guide(
        "docs/imports.md",
        (
            ("what you hold", "riskpanel import positions holdings.csv --portfolio Mine"),
            ("prices of your own", "riskpanel import prices prices.csv"),
            ("what would change, without a change", "riskpanel import prices prices.csv --dry-run"),
        ),
    ),
    "import prices": Guide(
        "docs/imports.md",
        (
            ("one file, or several at once", "riskpanel import prices 2024.csv 2025.parquet"),
            ("list every bad row, and write nothing", "riskpanel import prices prices.csv --dry-run"),
            ("save the good rows, set the bad ones aside", "riskpanel import prices prices.csv --quarantine"),
        ),
    ),
    "import instruments": Guide(
        "docs/imports.md",
        (("names, sectors and industries", "riskpanel import instruments instruments.csv"),),
    ),
    "import positions": Guide(
        "docs/imports.md",
        (
            ("one portfolio", "riskpanel import positions holdings.csv --portfolio Mine --cash 5000"),
            ("a file with a column of portfolios", "riskpanel import positions all.csv"),
            ("also remove what the file lacks", "riskpanel import positions all.csv --replace --dry-run"),
        ),
    ),
    "import portfolios": Guide(
        "docs/imports.md",
        (("names, indexes and balances", "riskpanel import portfolios portfolios.csv"),),
    ),
    "import scenarios": Guide(
        "docs/scenarios.md",
        (
            ("stress scenarios of your own", "riskpanel import scenarios scenarios.toml"),
            ("look for faults first", "riskpanel import scenarios scenarios.toml --dry-run"),
        ),
    ),
    "import fund": Guide(
        "docs/imports.md",
        (("what a fund holds, as its provider publishes it", "riskpanel import fund IVV IVV_holdings.csv"),),
    ),
    "fetch": Guide(
        "docs/sources.md",
        (
            ("everything that is held and missing", "riskpanel fetch"),
            ("some symbols, from a day on", "riskpanel fetch AAPL MSFT --since 2015-01-02"),
            ("the whole history of one again", "riskpanel fetch AAPL --force"),
        ),
    ),
    "run": Guide(
        "docs/operations.md",
        (
            ("the newest session with prices, all portfolios", "riskpanel run"),
            ("one session, one portfolio", "riskpanel run --as-of 2025-06-30 --portfolio Mine"),
            ("on a cluster", "riskpanel run --engine dask --scheduler tcp://10.0.0.5:8786"),
        ),
    ),
    "backfill": Guide(
        "docs/operations.md",
        (
            ("a year of sessions", "riskpanel backfill --from 2024-01-02 --to 2024-12-31"),
            ("of one portfolio", "riskpanel backfill --from 2024-01-02 --to 2024-12-31 --portfolio Mine"),
        ),
    ),
    "schedule": Guide(
        "docs/operations.md",
        (
            ("every night after the close, until Ctrl-C", "riskpanel schedule"),
            ("for cron, systemd and Kubernetes", "riskpanel schedule --once"),
            ("what is due now and next", "riskpanel schedule --dry-run"),
        ),
    ),
    "report": Guide(
        "docs/methods.md",
        (
            ("all portfolios, a line each", "riskpanel report"),
            ("one page", "riskpanel report Mine"),
            (
                "of a day, as one file for a browser",
                "riskpanel report Mine --as-of 2025-06-30 --html mine.html",
            ),
            ("for a program", "riskpanel report Mine --json"),
        ),
    ),
    "explain": Guide(
        "docs/provenance.md",
        (
            ("every number and what it is", "riskpanel explain Mine"),
            ("one number", "riskpanel explain Mine market_beta_weighted"),
            ("of a holding", "riskpanel explain Mine beta --symbol AAPL"),
            ("compute it again, and compare", "riskpanel explain Mine hhi --recompute"),
        ),
    ),
    "evaluate": Guide(
        "docs/methods.md",
        (
            ("how good the forecasts were", "riskpanel evaluate"),
            ("a line for each symbol", "riskpanel evaluate --by instrument"),
            ("of one year", "riskpanel evaluate --from 2024-01-02 --to 2024-12-31"),
        ),
    ),
    "serve": Guide(
        "docs/api.md",
        (
            ("the page and the REST API for this machine", "riskpanel serve"),
            ("the demo, without accounts", "riskpanel serve --demo"),
            ("for others, behind a proxy with TLS", "riskpanel serve --allow-host risk.example.org"),
        ),
    ),
    "benchmark": Guide(
        "docs/sources.md",
        (
            ("the weights that are stored", "riskpanel benchmark show"),
            ("the newest ones", "riskpanel benchmark update"),
        ),
    ),
    "benchmark update": Guide(
        "docs/sources.md",
        (
            ("the S&P 500", "riskpanel benchmark update"),
            ("from a file of a fund's holdings", "riskpanel benchmark update --file SPY_holdings.csv"),
            ("a benchmark of your own by a fund", "riskpanel benchmark update --code NDX --fund QQQ"),
        ),
    ),
    "benchmark show": Guide(
        "docs/sources.md",
        (
            ("the newest weights, and what changed", "riskpanel benchmark show"),
            ("what a day knew", "riskpanel benchmark show --date 2024-06-28"),
        ),
    ),
    "quarantine": Guide(
        "docs/sources.md",
        (
            ("what was refused, and why", "riskpanel quarantine list"),
            ("they are prices after all", "riskpanel quarantine release 17 18"),
            ("they are none", "riskpanel quarantine drop --symbol AAPL"),
        ),
    ),
    "quarantine list": Guide(
        "docs/sources.md",
        (
            ("the newest hundred", "riskpanel quarantine list"),
            ("of one symbol, for a program", "riskpanel quarantine list --symbol AAPL --json"),
        ),
    ),
    "quarantine release": Guide(
        "docs/sources.md",
        (
            ("two rows", "riskpanel quarantine release 17 18"),
            (
                "all of a symbol, in place of what is stored",
                "riskpanel quarantine release --symbol AAPL --replace",
            ),
        ),
    ),
    "quarantine drop": Guide("docs/sources.md", (("two rows", "riskpanel quarantine drop 17 18"),)),
    "doctor": Guide(
        "docs/troubleshooting.md",
        (
            ("what is wrong, and what to do about it", "riskpanel doctor"),
            ("also what is fine, and the size of each table", "riskpanel doctor -v"),
            ("for an alarm: fail on warnings too", "riskpanel doctor --strict --json"),
        ),
    ),
    "backup": Guide(
        "docs/operations.md",
        (
            ("into a folder, named by the time", "riskpanel backup /var/backups/riskpanel"),
            ("can this file be restored?", "riskpanel backup --verify riskpanel.backup"),
        ),
    ),
    "restore": Guide(
        "docs/operations.md",
        (
            ("into an empty database", "riskpanel restore riskpanel.backup"),
            ("in the place of what is stored", "riskpanel restore riskpanel.backup --yes"),
        ),
    ),
    "prune": Guide(
        "docs/operations.md",
        (
            ("what would go", "riskpanel prune --keep-years 5 --dry-run"),
            ("remove it, and shrink the file", "riskpanel prune --keep-years 5 --yes --vacuum"),
            ("stress tests alone", "riskpanel prune --before 2024-01-01 --what stress --yes"),
        ),
    ),
    "migrate": Guide(
        "docs/operations.md",
        (
            ("to the newest schema", "riskpanel migrate up"),
            ("one step back: says what would be lost", "riskpanel migrate down -1"),
        ),
    ),
    "migrate up": Guide(
        "docs/operations.md",
        (
            ("to the newest schema", "riskpanel migrate up"),
            ("one step", "riskpanel migrate up +1"),
        ),
    ),
    "migrate down": Guide(
        "docs/operations.md",
        (
            ("what one step back would drop", "riskpanel migrate down"),
            ("do it", "riskpanel migrate down -1 --yes"),
        ),
    ),
    "user": Guide(
        "docs/security.md",
        (
            ("who may sign in", "riskpanel user list"),
            ("invite somebody", "riskpanel user add ada --address https://risk.example.org"),
        ),
    ),
    "user list": Guide("docs/security.md", (("all accounts", "riskpanel user list"),)),
    "user add": Guide(
        "docs/security.md",
        (
            ("an account, and the link for its user", "riskpanel user add ada"),
            ("an administrator", "riskpanel user add ada --admin --address https://risk.example.org"),
        ),
    ),
    "user link": Guide(
        "docs/security.md",
        (
            ("for the user of this machine", "riskpanel user link"),
            ("for somebody who forgot a password", "riskpanel user link ada"),
        ),
    ),
    "user disable": Guide("docs/security.md", (("sign out, and in no more", "riskpanel user disable ada"),)),
    "user enable": Guide("docs/security.md", (("let in again", "riskpanel user enable ada"),)),
    "token": Guide(
        "docs/security.md",
        (
            ("a token that may read", "riskpanel token create grafana"),
            ("which there are", "riskpanel token list"),
            ("make one void", "riskpanel token revoke 3"),
        ),
    ),
    "token list": Guide(
        "docs/security.md",
        (
            ("your own", "riskpanel token list"),
            ("of another user", "riskpanel token list --user ada"),
        ),
    ),
    "token create": Guide(
        "docs/security.md",
        (
            ("one that may read, for 90 days", "riskpanel token create grafana"),
            ("one that may also write", "riskpanel token create loader --scope read --scope write --days 30"),
        ),
    ),
    "token revoke": Guide("docs/security.md", (("by its id, as listed", "riskpanel token revoke 3"),)),
}
"""Guides by the names of commands; the root has none."""
