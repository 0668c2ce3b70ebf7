import json

import pytest
from typer.testing import CliRunner

from riskpanel.cli.imports import app

PRICES = "date,AAPL,XOM\n2022-12-27,129.0,106.0\n2022-12-28,126.0,105.0\n"


@pytest.fixture
def run(migrated_url, monkeypatch, tmp_path):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return run


@pytest.fixture
def file(tmp_path):
    def file(text, name="f.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


def test_prices_print_a_summary_on_stdout_and_nothing_else(run, file):
    outcome = run("prices", file(PRICES))
    assert outcome.exit_code == 0
    assert outcome.stdout == (
        "prices: 4 good rows of 2 symbols, 2022-12-27 to 2022-12-28: 4 written, 0 unchanged\n"
    )
    assert outcome.stderr == ""
    assert "0 written, 4 unchanged" in run("prices", file(PRICES)).stdout


def test_json_is_exactly_one_document(run, file):
    outcome = run("prices", file(PRICES + "2022-12-24,1,1\n"), "--json", "--quarantine")
    assert outcome.exit_code == 1
    document = json.loads(outcome.stdout)
    assert (document["written"], document["quarantined"], document["last"]) == (4, 1, "2022-12-28")
    assert document["bad"] == [
        {
            "file": "f.csv",
            "line": 4,
            "column": "date",
            "reason": "2022-12-24 is a Saturday; not an XNYS session",
        }
    ]


def test_bad_rows_exit_with_2_and_are_listed_on_stderr(run, file):
    outcome = run("prices", file(PRICES + "2022-12-24,1,1\n12/28/2022,1,1\n"))
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert "error: 2 bad rows in f.csv: nothing was imported" in outcome.stderr
    assert "f.csv: line 5, date: not a date: '12/28/2022'" in outcome.stderr
    assert "hint:" in outcome.stderr
    assert "4 written" in run("prices", file(PRICES)).stdout


def test_a_dry_run_shows_a_table_of_bad_rows_and_exits_with_2(run, file):
    outcome = run(
        "prices", file("date,symbol,close\n" + "2022-12-28,A[b],1\n" + "2022-12-24,A,1\n" * 30), "--dry-run"
    )
    assert outcome.exit_code == 2
    assert outcome.stdout.count("2022-12-24 is a Saturday") == 30
    assert "not a symbol: 'A[b]'" in outcome.stdout
    assert "dry run: nothing was written" in outcome.stdout


def test_a_dry_run_of_good_prices_writes_nothing(run, file):
    outcome = run("prices", file(PRICES), "--dry-run")
    assert outcome.exit_code == 0
    assert "4 would be written" in outcome.stdout
    assert "4 written" in run("prices", file(PRICES)).stdout


def test_a_missing_file_exits_with_2(run, tmp_path):
    outcome = run("prices", tmp_path / "gone.csv")
    assert outcome.exit_code == 2
    assert "error: no such file:" in outcome.stderr
    assert "hint: check its name and its folder" in outcome.stderr


def test_an_empty_file_and_a_balance_that_is_none_have_a_hint(run, file):
    empty = run("positions", file(""), "--portfolio", "P")
    assert empty.exit_code == 2
    assert "hint: the first row names the columns" in empty.stderr
    odd = run("positions", file("symbol,quantity\nA,1\n"), "--portfolio", "P", "--cash", "nan")
    assert odd.exit_code == 2
    assert "error: not a balance that can be stored: NaN\nhint: give an amount" in odd.stderr


def test_positions_show_what_happened_and_warn_on_stderr(run, file):
    run("prices", file(PRICES, "prices.csv"))
    outcome = run(
        "positions", file("symbol,quantity\nAAPL,10\nZZ,1\n"), "--portfolio", "My [fund]", "--cash", "1000.5"
    )
    assert outcome.exit_code == 0
    assert "My [fund]" in outcome.stdout
    assert "created" in outcome.stdout
    assert "1,000.50" in outcome.stdout
    assert "warning: no prices stored for SPY, ZZ" in outcome.stderr
    assert "warning" not in outcome.stdout


def test_positions_as_json(run, file):
    run("prices", file(PRICES, "prices.csv"))
    path = file("symbol,quantity\nAAPL,10\n")
    outcome = run(
        "positions", path, "--portfolio", "a", "--equity", "2000", "--market-index", "xom", "--json"
    )
    assert outcome.exit_code == 0
    (portfolio,) = json.loads(outcome.stdout)["portfolios"]
    assert portfolio["cash_balance"] == 740.0
    assert (portfolio["market_index"], portfolio["added"]) == ("XOM", 1)
    again = run("positions", path, "--portfolio", "a", "--json")
    assert json.loads(again.stdout)["portfolios"][0]["unchanged"] == 1


def test_positions_can_be_replaced_and_rehearsed(run, file):
    run("positions", file("symbol,quantity\nAAPL,10\nXOM,1\n"), "--portfolio", "a")
    less = file("symbol,quantity\nAAPL,10\n")
    rehearsed = run("positions", less, "--portfolio", "a", "--replace", "--dry-run", "--json")
    assert json.loads(rehearsed.stdout)["portfolios"][0]["removed"] == 1
    replaced = run("positions", less, "--portfolio", "a", "--replace", "--json")
    assert json.loads(replaced.stdout)["portfolios"][0]["removed"] == 1
    again = run("positions", less, "--portfolio", "a", "--replace", "--json")
    assert json.loads(again.stdout)["portfolios"][0]["removed"] == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--cash", "1", "--equity", "1", "--portfolio", "a"), "both a cash and an equity balance"),
        ((), "1 bad row in f.csv"),
        (("--portfolio", "a", "--cash", "lots"), "not a number: lots"),
    ],
)
def test_wrong_options_exit_with_2(run, file, options, reason):
    outcome = run("positions", file("symbol,quantity\nAAPL,10\n"), *options)
    assert outcome.exit_code == 2
    assert reason in outcome.stderr


def test_bad_positions_in_a_dry_run_are_a_table_and_exit_with_2(run, file):
    outcome = run("positions", file("symbol,quantity\nAAPL,0\n"), "--portfolio", "a", "--dry-run")
    assert outcome.exit_code == 2
    assert "must not be 0" in outcome.stdout


def test_instruments_and_portfolios_are_imported(run, file):
    outcome = run("instruments", file("symbol,sector\nAAPL,Technology\nX,Moon\n"))
    assert (outcome.exit_code, outcome.stdout) == (0, "instruments: 2 written, 0 unchanged\n")
    assert "warning: unknown sector 'Moon', left Unclassified: X" in outcome.stderr
    outcome = run("portfolios", file("name,cash_balance\na,5\n"), "--json")
    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["portfolios"][0]["status"] == "created"


def test_without_a_database_the_exit_code_is_3(run, file, monkeypatch, tmp_path):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    outcome = run("prices", file(PRICES))
    assert outcome.exit_code == 3
    assert "riskpanel init" in outcome.stderr
