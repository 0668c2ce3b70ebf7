"""What an explanation looks like, from a document about which everything is known."""

import io
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from builders import INPUTS
from cli.report_documents import AS_OF, complete_document, unknown_document
from riskpanel.book.complete import DataQuality
from riskpanel.book.explained import explain, explain_all
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS
from riskpanel.book.findings import Finding
from riskpanel.book.policy import RiskPolicy
from riskpanel.cli.explain_loading import Page
from riskpanel.cli.explain_parts import Answer
from riskpanel.cli.explain_terminal import print_all, print_answer
from riskpanel.cli.explain_values import broken, change
from riskpanel.nightly.recompute import Recomputation
from riskpanel.store.provenance import LaterRun, PriceOrigin
from riskpanel.store.run_records import RunDetail, RunSummary

GOLDEN = Path(__file__).parent / "golden_explain.txt"
POLICY = RiskPolicy(beta_window=82).model_dump(mode="json")
BEGAN, ENDED = datetime(2024, 6, 28, 21, tzinfo=UTC), datetime(2024, 6, 28, 21, 0, 4, tzinfo=UTC)
RUN = RunDetail(
    RunSummary(
        7, "run", "succeeded", AS_OF, AS_OF, "local", "0.1.0", "0123456789abcdef", 1, 4, 1, BEGAN, ENDED, 4.0
    ),
    POLICY,
    INPUTS.combined,
    asdict(INPUTS),
    (),
    None,
)
PRICES = PriceOrigin("fmp", 4, 328, datetime(2024, 6, 28, 20, 30, tzinfo=UTC))
LATER = LaterRun(9, datetime(2024, 6, 29, 21, tzinfo=UTC))
BETA = 1.1423456789012345
SAME = Recomputation({}, None, (), (), "0.1.0")


def whole(document, **columns):
    """The document with the columns that no report shows."""
    lacking = dict.fromkeys(OF_SNAPSHOTS, None if document.timeseries == () else 0.25)
    return replace(document, snapshot={**lacking, **document.snapshot, **columns})


def known():
    """The document of the report, with what is imputed."""
    document = whole(complete_document(), market_beta_weighted=BETA, market_beta_observations=82)
    found = Finding("market_beta_weighted", "partial", "short_history", ("CORN",))
    return replace(document, data_quality=DataQuality({}, (found,)))


def answer(name="market_beta_weighted", document=None, **parts):
    page = document or known()
    explained = explain(OF_SNAPSHOTS[name], page, POLICY)
    again = replace(SAME, cells={name: explained.value})
    found = Answer(page, None, explained, date(2024, 3, 1), (PRICES,), RUN, None, LATER, again)
    return replace(found, **parts)


def unknown():
    return whole(unknown_document())


def printed(told, *, width=80, **options):
    file = io.StringIO()
    print_answer(told, Console(file=file, width=width, highlight=False, **options))
    return file.getvalue()


def test_the_explanation_of_a_known_number_is_the_golden_one():
    assert printed(answer()) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("build", [known, unknown])
def test_no_line_is_wider_than_the_terminal_and_frames_close(width, build):
    for name in OF_SNAPSHOTS:
        head, *text = printed(answer(name, build()), width=width).splitlines()
        assert cell_len(head) <= min(width, 120)
        assert {cell_len(line) for line in text} == {min(width, 120)}, name
        assert {line[-1] for line in text} == {"╮", "│", "╯"}, name


def test_a_terminal_gets_colour_and_one_without_gets_none(monkeypatch):
    assert "\x1b[" in printed(answer(), force_terminal=True, color_system="truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed(answer(), force_terminal=True, color_system="truecolor") == GOLDEN.read_text("utf-8")


def test_a_name_cannot_move_the_cursor():
    document = known()
    hostile = replace(document, portfolio=replace(document.portfolio, name="a\x1b[2Jb\nc"))
    assert "\x1b" not in printed(answer(document=hostile))


def test_a_number_of_a_run_that_is_not_known_says_so():
    assert "not known: another user asked for it" in printed(answer(run=None, later=None))


@pytest.mark.parametrize(
    ("again", "sentence"),
    [
        (
            Recomputation({}, "no price; import one", (), (), "0.1.0"),
            "no snapshot of this session any more: no",
        ),
        (Recomputation({}, None, (), (), "0.1.0"), "no snapshot of this session any more: it holds nothing."),
        (
            replace(SAME, cells={"market_beta_weighted": 1.5}, changed=("prices", "sectors")),
            "different, 1.5, shown as 1.50, +0.36. │ │ Inputs that have changed since the run: prices, "
            "sectors.",
        ),
        (replace(SAME, cells={"market_beta_weighted": None}), "different, —."),
        (
            replace(SAME, changed=None, constants=("a", "b"), version="0.2.0"),
            "Which inputs have changed is not known: that run did not record them one by one. │ │ The run "
            "was of riskpanel 0.1.0, this is 0.2.0. │ │ Not in the policy of that run, taken at their "
            "defaults: a, b.",
        ),
    ],
)
def test_a_number_computed_again_says_what_became_of_it(again, sentence):
    text = " ".join(printed(answer(again=again), width=120).split())
    assert sentence in text


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("build", [known, unknown])
def test_the_list_has_a_line_for_every_number(width, build):
    document = build()
    file = io.StringIO()
    page = Page(document, None, RUN, None, None, 1)
    print_all(
        page, explain_all(document, POLICY), Console(file=file, width=width, highlight=False), again=None
    )
    lines = file.getvalue().splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert {line.split()[0] for line in lines if line.strip()} >= OF_SNAPSHOTS.keys()


def test_the_list_of_a_holding_computed_again_marks_what_differs():
    document = known()
    holding = document.holdings[0]
    found = explain_all(document, POLICY, holding)
    cells = {one.metric.name: one.value for one in found} | {"beta": 1.3, "volatility_trend": "other"}
    file = io.StringIO()
    console = Console(file=file, width=80, highlight=False)
    page = Page(document, holding, RUN, None, None, 1)
    print_all(page, found, console, again=replace(SAME, cells=cells, changed=("prices",)))
    lines = {
        line.split()[0]: " ".join(line.split()[1:]) for line in file.getvalue().splitlines() if line.strip()
    }
    assert lines.keys() >= OF_HOLDINGS.keys()
    assert lines["beta"] == "1.31 1.30, −0.01"
    assert lines["volatility_trend"].endswith("different: other")
    assert lines["beta_std_error"].endswith("the same")
    assert lines["weight"].endswith("made when it is read")
    assert "2 of 19 numbers are not the same. Inputs that have" in file.getvalue()
    assert file.getvalue().endswith(
        f"One number: riskpanel explain '{document.portfolio.name}' METRIC --symbol {holding.symbol}\n"
    )


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("net_asset_value", Decimal("204744.12"), Decimal("205121.14"), "+$377.02"),
        ("daily_return", -0.0159, -0.0141, "+0.18 points"),
        ("market_beta_weighted", 0.571, 0.572, "0.18 % apart"),
        ("market_beta_weighted", 0.57, 0.61, "+0.04"),
        ("market_beta_coverage", 1.0, 1.0 - 2**-52, "other last digits"),
        ("hhi", 721.7, 721.70001, "under 0.01 % apart"),
        ("positions_count", 15, 14, "−1"),
        ("volatility_trend", "stable", "rising", ""),
        ("hhi", None, 722.0, ""),
    ],
)
def test_how_far_a_number_moved_is_told_in_its_unit(name, before, after, told):
    assert change(OF_SNAPSHOTS[name], before, after, "USD").replace("\u00a0", " ") == told


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("log_har_close_market", ["log_har_close_", "market"]),
        ("packaged: newspaper table", ["packaged:", "newspaper table"]),
        ("none", ["none"]),
        ("unbreakablebutlong", ["unbreakablebutlong"]),
    ],
)
def test_a_long_value_goes_on_in_the_next_line(text, lines):
    assert broken(text, 15).split("\n") == lines
