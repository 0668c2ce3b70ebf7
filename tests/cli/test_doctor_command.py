"""`riskpanel doctor`: exit codes, the document, and what it looks like in a terminal."""

import io
import json

import pytest
import sqlalchemy as sa
import typer
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from builders import Book, Lot, day, fill_store, panel_of, random_prices
from nightly.nights import night
from riskpanel.book.byte_sizes import size_of
from riskpanel.cli import doctor
from riskpanel.cli.doctor_terminal import print_examination, sentence
from riskpanel.cli.sources import source_states
from riskpanel.nightly.doctor.access import ACCESS_CHECKS
from riskpanel.nightly.doctor.checks import Affected, Severity, Trouble
from riskpanel.nightly.doctor.examination import Examination, Found
from riskpanel.nightly.doctor.registry import FACT_CHECKS
from riskpanel.settings import load_settings
from riskpanel.store import migrate
from riskpanel.store.schema import portfolios
from riskpanel.store.sizes import StoreSize, TableSize, load_sizes

app = typer.Typer()
app.command("doctor")(doctor.doctor)
app.command("other")(lambda: None)

SECTORS = {"A": "Energy", "B": "Financials"}
BY_ID = {check.id: check for check in (*ACCESS_CHECKS, *FACT_CHECKS)}
MANY = tuple(Affected(f"SYM{n}", "last price 2026-11-20") for n in range(20))
SICK = Examination(
    findings=(
        Found(BY_ID["symbols-unpriced"], Trouble("2 of 20 held symbols have no price at all", MANY[:2])),
        Found(BY_ID["prices-stale"], Trouble("20 of 20 held symbols have no price of 2026-11-25", MANY)),
        Found(BY_ID["no-scheduler"], Trouble("no scheduler is at work on this database")),
    ),
    fine=tuple(ACCESS_CHECKS),
    unexamined=((BY_ID["source-silent"], "sources are asked with --online only"),),
    size=StoreSize(
        12_345_678, (TableSize("market_data_cache", 123_456, 9_000_000), TableSize("users", 1, 8192)), False
    ),
    free_bytes=48_100_000_000,
)


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    """Run the doctor in an empty folder; both streams are kept apart."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(
        env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb"}
    )

    def run(*arguments, exit_code=0, env=None):
        outcome = runner.invoke(app, ["doctor", *arguments], env=env, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


@pytest.fixture
def well(store, now):
    """A database without errors: its prices are old, which is a warning."""
    panel = panel_of(random_prices(3, 110, "AB"))
    fill_store(store, panel, [Book("p", (Lot("A", 1.0), Lot("B", 2.0)), cash=9.0)], SECTORS, now=now)
    night(store, day(panel))
    return store


def test_warnings_and_notes_exit_with_0_and_with_strict_warnings_with_1(riskpanel, well):
    said = riskpanel().stdout
    assert "! 1 warning" in said
    assert "riskpanel fetch" in said
    assert "✗" not in said
    assert riskpanel("--strict", exit_code=1).stdout == said


def test_errors_exit_with_1(riskpanel, well):
    with well.begin() as conn:
        conn.execute(sa.update(portfolios).values(benchmark_code="NONE"))
    said = riskpanel(exit_code=1).stdout
    assert said.index("✗ 1 error") < said.index("! 1 warning") < said.index("· 1 note")
    assert "riskpanel benchmark update --code NONE" in said


def test_a_schema_that_is_behind_exits_with_3_and_says_how_to_mend_it(riskpanel, store):
    migrate.downgrade(store, "-1")
    said = riskpanel(exit_code=3).stdout
    assert "1 step behind" in said
    assert "riskpanel init" in said


def test_a_database_that_is_not_there_exits_with_3(riskpanel, tmp_path):
    gone = {"RISKPANEL_DATABASE_URL": f"sqlite:///{tmp_path / 'gone.sqlite3'}"}
    said = riskpanel(exit_code=3, env=gone).stdout
    assert "No database: " in said
    assert not (tmp_path / "gone.sqlite3").exists()


def test_what_begins_with_a_command_is_not_written_as_another_one(riskpanel, tmp_path):
    gone = {"RISKPANEL_DATABASE_URL": f"sqlite:///{tmp_path / 'gone.sqlite3'}"}
    assert "→ riskpanel init creates it" in riskpanel(exit_code=3, env=gone).stdout
    (found,) = json.loads(riskpanel("--json", exit_code=3, env=gone).stdout)["findings"]
    assert (found["fix"], found["commands"]) == ("riskpanel init creates it", ["riskpanel init"])
    assert sentence("`riskpanel fetch` fetches them.") == "riskpanel fetch fetches them."
    assert sentence("fetch them.") == "Fetch them."


@pytest.mark.parametrize("tables", [False, True])
def test_what_could_not_be_looked_at_is_not_fine(riskpanel, tmp_path, tables):
    path = tmp_path / "gone.sqlite3"
    if tables:
        path.touch()
    document = json.loads(
        riskpanel("--json", exit_code=3, env={"RISKPANEL_DATABASE_URL": f"sqlite:///{path}"}).stdout
    )
    unread = {one["id"] for one in document["not_examined"]}
    assert unread >= {"schema-behind", "schema-ahead"}
    assert document["fine"] == (["database-unreachable"] if tables else [])
    told = unread | {one["id"] for one in document["findings"]} | set(document["fine"])
    assert told == BY_ID.keys()


def test_one_page_has_one_unit_of_sizes():
    small = Found(BY_ID["disk-full"], Trouble("x"))
    page = printed(Examination((small,), SICK.fine, (), size=SICK.size), verbose=True)
    assert "MB" in page
    texts = [f"{check.looks_at} {check.matters} {check.remedy} {check.fine}" for check in BY_ID.values()]
    assert not [text for text in [page, *texts] if "iB" in text]


def test_the_document_has_everything(riskpanel, well):
    document = json.loads(riskpanel("--json").stdout)
    assert document["counts"] == {"errors": 0, "warnings": 1, "notes": 1}
    (behind, alone) = document["findings"]
    assert (behind["id"], behind["severity"], behind["commands"]) == (
        "prices-behind",
        "warning",
        ["riskpanel fetch"],
    )
    assert alone["id"] == "no-scheduler"
    told = {*document["fine"], *(one["id"] for one in document["not_examined"])}
    assert told | {"prices-behind", "no-scheduler"} == BY_ID.keys()
    tables = {table["name"]: table for table in document["size"]["tables"]}
    assert tables["market_data_cache"]["bytes"] > 0
    assert document["size"]["bytes"] >= sum(table["bytes"] for table in tables.values())
    assert (document["size"]["free_bytes"] is None) is not well.is_file


def test_the_document_of_a_database_that_cannot_be_used_is_one_too(riskpanel, store):
    migrate.downgrade(store, "-1")
    document = json.loads(riskpanel("--json", exit_code=3).stdout)
    assert [one["id"] for one in document["findings"]] == ["schema-behind"]
    assert (document["as_of"], document["size"]) == (None, None)


@pytest.mark.parametrize(
    ("key", "told"),
    [({}, "has no key"), ({"FMP_API_KEY": ""}, "has no key"), ({"FMP_API_KEY": "a b"}, "has a")],
)
def test_a_source_without_a_key_that_can_be_used_is_found_without_any_question(riskpanel, well, key, told):
    document = json.loads(riskpanel("--json", env={"RISKPANEL_SOURCES": "fmp,yfinance"} | key).stdout)
    found = {one["id"]: one for one in document["findings"]}
    assert found["source-unusable"]["affected"][0]["name"] == "fmp"
    assert found["source-unusable"]["affected"][0]["detail"].startswith(f"the source fmp {told}")
    assert "FMP_API_KEY" in found["source-unusable"]["fix"]


def test_online_a_source_is_asked_for_the_market_index(riskpanel, well, tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "p.csv").write_text("date,XYZ\n2024-12-30,1.0\n")
    files = {"RISKPANEL_SOURCES": "files", "RISKPANEL_SOURCE_FOLDER": str(folder)}
    document = json.loads(riskpanel("--online", "--json", env=files).stdout)
    found = {one["id"]: one for one in document["findings"]}
    assert [one["name"] for one in found["source-silent"]["affected"]] == ["files"]
    assert "SPY" in found["source-silent"]["affected"][0]["detail"]


def test_a_folder_that_is_not_there_is_found(monkeypatch, tmp_path, now):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RISKPANEL_SOURCES", "files")
    monkeypatch.setenv("RISKPANEL_SOURCE_FOLDER", str(tmp_path / "none"))
    (state,) = source_states("SPY", settings=load_settings(), today=now.date(), online=False)
    assert "none" in state.fault


def printed(examination, *, width=80, verbose=False, **options):
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, **options)
    print_examination(examination, "sqlite:////x.sqlite3", console, verbose=verbose)
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width, verbose):
    for check in BY_ID.values():
        one = Examination(
            (Found(check, Trouble("so it is", MANY)),), SICK.fine, SICK.unexamined, size=SICK.size
        )
        for line in printed(one, width=width, verbose=verbose).splitlines():
            assert cell_len(line) <= min(width, 120), check.id


def test_the_first_few_of_many_are_named_and_the_others_counted():
    text = " ".join(printed(SICK, width=120).replace("│", " ").split())
    assert "SYM5 (last price 2026-11-20) … and 14 more" in text
    assert "SYM6" not in text


def test_the_fix_has_a_line_of_its_own():
    assert any(line.strip("│ ") == "riskpanel fetch SYMBOL" for line in printed(SICK).splitlines())


def test_what_is_fine_is_listed_when_asked():
    assert "✓ The tables are there" not in printed(SICK)
    text = printed(SICK, verbose=True)
    assert "✓ The tables are there" in text
    assert "market_data_cache" in text
    assert "users                8.19 kB              1 row" in text


def test_the_summary_counts_everything():
    *_, last = printed(SICK, width=120).strip().splitlines()
    told = "✗ 1 error, 1 warning, 1 note · 4 checks fine · 1 not examined · database 12.3 MB, 48.1 GB free"
    assert last.strip() == f"{told} · -v lists all"


def test_with_nothing_found_it_says_so():
    well = Examination((), SICK.fine, (), size=SICK.size)
    assert "✓ nothing found · 4 checks fine · database 12.3 MB · -v lists all" in printed(well)


def test_a_terminal_gets_colour_and_one_without_gets_none(monkeypatch):
    plain = printed(SICK)
    coloured = printed(SICK, force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed(SICK, force_terminal=True, color_system="truecolor") == plain


def test_what_is_stored_cannot_move_the_cursor():
    hostile = Found(BY_ID["night-partial"], Trouble("x", [Affected("a\x1b[2Jb", "c\nd")]))
    assert "\x1b" not in printed(Examination((hostile,), (), ()))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (10**15, "1,000 TB"),
    ],
)
def test_sizes_have_three_digits(amount, text):
    assert size_of(amount) == text


def test_the_sizes_of_tables_are_those_of_the_database(well):
    with well.read() as conn:
        size = load_sizes(conn)
    rows = {table.name: table.rows for table in size.tables}
    assert [table.bytes for table in size.tables] == sorted((t.bytes for t in size.tables), reverse=True)
    if well.is_file:
        assert rows["market_data_cache"] == 330
        assert rows["api_tokens"] == 0


def test_a_large_file_is_estimated_by_its_rows(well, monkeypatch):
    with well.read() as conn:
        measured = load_sizes(conn)
        monkeypatch.setattr("riskpanel.store.sizes._MEASURED", 0)
        estimated = load_sizes(conn)
    assert (measured.estimated, estimated.estimated) == (False, well.is_file)  # a server keeps the figures
    assert estimated.bytes == measured.bytes
    assert 0 < sum(table.bytes for table in estimated.tables) <= estimated.bytes
    assert estimated.tables[0].name in {table.name for table in measured.tables[:3]}


def test_severities_have_marks_that_differ_without_colour():
    marks = {
        printed(Examination((Found(check, Trouble("x")),), (), ())).split("╭─ ")[1][0]
        for check in BY_ID.values()
    }
    assert len(marks) == len(Severity)
