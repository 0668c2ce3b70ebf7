from dataclasses import replace
from decimal import Decimal

import pytest

from cli.report_documents import complete_document, empty_document, unknown_document
from riskpanel.cli.stress_card import stress_card
from riskpanel.cli.words import SPACE


def plain(text):
    return text.replace(SPACE, " ")


def labels(card):
    return [plain(bar.label) for bar in card.bars.rows]


def notes(card):
    return [plain(note) for note in card.notes]


def with_records(change, *, keep=lambda record: True):
    """The card of the complete document with its stress records changed, or some of them left out."""
    document = complete_document()
    records = tuple(replace(r, **change(r)) for r in document.stress if keep(r))
    return stress_card(replace(document, stress=records))


def of_kind(*kinds):
    return lambda record: record.kind in kinds


def covering(**shares):
    """The card with these coverages by kind, and no proxies."""
    return with_records(lambda r: {"coverage": shares.get(r.kind, 1.0), "proxied": r.proxied and 0.0})


def test_scenarios_come_worst_first_without_sectors_that_are_not_held():
    card = stress_card(complete_document())
    assert labels(card)[:3] == ["2008-09 crisis", "Covid 2020", "Market −35 %"]
    assert labels(card)[-1] == "Market +20 %"
    assert {"2022 drawdown", "rate_shock", "Consumer Staples −20 %"} < set(labels(card))
    assert "Energy −20 %" not in labels(card)
    values = [bar.value for bar in card.bars.rows]
    assert values == sorted(values)
    assert [plain(cell) for cell in card.bars.rows[0].cells] == ["−$91,984", "−46.0 %"]
    assert (card.headline, card.level, plain(card.aside)) == ("−$91,984", "2008-09 crisis", "−46.0 % of NAV")
    assert [plain(fact) for fact in card.facts] == [
        "exposure × beta × market move, or the sector's own move",
        "a repeat of the past: exposure × what the holding returned then",
        "2008-09 crisis: 9 Oct 2007 to 9 Mar 2009",
        "Covid 2020: 19 Feb 2020 to 23 Mar 2020",
        "2022 drawdown: 3 Jan 2022 to 12 Oct 2022",
        "8 sectors not held",
    ]


@pytest.mark.parametrize(
    ("worst", "sentence"),
    [
        (
            "crisis_2008",
            "A repeat of the 2008-09 crisis would cost about $91,984, 46.0 % of net asset value.",
        ),
        ("covid_2020", "A repeat of Covid 2020 would cost about $54,950, 27.5 % of net asset value."),
        (
            "drawdown_2022",
            "A repeat of the 2022 drawdown would cost about $41,197, 20.6 % of net asset value.",
        ),
        ("market_down_35", "Market −35 % would cost about $54,810, 27.4 % of net asset value."),
        ("rate_shock", "rate_shock would cost about $12,850, 6.4 % of net asset value."),
    ],
)
def test_the_sentence_says_what_the_worst_would_cost(worst, sentence):
    card = with_records(lambda r: {}, keep=lambda r: r.scenario == worst)
    assert plain(card.sentence) == sentence


def test_a_users_replay_is_shown_under_its_name():
    card = with_records(lambda r: {"scenario": "My [red] crash"}, keep=lambda r: r.scenario == "covid_2020")
    assert labels(card) == ["My [red] crash"]
    assert card.sentence.startswith("A repeat of My [red] crash would cost")


def test_without_replays_nothing_is_said_of_them():
    card = with_records(lambda r: {}, keep=of_kind("market", "sector"))
    assert card.notes == ()
    assert [plain(fact) for fact in card.facts] == [
        "exposure × beta × market move, or the sector's own move",
        "8 sectors not held",
    ]
    assert plain(card.sentence) == "Market −35 % would cost about $54,810, 27.4 % of net asset value."


def test_the_share_that_moves_by_beta_in_a_replay_is_said_where_there_is_one():
    assert notes(stress_card(complete_document())) == [
        "Without prices of those days, so moved by beta × market (of gross exposure): "
        "16.7 % in 2008-09 crisis."
    ]
    shares = {"crisis_2008": 0.25, "covid_2020": 0.4, "drawdown_2022": 0.0004}
    several = with_records(lambda r: {"proxied": shares.get(r.scenario)})
    assert notes(several) == [
        "Without prices of those days, so moved by beta × market (of gross exposure): "
        "40.0 % in Covid 2020, 25.0 % in 2008-09 crisis."
    ]


def test_exposure_without_a_beta_is_left_out_of_the_market_scenarios():
    card = with_records(lambda r: {"coverage": 0.75}, keep=of_kind("market"))
    assert plain(card.coverage) == "covers 75 %"
    assert notes(card) == ["25.0 % of gross exposure has no beta, so it is left out of the market scenarios."]


@pytest.mark.parametrize(("covered", "said"), [(0.22, True), (0.79, True), (0.8, False), (1.0, False)])
def test_a_loss_of_too_small_a_part_says_of_which_part_it_speaks(covered, said):
    card = with_records(lambda r: {"coverage": covered}, keep=of_kind("market"))
    part = f"That is the {covered:.0%} of exposure whose move is known; the rest is left out.".replace(
        "%", " %"
    )
    assert plain(card.sentence).endswith(part) is said


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("sector", "has no known sector, so it is left out of the sector scenarios"),
        ("replay", "has neither prices of those days nor a beta, so it is left out of a replay"),
        ("user", "has no beta or no known sector, so it is left out of your own scenarios"),
    ],
)
def test_what_a_kind_of_scenario_leaves_out_is_said_of_that_kind_alone(kind, sentence):
    assert notes(covering(**{kind: 0.42})) == [f"58.0 % of gross exposure {sentence}."]


def test_stress_that_covers_everything_has_neither_chip_nor_note():
    card = covering()
    assert (card.coverage, card.notes) == ("", ())


def test_a_book_that_gains_when_the_market_falls_is_not_said_to_lose():
    card = with_records(lambda r: {"pnl": Decimal(100), "pnl_pct": 0.0005})
    assert card.sentence.startswith(
        "None of these moves would cost anything; a repeat of the 2008-09 crisis "
    )
    assert card.tone == "calm"


@pytest.mark.parametrize("pnl", [Decimal(0), None])
def test_scenarios_without_a_difference_are_in_the_order_of_their_shocks(pnl):
    document = complete_document()
    nothing = {"pnl": pnl, "pnl_pct": None if pnl is None else 0.0}
    still = tuple(replace(r, **nothing) for r in document.stress if r.kind == "market")
    known = next(r for r in document.stress if r.scenario.startswith("industrials"))
    card = stress_card(replace(document, stress=(*still[::-1], known)))
    market = [label for label in labels(card) if label.startswith("Market")]
    assert market == [f"Market {shock} %" for shock in ("−35", "−20", "−10", "−5", "+5", "+10", "+20")]


def test_a_scenario_without_a_shock_has_its_place_and_its_name():
    card = with_records(
        lambda r: {"shock": None, "pnl": None, "pnl_pct": None} if r.kind in {"replay", "user"} else {}
    )
    assert sorted(labels(card)[-4:]) == ["2008-09 crisis", "2022 drawdown", "Covid 2020", "rate_shock"]


def test_nothing_known_is_a_dash_with_the_reason():
    for document in (unknown_document(), empty_document()):
        card = stress_card(document)
        assert (card.headline, card.bars) == ("—", None)
        assert card.sentence.startswith("Not known: ")
