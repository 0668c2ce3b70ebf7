from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from scipy import stats

from cli.report_documents import AS_OF, CARDS, changed, complete_document, empty_document, unknown_document
from riskpanel.book.complete import DataQuality
from riskpanel.book.findings import Finding
from riskpanel.book.sectors import CASH, UNCLASSIFIED
from riskpanel.cli.cards import build_page
from riskpanel.cli.words import SPACE


def page_of(document):
    return build_page(document)


def card_of(document, key):
    return next(card for card in build_page(document).cards if card.key == key)


def plain(text):
    return text.replace(SPACE, " ")


def figure(document, label):
    return next(figure for figure in build_page(document).strip if figure.label == label)


def test_the_cards_come_in_their_order_with_everything_and_with_nothing():
    for document in (complete_document(), unknown_document(), empty_document()):
        assert [card.key for card in page_of(document).cards] == CARDS


def test_a_card_without_its_number_keeps_its_place_and_says_why():
    for key in ("volatility", "beta", "concentration", "stress", "contributors", "tail", "correlation"):
        card = card_of(unknown_document(), key)
        assert card.headline == "—", key
        assert card.sentence.startswith("Not known: "), key
    assert card_of(unknown_document(), "concentration").sentence == (
        "Not known: no positions are held on this day. Import them: riskpanel import positions FILE"
    )


def test_the_strip_gives_money_shares_and_sides():
    strip = {
        found.label: (plain(found.value), plain(found.detail)) for found in page_of(complete_document()).strip
    }
    assert strip == {
        "NAV": ("$200,000", "USD"),
        "Day's P&L": ("▲ +$1,235", "+0.62 %"),
        "Gross": ("$180,000", "90.0 % of NAV"),
        "Net": ("$120,000", "60.0 % of NAV"),
        "Leverage": ("0.90×", "gross / NAV"),
        "Cash": ("$80,000", "40.0 % of NAV"),
        "Positions": ("3", "2 long, 1 short"),
    }


def test_a_loss_has_its_arrow_its_sign_and_its_tone():
    lost = changed(complete_document(), daily_pnl=Decimal("-2500.0000"), daily_return=-0.0123)
    day = figure(lost, "Day's P&L")
    assert (day.value, plain(day.detail), day.tone) == ("▼ −$2,500", "−1.23 %", "more")


def test_a_day_without_change_is_zero_and_a_first_day_is_missing():
    still = figure(changed(complete_document(), daily_pnl=Decimal(0), daily_return=0.0), "Day's P&L")
    assert (still.value, plain(still.detail), still.tone) == ("$0", "0.00 %", "calm")
    first = figure(empty_document(), "Day's P&L")
    assert (first.value, first.reason) == ("—", "not enough sessions of prices yet")


def test_a_levered_short_book_shows_its_signs():
    short = changed(
        complete_document(),
        gross_exposure=Decimal(684_600),
        net_exposure=Decimal(-240_000),
        cash_value=Decimal(440_000),
    )
    assert figure(short, "Leverage").value == "3.42×"
    assert plain(figure(short, "Net").detail) == "−120.0 % of NAV"


def test_volatility_compares_with_now_and_with_the_year():
    card = card_of(complete_document(), "volatility")
    assert (plain(card.headline), card.level, plain(card.aside)) == (
        "24.9 %",
        "low",
        "17 to 31 % about 8 times in 10",
    )
    assert plain(card.sentence) == (
        "Over the next 21 sessions expected to rise from the current 21.4 %, "
        "above 65 % of these holdings' past year."
    )
    assert plain(card.facts[0]) == "↗ has been rising (93 % confidence)"
    assert plain(card.facts[-1]) == "low is 15 to 25 % for any portfolio"
    assert card.scale.text == "65th percentile, above its 1-year history"
    assert card.history.band == (0.17, 0.249, 0.312)


@pytest.mark.parametrize(
    ("expected", "words"), [(0.22, "stay near"), (0.30, "rise from"), (0.15, "fall from")]
)
def test_the_outlook_follows_the_forecast(expected, words):
    assert (
        words
        in card_of(changed(complete_document(), expected_volatility_21d=expected), "volatility").sentence
    )


def test_each_missing_part_of_the_volatility_gives_its_reason():
    document = changed(
        complete_document(), realized_volatility_63d=None, volatility_trend=None, volatility_percentile=None
    )
    quality = DataQuality({"realized_volatility_63d": "gap", "volatility_trend": "stale"}, ())
    card = card_of(replace(document, data_quality=quality), "volatility")
    assert card.facts[0] == "trend — (no new prices in the last sessions)"
    assert plain(card.facts[2]) == "— realized over 63 sessions (days are missing among the prices)"
    assert card.scale.value is None
    assert plain(card.headline) == "24.9 %"


def test_an_interval_of_imputed_returns_is_said_to_be_too_narrow():
    card = card_of(changed(complete_document(), market_beta_direct_coverage=0.69), "beta")
    assert plain(card.facts[-1]) == (
        "95 % interval 0.71 to 0.87 (sampling error only, and too narrow: 31 % of returns are imputed)"
    )


def test_the_beta_has_an_interval_of_its_sampling_error():
    card = card_of(complete_document(), "beta")
    assert (card.headline, card.level) == ("0.78", "below market")
    assert plain(card.sentence) == "When the market moves 1 %, this portfolio has moved about 0.78 %."
    low, high = stats.t.interval(0.95, 88, 0.79, 0.04)
    assert card.scale.span == pytest.approx((low, high))
    assert [plain(fact) for fact in card.facts] == [
        "0.79 by the portfolio's own returns", "R² 0.81", "0.80 adjusted for noise", "90 sessions",
        f"95 % interval {low:.2f} to {high:.2f} (sampling error only)",
    ]  # fmt: skip


def test_a_beta_of_zero_is_a_beta():
    card = card_of(changed(complete_document(), market_beta_weighted=0.0), "beta")
    assert (card.headline, card.level) == ("0.00", "low / defensive")
    assert "hardly moved" in card.sentence
    assert card.scale.value == 0.0


def test_a_negative_beta_moves_the_other_way():
    card = card_of(changed(complete_document(), market_beta_weighted=-0.4), "beta")
    assert card.headline == "−0.40"
    assert plain(card.sentence).endswith("has moved about 0.40 % the other way.")


def test_partial_coverage_is_a_badge_and_full_coverage_is_none():
    assert (
        plain(card_of(changed(complete_document(), market_beta_coverage=0.83), "beta").coverage)
        == "covers 83 %"
    )
    assert card_of(changed(complete_document(), market_beta_coverage=0.9999999999), "beta").coverage == ""
    assert (
        plain(card_of(changed(complete_document(), market_beta_coverage=0.0), "beta").coverage)
        == "covers 0 %"
    )


def test_sectors_are_sorted_by_weight_with_unclassified_and_cash_last():
    card = card_of(complete_document(), "sectors")
    labels = [bar.label for bar in card.bars.rows]
    assert len(labels) == 13
    assert labels[:2] == ["Information Technology", "Industrials"]
    assert labels[-3:] == ["Consumer Staples", UNCLASSIFIED, CASH]
    first = card.bars.rows[0]
    assert [plain(cell) for cell in first.cells] == ["45.0 %", "9.1 %", "+35.9", "over"]
    assert [plain(cell) for cell in card.bars.rows[-1].cells] == ["40.0 %", "—", "—", ""]
    assert plain(card.headline) == "+35.9 points"
    assert card.level == "overweight Information Technology"
    assert "neutral" not in first.cells


def test_benchmark_weights_of_after_the_day_are_said():
    late = changed(complete_document(), sector_benchmark_date=date(2024, 7, 8))
    assert [plain(note) for note in card_of(late, "sectors").notes] == [
        "The benchmark weights are of 8 Jul 2024, 10 days after the as-of date."
    ]
    assert card_of(complete_document(), "sectors").notes == ()


def test_the_foot_of_the_sectors_names_the_funds_that_count_by_theirs():
    spy = {"symbol": "SPY", "asof_date": "2026-05-01", "share": 0.4, "coverage": 0.999, "sectors": {}}
    told = card_of(changed(complete_document(), sector_look_through=[spy]), "sectors").facts
    assert plain(told[-1]) == "SPY counts by its sectors of 1 May 2026 (99.9 % known)"
    many = [spy | {"symbol": f"F{number}"} for number in range(5)]
    told = card_of(changed(complete_document(), sector_look_through=many), "sectors").facts
    assert [plain(fact)[:2] for fact in told[-4:-1]] == ["F0", "F1", "F2"]
    assert plain(told[-1]) == "so do 2 other funds"
    assert "counts by" not in " ".join(card_of(complete_document(), "sectors").facts)


def test_sectors_without_a_benchmark_are_shown_without_a_comparison():
    exposure = {
        sector: row | {"benchmark": None, "diff": None}
        for sector, row in complete_document().snapshot["sector_exposure"].items()
    }
    bare = changed(
        complete_document(),
        sector_exposure=exposure,
        sector_benchmark_date=None,
        sector_benchmark_source=None,
    )
    card = card_of(bare, "sectors")
    assert card.headline == "—"
    assert card.sentence.startswith("Not compared: no benchmark weights are stored.")
    assert [plain(cell) for cell in card.bars.rows[0].cells] == ["45.0 %", "—", "—", ""]
    assert all(bar.mark is None for bar in card.bars.rows)


def test_concentration_acts_like_equal_positions():
    card = card_of(complete_document(), "concentration")
    assert (card.headline, card.level, card.aside) == ("2.6", "highly concentrated", "HHI 3,889")
    assert card.sentence == "Acts like 2.6 equal positions; 3 are held."
    assert plain(card.facts[0]) == "top 3: 100.0 % of gross (ACME, BOLT, CORN)"
    assert sum(share for _, share in card.shares) == pytest.approx(1)
    assert card.scale.high > card.scale.value


def test_positions_beyond_the_ten_largest_are_grouped():
    document = complete_document()
    top = document.snapshot["top_10_positions"][:2]
    card = card_of(changed(document, top_10_positions=top), "concentration")
    assert plain(card.shares[-1][0]) == "1 other"
    assert card.shares[-1][1] == pytest.approx(30 / 180)


def test_holdings_show_shorts_and_why_a_number_is_missing():
    document = complete_document()
    bare = replace(document.holdings[1], beta=None, sector=None, name=None, reasons={"beta": "short_history"})
    card = card_of(replace(document, holdings=(document.holdings[2], bare)), "holdings")
    assert [plain(cell) for cell in card.table.rows[0]] == [
        "CORN", "Corn Fields", "Consumer Staples", "−$30,000", "−15.0 %", "0.55", "14.2 %",
    ]  # fmt: skip
    assert card.table.rows[1][1:3] == ("—", "Unclassified")
    assert card.table.rows[1][5] == "—"
    assert card.notes == ("BOLT: not enough sessions of prices yet",)


def test_health_is_a_pill_and_a_card():
    healthy = page_of(complete_document())
    assert healthy.health.value == "Healthy"
    assert healthy.cards[-1].sentence == "Nothing is missing."
    findings = tuple(Finding("daily_pnl", "missing", reason) for reason in ("short_history", "gap", "stale"))
    sick = page_of(replace(complete_document(), data_quality=DataQuality({}, findings)))
    assert plain(sick.health.value) == "3 findings"
    assert len(sick.cards[-1].remarks) == 3


def test_the_page_says_its_day_and_where_it_comes_from():
    page = page_of(complete_document())
    assert page.as_of == AS_OF
    assert (
        page.provenance
        == "riskpanel 0.1.0 · run 7 (run, local) · policy 0123456789abcdef · inputs ffffffffffffffff"
    )


def test_a_beta_that_the_portfolios_own_returns_confirm_is_said_once():
    document = changed(complete_document(), market_beta_weighted=0.79)
    assert plain(card_of(document, "beta").facts[0]) == "R² 0.81"


def test_a_book_without_known_sectors_is_not_called_underweight():
    card = card_of(changed(complete_document(), sector_coverage=0.2), "sectors")
    assert (plain(card.headline), card.level) == ("80.0 %", "of gross exposure has no known sector")
    assert card.sentence.endswith("Import the sectors of the instruments, then compute the session again.")


def unpriced_index(*, held_reason="unpriced"):
    document = changed(complete_document(), market_beta_weighted=None, market_beta_direct=None)
    missing = dict.fromkeys(("market_beta_weighted", "market_beta_direct"), "market_index_unpriced")
    return replace(
        document,
        holdings=tuple(replace(h, beta=None, reasons={"beta": held_reason}) for h in document.holdings),
        data_quality=DataQuality(
            missing, tuple(Finding(metric, "missing", reason) for metric, reason in missing.items())
        ),
    )


def test_a_market_index_without_prices_is_named_once():
    page = page_of(unpriced_index())
    (remark,) = page.cards[-1].remarks
    assert remark.what == "No beta: the market index SPY has no prices."
    assert remark.remedy == (
        "Import prices of SPY, or choose another index: riskpanel import positions FILE --market-index SYM"
    )
    assert plain(page.health.value) == "1 finding"
    assert "the market index SPY has no prices" in card_of(unpriced_index(), "beta").sentence


def test_a_market_index_that_stopped_is_not_said_to_have_no_prices():
    (remark,) = card_of(unpriced_index(held_reason="stale"), "health").remarks
    assert remark.what == "No beta: the market index SPY has no new prices."


def test_a_priced_holding_is_not_said_to_have_no_prices():
    assert card_of(unpriced_index(), "holdings").notes == ("No beta: the market index SPY has no prices.",)


def test_a_beta_of_a_part_has_no_level_and_speaks_of_that_part():
    card = card_of(changed(complete_document(), market_beta_coverage=0.58), "beta")
    assert (card.level, card.tone) == ("", "calm")
    assert plain(card.sentence) == (
        "The 58 % of this portfolio that has a beta moves the whole about 0.78 % when the market moves 1 %; "
        "how the rest moves is not known."
    )
    assert card_of(changed(complete_document(), market_beta_coverage=0.8), "beta").level == "below market"


def test_a_volatility_of_a_part_has_no_level_and_names_that_part():
    card = card_of(changed(complete_document(), volatility_coverage=0.58), "volatility")
    assert (card.level, card.tone) == ("", "calm")
    assert "from the 58 % of exposure with real returns" in plain(card.sentence)


def test_sectors_that_are_mostly_unknown_have_weights_without_a_verdict():
    card = card_of(changed(complete_document(), sector_coverage=0.2), "sectors")
    assert [plain(cell) for cell in card.bars.rows[0].cells] == ["45.0 %", "9.1 %", "—", ""]
    assert {bar.tone for bar in card.bars.rows} == {"calm"}
    assert "neutral within 5 points" not in card.facts


def test_cash_alone_is_one_plain_sentence_a_card():
    for card in page_of(empty_document()).cards[:-1]:
        assert card.sentence == "Only cash is held.", card.key
        assert (card.headline, card.level, card.coverage, card.facts, card.notes) == ("", "", "", (), ())
        assert card.scale is None
        assert card.bars is None


def test_cash_alone_has_nothing_to_measure():
    page = page_of(empty_document())
    assert [remark.what for remark in page.cards[-1].remarks] == [
        "Only cash is held: there is nothing to measure.",
        "The day's profit and loss: not enough sessions of prices yet.",
    ]
    assert plain(page.health.value) == "2 findings"


def test_benchmark_weights_of_long_before_the_day_are_said():
    old = changed(complete_document(), sector_benchmark_date=date(2023, 7, 8))
    assert [plain(note) for note in card_of(old, "sectors").notes] == [
        "The benchmark weights are of 8 Jul 2023, 356 days before the as-of date."
    ]
    edge = changed(complete_document(), sector_benchmark_date=date(2023, 12, 31))
    assert card_of(edge, "sectors").notes == ()


def test_old_benchmark_weights_are_a_finding_with_their_age():
    old = changed(complete_document(), sector_benchmark_date=date(2023, 7, 8))
    findings = (Finding("sector_exposure", "flag", "benchmark_old"),)
    (remark,) = card_of(replace(old, data_quality=DataQuality({}, findings)), "health").remarks
    assert remark.what == "The benchmark's sector weights are old."
    assert plain(remark.effect) == "Differences compare with weights that were published 356 days before."
    assert remark.remedy == "Run riskpanel benchmark update."


def test_one_position_is_all_there_is():
    alone = changed(complete_document(), positions_count=1, effective_num_positions=1.0, hhi=10_000.0)
    assert card_of(alone, "concentration").sentence == "One position is all there is."
