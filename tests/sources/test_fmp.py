import base64
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_type_hints

import polars as pl
import pytest

from riskpanel.errors import InputError
from riskpanel.sources import fmp
from riskpanel.sources.fmp import Fmp
from riskpanel.sources.protocol import (
    HISTORY,
    Member,
    NotThereError,
    Profile,
    Source,
    SourceClosedError,
    SourceError,
    SourceFailedError,
)
from riskpanel.sources.web import Pacing
from sources.replay import Asked, Replay, Reply, as_json, as_text

KEY = "Sub5criberKey0123456789"
PACING = Pacing(
    per_second=1000,
    per_minute=10_000,
    attempts=3,
    first_wait=0.001,
    jitter=0.001,
    longest_wait=0.02,
    read_timeout=2.0,
)
FULL, ADJUSTED = "historical-price-eod/full", "historical-price-eod/dividend-adjusted"
MEMBERS, CAPS, SECTORS = "sp500-constituent", "market-capitalization-batch", "etf/sector-weightings"
FIRST, LAST = date(2024, 1, 2), date(2024, 1, 4)

LEGACY = {
    "Error Message": "Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint is "
    "only available for legacy users who have valid subscriptions prior August 31, 2025."
}
BAD_KEY = {"Error Message": "Invalid API KEY. Feel free to create a Free API Key or visit our page"}
LIMIT = {
    "Error Message": "Limit Reach . Please upgrade your plan or visit our documentation for a subscription"
}
BANDWIDTH = {"Error Message": "Bandwidth Limit Reach . Please upgrade your plan or visit our documentation"}
RESTRICTED = "Restricted Endpoint: This endpoint is not available under your current subscription agreement"
EXCLUSIVE = {
    "Error Message": "Exclusive Endpoint : This endpoint is not available under your current subscription"
}
GATED_SYMBOL = (
    "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your "
    "current subscription agreement"
)
GATED_PARAMETER = (
    "Premium Query Parameter: 'Special Parameters : The values for 'limit' must be between 0 and 5 under "
    "your current subscription"
)


@pytest.fixture
def source(server) -> Iterator[Fmp]:
    made = Fmp(KEY, base_url=f"{server.url}/", pacing=PACING)
    yield made
    made.close()


def full_row(day: str, close: object, **others: object) -> dict[str, object]:
    return {
        "symbol": "AAPL", "date": day, "open": 1.5, "high": 3.5, "low": 0.5, "close": close, "volume": 100,
        "change": 0, "changePercent": 0, "vwap": 2,
    } | others  # fmt: skip


def adjusted_row(day: str, close: object, **others: object) -> dict[str, object]:
    row: dict[str, object] = {"symbol": "AAPL", "date": day, "adjOpen": 1, "adjHigh": 3, "adjLow": 0.5}
    return row | {"adjClose": close, "volume": 100} | others


def play_days(server: Replay, *days: str) -> None:
    server.play(FULL, as_json([full_row(day, 2.0) for day in days]))
    server.play(ADJUSTED, as_json([adjusted_row(day, 1.0) for day in days]))


def member(symbol: str, **others: object) -> dict[str, object]:
    return {"symbol": symbol, "name": symbol, "sector": "Technology", "cik": f"{hash(symbol)}"} | others


def play_members(server: Replay, rows: list[dict[str, object]], caps: dict[str, object]) -> None:
    """Members, and market values that leave out what is not known, in an order of their own."""

    def answer(asked: Asked) -> Reply:
        known = [symbol for symbol in asked.query["symbols"].split(",") if symbol in caps]
        return as_json(
            [{"symbol": s, "date": "2026-08-27", "marketCap": caps[s]} for s in sorted(known, reverse=True)]
        )

    server.play(MEMBERS, as_json(rows))
    server.play(CAPS, answer)


def caught(ask: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as raised:
        ask()
    return raised.value


# ---------------------------------------------------------------- the protocol and the key


def test_it_is_a_source_of_market_data(source):
    taken: Source = source
    assert taken.name == "fmp"
    for method in ("history", "profile", "fund_sectors", "index_members"):
        assert get_type_hints(getattr(Fmp, method)) == get_type_hints(getattr(Source, method))


def test_the_address_is_the_stable_interface_by_default():
    assert fmp.BASE_URL == "https://financialmodelingprep.com/stable/"


def test_the_default_pace_leaves_room_below_the_smallest_paid_plan():
    assert fmp.PACING.per_minute <= 0.88 * 300


def test_an_empty_or_broken_key_is_refused():
    for key in ("", "   ", "two words"):
        with pytest.raises(InputError, match="apikey"):
            Fmp(key)


def test_spaces_around_a_key_are_dropped(server):
    server.play("profile", as_json([]))
    source = Fmp(f" {KEY}\n", base_url=server.url, pacing=PACING)
    caught(lambda: source.profile("AAPL"))
    source.close()
    assert server.asked[0].headers["apikey"] == KEY


def test_the_key_is_in_the_header_only(server, source, caplog):
    play_days(server, "2024-01-02")
    with caplog.at_level(logging.DEBUG):
        source.history("AAPL", FIRST, LAST)
    assert [asked.headers["apikey"] for asked in server.asked] == [KEY, KEY]
    assert not [asked.target for asked in server.asked if KEY in asked.target or "apikey" in asked.target]
    assert KEY not in caplog.text


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 429, 500])
@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_key_that_is_echoed_is_in_no_message_and_no_log(server, source, caplog, status, form):
    echo = f"Invalid API KEY: /stable/profile?apikey={KEY}&symbol=AAPL"
    replies = {
        "text": as_text(echo, status=status),
        "json": as_json({"Error Message": echo}, status=status),
        "html": as_text(f"<p>{echo}", status=status),
    }
    server.play("profile", replies[form])
    with caplog.at_level(logging.DEBUG):
        error = caught(lambda: source.profile("AAPL"))
        again = caught(lambda: source.profile("AAPL"))
    told = f"{error} {error!r} {error.hint} {error.__cause__!r} {again} {caplog.text}"
    assert KEY not in told
    if form != "html":
        assert "apikey=...&symbol=AAPL" in error.what


def test_the_key_is_not_in_the_cache_file(server, tmp_path: Path):
    play_days(server, "2024-01-02")
    sectors = [{"symbol": "SPY", "sector": "Technology", "weightPercentage": 100.0}]
    server.play("etf/sector-weightings", as_json(sectors))
    server.play("profile", as_json([{"symbol": "AAPL", "companyName": f"Apple apikey={KEY}"}]))
    source = Fmp(KEY, base_url=server.url, pacing=PACING, cache=tmp_path / "fmp.sqlite")
    first = source.fund_sectors("SPY")
    assert source.profile("AAPL").name == "Apple apikey=..."
    assert source.fund_sectors("SPY") == first
    source.close()
    assert server.paths() == ["etf/sector-weightings", "profile"]
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    packed = re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", raw)
    raw += b"".join(base64.b64decode(part[: len(part) // 4 * 4]) for part in packed)
    assert b"weightPercentage" in raw
    assert KEY.encode() not in raw


# ---------------------------------------------------------------- history


def test_a_history_has_closes_and_adjusted_closes_the_oldest_first(server, source):
    server.play(
        FULL,
        as_json([full_row("2024-01-04", 30.0), full_row("2024-01-03", 20), full_row("2024-01-02", 10.0)]),
    )
    server.play(
        ADJUSTED,
        as_json(
            [
                adjusted_row("2024-01-02", 9.0),
                adjusted_row("2024-01-04", 29.5),
                adjusted_row("2024-01-03", 19),
            ]
        ),
    )
    frame = source.history("AAPL", FIRST, LAST)
    assert frame.schema == pl.Schema(HISTORY)
    assert frame.rows() == [
        (date(2024, 1, 2), 1.5, 3.5, 0.5, 10.0, 9.0, 100.0, None),
        (date(2024, 1, 3), 1.5, 3.5, 0.5, 20.0, 19.0, 100.0, None),
        (date(2024, 1, 4), 1.5, 3.5, 0.5, 30.0, 29.5, 100.0, None),
    ]


def test_closes_are_split_adjusted_and_the_raw_ones_are_not_asked_for(server, source):
    # AAPL before its split of 2020-08-31: 499.24 traded, 124.81 in units of today, 120.96 less dividends.
    play_days(server)
    server.play(FULL, as_json([full_row("2020-08-28", 124.81)]))
    server.play(ADJUSTED, as_json([adjusted_row("2020-08-28", 120.96)]))
    frame = source.history("AAPL", date(2020, 8, 28), date(2020, 8, 28))
    assert frame.select("close", "adj_close", "split").row(0) == (124.81, 120.96, None)
    assert server.paths() == [FULL, ADJUSTED]


def test_both_ends_are_asked_for_as_they_are(server, source):
    play_days(server, "2024-01-02", "2024-01-04")
    assert source.history("AAPL", FIRST, LAST)["date"].to_list() == [FIRST, LAST]
    assert [asked.query for asked in server.asked] == [
        {"symbol": "AAPL", "from": "2024-01-02", "to": "2024-01-04"}
    ] * 2


def weekly(asked: Asked) -> list[str]:
    start, end = (date.fromisoformat(asked.query[name]) for name in ("from", "to"))
    return [(start + timedelta(days=n)).isoformat() for n in range(0, (end - start).days + 1, 7)]


def test_long_histories_are_asked_for_in_parts_of_four_years_at_most(server, source):
    server.play(FULL, lambda asked: as_json([full_row(day, 2.0) for day in weekly(asked)]))
    server.play(ADJUSTED, lambda asked: as_json([adjusted_row(day, 1.0) for day in weekly(asked)]))
    frame = source.history("AAPL", date(2014, 3, 5), date(2024, 2, 29))
    spans = [(asked.query["from"], asked.query["to"]) for asked in server.asked]
    assert spans[::2] == spans[1::2]
    assert spans[::2] == [
        ("2014-03-05", "2015-12-31"),
        ("2016-01-01", "2019-12-31"),
        ("2020-01-01", "2023-12-31"),
        ("2024-01-01", "2024-02-29"),
    ]
    assert frame["date"].is_sorted()
    assert frame["date"].is_unique().all()
    assert frame.height == sum(len(weekly(asked)) for asked in server.asked) / 2


def test_an_answer_as_long_as_the_longest_may_be_cut_off_and_fails(server, source):
    days = [(date(2001, 1, 1) + timedelta(days=n)).isoformat() for n in range(5_000)]
    server.play(FULL, as_json([full_row(day, 2.0) for day in days]))
    with pytest.raises(SourceFailedError, match=r"5,000 rows, so older ones may be cut off"):
        source.history("AAPL", date(2001, 1, 1), date(2003, 12, 31))


def test_a_source_that_ignores_the_dates_is_found_out(server, source):
    play_days(server, "2024-01-03", "2019-01-02")
    with pytest.raises(
        SourceFailedError, match=r"from 2024-01-02 to 2024-01-04: a row outside .*: 2019-01-02"
    ):
        source.history("AAPL", FIRST, LAST)


def test_a_later_listing_begins_later(server, source):
    server.play(FULL, as_json([]), as_json([full_row("2024-01-02", 2.0)]))
    server.play(ADJUSTED, as_json([adjusted_row("2024-01-02", 1.0)]))
    frame = source.history("AAPL", date(2020, 1, 1), LAST)
    assert frame["date"].to_list() == [FIRST]
    assert server.paths() == [FULL, FULL, ADJUSTED]  # nothing to adjust, so it is not asked for


def test_no_rows_are_no_data(server, source):
    server.play(FULL, as_json([]))
    error = caught(lambda: source.history("BRK.B", FIRST, LAST))
    assert type(error) is NotThereError
    assert error.what == "fmp: no prices: BRK.B from 2024-01-02 to 2024-01-04"


def test_reversed_dates_are_no_data_and_not_asked_for(server, source):
    assert type(caught(lambda: source.history("AAPL", LAST, FIRST))) is NotThereError
    assert server.asked == []


@pytest.mark.parametrize("symbol", ["BRK-B", "^GSPC"])
def test_symbols_are_asked_for_as_they_are_written(server, source, symbol):
    server.play(FULL, as_json([full_row("2024-01-02", 2.0, symbol=symbol)]))
    server.play(ADJUSTED, as_json([adjusted_row("2024-01-02", 1.0, symbol=symbol)]))
    assert source.history(symbol, FIRST, LAST).height == 1
    assert server.asked[0].query["symbol"] == symbol


def test_prices_of_another_symbol_fail(server, source):
    server.play(FULL, as_json([full_row("2024-01-02", 2.0, symbol="AAPX")]))
    with pytest.raises(SourceFailedError, match="asked for AAPL, got AAPX"):
        source.history("AAPL", FIRST, LAST)


def test_the_same_row_twice_is_one_row(server, source):
    play_days(server, "2024-01-02", "2024-01-03", "2024-01-02")
    assert source.history("AAPL", FIRST, LAST)["date"].to_list() == [FIRST, date(2024, 1, 3)]


@pytest.mark.parametrize("path", [FULL, ADJUSTED])
def test_two_different_rows_of_a_date_fail(server, source, path):
    play_days(server, "2024-01-02")
    rows = {
        FULL: [full_row("2024-01-02", 2.0), full_row("2024-01-02", 2.1)],
        ADJUSTED: [adjusted_row("2024-01-02", 1.0), adjusted_row("2024-01-02", None)],
    }
    server.play(path, as_json(rows[path]))
    with pytest.raises(SourceFailedError, match=f"{path}: AAPL .*: two different rows: 2024-01-02"):
        source.history("AAPL", FIRST, LAST)


def test_a_missing_adjusted_close_is_never_guessed(server, source):
    server.play(FULL, as_json([full_row(f"2024-01-0{n}", 2.0) for n in (4, 3, 2)]))
    server.play(ADJUSTED, as_json([adjusted_row("2024-01-03", 1.0)]))
    with pytest.raises(SourceFailedError, match=r"not both there: 2024-01-02, 2024-01-04$"):
        source.history("AAPL", FIRST, LAST)


def test_no_adjusted_closes_at_all_fail_and_name_the_first_dates(server, source):
    days = [f"2024-01-{n:02}" for n in range(2, 22)]
    play_days(server, *days)
    server.play(ADJUSTED, as_json([]))
    with pytest.raises(SourceFailedError, match=r": 2024-01-02, 2024-01-03, .*, 2024-01-06, \.\.\.$"):
        source.history("AAPL", date(2024, 1, 2), date(2024, 1, 31))


def test_a_session_that_only_the_adjusted_closes_have_fails(server, source):
    server.play(FULL, as_json([full_row("2024-01-02", 2.0)]))
    server.play(ADJUSTED, as_json([adjusted_row("2024-01-02", 1.0), adjusted_row("2024-01-03", 1.0)]))
    with pytest.raises(SourceFailedError, match=r"2024-01-03$"):
        source.history("AAPL", FIRST, LAST)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (2, 2.0), ("2.50", 2.5), (" 2.5 ", 2.5), ("1e3", 1000.0), (-1, -1.0), (0, 0.0),
        (None, None), (float("nan"), None), ("NaN", None), ("", None), ("None", None), ("N/A", None),
        (float("inf"), None), ("1e999", None), (10**400, None),
    ],
)  # fmt: skip
def test_numbers_may_be_text_and_missing_ones_are_null(server, source, written, read):
    server.play(FULL, as_json([full_row("2024-01-02", written, volume=written)]))
    server.play(ADJUSTED, as_json([adjusted_row("2024-01-02", written)]))
    frame = source.history("AAPL", FIRST, LAST)
    assert frame.select("close", "volume", "adj_close").row(0) == (read, read, read)
    assert not frame["close"].is_nan().any()


@pytest.mark.parametrize("written", ["12,5", "abc", True, [1], {"raw": 1}])
def test_what_is_no_number_fails(server, source, written):
    server.play(FULL, as_json([full_row("2024-01-02", written)]))
    with pytest.raises(SourceFailedError, match="close is not a number"):
        source.history("AAPL", FIRST, LAST)


@pytest.mark.parametrize("written", [None, "", "yesterday", "2024-13-01", 20240102.5])
def test_what_is_no_date_fails(server, source, written):
    server.play(FULL, as_json([full_row("2024-01-02", 2.0, date=written)]))
    with pytest.raises(SourceFailedError, match="not a date"):
        source.history("AAPL", FIRST, LAST)


def test_a_field_of_another_name_fails_and_is_not_null(server, source):
    server.play(FULL, as_json([full_row("2024-01-02", 2.0)]))
    server.play(ADJUSTED, as_json([full_row("2024-01-02", 2.0)]))
    with pytest.raises(SourceFailedError, match="a row has no adjClose: it has symbol, date, open"):
        source.history("AAPL", FIRST, LAST)


def test_the_wrapped_rows_of_the_old_interface_fail(server, source):
    server.play(FULL, as_json({"symbol": "AAPL", "historical": [full_row("2024-01-02", 2.0)]}))
    with pytest.raises(SourceFailedError, match="not a list of rows"):
        source.history("AAPL", FIRST, LAST)


# ---------------------------------------------------------------- profiles

PROFILE = {
    "symbol": "AAPL", "companyName": "Apple Inc.", "currency": "USD", "exchange": "NASDAQ",
    "industry": "Consumer Electronics", "sector": "Technology", "isEtf": False, "isFund": False,
}  # fmt: skip


def test_a_profile_is_in_the_words_of_the_source(server, source):
    server.play("profile", as_json([PROFILE]))
    assert source.profile("AAPL") == Profile(
        "AAPL", "Apple Inc.", "equity", "Technology", "Consumer Electronics", "USD"
    )


def test_another_currency_is_told(server, source):
    server.play("profile", as_json([PROFILE | {"currency": "JPY"}]))
    assert source.profile("AAPL").currency == "JPY"


@pytest.mark.parametrize(
    ("fields", "asset_class"),
    [
        ({"isEtf": True}, "etf"),
        ({"isEtf": "true", "isFund": "false"}, "etf"),
        ({"isFund": True}, "fund"),
        ({"isEtf": True, "isFund": True}, "etf"),
        ({"isEtf": None, "isFund": None}, None),
        ({"exchange": "CRYPTO"}, "crypto"),
        ({"exchange": "FOREX"}, "currency"),
        ({"exchange": "INDEX"}, "index"),
        ({"exchange": "COMMODITY"}, "future"),
    ],
)
def test_the_kind_of_instrument_follows_the_flags(server, source, fields, asset_class):
    server.play("profile", as_json([PROFILE | fields]))
    assert source.profile("AAPL").asset_class == asset_class


def test_a_caret_is_an_index(server, source):
    server.play("profile", as_json([PROFILE | {"symbol": "^GSPC"}]))
    assert source.profile("^GSPC").asset_class == "index"


def test_what_a_profile_does_not_say_is_none(server, source):
    server.play("profile", as_json([{"symbol": "AAPL", "sector": "", "industry": None}]))
    assert source.profile("AAPL") == Profile("AAPL", None, None, None, None, None)


@pytest.mark.parametrize("symbol", ["NOSUCH", "AAPL,MSFT", "BRK.B"])
def test_an_unknown_symbol_is_no_data(server, source, symbol):
    server.play("profile", as_json([]))
    assert type(caught(lambda: source.profile(symbol))) is NotThereError


def test_a_profile_of_another_symbol_fails(server, source):
    server.play("profile", as_json([PROFILE | {"symbol": "MSFT"}]))
    with pytest.raises(SourceFailedError, match="asked for AAPL, got MSFT"):
        source.profile("AAPL")


# ---------------------------------------------------------------- sectors of funds


@pytest.mark.parametrize("form", [float, str, "{}%".format, "{} %".format])
def test_weights_are_fractions_whether_numbers_or_text(server, source, form):
    percents = {"Basic Materials": 1.62, "Cash & Others": 0.98, "Technology": 97.4}
    rows = [{"symbol": "SPY", "sector": s, "weightPercentage": form(p)} for s, p in percents.items()]
    server.play(SECTORS, as_json(rows))
    weights = source.fund_sectors("SPY")
    assert [label for label, _ in weights.weights] == ["Basic Materials", "Cash & Others", "Technology"]
    assert [weight for _, weight in weights.weights] == pytest.approx([0.0162, 0.0098, 0.974])
    assert (weights.asof_date, weights.method) == (None, "float_cap")


def test_the_rest_that_is_no_sector_is_kept_however_small(server, source):
    row = {"symbol": "SPY", "sector": "Cash & Others", "weightPercentage": 1.4e-14}
    server.play(SECTORS, as_json([row]))
    assert source.fund_sectors("SPY").weights == (("Cash & Others", pytest.approx(1.4e-16)),)


def test_a_sector_without_a_weight_fails(server, source):
    server.play(SECTORS, as_json([{"symbol": "SPY", "sector": "Energy", "weightPercentage": None}]))
    with pytest.raises(SourceFailedError, match="SPY: a sector without a weight: Energy"):
        source.fund_sectors("SPY")


def test_no_sectors_are_no_data(server, source):
    server.play(SECTORS, as_json([]))
    assert type(caught(lambda: source.fund_sectors("AAPL"))) is NotThereError


# ---------------------------------------------------------------- members of the index


def test_members_get_their_market_values_by_symbol_not_by_position(server, source):
    rows = [member("NVDA", cik="0001045810"), member("XOM", cik="0000034088", sector="Energy")]
    play_members(server, rows, {"NVDA": 4625850192660, "XOM": "512000000000.5"})
    assert source.index_members() == (
        Member("NVDA", "0001045810", "Technology", 4625850192660.0),
        Member("XOM", "0000034088", "Energy", 512000000000.5),
    )


def test_symbols_that_are_dropped_without_a_word_have_no_market_value(server, source):
    symbols = [f"S{n:03}" for n in range(250)]
    caps = {symbol: 1e9 + n for n, symbol in enumerate(symbols) if n % 7}
    play_members(server, [member(symbol) for symbol in symbols], caps)
    assert {m.symbol: m.market_cap for m in source.index_members()} == {s: caps.get(s) for s in symbols}
    asked = [asked.query["symbols"].split(",") for asked in server.asked if asked.path == f"/{CAPS}"]
    assert [len(part) for part in asked] == [100, 100, 50]
    assert [symbol for part in asked for symbol in part] == symbols


def test_share_classes_keep_the_number_of_their_company(server, source):
    rows = [member("GOOG", cik="0001652044"), member("GOOGL", cik="0001652044"), member("BRK-B", cik=1067983)]
    play_members(server, rows, {"GOOG": 4098415617064.9995, "GOOGL": 4098415617064.9995, "BRK-B": 1e12})
    members = source.index_members()
    assert [m.cik for m in members] == ["0001652044", "0001652044", "1067983"]
    assert members[0].market_cap == 4098415617064.9995


@pytest.mark.parametrize("cap", [None, 0, -1, "", float("nan")])
def test_nothing_is_no_market_value(server, source, cap):
    play_members(server, [member("NVDA")], {"NVDA": cap})
    assert source.index_members()[0].market_cap is None


def test_a_market_value_in_the_list_of_members_is_not_read(server, source):
    play_members(server, [member("NVDA", marketCap=1.0)], {})
    assert source.index_members()[0].market_cap is None


def test_values_are_echoed_twice_only_if_equal(server, source):
    row = {"symbol": "NVDA", "date": "2026-08-27", "marketCap": 5}
    server.play(MEMBERS, as_json([member("NVDA")]))
    server.play(CAPS, as_json([row, row]), as_json([row, row | {"marketCap": 6}]))
    assert source.index_members()[0].market_cap == 5.0
    with pytest.raises(SourceFailedError, match="two different market values: NVDA"):
        source.index_members()


def test_values_of_others_are_left_out(server, source):
    server.play(MEMBERS, as_json([member("NVDA")]))
    server.play(CAPS, as_json([{"symbol": "TSLA", "marketCap": 5}]))
    assert [(m.symbol, m.market_cap) for m in source.index_members()] == [("NVDA", None)]


@pytest.mark.parametrize("rows", [[member("A"), member("A", cik="2")], [member("A"), member("")]])
def test_members_that_cannot_be_told_apart_fail(server, source, rows):
    play_members(server, rows, {})
    with pytest.raises(SourceFailedError, match="members without a symbol, or named twice"):
        source.index_members()


def test_no_members_are_no_data_and_no_values_are_asked_for(server, source):
    server.play(MEMBERS, as_json([]))
    assert type(caught(source.index_members)) is NotThereError
    assert server.paths() == [MEMBERS]


def test_only_these_endpoints_are_asked(server, source):
    # No reconstructed membership, no history of market values, no quotes with their two kinds of time stamps.
    play_days(server, "2024-01-02")
    server.play("profile", as_json([PROFILE]))
    server.play(SECTORS, as_json([{"symbol": "SPY", "sector": "Energy", "weightPercentage": 100}]))
    play_members(server, [member("NVDA")], {})
    source.history("AAPL", FIRST, LAST)
    source.profile("AAPL")
    source.fund_sectors("SPY")
    source.index_members()
    assert server.paths() == [FULL, ADJUSTED, "profile", SECTORS, MEMBERS, CAPS]
    assert server.asked[4].query == {}


# ---------------------------------------------------------------- errors


def test_a_bad_request_fails_at_once(server, source):
    server.play("profile", as_text("Query Error: Invalid or missing query parameter - symbol", status=400))
    error = caught(lambda: source.profile("AAPL"))
    assert type(error) is SourceFailedError
    assert error.what == (
        "fmp: profile: status 400: Query Error: Invalid or missing query parameter - symbol"
    )
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        as_json(BAD_KEY, status=401),
        as_json(BAD_KEY),
        as_json([BAD_KEY]),
        as_json(BAD_KEY, status=403),
        as_text("Unauthorized", status=401),
        as_text("Invalid API KEY. Please upgrade your subscription", status=402),
        as_text("Invalid API KEY."),
    ],
)
def test_a_wrong_key_closes_everything(server, source, reply):
    server.play("profile", reply)
    play_days(server, "2024-01-02")
    error = caught(lambda: source.profile("AAPL"))
    later = caught(lambda: source.history("AAPL", FIRST, LAST))
    assert isinstance(error, SourceClosedError)
    assert isinstance(later, SourceClosedError)
    assert error.hint == "the key of FMP is missing, wrong or expired"
    assert (later.what, later.hint) == (error.what, error.hint)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        as_text(RESTRICTED, status=402),
        as_json(EXCLUSIVE, status=402),
        as_json(EXCLUSIVE, status=403),
        as_json(EXCLUSIVE),
        as_text(RESTRICTED),
        as_text("Payment required", status=402),
        as_text("<p>Upgrade", status=402),
    ],
)
def test_an_endpoint_that_the_plan_lacks_is_closed_and_others_go_on(server, source, reply):
    server.play(MEMBERS, reply)
    play_days(server, "2024-01-02")
    for _ in range(3):
        assert isinstance(caught(source.index_members), SourceClosedError)
    assert source.history("AAPL", FIRST, LAST).height == 1
    assert server.paths() == [MEMBERS, FULL, ADJUSTED]


def test_market_values_that_the_plan_lacks_close_the_members(server, source):
    server.play(MEMBERS, as_json([member("NVDA")]))
    server.play(CAPS, as_text(RESTRICTED, status=402))
    assert isinstance(caught(source.index_members), SourceClosedError)


def test_a_symbol_that_the_plan_lacks_is_no_data_and_others_go_on(server, source):
    server.play("profile", as_text(GATED_SYMBOL, status=402), as_json([PROFILE]))
    error = caught(lambda: source.profile("AVGO"))
    assert type(error) is NotThereError
    assert "the plan at FMP does not have this symbol" in error.hint
    assert source.profile("AAPL").name == "Apple Inc."


def test_a_parameter_that_the_plan_limits_fails_with_a_hint(server, source):
    server.play(FULL, as_text(GATED_PARAMETER, status=402))
    error = caught(lambda: source.history("AAPL", FIRST, LAST))
    assert type(error) is SourceFailedError
    assert error.hint == "the plan at FMP limits limit: ask for less, or for a better plan"
    assert len(server.asked) == 1


def test_the_old_interface_is_closed_and_told_apart_from_the_plan(server, source):
    server.play("profile", as_json(LEGACY, status=403))
    error = caught(lambda: source.profile("AAPL"))
    assert isinstance(error, SourceClosedError)
    assert error.hint.endswith(fmp.BASE_URL)
    caught(lambda: source.profile("MSFT"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", [as_text("Forbidden", status=403), as_text("<p>Denied", status=403)])
def test_a_blocked_key_closes_everything(server, source, reply):
    server.play("profile", reply)
    play_days(server, "2024-01-02")
    assert isinstance(caught(lambda: source.profile("AAPL")), SourceClosedError)
    assert isinstance(caught(lambda: source.history("AAPL", FIRST, LAST)), SourceClosedError)
    assert len(server.asked) == 1


@pytest.mark.parametrize("text", ["[]", "<html>Not Found</html>", ""])
def test_no_such_path_fails_and_is_not_no_data(server, source, text):
    server.play("profile", as_text(text, status=404))
    error = caught(lambda: source.profile("AAPL"))
    assert type(error) is SourceFailedError
    assert "check the address" in error.hint
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "busy",
    [
        as_json(LIMIT, status=429),
        as_json(LIMIT, status=429, headers=(("Retry-After", "0.01"),)),
        as_json(LIMIT),
        as_json([LIMIT]),
        as_text("Too Many Requests", status=429),
        as_text("<html>slow down</html>", status=429),
        as_text("Limit Reach . Please upgrade your plan"),
    ],
)
def test_the_quota_of_a_minute_is_waited_for(server, source, busy):
    server.play("profile", busy, as_json([PROFILE]))
    assert source.profile("AAPL").name == "Apple Inc."
    assert len(server.asked) == 2


def test_the_quota_of_a_minute_is_waited_for_as_long_as_asked_or_a_minute(server):
    server.play("profile", as_json(LIMIT, status=429, headers=(("Retry-After", "0.2"),)), as_json([PROFILE]))
    source = Fmp(KEY, base_url=server.url, pacing=replace(PACING, longest_wait=60.0))
    source.profile("AAPL")
    assert server.asked[1].at - server.asked[0].at >= 0.2
    server.play("profile", as_json(LIMIT, status=429), as_json([PROFILE]))
    patient = Fmp(KEY, base_url=server.url, pacing=replace(PACING, longest_wait=0.4))
    patient.profile("AAPL")
    assert server.asked[3].at - server.asked[2].at >= 0.4  # a minute, but for the longest wait of this test
    source.close()
    patient.close()


def test_a_limit_that_stays_is_the_quota_of_the_day_and_closes_everything(server, source):
    server.play("profile", as_json(LIMIT, status=429))
    play_days(server, "2024-01-02")
    error = caught(lambda: source.profile("AAPL"))
    assert isinstance(error, SourceClosedError)
    assert error.hint == "the quota of the plan is used up"
    assert isinstance(caught(lambda: source.history("AAPL", FIRST, LAST)), SourceClosedError)
    assert server.paths() == ["profile"] * PACING.attempts


@pytest.mark.parametrize(
    "reply",
    [
        as_json(BANDWIDTH, status=429),
        as_json(BANDWIDTH),
        as_json({"Error Message": "Daily Limit Reach . Please upgrade your plan"}, status=429),
        as_text("You have used the quota of 250 requests per day", status=429),
        as_json({"Error Message": "Daily Limit Reach : upgrade your subscription"}, status=402),
    ],
)
def test_a_used_up_quota_closes_everything_at_once(server, source, reply):
    server.play("profile", reply)
    play_days(server, "2024-01-02")
    error = caught(lambda: source.profile("AAPL"))
    assert isinstance(error, SourceClosedError)
    assert error.hint == "the quota of the plan is used up"
    assert isinstance(caught(lambda: source.history("AAPL", FIRST, LAST)), SourceClosedError)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (as_text("<!doctype html><p>Subscription plans, Premium, Quota</p>"), "not JSON: <!doctype html>"),
        (Reply(b'[{"symbol": "NFLX", "description": "subscription serv', sized=False), "not JSON"),
        (Reply(b'[{"symbol": "AAPL"}]', cut_at=7), "the answer was cut off or garbled"),
        (Reply(b"", status=200), "not JSON"),
        (as_text("Please stand by"), "not JSON: Please stand by"),
        (as_text("<h1>Bad Gateway</h1>", status=502), "status 502"),
        (as_json([PROFILE], delay=0.4), "no answer in time"),
    ],
    ids=["html", "half", "cut off", "empty", "text", "502", "slow"],
)
def test_unreadable_answers_are_asked_again_then_fail_and_close_nothing(server, reply, told):
    server.play("profile", reply)
    pacing = replace(PACING, attempts=2, read_timeout=0.2) if reply.delay else PACING
    source = Fmp(KEY, base_url=server.url, pacing=pacing)
    error = caught(lambda: source.profile("AAPL"))
    assert isinstance(error, SourceFailedError)
    assert told in error.what
    assert len(server.asked) == pacing.attempts
    server.play("profile", as_json([PROFILE]))
    assert source.profile("AAPL").name == "Apple Inc."
    source.close()


@pytest.mark.parametrize("value", [{}, {"symbol": "AAPL"}, "text", 5, [1], [[]], [PROFILE, None]])
def test_json_that_is_no_list_of_rows_fails(server, source, value):
    server.play("profile", as_json(value))
    with pytest.raises(SourceFailedError, match="not a list of rows"):
        source.profile("AAPL")


def test_an_unknown_error_with_status_200_fails(server, source):
    server.play("profile", as_json({"Error Message": "Something\n  else"}))
    error = caught(lambda: source.profile("AAPL"))
    assert type(error) is SourceFailedError
    assert error.what == "fmp: profile: status 200: Something else"


def test_words_of_a_plan_in_good_rows_are_no_error(server, source):
    row = PROFILE | {"description": "Premium subscription, restricted quota, limit reach, invalid api key"}
    server.play("profile", as_json([row]))
    assert source.profile("AAPL").name == "Apple Inc."


def test_many_threads_ask_at_once(server, tmp_path):
    def play(make: Callable[..., dict[str, object]]) -> Callable[[Asked], Reply]:
        return lambda asked: as_json(
            [make("2024-01-02", len(asked.query["symbol"]), symbol=asked.query["symbol"])]
        )

    server.play(FULL, play(full_row))
    server.play(ADJUSTED, play(adjusted_row))
    source = Fmp(KEY, base_url=server.url, pacing=PACING, cache=tmp_path / "fmp.sqlite")
    symbols = ["A" * n for n in range(1, 41)] * 2
    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(lambda symbol: source.history(symbol, FIRST, LAST), symbols))
    source.close()
    assert [frame["close"].item() for frame in frames] == [len(symbol) for symbol in symbols]


def test_prices_are_never_taken_from_the_cache(server, tmp_path: Path):
    play_days(server, "2024-01-02")
    source = Fmp(KEY, base_url=server.url, pacing=PACING, cache=tmp_path / "fmp.sqlite")
    source.history("AAPL", FIRST, LAST)
    source.history("AAPL", FIRST, LAST)
    source.close()
    assert server.paths() == [FULL, ADJUSTED] * 2
