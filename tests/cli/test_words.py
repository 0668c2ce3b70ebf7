import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from riskpanel.book.findings import Finding
from riskpanel.cli import words
from riskpanel.cli.app import app
from riskpanel.risk import Reason

NUMBERS = st.one_of(st.none(), st.floats(), st.decimals(allow_nan=True, allow_infinity=True))


def plain(text: str) -> str:
    return text.replace(words.SPACE, " ")


@pytest.mark.parametrize(
    ("write", "zero"),
    [
        (words.number, "0"),
        (words.percent, "0.0 %"),
        (words.points, "0.0"),
        (words.beta, "0.00"),
        (words.money, "$0"),
    ],
)
def test_zero_is_a_number_and_none_is_a_dash(write, zero):
    assert (
        plain(write(0)) == plain(write(0.0)) == plain(write(-0.0)) == plain(write(Decimal("0.0000"))) == zero
    )
    assert write(None) == write(float("nan")) == "—"


def test_a_negative_number_has_a_true_minus_in_front_of_everything():
    assert plain(words.percent(-0.1234)) == "−12.3 %"
    assert words.money(-1234567) == "−$1,234,567"
    assert words.beta(-0.3) == "−0.30"


def test_what_rounds_to_zero_has_no_sign():
    assert plain(words.percent(-0.0004)) == "0.0 %"
    assert plain(words.percent(0.0004, signed=True)) == "0.0 %"


def test_a_signed_number_shows_its_plus():
    assert words.points(0.1333) == "+13.3"
    assert words.money(5, signed=True) == "+$5"


@pytest.mark.parametrize(
    ("amount", "full", "compact"),
    [
        (12.4, "$12.40", "$12.40"),
        (638.83, "$638.83", "$639"),
        (9_999, "$9,999", "$9,999"),
        (12_400, "$12,400", "$12.4k"),
        (999_960, "$999,960", "$1.0M"),
        (2.5e9, "$2,500,000,000", "$2.5B"),
    ],
)
def test_money_is_whole_with_thousands_or_compact(amount, full, compact):
    assert words.money(amount) == full
    assert words.money(amount, compact=True) == compact


def test_a_currency_without_a_symbol_is_named():
    assert plain(words.money(1500, "CHF")) == "CHF 1,500"


def test_dates_are_written_out():
    assert plain(words.day(date(2022, 12, 28))) == "28 Dec 2022"
    assert plain(words.month(date(2022, 1, 3))) == "Jan 2022"
    assert words.day(None) == "—"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12.4, "12th"),
        (23, "23rd"),
        (100, "100th"),
    ],
)
def test_a_rank_has_its_ending(value, text):
    assert words.ordinal(value) == text


def test_counts_know_one_from_many():
    assert [plain(words.count(n, "finding")) for n in (0, 1, 1200)] == [
        "0 findings",
        "1 finding",
        "1,200 findings",
    ]


@given(NUMBERS, st.integers(0, 6), st.booleans())
def test_writing_a_number_never_raises_and_never_shows_nan(value, digits, signed):
    for text in (
        words.number(value, digits, signed=signed),
        words.percent(value, digits, signed=signed),
        words.points(value),
        words.beta(value),
        words.money(value, signed=signed),
        words.money(value, "XYZ", compact=True),
    ):
        assert text
        assert "nan" not in text.lower()
        assert "inf" not in text.lower()
        assert "-" not in text


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_a_written_number_reads_back(value, digits):
    text = words.number(value, digits).replace(",", "").replace(words.MINUS, "-")
    assert float(text) == pytest.approx(value, abs=0.5 * 10**-digits * 1.001, rel=1e-12)


OTHER_REASONS = [
    "left_out",
    "unclassified",
    "uncovered",
    "no_benchmark",
    "benchmark_after_as_of",
    "benchmark_old",
    "fund_weights_after_as_of",
    "market_index_unpriced",
    "no_positions",
    "extreme",
]


@pytest.mark.parametrize("reason", [label for r in Reason if (label := r.label)] + OTHER_REASONS)
def test_every_reason_has_words(reason):
    assert words.why(reason) != reason.replace("_", " ")
    assert re.search(r"[a-z]", words.remedy(reason))


def test_a_missing_or_unknown_reason_is_still_a_sentence():
    assert words.why(None) == "not stored for this day"
    assert words.why("solar_flare") == "solar flare"


def test_a_finding_names_its_symbols_and_what_follows():
    remark = words.describe(Finding("price_coverage", "partial", "stale", ("AA", "BB")))
    assert remark.what == "No price on this day: AA, BB."
    assert remark.effect == "Valued at the last close before it."
    assert remark.remedy


def test_many_symbols_are_counted_after_the_first():
    remark = words.describe(Finding("sector_exposure", "partial", "unclassified", tuple("ABCDEFGHIJKL")))
    assert remark.what.endswith("A, B, C, D, E, F, G, H and 4 more.")


@pytest.mark.parametrize("kind", ["missing", "partial", "flag"])
def test_any_finding_can_be_described(kind):
    remark = words.describe(Finding("some_metric", kind, "gap", ("X",)))
    assert remark.what == "Some metric: days are missing among the prices: X."
    assert remark.effect.endswith(".")


@pytest.mark.parametrize("reason", [label for r in Reason if (label := r.label)] + OTHER_REASONS)
@pytest.mark.parametrize("several", [False, True])
def test_a_remedy_names_only_commands_and_options_that_exist(reason, several):
    text = words.remedy(reason, words.Context("SPY"), several=several)
    assert not re.search(r"[{}]|fetch", text)
    _, named, rest = text.partition("riskpanel ")
    if named and not rest.startswith(("ships", "for")):
        command = get_command(app)
        for word in re.match(r"[a-z ]+", rest).group().split():
            command = command.commands[word]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


def test_the_remedy_for_weights_of_a_later_day_can_be_done_now():
    remedy = words.describe(Finding("sector_exposure", "flag", "benchmark_after_as_of")).remedy
    assert remedy == "Read the differences as a rough comparison; riskpanel ships no older table."


def test_the_remedy_agrees_with_how_many_symbols_need_it():
    one, two = (
        words.describe(Finding("sector_exposure", "partial", "unclassified", symbols)).remedy
        for symbols in (("AA",), ("AA", "BB"))
    )
    commands = "riskpanel import instruments FILE, then riskpanel run (riskpanel backfill for older sessions)"
    assert one == f"Give it a sector, then compute the session again: {commands}"
    assert two == f"Give them sectors, then compute the session again: {commands}"


def test_metrics_that_lack_the_same_are_one_remark():
    findings = [
        Finding("value_at_risk_95", "missing", "short_history"),
        Finding("sector_exposure", "partial", "unclassified", ("AA",)),
        Finding("max_drawdown", "missing", "short_history"),
        Finding("average_correlation", "missing", "gap"),
        Finding("expected_volatility_21d", "flag", "fallback"),
    ]
    remarks = words.describe_all(findings)
    assert [remark.what for remark in remarks] == [
        "Not enough sessions of prices yet.",
        "No GICS sector is known: AA.",
        "Correlation: days are missing among the prices.",
        "Expected volatility: fewer than 63 returns are known.",
    ]
    assert remarks[0].effect == "Not shown: value at risk, the deepest fall."
    assert remarks[0].remedy == "Import older prices."
    assert words.describe_all([]) == ()


def test_findings_about_symbols_are_never_folded():
    findings = [Finding("beta", "missing", "gap", (symbol,)) for symbol in ("AA", "BB")]
    assert words.describe_all(findings) == tuple(words.describe(finding) for finding in findings)
