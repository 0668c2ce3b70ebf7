"""``riskpanel evaluate``: the printed record, its JSON, and its exit codes."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from builders import Book, Lot, day, fill_store, panel_of, random_prices
from nightly.nights import night
from riskpanel.book.track_record import Comparison, Score, TrackRecord, Unscored, UnscoredGroup
from riskpanel.cli import evaluate as command
from riskpanel.cli.app import app
from riskpanel.store.schema import instrument_volatility, market_data_cache

NIGHTS = (-43, -22, -21, -1)


@pytest.fixture
def panel():
    return panel_of(random_prices(97, 120, "AB"))


@pytest.fixture
def filled(store, panel, now):
    books = [Book("Growth [1]", (Lot("A", 3.0),), cash=50.0), Book("Both", (Lot("A", 1.0), Lot("B", -0.5)))]
    fill_store(store, panel, books, now=now)
    for row in NIGHTS:
        night(store, day(panel, row))
    return store


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    """Run ``riskpanel evaluate`` in an empty folder; both streams are kept apart."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, exit_code=0, columns="120"):
        runner = CliRunner(
            env={
                "RISKPANEL_DATABASE_URL": migrated_url,
                "NO_COLOR": "1",
                "COLUMNS": columns,
                "TERM": "dumb",
            }
        )
        words = ["evaluate", *(str(argument) for argument in arguments)]
        outcome = runner.invoke(app, words, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


def table_of(outcome):
    """Lines of the printed table by their first cell, as lists of cells."""
    lines = outcome.stdout.split("\n\n")[1].splitlines()
    return {line.split("  ")[0].strip(): line.replace(" %", "%").split()[-6:] for line in lines}


def test_the_summary_has_a_line_for_each_kind_and_says_what_it_means(riskpanel, filled, panel):
    outcome = riskpanel()
    table = table_of(outcome)
    assert list(table)[-2:] == ["Instruments", "Portfolios"]
    document = json.loads(riskpanel("--json").stdout)
    for line, kind in (("Instruments", "instruments"), ("Portfolios", "portfolios")):
        pooled = document[kind]["pooled"]
        scored, model, rolling, volatility, variance, band = table[line]
        assert (int(scored), float(model), float(rolling)) == (
            pooled["scored"],
            pytest.approx(pooled["qlike_model"], abs=5.1e-4),
            pytest.approx(pooled["qlike_rolling"], abs=5.1e-4),
        )
        for cell, name in (
            (volatility, "volatility_bias"),
            (variance, "variance_bias"),
            (band, "band_coverage"),
        ):
            assert float(cell.replace("−", "-").rstrip("%")) == pytest.approx(100 * pooled[name], abs=0.051)
    assert (
        f"Better than the rolling 21 sessions in {document['instruments']['better']} of 3 instruments."
        in (outcome.stdout)
    )
    assert "2 periods of 21 sessions cannot tell that from chance." in outcome.stdout
    assert "Scored: 6 of 12 stored forecasts." in outcome.stdout
    assert "all were computed later, as by a backfill." in outcome.stdout
    assert "QLIKE is the loss on variance" in outcome.stderr
    assert "QLIKE is the loss" not in outcome.stdout


def test_a_line_for_each_instrument_or_portfolio_by_name_and_all(riskpanel, filled):
    assert list(table_of(riskpanel("--by", "instrument")))[-4:] == ["A", "B", "SPY", "All"]
    outcome = riskpanel("--by", "portfolio")
    assert list(table_of(outcome))[-3:] == ["Both", "Growth [1]", "All"]
    assert "Instruments" not in outcome.stdout
    assert "Portfolios\n" in outcome.stdout


@pytest.mark.parametrize("by", ["summary", "instrument", "portfolio"])
def test_the_table_fits_80_columns(riskpanel, filled, by):
    lines = riskpanel("--by", by, columns="80").stdout.split("\n", maxsplit=1)[1].splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("…") for line in lines)


def test_json_is_one_document_with_every_series_whatever_is_printed(riskpanel, filled, panel):
    document = json.loads(riskpanel("--json").stdout)
    assert json.loads(riskpanel("--json", "--by", "portfolio").stdout) == document
    assert list(document) == ["first", "last", "prices_until", "first_due", "instruments", "portfolios"]
    assert [score["name"] for score in document["instruments"]["series"]] == ["A", "B", "SPY"]
    assert {score["name"] for score in document["portfolios"]["series"]} == {"Both", "Growth [1]"}
    assert document["prices_until"] == str(day(panel))
    pooled = document["instruments"]["pooled"]
    assert (pooled["first"], pooled["last"], pooled["scored"]) == (
        str(day(panel, -43)),
        str(day(panel, -22)),
        6,
    )
    assert document["instruments"]["comparison"]["t_statistic"] is None


def test_methods_have_lines_of_their_own_where_there_are_several(riskpanel, filled, panel):
    assert "  log_har" not in riskpanel().stdout
    table = instrument_volatility
    with filled.begin() as conn:
        conn.execute(
            sa.update(table)
            .where(table.c.calculation_date == day(panel, -22))
            .values(expected_vol_method="other_way")
        )
    assert "\n  other_way " in riskpanel().stdout


def test_before_the_first_forecast_is_21_sessions_old_the_day_is_named_and_the_exit_code_is_0(
    riskpanel, store, panel, now
):
    fill_store(store, panel, [Book("p", (Lot("A", 1.0),))], now=now)
    night(store, day(panel))
    outcome = riskpanel()
    # The 21st session after 2024-12-31; the exchange was closed on 1, 9 and 20 January.
    assert outcome.stdout == (
        "No forecast is 21 sessions old yet; the first can be scored after 3 Feb 2025.\n"
    )
    document = json.loads(riskpanel("--json").stdout)
    assert (document["first_due"], document["instruments"]["pooled"]["scored"]) == ("2025-02-03", 0)


def test_forecasts_that_cannot_be_scored_are_named_with_the_reason(riskpanel, filled, panel):
    with filled.begin() as conn:
        lost = (market_data_cache.c.symbol == "B") & (market_data_cache.c.date > day(panel, -43))
        conn.execute(sa.delete(market_data_cache).where(lost))
    outcome = riskpanel()
    assert (
        "Not scored: 2 forecasts, fewer than 16 returns in the 21 sessions after them: B." in outcome.stdout
    )
    assert "fewer than 16 returns in the 21 sessions after them: Both." in outcome.stdout
    assert table_of(riskpanel("--by", "instrument"))["B"] == ["0", "—", "—", "—", "—", "—"]


def test_a_request_that_cannot_be_met_exits_with_2(riskpanel, filled, panel):
    outcome = riskpanel("--from", "2025-05-01", exit_code=2)
    assert outcome.stdout == ""
    assert outcome.stderr.splitlines() == [
        "error: no forecast is stored from 2025-05-01",
        f"hint: stored forecasts go from {day(panel, -43)} to {day(panel)}",
    ]
    riskpanel("--from", "01.05.2025", exit_code=2)
    riskpanel("--by", "sector", exit_code=2)


def test_an_empty_database_exits_with_2_and_a_hint(riskpanel, store):
    outcome = riskpanel(exit_code=2)
    assert outcome.stderr.startswith("error: no forecast is stored\nhint: compute some: riskpanel run")


@pytest.mark.parametrize("reason", [reason.label for reason in Unscored if reason.label])
def test_every_reason_has_words(reason):
    said = command._unscored(UnscoredGroup(reason, 2, ("A", "B")))
    assert said.startswith("Not scored: 2")
    assert said.endswith(": A, B.")
    assert reason not in said


SCORE = Score("all", None, None, 40, 40, 40, 40, 0.2, 0.3, -0.012, 0.1, 0.8)
RECORD = TrackRecord(900, 100, 760, SCORE, Comparison(-0.1, -2.5, 0.03, 10), 3, 4, (), (), ())


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        (
            Comparison(-0.1, -2.5, 0.03, 10),
            "0.100 lower than the rolling one, more than chance explains (t = −2.50,",
        ),
        (
            Comparison(0.1, 2.5, 0.03, 10),
            "0.100 higher than the rolling one, more than chance explains (t = 2.50,",
        ),
        (
            Comparison(-0.1, -1.2, 0.26, 10),
            "0.100 lower than the rolling one, chance could explain it (t = −1.20,",
        ),
        (
            Comparison(-0.1, None, None, 5),
            "0.100 lower than the rolling one; 5 periods of 21 sessions cannot tell",
        ),
    ],
)
def test_the_verdict_says_lower_or_higher_and_whether_chance_could_explain_it(comparison, said):
    sentences = " ".join(command._verdict("portfolio", replace(RECORD, comparison=comparison)))
    assert f"QLIKE over all: {said}" in sentences.replace("\u00a0", " ")
    assert "Better than the rolling 21 sessions in 3 of 4 portfolios." in sentences.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("in_time", "said"),
    [(40, "All were stored by"), (0, "None was stored by"), (7, "Stored by the session after their own: 7.")],
)
def test_the_verdict_tells_forecasts_from_later_computations(in_time, said):
    sentences = list(command._verdict("portfolio", replace(RECORD, pooled=replace(SCORE, in_time=in_time))))
    assert sentences[-1].startswith(said)


def test_a_kind_without_forecasts_is_said_to_have_none():
    nothing = replace(RECORD, stored=0)
    assert list(command._verdict("portfolio", nothing)) == ["No forecast is stored."]
