import json
import re
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from typer.testing import CliRunner

from riskpanel.book.policy import RiskPolicy
from riskpanel.cli.app import app
from riskpanel.cli.reports import print_page
from riskpanel.nightly.ingest import import_instruments, import_positions, import_prices
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.nightly.setup import initialize
from riskpanel.sources.calendar import sessions_between

FIRST, LAST = date(2024, 1, 2), date(2024, 6, 28)
KEYS = ["meta", "portfolio", "snapshot", "holdings", "stress", "timeseries", "data_quality"]


@pytest.fixture
def report(store, migrated_url, monkeypatch, tmp_path):
    """Run ``riskpanel report`` on an initialized, empty database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)

    def run(*arguments):
        return CliRunner().invoke(app, ["report", *arguments])

    return run


@pytest.fixture
def initialized(store, now):
    initialize(store, now=now)
    return store


def fill(store, now, folder, *, portfolios=("Growth", "Hedged")):
    """Import half a year of prices and positions of each portfolio, and compute two sessions."""
    days = sessions_between(FIRST, LAST)
    rng = np.random.default_rng(7)
    market = rng.normal(0.0004, 0.009, len(days))
    paths = {
        symbol: 100 * np.cumprod(1 + beta * market + rng.normal(0, 0.008, len(days)))
        for symbol, beta in (("SPY", 1.0), ("ACME", 1.3), ("BOLT", 0.7))
    }
    rows = [f"{day},{','.join(f'{path[at]:.4f}' for path in paths.values())}" for at, day in enumerate(days)]
    (folder / "prices.csv").write_text("\n".join(["date," + ",".join(paths), *rows]) + "\n")
    (folder / "instruments.csv").write_text("symbol,name,sector\nACME,Acme,Energy\nBOLT,Bolt,Industrials\n")
    import_prices(store, [folder / "prices.csv"], today=LAST, now=now)
    import_instruments(store, folder / "instruments.csv", now=now)
    (folder / "positions.csv").write_text("symbol,quantity\nACME,100\nBOLT,-40\n")
    for name in portfolios:
        import_positions(
            store, folder / "positions.csv", portfolio=name, cash=Decimal(5000), today=LAST, now=now
        )
    run_night(
        store,
        NightRequest("backfill", days[-2], LAST),
        RiskPolicy(),
        today=LAST,
        clock=lambda: now,
        progress=lambda done, total: None,
    )


def test_a_portfolio_is_shown_by_name_and_by_id(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    by_name, by_id = report("Growth"), report("1")
    assert by_name.exit_code == 0, by_name.output
    assert by_name.stdout == by_id.stdout
    assert "as of the close of 28 Jun 2024" in by_name.stdout
    assert "\x1b" not in by_name.stdout
    assert "Acme" in by_name.stdout


def test_without_a_name_all_portfolios_are_listed(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    import_positions(initialized, _positions(tmp_path, "Later"), cash=Decimal(1), today=LAST, now=now)
    listed = report()
    assert listed.exit_code == 0, listed.output
    lines = listed.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["Portfolio", "Growth", "Hedged", "Later"]
    assert "28 Jun 2024" in listed.stdout
    assert lines[-1].split() == ["Later", *["—"] * 6]
    assert "riskpanel report NAME" in listed.stderr


def test_the_list_as_json_is_one_document_with_nulls(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    import_positions(initialized, _positions(tmp_path, "Later"), cash=Decimal(1), today=LAST, now=now)
    first, _, last = json.loads(report("--json").stdout)
    assert first["name"] == "Growth"
    assert first["snapshot_date"] == "2024-06-28"
    assert isinstance(first["net_asset_value"], float)
    assert (last["name"], last["snapshot_date"], last["hhi"]) == ("Later", None, None)


def test_the_only_portfolio_needs_no_name(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path, portfolios=("Solo",))
    assert report().stdout == report("Solo").stdout
    assert list(json.loads(report("--json").stdout)) == KEYS


def test_json_is_the_complete_document(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    document = json.loads(report("Growth", "--json").stdout, parse_constant=pytest.fail)
    assert list(document) == KEYS
    assert document["snapshot"]["snapshot_date"] == "2024-06-28"
    assert document["snapshot"]["cash_value"] == 5000
    assert document["portfolio"]["name"] == "Growth"
    assert document["meta"]["started_at"].startswith("2025-06-30T21:00:00")
    assert [holding["symbol"] for holding in document["holdings"]] == ["ACME", "BOLT"]
    assert len(document["timeseries"]) == 2
    assert document["snapshot"]["volatility_percentile"] is None
    assert document["data_quality"]["missing"]["volatility_percentile"] == "short_history"


def test_a_session_can_be_chosen(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    document = json.loads(report("Growth", "--as-of", "2024-06-27", "--json").stdout)
    assert document["snapshot"]["snapshot_date"] == "2024-06-27"


def test_a_session_without_a_snapshot_is_an_input_error(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    wrong = report("Growth", "--as-of", "2020-01-02")
    assert wrong.exit_code == 2
    assert "no snapshot of 'Growth' on 2020-01-02" in wrong.stderr
    assert "its newest snapshot is of 2024-06-28" in wrong.stderr
    assert wrong.stdout == ""


def test_an_unknown_portfolio_is_an_input_error_with_the_nearest_name(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    wrong = report("Grwth")
    assert wrong.exit_code == 2
    assert "did you mean Growth?" in wrong.stderr


def test_an_empty_database_says_what_to_do(report, initialized):
    empty = report()
    assert empty.exit_code == 2
    assert "there are no portfolios yet" in empty.stderr
    assert "riskpanel import positions FILE --portfolio NAME" in empty.stderr


def test_a_missing_database_is_a_store_error(monkeypatch, tmp_path):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    missing = CliRunner().invoke(app, ["report"])
    assert missing.exit_code == 3
    assert not (tmp_path / "none.sqlite3").exists()


def test_html_is_one_whole_file_and_replaces_the_old_one(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    target = tmp_path / "out" / "page.html"
    target.parent.mkdir()
    target.write_text("old")
    written = report("Growth", "--html", str(target))
    assert written.exit_code == 0, written.output
    assert written.stdout == f"{target}\n"
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize(("options", "told"), [((), True), (("--as-of", str(LAST)), False)])
def test_html_of_the_newest_session_says_how_old_it_is(report, initialized, now, tmp_path, options, told):
    fill(initialized, now, tmp_path)
    target = tmp_path / "page.html"
    assert report("Growth", "--html", str(target), *options).exit_code == 0
    stale = re.search(r">Stale: [\d,]+.sessions<", target.read_text(encoding="utf-8"))
    assert (stale is not None) is told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Growth", "--html", "none/page.html"), "no such folder: none"),
        (("Growth", "--html", "."), "not a file but a folder: ."),
        (("--html", "page.html"), "--html needs one portfolio"),
        (("Growth", "--html", "page.html", "--json"), "--html and --json exclude each other"),
    ],
)
def test_html_that_cannot_be_written_is_refused(report, initialized, now, tmp_path, arguments, message):
    fill(initialized, now, tmp_path)
    refused = report(*arguments)
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert refused.stdout == ""


def test_a_page_can_be_printed_from_an_open_store(initialized, now, tmp_path, capsys):
    fill(initialized, now, tmp_path)
    print_page(initialized, "Hedged")
    assert "Hedged" in capsys.readouterr().out


def test_reading_writes_nothing(report, initialized, now, tmp_path):
    fill(initialized, now, tmp_path)
    before = report("Growth", "--json").stdout
    assert report("Growth", "--json").stdout == before


def _positions(folder, name):
    path = folder / "later.csv"
    path.write_text(f"portfolio,symbol,quantity\n{name},ACME,1\n")
    return path


def test_an_old_snapshot_is_said_to_be_old_unless_its_session_was_asked_for(
    report, initialized, now, tmp_path
):
    fill(initialized, now, tmp_path, portfolios=("Growth",))
    assert "warning: the newest snapshot is of 2024-06-28, " in report("Growth").stderr
    assert "warning" not in report("Growth", "--as-of", "2024-06-28").stderr
