"""Fetching: what is asked, what is saved, what a changed past does, and that nothing is lost on the way."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event, Thread

import polars as pl
import pytest

from builders import Book, Lot, fill_books, table_rows
from riskpanel.errors import InputError
from riskpanel.nightly.fetch import WORKERS, fetch_prices
from riskpanel.nightly.fetch_plan import OVERLAP, FetchRequest
from riskpanel.nightly.fetch_saving import save_fetched
from riskpanel.nightly.quarantine import release_rows
from riskpanel.sources.calendar import previous_sessions
from riskpanel.sources.chain import Chain
from riskpanel.sources.fetching import Wanted, fetch_symbol
from riskpanel.sources.protocol import NotThereError, SourceClosedError, SourceFailedError
from riskpanel.sources.retrying import Retrying
from riskpanel.store.prices import save_prices
from sources.recorded import Recorded, history_of

SINCE, BEFORE, SESSION = date(2022, 1, 3), date(2022, 12, 20), date(2022, 12, 28)
TODAY = date(2022, 12, 28)
NOW = datetime(2022, 12, 28, 22, tzinfo=UTC)
AAPL, MSFT = history_of(SINCE, SESSION, seed=1), history_of(SINCE, SESSION, seed=2, start=250)
OPENS = ("open", "high", "low", "close", "adj_close")


def fetch(
    store, *sources, symbols=("AAPL",), session=SESSION, now=NOW, stop=None, workers=WORKERS, **options
):
    request = FetchRequest(tuple(symbols), SINCE, **options)
    return fetch_prices(
        store,
        Chain(sources),
        request,
        today=TODAY,
        session=session,
        clock=lambda: now,
        progress=lambda done, total: None,
        stop=stop,
        workers=workers,
    )


def stored(store, symbol="AAPL"):
    """Stored rows of a symbol as a history, without the split."""
    rows = [row for row in table_rows(store, "market_data_cache") if row["symbol"] == symbol]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.select([pl.col(name) for name in AAPL.columns if name != "split"]).sort("date")


def keep(store, symbol, history, source="file"):
    frame = history.drop("split").with_columns(symbol=pl.lit(symbol))
    with store.begin() as conn:
        save_prices(conn, frame, data_source=source, now=NOW - timedelta(days=9))


def until(history, day):
    return history.filter(pl.col("date") <= day)


def scaled(history, factor, names=OPENS, where=None):
    where = pl.lit(value=True) if where is None else where
    return history.with_columns(
        pl.when(where).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name) for name in names
    )


def test_a_new_symbol_gets_its_whole_history_and_a_second_fetch_asks_for_nothing(store):
    source = Recorded("one", {"AAPL": AAPL})
    report = fetch(store, source)
    (told,) = report.symbols
    assert (told.status, told.source, told.rows, told.written) == ("written", "one", AAPL.height, AAPL.height)
    assert (told.first, told.last, told.missing, told.extra) == (SINCE, SESSION, (), ())
    assert stored(store).equals(AAPL.drop("split"))
    assert {row["data_source"] for row in table_rows(store, "market_data_cache")} == {"one"}
    before = table_rows(store, "market_data_cache")
    again = fetch(store, source, now=NOW + timedelta(hours=1))
    assert [one.status for one in again.symbols] == ["current"]
    assert len(source.asked) == 1
    assert table_rows(store, "market_data_cache") == before


def test_what_is_held_and_the_market_indexes_are_fetched_where_nothing_is_named(store, now):
    fill_books(store, [Book("long", (Lot("AAPL", 1.0), Lot("MSFT", 2.0)), cash=5.0)], now=now)
    report = fetch(store, Recorded("one", {"AAPL": AAPL, "MSFT": MSFT}), symbols=())
    assert [(one.symbol, one.status) for one in report.symbols] == [
        ("AAPL", "written"),
        ("MSFT", "written"),
        ("SPY", "failed"),
    ]
    assert [(one.symbol, one.error) for one in report.failed] == [("SPY", "one: no such symbol: SPY")]


def test_where_nothing_is_held_there_is_nothing_to_fetch(store):
    with pytest.raises(InputError, match="nothing is held") as caught:
        fetch(store, Recorded("one", {}), symbols=())
    assert "riskpanel fetch AAPL" in caught.value.hint


def test_a_fetch_asks_for_the_end_alone_with_an_overlap_and_writes_the_new_sessions_alone(store):
    keep(store, "AAPL", until(AAPL, BEFORE), "one")
    source = Recorded("one", {"AAPL": AAPL})
    report = fetch(store, source)
    ((_, _, first, last),) = source.asked
    assert (first, last) == (previous_sessions(BEFORE, OVERLAP)[0], SESSION)
    assert (report.symbols[0].written, report.symbols[0].past) == (5, None)
    assert stored(store).equals(AAPL.drop("split"))


def test_a_dividend_since_makes_the_whole_past_be_fetched_again(store):
    paid = previous_sessions(SESSION, 3)[0]
    keep(store, "AAPL", until(AAPL, BEFORE), "one")
    moved = scaled(AAPL, 0.98, ("adj_close",), pl.col("date") < paid)
    source = Recorded("one", {"AAPL": moved})
    (told,) = fetch(store, source).symbols
    assert told.past == "stored adjusted closes times 0.98"
    assert [first for _, _, first, _ in source.asked] == [previous_sessions(BEFORE, OVERLAP)[0], SINCE]
    assert stored(store).equals(moved.drop("split"))


def test_a_split_since_changes_closes_volumes_and_also_rows_older_than_the_source_has(store):
    split_on = previous_sessions(SESSION, 3)[0]
    old = scaled(AAPL, 4.0).with_columns(volume=pl.col("volume") / 4)
    keep(store, "AAPL", until(old, BEFORE), "one")
    young = AAPL.filter(pl.col("date") >= date(2022, 7, 1)).with_columns(
        split=pl.when(pl.col("date") == split_on).then(4.0)
    )
    (told,) = fetch(store, Recorded("one", {"AAPL": young})).symbols
    assert told.past == "stored closes times 0.25"
    for name in (*OPENS, "volume"):
        assert stored(store)[name].to_list() == pytest.approx(AAPL[name].to_list(), rel=1e-12)
    assert stored(store)["date"].to_list() == AAPL["date"].to_list()


def test_bad_rows_go_to_the_quarantine_and_never_over_good_ones(store):
    keep(store, "AAPL", until(AAPL, BEFORE), "one")
    day, later = previous_sessions(BEFORE, 5)[0], previous_sessions(SESSION, 2)[0]
    broken = scaled(AAPL, -1.0, where=pl.col("date").is_in([later]))
    broken = broken.with_columns(
        close=pl.when(pl.col("date") == day).then(None).otherwise(pl.col("close")),
        adj_close=pl.when(pl.col("date") == day).then(None).otherwise(pl.col("adj_close")),
    )
    (told,) = fetch(store, Recorded("one", {"AAPL": broken})).symbols
    assert (told.quarantined, told.written, told.missing) == (1, 4, (day,))
    assert stored(store).equals(AAPL.filter(pl.col("date") != later).drop("split"))
    (row,) = table_rows(store, "market_data_quarantine")
    assert (row["symbol"], row["date"], row["data_source"]) == ("AAPL", str(later), "one")
    assert row["reason"].startswith("open: must be above 0")
    assert row["raw_row"]["close"].startswith("-")
    fetch(store, Recorded("one", {"AAPL": broken}), force=True)
    assert len(table_rows(store, "market_data_quarantine")) == 1


def test_a_second_source_confirms_a_real_jump_and_replaces_a_false_one(store):
    crash, spike = AAPL["date"][50], AAPL["date"][150]
    truth = scaled(AAPL, 0.3, where=pl.col("date") >= crash)
    first = scaled(truth, 10.0, where=pl.col("date") == spike)
    (told,) = fetch(store, Recorded("one", {"AAPL": first}), Recorded("two", {"AAPL": truth})).symbols
    assert (told.source, told.second, told.confirmed, told.replaced) == ("one", "two", 2, 1)
    assert told.quarantined == 0
    assert stored(store).equals(truth.drop("split"))


def test_the_next_source_is_asked_where_one_does_not_know_fails_or_is_closed(store):
    failing = Recorded("fails", {"AAPL": SourceFailedError("the answer was cut off")})
    closed = Recorded("closed", {"AAPL": SourceClosedError("the key is wrong")})
    empty, good = Recorded("empty", {}), Recorded("good", {"AAPL": AAPL})
    report = fetch(store, failing, closed, empty, good)
    (told,) = report.symbols
    assert (told.status, told.source) == ("written", "good")
    assert told.tried == (
        "fails: the answer was cut off",
        "closed: the key is wrong",
        "empty: no such symbol: AAPL",
    )
    assert report.closed == (("closed", "the key is wrong"),)


def test_a_source_that_lacks_the_last_session_is_followed_by_one_that_has_it(store):
    late = Recorded("late", {"AAPL": until(AAPL, BEFORE)})
    (told,) = fetch(store, late, Recorded("good", {"AAPL": AAPL})).symbols
    assert (told.source, told.last, told.tried) == ("good", SESSION, (f"late: its last session is {BEFORE}",))


def test_where_no_source_has_the_last_session_the_one_that_reaches_furthest_is_taken(store):
    later = previous_sessions(SESSION, 2)[0]
    sources = [
        Recorded("late", {"AAPL": until(AAPL, BEFORE)}),
        Recorded("later", {"AAPL": until(AAPL, later)}),
    ]
    (told,) = fetch(store, *sources).symbols
    assert (told.source, told.last, told.status) == ("later", later, "written")


def test_a_history_that_a_split_has_not_reached_is_refused_whole(store):
    raw = scaled(AAPL, 4.0, where=pl.col("date") < AAPL["date"][100])
    raw = raw.with_columns(split=pl.when(pl.col("date") == AAPL["date"][100]).then(4.0))
    (told,) = fetch(store, Recorded("raw", {"AAPL": raw})).symbols
    assert told.status == "failed"
    assert "are not adjusted for the split 4:1" in told.error
    assert table_rows(store, "market_data_cache") == []


def test_missing_and_extra_sessions_of_a_source_are_told(store):
    gap, holiday = AAPL["date"][30], date(2022, 7, 4)
    odd = pl.concat([AAPL.filter(pl.col("date") != gap), AAPL.head(1).with_columns(date=pl.lit(holiday))])
    (told,) = fetch(store, Recorded("one", {"AAPL": odd})).symbols
    assert (told.missing, told.extra, told.quarantined) == ((gap,), (holiday,), 1)


class TestTwins:
    def test_two_new_symbols_with_the_same_prices_are_both_refused(self, store):
        source = Recorded("one", {"AAPL": AAPL, "MSFT": AAPL})
        report = fetch(store, source, symbols=("AAPL", "MSFT"))
        assert [one.status for one in report.symbols] == ["failed", "failed"]
        assert table_rows(store, "market_data_cache") == []
        (warning,) = report.warnings
        assert warning in {
            f"the same prices under {pair} from one" for pair in ("AAPL and MSFT", "MSFT and AAPL")
        }

    def test_a_second_source_parts_them(self, store):
        source, other = (
            Recorded("one", {"AAPL": AAPL, "MSFT": AAPL}),
            Recorded("two", {"AAPL": AAPL, "MSFT": MSFT}),
        )
        report = fetch(store, source, other, symbols=("AAPL", "MSFT"))
        assert [(one.symbol, one.source) for one in report.symbols] == [("AAPL", "two"), ("MSFT", "two")]
        assert stored(store, "MSFT").equals(MSFT.drop("split"))
        assert stored(store, "AAPL").equals(AAPL.drop("split"))

    def test_the_one_that_continues_its_own_past_is_believed(self, store):
        keep(store, "AAPL", until(AAPL, BEFORE), "one")
        report = fetch(store, Recorded("one", {"AAPL": AAPL, "MSFT": AAPL}), symbols=("AAPL", "MSFT"))
        assert [(one.symbol, one.status) for one in report.symbols] == [
            ("AAPL", "written"),
            ("MSFT", "failed"),
        ]
        assert stored(store).equals(AAPL.drop("split"))

    def test_a_constant_price_says_nothing(self, store):
        fund = AAPL.with_columns(open=1.0, high=1.0, low=1.0, close=1.0, adj_close=1.0)
        report = fetch(store, Recorded("one", {"CASH1": fund, "CASH2": fund}), symbols=("CASH1", "CASH2"))
        assert (report.warnings, report.failed) == ((), ())


def test_an_interruption_ends_the_waits_of_sources_and_asks_nothing_more(store):
    names = [f"S{number:02}" for number in range(40)]
    stop, asked, waits = Event(), [], Barrier(3)

    def ask(symbol):
        if symbol == "S00":
            waits.wait(timeout=60)  # until two others wait
            raise KeyboardInterrupt

        def fail():
            asked.append(symbol)
            if len(asked) <= 2:
                waits.wait(timeout=60)
            raise SourceFailedError("busy")

        Retrying(4, 600.0, 600.0, 0.0, stop)(symbol, fail, lambda error: True)

    with pytest.raises(KeyboardInterrupt):
        fetch(store, Recorded("one", {}, before_answer=ask), symbols=names, stop=stop, workers=3)
    assert stop.is_set()
    begun = ["S01", "S02", "S03"]  # the last by the thread that was interrupted, if it was quick
    assert sorted(asked) in (begun[:2], begun)
    assert table_rows(store, "market_data_cache") == []


def test_a_fetch_that_is_stopped_goes_on_where_it_was(store):
    names = [f"S{number}" for number in range(12)]
    histories = {name: history_of(SINCE, SESSION, seed=at) for at, name in enumerate(names)}

    def stop_at_the_sixth(symbol):
        if symbol == "S6":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(store, Recorded("one", histories, before_answer=stop_at_the_sixth), symbols=names)
    saved = {row["symbol"] for row in table_rows(store, "market_data_cache")}
    assert "S6" not in saved
    source = Recorded("one", histories)
    report = fetch(store, source, symbols=names)
    assert report.failed == ()
    assert {symbol for _, symbol, _, _ in source.asked} == set(names) - saved
    for name in names:
        assert stored(store, name).equals(histories[name].drop("split"))


def test_one_failing_symbol_keeps_no_other_from_being_saved(store):
    source = Recorded("one", {"AAPL": AAPL, "BAD": NotThereError("delisted"), "MSFT": MSFT})
    report = fetch(store, source, symbols=("AAPL", "BAD", "MSFT"))
    assert [one.status for one in report.symbols] == ["written", "failed", "written"]


def test_a_source_that_keeps_failing_is_left_alone(store):
    names = [f"S{number}" for number in range(30)]
    failing = Recorded("fails", {name: SourceFailedError("timed out") for name in names})
    good = Recorded("good", {name: history_of(SINCE, SESSION, seed=at) for at, name in enumerate(names)})
    report = fetch(store, failing, good, symbols=names)
    assert report.failed == ()
    assert 5 <= len(failing.asked) <= 8  # five failures, and what was on its way
    assert any("left alone" in told for one in report.symbols for told in one.tried)


def test_forced_the_whole_history_comes_again_and_corrects_what_differs(store):
    keep(store, "AAPL", scaled(AAPL, 1.0004), "file")
    (told,) = fetch(store, Recorded("one", {"AAPL": AAPL}), force=True).symbols
    assert (told.status, told.written) == ("written", AAPL.height)
    assert stored(store).equals(AAPL.drop("split"))


def test_a_request_is_kept_apart_from_what_is_stored_of_others(store):
    keep(store, "MSFT", until(MSFT, BEFORE), "one")
    fetch(store, Recorded("one", {"AAPL": AAPL}))
    assert stored(store, "MSFT").equals(until(MSFT, BEFORE).drop("split"))


class TestWhatIsStored:
    """Nothing that is stored becomes wrong, whatever a source answers."""

    def test_prices_of_another_symbol_never_take_its_place(self, store):
        keep(store, "AAPL", until(AAPL, BEFORE), "one")
        (told,) = fetch(store, Recorded("one", {"AAPL": MSFT})).symbols
        assert told.error == "one: its prices are of another series than the stored ones"
        assert stored(store).equals(until(AAPL, BEFORE).drop("split"))
        (told,) = fetch(store, Recorded("one", {"AAPL": MSFT}), Recorded("two", {"AAPL": AAPL})).symbols
        assert (told.source, told.past) == ("two", None)
        assert stored(store).equals(AAPL.drop("split"))

    def test_stored_twins_are_told_and_none_is_removed_even_when_forced(self, store):
        keep(store, "AAPL", until(AAPL, BEFORE), "one")
        keep(store, "MSFT", until(MSFT, BEFORE), "one")
        source = Recorded("one", {"AAPL": AAPL, "MSFT": AAPL})
        for force in (False, True):
            report = fetch(store, source, symbols=("AAPL", "MSFT"), force=force)
            assert [one.symbol for one in report.failed] == ["MSFT"]
            assert stored(store, "MSFT").equals(until(MSFT, BEFORE).drop("split"))
        assert stored(store).equals(AAPL.drop("split"))

    def test_a_new_twin_of_a_symbol_that_was_not_asked_for_is_refused(self, store):
        keep(store, "AAPL", AAPL, "one")
        report = fetch(store, Recorded("one", {"AAPL": AAPL, "MSFT": AAPL}), symbols=("AAPL", "MSFT"))
        assert [(one.symbol, one.status) for one in report.symbols] == [
            ("AAPL", "current"),
            ("MSFT", "failed"),
        ]
        assert report.warnings == ("the same prices under AAPL and MSFT from one",)

    def test_a_session_that_the_whole_past_lacks_is_brought_to_its_level(self, store):
        keep(store, "AAPL", until(scaled(AAPL, 4.0), BEFORE), "one")
        lacking = AAPL.filter(pl.col("date") != AAPL["date"][100])
        fetch(store, Recorded("one", {"AAPL": lacking}))
        for name in OPENS:
            assert stored(store)[name].to_list() == pytest.approx(AAPL[name].to_list(), rel=1e-12)

    def test_forced_older_rows_than_the_source_has_are_brought_to_its_level(self, store):
        keep(store, "AAPL", scaled(AAPL, 4.0), "one")
        young = AAPL.filter(pl.col("date") >= date(2022, 7, 1))
        (told,) = fetch(store, Recorded("one", {"AAPL": young}), force=True).symbols
        assert told.past == "stored closes times 0.25"
        for name in OPENS:
            assert stored(store)[name].to_list() == pytest.approx(AAPL[name].to_list(), rel=1e-12)

    def test_another_fetch_meanwhile_changes_nothing_twice(self, store):
        keep(store, "AAPL", until(scaled(AAPL, 4.0), BEFORE), "one")
        young = AAPL.filter(pl.col("date") >= date(2022, 7, 1))
        others = []

        def meanwhile(symbol):
            if not others:
                others.append(symbol)
                fetch(store, Recorded("one", {"AAPL": young}))

        fetch(store, Recorded("one", {"AAPL": young}, before_answer=meanwhile))
        assert stored(store)["close"].to_list() == pytest.approx(AAPL["close"].to_list(), rel=1e-12)

    def test_another_fetch_that_saves_at_the_same_moment_changes_nothing_twice(self, store):
        keep(store, "AAPL", until(scaled(AAPL, 4.0), BEFORE), "one")
        young = AAPL.filter(pl.col("date") >= date(2022, 7, 1))
        source = Recorded("one", {"AAPL": young})
        known = stored(store).select("date", "close", "adj_close")
        fetched = fetch_symbol(Chain((source,)), Wanted("AAPL", SINCE, SINCE, SESSION, known), today=TODAY)
        other = Thread(target=fetch, args=(store, source))
        with store.begin() as conn:
            save_fetched(conn, fetched, now=NOW)
            other.start()
            other.join(timeout=1)
            assert other.is_alive()  # it waits for this transaction
        other.join(timeout=30)
        assert stored(store)["close"].to_list() == pytest.approx(AAPL["close"].to_list(), rel=1e-12)

    def test_a_corrected_row_scales_no_other(self, store):
        first = previous_sessions(BEFORE, OVERLAP)[0]
        old = scaled(AAPL, 1.1, where=pl.col("date") == first)
        keep(store, "AAPL", until(old, BEFORE), "one")
        young = AAPL.filter(pl.col("date") >= date(2022, 7, 1))
        fetch(store, Recorded("one", {"AAPL": young}))
        assert stored(store).equals(AAPL.drop("split"))

    def test_closes_of_a_file_never_take_the_place_of_adjusted_ones(self, store):
        adjusted = scaled(AAPL, 0.97, ("adj_close",), pl.col("date") < AAPL["date"][-10])
        keep(store, "AAPL", until(adjusted, BEFORE), "one")
        raw, good = Recorded("files", {"AAPL": AAPL}), Recorded("two", {"AAPL": adjusted})
        (told,) = fetch(store, raw, good).symbols
        assert told.tried == ("files: its closes are not adjusted for dividends, and the stored ones are",)
        assert stored(store).equals(adjusted.drop("split"))

    @pytest.mark.parametrize("kept", [AAPL.tail(1), AAPL.head(1), pl.concat([AAPL.head(120), AAPL.tail(1)])])
    def test_holes_behind_the_last_session_are_filled(self, store, kept):
        keep(store, "AAPL", kept, "file")
        fetch(store, Recorded("one", {"AAPL": AAPL}))
        assert stored(store).equals(AAPL.drop("split"))

    def test_a_history_that_never_meets_the_stored_one_is_refused(self, store):
        keep(store, "AAPL", scaled(AAPL, 4.0).head(60), "file")
        (told,) = fetch(store, Recorded("one", {"AAPL": AAPL.slice(100)})).symbols
        assert told.status == "failed"
        assert "no session in common with what is stored" in told.error
        assert stored(store).equals(scaled(AAPL, 4.0).head(60).drop("split"))

    def test_a_symbol_without_any_adjusted_close_fails_alone(self, store):
        null = AAPL.with_columns(adj_close=pl.lit(None, pl.Float64))
        report = fetch(store, Recorded("one", {"AAPL": null, "MSFT": MSFT}), symbols=("AAPL", "MSFT"))
        assert [one.status for one in report.symbols] == ["failed", "written"]

    def test_symbols_that_cannot_be_used_do_not_close_their_source(self, store):
        names = [f"S{number:02d}" for number in range(30)]
        raw = {}
        for at, name in enumerate(names):
            history = history_of(SINCE, SESSION, seed=at)
            day = history["date"][100]
            split = scaled(history, 4.0, where=pl.col("date") < day)
            split = split.with_columns(split=pl.when(pl.col("date") == day).then(4.0))
            raw[name] = split if at < 10 else history
        report = fetch(store, Recorded("one", raw), symbols=names)
        assert [one.symbol for one in report.failed] == names[:10]

    def test_a_second_source_that_has_missed_a_split_confirms_nothing(self, store):
        day = AAPL["date"][150]
        raw = scaled(AAPL, 4.0, where=pl.col("date") < day)
        told = raw.with_columns(split=pl.when(pl.col("date") == day).then(4.0))
        (one,) = fetch(store, Recorded("one", {"AAPL": raw}), Recorded("two", {"AAPL": told})).symbols
        assert (one.confirmed, one.quarantined) == (0, 1)


def test_what_was_sold_is_fetched_no_more(store, now):
    sold = Lot("MSFT", 2.0, exit=date(2022, 6, 1))
    fill_books(store, [Book("long", (Lot("AAPL", 1.0), sold), cash=5.0)], now=now)
    report = fetch(store, Recorded("one", {"AAPL": AAPL, "SPY": MSFT}), symbols=())
    assert [one.symbol for one in report.symbols] == ["AAPL", "SPY"]


def test_a_first_day_after_the_last_session_is_refused(store):
    with pytest.raises(InputError, match="no session has been since then: 2030-01-01"):
        fetch_prices(
            store,
            Chain([]),
            FetchRequest(("AAPL",), date(2030, 1, 1)),
            today=TODAY,
            session=SESSION,
            clock=lambda: NOW,
            progress=lambda done, total: None,
        )


def test_a_released_row_is_not_doubted_again_and_a_changed_one_is_renewed(store):
    crash = previous_sessions(SESSION, 3)[0]
    fallen = scaled(AAPL, 0.3, where=pl.col("date") >= crash)
    source = Recorded("one", {"AAPL": fallen})
    fetch(store, source)
    (row,) = table_rows(store, "market_data_quarantine")
    halved = Recorded("one", {"AAPL": scaled(fallen, 0.5)})
    fetch(store, halved, force=True)
    (renewed,) = table_rows(store, "market_data_quarantine")
    assert float(renewed["raw_row"]["close"]) == pytest.approx(float(row["raw_row"]["close"]) / 2)
    release_rows(store, [renewed["id"]], today=TODAY, now=NOW)
    (told,) = fetch(store, halved, force=True).symbols
    assert (told.quarantined, table_rows(store, "market_data_quarantine")) == (0, [])
    assert stored(store).equals(scaled(fallen, 0.5).drop("split"))
