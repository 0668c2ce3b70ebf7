import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.report_documents import changed, complete_document, empty_document, unknown_document
from riskpanel.cli.cards import build_page
from riskpanel.cli.report_terminal import print_terminal

GOLDEN = Path(__file__).parent / "golden_report.txt"
ANSI = re.compile(r"\x1b")


def printed(document, *, width=100, **options):
    file = io.StringIO()
    print_terminal(build_page(document), Console(file=file, width=width, highlight=False, **options))
    return file.getvalue()


def test_the_page_of_a_known_document_is_the_golden_one():
    assert printed(complete_document()) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("build", [complete_document, unknown_document, empty_document])
def test_no_line_is_wider_than_the_terminal(width, build):
    widest = max(cell_len(line) for line in printed(build(), width=width).splitlines())
    assert widest <= min(width, 120)


def test_a_page_piped_into_a_file_has_no_control_codes():
    assert not ANSI.search(printed(complete_document()))


def test_a_terminal_gets_colour():
    assert "\x1b[" in printed(complete_document(), force_terminal=True, color_system="truecolor")


def test_no_color_leaves_no_control_codes_in_a_terminal(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(complete_document(), force_terminal=True, color_system="truecolor")
    assert not ANSI.search(text)
    assert text == printed(complete_document())


def test_every_card_is_there_even_when_nothing_is_known():
    text = printed(unknown_document(), width=80)
    for title in (
        "Volatility",
        "Market beta",
        "Sector exposure",
        "Concentration",
        "Stress",
        "Risk contributions",
        "Bad days (VaR and ES 95 %)",
        "Correlation",
        "Holdings",
        "Data health",
    ):
        assert f"─ {title}" in text
    assert "Not known: no positions are held on this day." in text
    assert "None" not in text
    assert "nan" not in text


def test_coverage_below_all_is_in_the_title():
    assert "Market beta  ◔ covers 83 %" in printed(changed(complete_document(), market_beta_coverage=0.83))


def test_a_name_cannot_control_the_terminal_or_break_the_layout():
    document = complete_document()
    for name in (
        "\x1b[31mred\x1b]0;title\x07",
        "x" * 300,
        "שלום עולם " * 20,
        "[bold]not markup[/bold]",
        "資産" * 60,
    ):
        named = replace(
            document,
            portfolio=replace(document.portfolio, name=name),
            holdings=tuple(replace(holding, name=name) for holding in document.holdings),
        )
        text = printed(named, width=80)
        assert not ANSI.search(text)
        assert max(cell_len(line) for line in text.splitlines()) <= 80
        if name.startswith("["):
            assert "[bold]not markup[/bold]" in text


def test_numbers_stay_with_their_units_at_the_end_of_a_line():
    for width in range(80, 121):
        for line in printed(complete_document(), width=width).splitlines():
            assert not re.match(r"^│ %", line)


@pytest.mark.parametrize("value", [0.0, -3.2, 7.5])
def test_any_beta_has_a_place_on_its_scale(value):
    text = printed(changed(complete_document(), market_beta_weighted=value))
    assert "●" in text


def test_a_missing_percentile_has_no_marker():
    document = complete_document()
    missing = printed(changed(document, volatility_percentile=None))
    assert missing.count("●") == printed(document).count("●") - 1
    assert not re.search(r"[┼─]●", printed(empty_document()))


@pytest.mark.parametrize("width", [60, 69])
def test_a_narrow_terminal_leaves_out_the_benchmark_column(width):
    lines = printed(complete_document(), width=width).splitlines()
    assert not any("Benchmark" in line for line in lines)
    assert any(re.search(r"Information Technology .* 45.0 %\s+\+35.9 over", line) for line in lines)
    assert any("Benchmark" in line for line in printed(complete_document(), width=70).splitlines())


def test_a_missing_number_of_the_last_column_stands_under_the_others():
    document = complete_document()
    records = tuple(
        replace(record, pnl=None, pnl_pct=None) if record.kind == "market" else record
        for record in document.stress
    )
    lines = printed(replace(document, stress=records), width=80).splitlines()
    known = next(line for line in lines if line.startswith("│ 2008-09 crisis"))
    unknown = next(line for line in lines if "Market −35 %" in line)
    assert known.rstrip("│ ").endswith("−46.0 %")
    assert unknown.rindex("—") == known.rindex("%")
    assert unknown.count("—") == 2
