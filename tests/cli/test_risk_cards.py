"""The cards of contributions, bad days and correlation: their numbers, and what they say without them."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from cli.report_documents import changed, complete_document, empty_document, unknown_document
from riskpanel.book.complete import DataQuality
from riskpanel.book.findings import Finding
from riskpanel.book.sectors import CASH
from riskpanel.cli.cards import build_page
from riskpanel.cli.volatility_card import _METHODS
from riskpanel.cli.words import MINUS, SPACE
from riskpanel.risk import Method

RISK_CARDS = ("contributors", "tail", "correlation")
STRUCTURE = (
    "value_at_risk_95",
    "value_at_risk_95_amount",
    "expected_shortfall_95",
    "expected_shortfall_95_amount",
    "tail_observations",
    "tail_coverage",
    "max_drawdown",
    "max_drawdown_observations",
    "tracking_error",
    "diversification_ratio",
    "risk_contributions",
    "correlation",
    "average_correlation",
    "structure_observations",
    "structure_coverage",
)


def plain(text):
    return text.replace(SPACE, " ")


def card_of(document, key):
    return next(card for card in build_page(document).cards if card.key == key)


def told(card):
    """Everything that a card says in words."""
    return plain(" ".join((card.headline, card.level, card.aside, card.sentence, *card.facts, *card.notes)))


def with_risks(**risks):
    """The complete document with these contributions of as many positions, all of the same share."""
    document = complete_document()
    model, share = document.holdings[0], 1 / len(risks)
    held = tuple(
        replace(model, symbol=symbol, share=share, risk_contribution=risk) for symbol, risk in risks.items()
    )
    return changed(replace(document, holdings=held), positions_count=len(held))


def with_pairs(*coefficients, symbols="ABC", observations=252, average=0.3):
    counts = [observations] * len(coefficients) if isinstance(observations, int) else observations
    stored = {"symbols": list(symbols), "coefficients": list(coefficients), "observations": counts}
    return changed(complete_document(), correlation=stored, average_correlation=average)


def missing(reasons, **columns):
    document = changed(complete_document(), **dict.fromkeys(reasons), **columns)
    findings = tuple(Finding(metric, "missing", reason) for metric, reason in reasons.items())
    return replace(document, data_quality=DataQuality(reasons, findings))


def test_contributions_stand_beside_the_share_of_exposure():
    card = card_of(complete_document(), "contributors")
    assert (plain(card.headline), card.level, card.tone) == ("75.3 %", "of the risk comes from ACME", "more")
    assert plain(card.sentence) == (
        "ACME is 50.0 % of gross exposure and carries 75.3 % of the risk. CORN offsets part of it (−10.5 %)."
    )
    rows = [(bar.label, [plain(cell) for cell in bar.cells], bar.tone) for bar in card.bars.rows]
    assert rows == [
        ("ACME", ["75.3 %", "50.0 %", "+25.3"], "more"),
        ("BOLT", ["35.2 %", "33.3 %", "+1.9"], "calm"),
        ("CORN short", ["−10.5 %", "16.7 %", "−27.2"], "less"),
    ]
    assert [bar.mark for bar in card.bars.rows] == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert card.bars.mark == "share of gross exposure"
    assert [plain(fact) for fact in card.facts] == [
        "diversification ratio 1.45: 31 % of the positions' volatility cancels out",
        "risk is the variance of daily returns",
        "252 sessions at the current weights",
    ]


def test_contributions_of_sectors_are_listed_by_size_without_cash():
    table = card_of(complete_document(), "contributors").table
    assert table.heads == ("Sector", "Risk", "Exposure")
    assert [tuple(plain(cell) for cell in row) for row in table.rows] == [
        ("Information Technology", "75.3 %", "50.0 %"),
        ("Industrials", "35.2 %", "33.3 %"),
        ("Consumer Staples", "−10.5 %", "16.7 %"),
    ]
    assert table.square  # a hedge is no loss: its minus has no colour


def test_a_sector_without_a_known_contribution_is_a_dash_and_comes_last():
    document = complete_document()
    exposure = document.snapshot["sector_exposure"]
    exposure = exposure | {
        "Information Technology": exposure["Information Technology"] | {"risk_contribution": None}
    }
    rows = card_of(changed(document, sector_exposure=exposure), "contributors").table.rows
    assert [(row[0], row[1]) for row in rows][-1] == ("Information Technology", "—")


def test_sectors_of_before_contributions_were_stored_are_not_listed():
    document = complete_document()
    exposure = {
        sector: {key: value for key, value in row.items() if key != "risk_contribution"}
        for sector, row in document.snapshot["sector_exposure"].items()
    }
    assert exposure[CASH]["gross"]
    assert card_of(changed(document, sector_exposure=exposure), "contributors").table is None


def test_the_first_three_positions_are_summed_where_there_are_more():
    card = card_of(with_risks(A=0.4, B=0.3, C=0.2, D=0.1), "contributors")
    assert plain(card.sentence) == (
        "A is 25.0 % of gross exposure and carries 40.0 % of the risk; A, B and C together carry 90.0 %."
    )
    assert "together" not in card_of(with_risks(A=0.4, B=0.35, C=0.25), "contributors").sentence


def test_hedges_are_no_part_of_the_first_three_and_are_summed_by_themselves():
    card = card_of(with_risks(A=0.9, B=0.3, C=-0.05, D=-0.15), "contributors")
    assert plain(card.sentence) == (
        "A is 25.0 % of gross exposure and carries 90.0 % of the risk. D, C offset part of it (−20.0 %)."
    )


def test_a_hedge_that_rounds_to_nothing_is_not_named():
    assert "offset" not in card_of(with_risks(A=0.7, B=0.3003, C=-0.0003), "contributors").sentence


def test_ten_positions_are_shown_by_the_size_of_what_they_do():
    risks = {f"P{at:02}": 0.1 for at in range(10)} | {"TINY": 0.01, "HEDGE": -0.2}
    rows = card_of(with_risks(**risks), "contributors").bars.rows
    labels = [plain(bar.label) for bar in rows]
    assert labels[-2:] == ["HEDGE", "2 others"]
    assert len(labels) == 11
    assert "TINY" not in labels
    assert sum(bar.value for bar in rows) == pytest.approx(sum(risks.values()))


@pytest.mark.parametrize(("risk", "tone"), [(0.56, "more"), (0.54, "calm"), (0.46, "calm"), (0.44, "less")])
def test_a_position_stands_out_beyond_five_points(risk, tone):
    bars = card_of(with_risks(A=risk, B=1 - risk), "contributors").bars
    assert next(bar.tone for bar in bars.rows if bar.label == "A") == tone


def test_one_position_is_not_said_to_diversify():
    card = card_of(with_risks(A=1.0), "contributors")
    assert (plain(card.headline), card.sentence, card.tone) == ("100.0 %", "It is the only position.", "calm")
    assert not any("diversification" in fact for fact in card.facts)


def test_a_position_without_returns_is_named_as_left_out():
    card = card_of(with_risks(A=1.0, B=None), "contributors")
    assert card.sentence == "No other is known."
    assert card.notes == ("Left out, without any return in these sessions: B.",)
    assert [bar.label for bar in card.bars.rows] == ["A"]
    three = card_of(with_risks(A=0.6, B=0.4, C=None, D=None), "contributors")
    assert three.notes == ("Left out, without any return in these sessions: C, D.",)


def test_bad_days_are_said_in_money_and_in_percent():
    card = card_of(complete_document(), "tail")
    assert plain(card.title) == "Bad days (VaR and ES 95 %)"
    assert (card.headline, plain(card.level), card.aside) == (
        "$4,220",
        "2.1 % of NAV",
        "value at risk, 1 day",
    )
    assert plain(card.sentence) == (
        "On 1 day in 20, expect to lose more than $4,220 (2.1 %); on such days about $6,020 (3.0 %)."
    )
    assert card.bars.heads == ("Loss", "Amount", "% of NAV")
    rows = [(bar.label, bar.value, *(plain(cell) for cell in bar.cells)) for bar in card.bars.rows]
    assert rows == [
        ("Value at risk", 0.0211, "$4,220", "2.1 %"),
        ("Expected shortfall", 0.0301, "$6,020", "3.0 %"),
    ]
    assert [plain(fact) for fact in card.facts] == [
        "deepest fall of these holdings −12.3 % over 252 sessions",
        "tracking error 8.7 % a year against SPY",
        "from 483 sessions, scaled to the current volatility",
    ]


@pytest.mark.parametrize(
    ("at_risk", "shortfall", "sentence"),
    [
        (-0.001, 0.002, "a gain of more than $200 (0.1 %); on the other, a loss of about $400 (0.2 %)."),
        (-0.002, -0.001, "a gain of more than $400 (0.2 %); on the other, a gain of about $200 (0.1 %)."),
        (0.0, 0.002, "no loss; on the other, a loss of about $400 (0.2 %)."),
    ],
)  # fmt: skip
def test_a_value_at_risk_that_is_no_loss_is_not_said_to_be_one(at_risk, shortfall, sentence):
    card = card_of(
        changed(
            complete_document(),
            value_at_risk_95=at_risk,
            value_at_risk_95_amount=Decimal(str(at_risk)) * 200_000,
            expected_shortfall_95=shortfall,
            expected_shortfall_95_amount=Decimal(str(shortfall)) * 200_000,
        ),
        "tail",
    )
    assert plain(card.sentence) == f"On 19 days in 20, expect {sentence}"
    assert card.headline.startswith(MINUS) == (at_risk < 0)


def test_each_missing_part_of_the_tail_gives_its_reason():
    card = card_of(missing({"max_drawdown": "gap", "tracking_error": "market_index_unpriced"}), "tail")
    assert plain(card.facts[0]) == "deepest fall — (days are missing among the prices)"
    assert plain(card.facts[1]) == "tracking error — (the market index SPY has no prices)"
    assert card.headline == "$4,220"


def test_a_fall_of_nothing_is_a_number():
    card = card_of(changed(complete_document(), max_drawdown=0.0, tracking_error=0.0), "tail")
    assert plain(card.facts[0]) == "deepest fall of these holdings 0.0 % over 252 sessions"
    assert plain(card.facts[1]) == "tracking error 0.0 % a year against SPY"


def test_correlation_names_its_ends_and_shows_every_pair_twice():
    card = card_of(complete_document(), "correlation")
    assert (card.headline, card.level, card.aside) == (
        "0.29",
        "move together a little",
        "average of the 3 positions",
    )
    assert card.sentence == "Closest together: ACME and BOLT (0.62). Furthest apart: BOLT and CORN (−0.05)."
    assert card.table.heads == ("", "ACME", "BOLT", "CORN")
    assert card.table.rows == (
        ("ACME", "1", "0.62", "0.31"),
        ("BOLT", "0.62", "1", "−0.05"),
        ("CORN", "0.31", "−0.05", "1"),
    )


def test_different_evidence_of_pairs_is_a_range_and_equal_evidence_a_number():
    assert plain(card_of(complete_document(), "correlation").facts[0]) == "from 180 to 252 sessions a pair"
    assert plain(card_of(with_pairs(0.3, 0.2, 0.4), "correlation").facts[0]) == "252 sessions"


def test_a_pair_without_a_coefficient_is_a_dash_and_its_sessions_do_not_count():
    card = card_of(with_pairs(0.5, None, 0.1, observations=[252, 12, 240]), "correlation")
    assert card.table.rows == (("A", "1", "0.50", "—"), ("B", "0.50", "1", "0.10"), ("C", "—", "0.10", "1"))
    assert [plain(fact) for fact in card.facts[:2]] == [
        "from 240 to 252 sessions a pair",
        "1 pair — (too few sessions in common, or a price that rests)",
    ]


def test_a_position_without_any_pair_has_no_correlation_with_itself():
    card = card_of(with_pairs(0.5, None, None, observations=[252, 0, 0]), "correlation")
    assert card.table.rows[2] == ("C", "—", "—", "—")
    assert card.aside == ""
    assert card.sentence == "Measured between A and B."


def test_two_positions_are_one_pair():
    card = card_of(with_pairs(0.82, symbols="AB", average=0.82), "correlation")
    assert (card.headline, card.level, card.aside) == ("0.82", "move almost as one", "")
    assert card.sentence == "Measured between A and B."
    assert card.table.rows == (("A", "1", "0.82"), ("B", "0.82", "1"))


@pytest.mark.parametrize(
    ("average", "level"),
    [
        (1.0, "move almost as one"),
        (0.4, "mostly move together"),
        (0.2, "move together a little"),
        (0.0, "hardly move together"),
        (-0.2, "hardly move together"),
        (-0.3, "move against each other"),
        (-1.0000000000000002, "move against each other"),
    ],
)
def test_any_average_correlation_has_words(average, level):
    assert card_of(with_pairs(0.3, 0.2, 0.4, average=average), "correlation").level == level


def test_the_largest_are_said_to_be_the_largest_only_where_more_are_held():
    document = with_pairs(0.3, 0.2, 0.4)
    four = (*document.holdings, document.holdings[0])
    assert (
        card_of(replace(document, holdings=four), "correlation").aside == "average of the 3 largest positions"
    )
    assert card_of(document, "correlation").aside == "average of the 3 positions"


def test_a_book_with_shorts_is_told_whose_correlation_it_is():
    note = "of the prices: a short position moves the other way"
    assert note in card_of(complete_document(), "correlation").facts
    document = complete_document()
    long = replace(document, holdings=document.holdings[:2])
    assert note not in card_of(long, "correlation").facts


@pytest.mark.parametrize("key", RISK_CARDS)
def test_nothing_known_is_a_dash_with_reason_and_remedy(key):
    card = card_of(unknown_document(), key)
    assert card.headline == "—"
    assert card.sentence == "Not known: not enough sessions of prices yet. Import older prices."
    assert (card.level, card.aside, card.coverage, card.bars, card.table) == ("", "", "", None, None)


def test_one_position_has_no_correlation_and_that_is_no_fault():
    document = missing({"average_correlation": "one_position"}, correlation=None)
    card = card_of(document, "correlation")
    assert (card.headline, card.table) == ("—", None)
    assert card.sentence == "Not known: only one position is held. A correlation needs two."
    assert build_page(document).health.value == "Healthy"


def test_a_universe_too_small_to_adjust_a_beta_is_said_on_the_card_and_is_no_fault():
    document = missing({"market_beta_adjusted": "small_universe"})
    facts = [plain(fact) for fact in card_of(document, "beta").facts]
    assert "— adjusted for noise (too few instruments have a beta to compare it with)" in facts
    assert build_page(document).health.value == "Healthy"


@pytest.mark.parametrize("key", RISK_CARDS)
def test_cash_alone_has_one_sentence(key):
    card = card_of(empty_document(), key)
    assert told(card).strip() == "Only cash is held."
    assert (card.bars, card.table) == (None, None)


@pytest.mark.parametrize("key", RISK_CARDS)
def test_a_snapshot_of_before_these_columns_says_how_to_compute_it(key):
    document = changed(complete_document(), **dict.fromkeys(STRUCTURE))
    old = replace(document, holdings=tuple(replace(h, risk_contribution=None) for h in document.holdings))
    card = card_of(old, key)
    assert card.headline == "—"
    assert card.sentence == (
        "Not known: not stored for this day. Compute the day again: riskpanel run --as-of DATE."
    )
    assert "None" not in told(card)


@pytest.mark.parametrize(
    ("key", "column"), [("contributors", "structure_coverage"), ("tail", "tail_coverage")]
)
def test_partial_coverage_is_a_badge_and_a_small_part_is_said(key, column):
    most = card_of(changed(complete_document(), **{column: 0.83}), key)
    assert plain(most.coverage) == "covers 83 %"
    assert "Measured from" not in most.sentence
    part = card_of(changed(complete_document(), **{column: 0.58}), key)
    assert plain(part.coverage) == "covers 58 %"
    assert plain(part.sentence).endswith(
        " Measured from the 58 % of exposure with real returns; the rest is imputed or left out."
    )
    assert part.tone == "calm"
    assert card_of(complete_document(), key).coverage == ""


@pytest.mark.parametrize("method", [label for method in Method if (label := method.label)])
def test_every_method_of_the_forecast_has_words(method):
    facts = card_of(changed(complete_document(), expected_volatility_method=method), "volatility").facts
    assert facts[-2] == f"expected {_METHODS[method]}"
    assert method not in facts[-2]


def test_no_words_are_kept_for_a_method_that_is_gone():
    assert set(_METHODS) == {label for method in Method if (label := method.label)}


def test_a_clamped_forecast_is_marked_on_its_card_and_in_the_health():
    clamped = changed(complete_document(), expected_volatility_clamped=True)
    finding = Finding("expected_volatility_21d", "flag", "clamped")
    document = replace(clamped, data_quality=DataQuality({}, (finding,)))
    assert card_of(document, "volatility").notes == (
        "The model's answer was out of all proportion; shown is the nearest that the past supports.",
    )
    assert card_of(complete_document(), "volatility").notes == ()
    (remark,) = card_of(document, "health").remarks
    assert remark.what == ("Expected volatility: the model's answer was out of all proportion to the past.")
    assert remark.effect == "Shown is the nearest value that the past supports; look before relying on it."
    assert remark.remedy == "Check the prices of the largest positions for an error or a missed split."


def test_a_fallback_says_what_stands_in_and_that_it_has_no_range():
    young = changed(
        complete_document(),
        expected_volatility_method="ewma_fallback",
        expected_volatility_low=None,
        expected_volatility_high=None,
    )
    finding = Finding("expected_volatility_21d", "flag", "fallback")
    document = replace(young, data_quality=DataQuality({}, (finding,)))
    card = card_of(document, "volatility")
    assert card.facts[-2] == "expected by a plain average: fewer than 63 returns"
    assert (card.aside, card.history.band) == ("", None)
    (remark,) = card_of(document, "health").remarks
    assert remark.what == "Expected volatility: fewer than 63 returns are known."
    assert remark.effect == "A plain average of the past stands in for the model; it has no range."
    assert remark.remedy == "Import older prices."


def test_no_card_promises_what_will_happen():
    for document in (complete_document(), unknown_document(), empty_document(), with_risks(A=1.0)):
        for card in build_page(document).cards:
            assert not re.search(r"\bwill\b|!", told(card)), card.key
