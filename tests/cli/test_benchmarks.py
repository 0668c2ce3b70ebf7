import json
from contextlib import nullcontext
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from riskpanel.cli import benchmarks, words
from riskpanel.sources.protocol import LabelledWeights, Member, NotThereError, SourceClosedError
from riskpanel.store.benchmarks import save_packaged_benchmarks

NOW = datetime(2026, 9, 8, 22, 0, tzinfo=UTC)
FUND_FILE = """\
Fund Name:,A [fund] of tests
Holdings:,As of 02-Sep-2026
Name,Ticker,Identifier,SEDOL,Weight,Sector
NVIDIA,NVDA,1,2,59,Information Technology
EXXON,XOM,1,2,40,Energy
CASH,-,1,2,1,Unassigned
"""


class Recorded:
    """A source that answers what was recorded, or refuses as recorded."""

    name = "fmp"

    def __init__(self, sectors, members=None):
        self.sectors = sectors
        self.members = members or SourceClosedError("members are not under this plan")

    def history(self, symbol, first, last):
        raise NotThereError(f"no prices of {symbol}")

    def profile(self, symbol):
        raise NotThereError(f"no profile of {symbol}")

    def fund_sectors(self, symbol):
        return self.answer(self.sectors)

    def index_members(self):
        return self.answer(self.members)

    def answer(self, recorded):
        if isinstance(recorded, Exception):
            raise recorded
        return recorded


def energy(share, day=None):
    return LabelledWeights((("Energy", share), ("Technology", 1 - share)), day, "published")


@pytest.fixture
def sources(monkeypatch):
    """The sources that the command opens."""
    opened = []
    monkeypatch.setattr(benchmarks, "opened_sources", lambda settings, *, today: nullcontext(tuple(opened)))
    return opened


@pytest.fixture
def run(migrated_url, monkeypatch, tmp_path, sources):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(benchmarks, "today", lambda: date(2026, 9, 8))
    monkeypatch.setattr(benchmarks, "now", lambda: NOW)

    def run(*arguments):
        return CliRunner().invoke(
            benchmarks.app, [str(argument) for argument in arguments], catch_exceptions=False
        )

    return run


@pytest.fixture
def packaged(store):
    with store.begin() as conn:
        save_packaged_benchmarks(conn, now=NOW)


@pytest.fixture
def fund_file(tmp_path):
    path = tmp_path / "fund.csv"
    path.write_text(FUND_FILE, encoding="utf-8")
    return path


def plain(text):
    return text.replace("\u00a0", " ")


def told(day):
    return plain(words.day(date.fromisoformat(day)))


def test_an_update_says_what_was_saved_from_where_and_what_changed(run, sources, packaged):
    sources.append(Recorded(energy(0.25)))
    outcome = run("update")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    text = plain(outcome.stdout)
    assert text.startswith("SP500: sector weights saved\n")
    assert f"\nSP500, {told('2026-09-08')}: fmp: sectors of SPY (published, mapped)\n" in text
    assert "│ Energy                 │  25.00 % │ +21.44 │" in text
    assert "│ sum                    │ 100.00 % │        │" in text
    assert f"points: since {told('2026-09-01')}" in text
    assert "the earlier weights were made in another way (float_cap, gics)" in text
    again = run("update")
    assert again.exit_code == 0
    assert "today's weights are stored; nothing was done" in again.stdout


def test_the_update_as_json_is_exactly_one_document(run, sources):
    sources.append(Recorded(energy(0.25)))
    outcome = run("update", "--json", "--code", "NDX", "--fund", "qqq")
    document = json.loads(outcome.stdout)
    assert outcome.exit_code == 0
    assert (document["code"], document["status"], document["written"]) == ("NDX", "updated", 11)
    assert document["table"]["source"] == "fmp: sectors of QQQ"
    assert document["table"]["sectors"][0] == {
        "sector": "Information Technology",
        "weight": 0.75,
        "change": None,
        "market_cap": None,
        "num_constituents": None,
    }


def test_values_and_counts_are_shown_where_they_are_known(run, sources):
    members = (
        Member("GOOG", "1", "Communication Services", 4e12),
        Member("GOOGL", "1", "Communication Services", 4e12),
        Member("XOM", "2", "Energy", 1e12),
    )
    sources.append(Recorded(NotThereError("not here"), members))
    outcome = run("update")
    assert outcome.exit_code == 0
    assert "warning: fmp: sectors of SPY: not here" in outcome.stderr
    assert "note: counted once, several share classes: GOOG/GOOGL" in outcome.stderr
    text = plain(outcome.stdout)
    assert "│ Communication Services │  80.00 % │      — │        $4.0T │            1 │" in text
    assert "│ sum                    │ 100.00 % │        │        $5.0T │            2 │" in text
    assert "no earlier weights are stored" in text


def test_a_file_is_used_first(run, fund_file):
    outcome = run("update", "--file", fund_file)
    assert outcome.exit_code == 0
    assert f"{told('2026-09-02')}: file: A [fund] of tests (float_cap, gics)" in plain(outcome.stdout)
    assert "note: left out, without a sector: 1.00% of the whole" in outcome.stderr


def test_a_refused_file_exits_with_2_or_with_1_where_a_source_served(run, sources, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    outcome = run("update", "--file", empty, "--code", "X")
    assert outcome.exit_code == 2
    assert "error: file: empty.csv: empty file" in outcome.stderr
    sources.append(Recorded(energy(0.25)))
    served = run("update", "--file", empty)
    assert served.exit_code == 1
    assert "sector weights saved" in served.stdout
    assert run("update", "--file", empty).exit_code == 2


@pytest.mark.parametrize(("name", "fault"), [("gone.csv", "no such file"), (".", "a directory, not a file")])
def test_a_file_that_cannot_be_read_is_refused_before_any_source_is_asked(run, monkeypatch, name, fault):
    def opened(settings, *, today):
        raise AssertionError("no source may be opened")

    monkeypatch.setattr(benchmarks, "opened_sources", opened)
    outcome = run("update", "--file", name)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    error, hint = outcome.stderr.splitlines()
    assert error == f"error: {fault}: {name}"
    assert hint.startswith("hint: ")


def test_the_lines_of_bad_cells_are_listed(run, fund_file):
    fund_file.write_text(FUND_FILE.replace("59", "x[y]"), encoding="utf-8")
    outcome = run("update", "--file", fund_file)
    assert outcome.exit_code == 2
    assert "fund.csv: line 4, Weight: not a number: 'x[y]'" in outcome.stderr


def test_a_date_of_another_source_needs_force(run, fund_file, packaged):
    fund_file.write_text(FUND_FILE.replace("02-Sep", "01-Sep"), encoding="utf-8")
    refused = run("update", "--file", fund_file)
    assert refused.exit_code == 2
    assert "stored from another source: packaged: fund holdings, 503 equities" in refused.stderr
    assert "replaced with --force only" in refused.stderr
    forced = run("update", "--file", fund_file, "--force")
    assert forced.exit_code == 0
    assert "replaced: the weights of packaged: fund holdings, 503 equities" in forced.stdout


def test_no_source_that_answers_exits_with_1_and_the_packaged_tables_remain(run, sources):
    sources.append(Recorded(SourceClosedError("not under this plan")))
    outcome = run("update")
    assert outcome.exit_code == 1
    assert "error: fmp: sectors of SPY: not under this plan" in outcome.stderr
    assert "error: fmp: members of the index: members are not under this plan" in outcome.stderr
    assert "no source gave weights; these are the newest there are" in outcome.stdout
    assert f"{told('2026-09-01')}: packaged: fund holdings" in plain(outcome.stdout)
    other = run("update", "--code", "NDX", "--fund", "QQQ")
    assert other.exit_code == 1
    assert "nothing was written" in other.stdout


def test_without_any_source_the_packaged_tables_are_enough(run):
    outcome = run("update")
    assert outcome.exit_code == 0
    assert "warning: no source of market data is set up" in outcome.stderr


def test_a_code_without_a_fund_exits_with_2(run):
    outcome = run("update", "--code", "NDX")
    assert outcome.exit_code == 2
    assert "error: no fund is known to stand for the benchmark NDX" in outcome.stderr
    assert "--fund" in outcome.stderr


def test_the_newest_weights_are_shown(run, packaged):
    outcome = run("show")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    text = plain(outcome.stdout)
    assert text.startswith(
        f"SP500, {told('2026-09-01')}: packaged: fund holdings, 503 equities (float_cap, gics)"
    )
    assert "│ Information Technology │  37.74 % │  +3.21 │" in text
    assert "market value" not in text
    assert f"points: since {told('2025-11-28')}" in text


def test_the_weights_of_a_day_are_shown_as_json_with_their_sum_and_age(run, packaged):
    document = json.loads(run("show", "--date", "2024-12-31", "--json").stdout)
    assert (document["asof_date"], document["previous_date"]) == ("2024-12-06", "2023-05-05")
    assert (document["age_days"], document["old"]) == (25, False)
    assert document["total"] == pytest.approx(1.0, abs=1e-12)
    assert document["sectors"][0]["sector"] == "Information Technology"
    assert document["sectors"][0]["weight"] == pytest.approx(0.3206, abs=1e-12)
    assert document["sectors"][0]["change"] == pytest.approx(0.3206 - 26.1 / 100.1, abs=1e-12)


@pytest.mark.parametrize(("limit", "old"), [("7", False), ("6", True)])
def test_old_weights_are_told_by_the_limit_of_the_policy(run, packaged, monkeypatch, limit, old):
    monkeypatch.setenv("RISKPANEL_POLICY__BENCHMARK_MAX_AGE", limit)
    outcome = run("show")
    assert outcome.exit_code == 0
    assert ("warning: the weights of SP500 are of 2026-09-01, 7 days old" in outcome.stderr) is old
    assert ("riskpanel benchmark update --code SP500" in outcome.stderr) is old
    assert json.loads(run("show", "--json").stdout)["old"] is old


def test_an_unknown_code_or_an_early_day_exits_with_2(run, packaged):
    unknown = run("show", "--code", "NDX")
    assert unknown.exit_code == 2
    assert "error: no benchmark has the code 'NDX'" in unknown.stderr
    early = run("show", "--date", "2020-01-02")
    assert early.exit_code == 2
    assert "the oldest are of 2023-05-05" in early.stderr


def test_without_a_database_the_exit_code_is_3(run, monkeypatch, tmp_path):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    for command in ("update", "show"):
        assert run(command).exit_code == 3
