"""The methods page and the code name the same things."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

import riskpanel.risk
from riskpanel.cli.app import app
from riskpanel.risk import Reason
from riskpanel.store.schema import (
    instrument_market_betas,
    instrument_volatility,
    portfolio_snapshots,
    stress_test_results,
)

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
NOT_METRICS = {
    "portfolio_id",
    "snapshot_date",
    "run_id",
    "created_at",
    "updated_at",
    "data_quality",
    "market_index",
    "sector_benchmark_code",
    "sector_benchmark_date",
    "sector_benchmark_source",
}
# Columns that belong to another one, and are explained in its section.
SIBLING = re.compile(
    r"(_method|_clamped|_p_value|_std_error|_amount|^top_\d+_positions|^market_beta_direct_\w+|^max_drawdown_\w+)$"
)
PARTS = ("Formula", "Unit", "Window", "Minimum evidence", "Missing data", "Limits", "Source", "Module")


def section_names(page: str) -> dict[str, str]:
    """Text of each section by the name in its heading; "a_low / high" names a_low and a_high."""
    sections: dict[str, str] = {}
    for section in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
        heading, text = section.split("\n", maxsplit=1)
        first, *others = heading.strip().split(" / ")
        stem = first.rsplit("_", maxsplit=1)[0]
        for name in (first, *(f"{stem}_{other}" for other in others)):
            sections[name] = text.split("\n## ", maxsplit=1)[0]
    return sections


SECTIONS = section_names(PAGE)
METRICS = [column.name for column in portfolio_snapshots.columns if column.name not in NOT_METRICS]
PUBLIC_FUNCTIONS = [
    name for name in riskpanel.risk.__all__ if name.islower() and callable(getattr(riskpanel.risk, name))
]


@pytest.mark.parametrize("column", [name for name in METRICS if not SIBLING.search(name)])
def test_every_metric_of_a_snapshot_has_a_section(column):
    assert column in SECTIONS


@pytest.mark.parametrize("column", [name for name in METRICS if SIBLING.search(name)])
def test_every_sibling_of_a_metric_is_named_on_the_page(column):
    assert f"`{column}`" in PAGE


@pytest.mark.parametrize(
    "column",
    sorted(
        {
            column.name
            for table in (instrument_market_betas, instrument_volatility, stress_test_results)
            for column in table.columns
        }
        - NOT_METRICS
        - {"symbol", "calc_date", "calculation_date"}
    ),
)
def test_every_column_of_an_instrument_or_a_stress_test_is_named_on_the_page(column):
    assert f"`{column}`" in PAGE


def test_no_section_describes_a_number_that_is_not_stored():
    assert set(SECTIONS) - {"stress_test_results"} <= set(METRICS)


@pytest.mark.parametrize("function", PUBLIC_FUNCTIONS)
def test_every_public_function_of_risk_is_named_on_the_page(function):
    assert f"`{function}`" in PAGE


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_begins_with_a_sentence_and_has_every_part_in_order(name):
    lead, *_ = SECTIONS[name].strip().split("\n")
    assert lead.endswith((".", "?"))
    assert re.findall(r"^- \*\*(.+?)\*\*: \S", SECTIONS[name], flags=re.MULTILINE) == list(PARTS)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_module_named_by_a_section_exists(name):
    source = Path(riskpanel.risk.__file__).parents[1]
    modules = re.findall(r"`(\w+/\w+\.py)`", SECTIONS[name])
    assert modules
    for module in modules:
        assert (source / module).is_file(), module


@pytest.mark.parametrize("reason", [reason.label for reason in Reason if reason.label])
def test_every_reason_is_explained(reason):
    assert f"| `{reason}` |" in PAGE


README = ROOT / "README.md"


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "[90 90]" in capsys.readouterr().out


# Lines of their own are run by tests/pages; this is for the commands that sentences name.
NAMED = sorted(
    {
        (page.name, found)
        for page in (README, *(ROOT / "docs").glob("*.md"))
        for found in re.findall(r"`riskpanel ([a-z][^`]*)`", page.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize(("page", "named"), NAMED)
def test_every_command_that_a_sentence_names_exists_with_its_options(page: str, named: str) -> None:
    command, words = get_command(app), named.split()
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{page}: riskpanel {named}"
        command = command.commands[words.pop(0)]
    known = {spelling for one in command.params for spelling in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known, f"{page}: riskpanel {named}"


def test_sentences_name_many_commands() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_option_of_the_scheduler_that_a_page_names_exists(page: Path) -> None:
    known = {option for one in schedule_options() for option in one}
    written = re.findall(r"riskpanel,? schedule\b([^\n\]]*)", page.read_text())
    named = {option for line in written for option in re.findall(r"--[a-z-]+", line)}
    assert named <= known


def schedule_options() -> list[list[str]]:
    """The options of `riskpanel schedule`, each with all its spellings, but those of every command."""
    command = get_command(app).commands["schedule"]
    return [
        [*one.opts, *one.secondary_opts] for one in command.params if one.name != "help" and not one.hidden
    ]


def test_every_option_of_the_scheduler_is_explained_on_the_page_of_operations() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [
        one
        for one in schedule_options()
        if not any(f"`{option}" in page or option == "--json" for option in one)
    ] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "dist"])
def test_every_make_target_that_a_page_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def test_both_tables_of_exit_codes_say_the_same_of_what_scripts_look_at() -> None:
    here, there = (
        dict(re.findall(r"^\| (\d+) \| (.+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE))
        for page in (ROOT / "README.md", ROOT / "docs" / "command-line.md")
    )
    assert all(here[code] == there[code] for code in ("0", "1", "3", "130"))
    in_part = ("fetch", "import --quarantine", "schedule --once", "benchmark update", "explain --recompute")
    assert all(f"`{command}`" in here["1"] for command in (*in_part, "doctor", "--strict", "prune --vacuum"))
    assert "network" not in here["3"]  # without one `fetch` ends with 1


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_no_recipe_writes_to_a_name_in_tmp_that_others_can_foresee(page: Path) -> None:
    assert re.findall(r">\s*/tmp/\S+", page.read_text(encoding="utf-8")) == []
