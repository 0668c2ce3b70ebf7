import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yfinance as yf
from curl_cffi.requests.exceptions import ConnectionError as CurlConnectionError
from curl_cffi.requests.exceptions import HTTPError, Timeout
from yfinance.data import YfData
from yfinance.exceptions import (
    YFDataException,
    YFException,
    YFPricesMissingError,
    YFRateLimitError,
    YFTzMissingError,
)

from riskpanel.book.sectors import GICS_SECTORS, classify_sector
from riskpanel.errors import StoppedError
from riskpanel.sources.protocol import (
    HISTORY,
    LabelledWeights,
    NotThereError,
    Profile,
    Source,
    SourceFailedError,
    UnreachedError,
)
from riskpanel.sources.yahoo import Yahoo

NAN = float("nan")
FIRST, LAST = date(2024, 6, 3), date(2024, 6, 14)
ZONE = "America/New_York"


def frame(days, closes, *, zone=ZONE, **columns):
    """A frame of `Ticker.history(auto_adjust=False, actions=True)`, in its names, order and types."""
    closes = np.asarray(closes, dtype=float)
    zeros = np.zeros(len(closes))
    index = pd.DatetimeIndex(days, name="Date").as_unit("s").tz_localize(zone)
    given = {
        "Open": closes,
        "High": closes + 1,
        "Low": closes - 1,
        "Close": closes,
        "Adj Close": closes * 0.99,
        "Volume": np.full(len(closes), 1000, dtype=np.int64),
        "Dividends": zeros,
        "Stock Splits": zeros,
    }
    return pd.DataFrame(
        {**given, **{name.replace("_", " "): own for name, own in columns.items()}}, index=index
    )


class FakeTicker:
    """Gives its answers one after the other, and raises those that are errors."""

    def __init__(self, answers, calls, symbol):
        self._answers = answers
        self._calls = calls
        self._symbol = symbol

    def _next(self, *asked):
        self._calls.append((self._symbol, *asked))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def history(self, **asked):
        return self._next(asked)

    @property
    def info(self):
        return self._next()

    @property
    def funds_data(self):
        return self

    @property
    def sector_weightings(self):
        return self._next()


class Asked:
    """A source whose tickers give the answers, and what they were asked."""

    def __init__(self, folder, answers, **options):
        self.calls = []
        answers = list(answers)
        options = {"per_second": 1000.0, "wait": 0.0, **options}
        self.source: Source = Yahoo(
            folder, ticker=lambda symbol: FakeTicker(answers, self.calls, symbol), **options
        )

    def history(self, symbol="AAPL"):
        return self.source.history(symbol, FIRST, LAST)


@pytest.fixture
def asked(tmp_path):
    return lambda *answers, **options: Asked(tmp_path, answers, **options)


def failed(status):
    class Response:
        status_code = status

    return HTTPError(f"HTTP Error {status}: ", 0, Response())


# ---------------------------------------------------------------- prices


def test_prices_become_a_history(asked):
    yahoo = asked(frame(["2024-06-06", "2024-06-07"], [194.48, 196.89]))
    history = yahoo.history()
    assert yahoo.source.name == "yfinance"
    assert history.schema == pl.Schema(HISTORY)
    assert history.rows() == [
        (date(2024, 6, 6), 194.48, 195.48, 193.48, 194.48, 194.48 * 0.99, 1000.0, None),
        (date(2024, 6, 7), 196.89, 197.89, 195.89, 196.89, 196.89 * 0.99, 1000.0, None),
    ]


def test_the_last_day_is_included_and_prices_are_asked_unadjusted(asked):
    yahoo = asked(frame(["2024-06-06"], [1.0]), timeout=7.0)
    yahoo.history("BRK-B")
    assert yahoo.calls == [
        (
            "BRK-B",
            {
                "start": FIRST,
                "end": date(2024, 6, 15),
                "interval": "1d",
                "auto_adjust": False,
                "actions": True,
                "timeout": 7.0,
            },
        )
    ]


@pytest.mark.parametrize("symbol", ["BRK-B", "^GSPC", "EURUSD=X"])
def test_canonical_symbols_are_yahoos_own(asked, symbol):
    yahoo = asked(frame(["2024-06-06"], [5346.99]))
    assert yahoo.history(symbol).height == 1
    assert yahoo.calls[0][0] == symbol


def test_one_row_is_a_history(asked):
    assert asked(frame(["2024-06-06"], [1.0])).history()["date"].to_list() == [date(2024, 6, 6)]


@pytest.mark.parametrize("zone", [ZONE, "Asia/Tokyo", "Pacific/Auckland", "UTC", None])
def test_a_session_is_the_day_at_the_exchange(asked, zone):
    history = asked(frame(["2024-06-06", "2024-06-07"], [1.0, 2.0], zone=zone)).history()
    assert history["date"].to_list() == [date(2024, 6, 6), date(2024, 6, 7)]


def test_rows_are_put_in_order_and_those_beyond_the_range_left_out(asked):
    days = ["2024-06-07", "2024-06-03", "2024-05-31", "2024-06-14", "2024-06-17"]
    history = asked(frame(days, [1.0, 2.0, 3.0, 4.0, 5.0])).history()
    assert history["date"].to_list() == [date(2024, 6, 3), date(2024, 6, 7), date(2024, 6, 14)]
    assert history["close"].to_list() == [2.0, 1.0, 4.0]


def test_a_split_is_on_its_first_session_and_dividends_are_in_the_adjusted_close(asked):
    days = ["2024-06-07", "2024-06-10", "2024-06-11"]
    splits = frame(days, [120.9, 121.8, 120.9], Stock_Splits=[0, 10.0, 0], Dividends=[0, 0, 0.01])
    history = asked(splits).history()
    assert history["split"].to_list() == [None, 10.0, None]
    assert history["adj_close"].to_list() == pytest.approx([120.9 * 0.99, 121.8 * 0.99, 120.9 * 0.99])


def test_no_volume_is_zero(asked):
    days = ["2024-06-06", "2024-06-07"]
    history = asked(frame(days, [1.0, 2.0], Volume=np.array([0, 0], dtype=np.int64))).history()
    assert history["volume"].to_list() == [0.0, 0.0]


def test_a_missing_number_is_null_and_not_nan(asked):
    history = asked(frame(["2024-06-06", "2024-06-07"], [1.0, 2.0], Open=[NAN, 2.0])).history()
    assert history["open"].to_list() == [None, 2.0]
    assert not history.select(pl.selectors.float().is_nan().any()).row(0)[0]


def test_rows_without_a_close_are_left_out_wherever_they_are(asked):
    days = ["2024-06-05", "2024-06-06", "2024-06-07", "2024-06-10"]
    history = asked(frame(days, [1.0, NAN, 3.0, NAN])).history()
    assert history["date"].to_list() == [date(2024, 6, 5), date(2024, 6, 7)]


def test_last_sessions_that_are_absent_are_for_the_caller_to_see(asked):
    history = asked(frame(["2024-06-11", "2024-06-12"], [1.0, 2.0])).history()
    assert history["date"].max() == date(2024, 6, 12) < LAST


def test_a_split_of_a_row_without_a_close_belongs_to_the_next(asked):
    days = ["2024-06-05", "2024-06-06", "2024-06-07", "2024-06-10"]
    history = asked(frame(days, [1.0, NAN, NAN, 4.0], Stock_Splits=[3.0, 2.0, 5.0, 0])).history()
    assert history.select("date", "split").rows() == [(date(2024, 6, 5), 3.0), (date(2024, 6, 10), 10.0)]


def test_a_split_after_the_last_close_waits_for_it(asked):
    history = asked(frame(["2024-06-05", "2024-06-06"], [1.0, NAN], Stock_Splits=[0, 2.0])).history()
    assert history["split"].to_list() == [None]


def test_capital_gains_of_a_fund_and_another_order_of_columns_change_nothing(asked):
    told = frame(["2024-06-06"], [1.0], Capital_Gains=[0.0])
    told = told[sorted(told.columns)]
    assert asked(told).history()["close"].to_list() == [1.0]


def test_the_same_row_twice_is_one(asked):
    history = asked(frame(["2024-06-06", "2024-06-06"], [1.0, 1.0], Open=[NAN, NAN])).history()
    assert history["date"].to_list() == [date(2024, 6, 6)]


def test_a_row_with_and_one_without_a_close_are_one(asked):
    told = frame(["2024-06-06", "2024-06-06"], [NAN, 1.0], Stock_Splits=[2.0, 0])
    assert asked(told).history().select("close", "split").rows() == [(1.0, 2.0)]


def test_two_prices_of_one_session_are_refused(asked):
    yahoo = asked(frame(["2024-06-06", "2024-06-06"], [1.0, 2.0]))
    with pytest.raises(SourceFailedError, match=r"two prices of one session: AAPL \(2024-06-06\)"):
        yahoo.history()
    assert len(yahoo.calls) == 1


@pytest.mark.parametrize("name", ["Adj Close", "Close", "Stock Splits", "Volume"])
def test_a_missing_column_is_refused(asked, name):
    told = frame(["2024-06-06"], [1.0]).drop(columns=name)
    with pytest.raises(SourceFailedError, match=rf"lacks columns: AAPL \({name}\)"):
        asked(told).history()


def test_adjusted_closes_that_are_all_missing_are_refused(asked):
    told = frame(["2024-06-06", "2024-06-07"], [1.0, 2.0], Adj_Close=[NAN, NAN])
    with pytest.raises(SourceFailedError, match="adjusted closes are missing"):
        asked(told).history()


def test_closes_in_place_of_adjusted_ones_are_found_by_a_dividend(asked):
    days, closes = ["2024-06-06", "2024-06-07", "2024-06-10"], [10.0, 11.0, 12.0]
    told = frame(days, closes, Adj_Close=closes, Dividends=[0, 0.5, 0])
    with pytest.raises(SourceFailedError, match="adjusted closes are missing"):
        asked(told).history()


@pytest.mark.parametrize("dividends", [[0, 0, 0], [0.5, 0, 0], [0, 0, 0.5]])
def test_closes_may_be_adjusted_ones_where_no_dividend_before_the_last_day_says_otherwise(asked, dividends):
    days, closes = ["2024-06-06", "2024-06-07", "2024-06-10"], [10.0, 11.0, 12.0]
    history = asked(frame(days, closes, Adj_Close=closes, Dividends=dividends)).history()
    assert history["adj_close"].to_list() == closes


# ---------------------------------------------------------------- no prices


def test_an_empty_frame_is_no_data(asked):
    empty = pd.DataFrame(
        index=pd.Index([], name="Date"),
        columns=["Open", "High", "Low", "Close", "Adj Close", "Volume"],
        dtype=float,
    )
    with pytest.raises(NotThereError, match="no prices of AAPL from 2024-06-03 to 2024-06-14"):
        asked(empty).history()
    with pytest.raises(NotThereError):
        asked(frame([], [])).history()


def test_a_block_of_nothing_but_nan_is_no_data_and_says_so(asked):
    told = frame(["2024-06-06", "2024-06-07"], [NAN, NAN])
    with pytest.raises(NotThereError, match="2 of 2 rows in that time, none with a close"):
        asked(told).history()


def test_rows_of_another_time_are_no_data(asked):
    with pytest.raises(NotThereError, match="0 of 1 rows in that time"):
        asked(frame(["2024-01-05"], [1.0])).history()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (YFTzMissingError("ZZZ"), "no timezone found"),
        (YFPricesMissingError("ZZZ", "(1d 2024-06-03 -> 2024-06-15)"), "no price data found"),
        (
            YFPricesMissingError("ZZZ", "", yahoo_reason="No data found, symbol may be delisted"),
            "may be delisted",
        ),
        (failed(404), "HTTP Error 404"),
    ],
)
def test_an_unknown_symbol_is_no_data_and_asked_once(asked, error, reason):
    yahoo = asked(error)
    with pytest.raises(NotThereError, match=f"nothing of ZZZ: .*{reason}"):
        yahoo.history("ZZZ")
    assert len(yahoo.calls) == 1


# ---------------------------------------------------------------- failures

PASSING = {
    "too many requests": YFRateLimitError(),
    "no connection": CurlConnectionError("Failed to connect", 7),
    "a timeout": Timeout("Operation timed out", 28),
    "a socket's timeout": TimeoutError("timed out"),
    "an error of the server": failed(502),
    "a refused crumb": failed(401),
    "maintenance": YFDataException("*** YAHOO! FINANCE IS CURRENTLY DOWN! ***"),
    "a page in place of JSON": json.JSONDecodeError("Expecting value", "<html>", 0),
}


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_again_with_a_new_ticker(asked, error):
    yahoo = asked(error, error, frame(["2024-06-06"], [1.0]))
    assert yahoo.history().height == 1
    assert len(yahoo.calls) == 3


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_three_failures_are_one(asked, error):
    yahoo = asked(error)
    with pytest.raises(SourceFailedError, match="did not answer: AAPL") as caught:
        yahoo.history()
    assert len(yahoo.calls) == 3
    assert caught.value.__cause__ is error


def test_too_many_requests_come_with_advice(asked):
    with pytest.raises(SourceFailedError, match="too many requests") as caught:
        asked(YFRateLimitError()).history()
    assert "another source" in caught.value.hint


@pytest.mark.parametrize(
    "error",
    [
        KeyError("timestamp"),
        IndexError("list index out of range"),
        TypeError("'NoneType' object is not subscriptable"),
        AttributeError("'NoneType' object has no attribute 'get'"),
        ValueError("Invalid ISIN number"),
        YFException("events are out-of-range"),
        yf.cache._peewee.OperationalError("database is locked"),
    ],
)
def test_an_answer_that_cannot_be_read_fails_at_once(asked, error):
    yahoo = asked(error)
    with pytest.raises(SourceFailedError, match=f"cannot be read: AAPL .{type(error).__name__}"):
        yahoo.history()
    assert len(yahoo.calls) == 1


def test_a_frame_of_another_shape_cannot_be_read(asked):
    told = frame(["2024-06-06"], [1.0]).reset_index()
    with pytest.raises(SourceFailedError, match="cannot be read"):
        asked(told).history()


def test_the_waits_grow_and_vary(asked):
    started = time.monotonic()
    with pytest.raises(SourceFailedError):
        asked(YFRateLimitError(), wait=0.04).history()
    assert time.monotonic() - started >= 0.04 + 0.08


def test_asking_again_is_logged_and_never_printed(asked, caplog, capfd):
    with caplog.at_level("WARNING", "riskpanel"):
        asked(YFRateLimitError(), frame(["2024-06-06"], [1.0])).history()
    told = "asked again in 0.0 s: AAPL: Too Many Requests. Rate limited. Try after a while."
    assert [record.getMessage() for record in caplog.records if record.name == "riskpanel.sources"] == [told]
    assert capfd.readouterr().out == ""


def test_what_curl_advises_its_developers_to_read_is_not_told(asked, caplog):
    advice = "See https://curl.se/libcurl/c/libcurl-errors.html first for more details."
    error = CurlConnectionError(f"curl: (6) Could not resolve host: a.invalid. {advice}", 6)
    with caplog.at_level("WARNING", "riskpanel"), pytest.raises(UnreachedError) as caught:
        asked(error).history()
    told = "curl: (6) Could not resolve host: a.invalid."
    assert caught.value.what == f"Yahoo did not answer: AAPL (ConnectionError: {told})"
    assert caplog.messages == [f"asked again in 0.0 s: AAPL: {told}"] * 2


def test_a_wait_ends_with_the_fetch_and_nothing_is_asked_again(asked):
    stop = Event()
    yahoo = asked(YFRateLimitError(), wait=600.0, stop=stop)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(yahoo.history, symbol) for symbol in ("AAPL", "MSFT")]
        while len(yahoo.calls) < 2:
            time.sleep(0.01)
        stop.set()
        errors = [one.exception(timeout=60) for one in waiting]
    assert [type(error) for error in errors] == [StoppedError, StoppedError]
    with pytest.raises(StoppedError):
        yahoo.history("KO")
    assert sorted(symbol for symbol, _ in yahoo.calls) == ["AAPL", "MSFT"]


def test_requests_of_all_threads_keep_one_pace(asked):
    yahoo = asked(frame(["2024-06-06"], [1.0]), per_second=50.0)
    yahoo.history()  # loads yfinance
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        heights = [
            history.height for history in pool.map(yahoo.history, ["A", "B", "C", "D", "E", "F", "G", "H"])
        ]
    assert heights == [1] * 8
    assert time.monotonic() - started >= 7 * 0.02
    assert sorted(symbol for symbol, _ in yahoo.calls[1:]) == list("ABCDEFGH")


# ---------------------------------------------------------------- profiles and funds


def test_a_profile_of_a_share(asked):
    told = {
        "longName": "Apple Inc.",
        "shortName": "Apple",
        "quoteType": "EQUITY",
        "sector": "Technology",
        "sectorKey": "technology",
        "industry": "Consumer Electronics",
        "currency": "USD",
        "marketCap": 4_000_000_000_000,
        "trailingPegRatio": None,
    }
    assert asked(told).source.profile("AAPL") == Profile(
        "AAPL", "Apple Inc.", "equity", "Technology", "Consumer Electronics", "USD"
    )


@pytest.mark.parametrize(
    ("kind", "asset_class"),
    [
        ("EQUITY", "equity"),
        ("ETF", "etf"),
        ("MUTUALFUND", "fund"),
        ("INDEX", "index"),
        ("CURRENCY", "currency"),
        ("CRYPTOCURRENCY", "crypto"),
        ("FUTURE", "future"),
        ("OPTION", None),
        ("NONE", None),
        (None, None),
    ],
)
def test_types_of_quotes_are_asset_classes(asked, kind, asset_class):
    told = {"shortName": " X ", "sector": "", "industry": 7, "quoteType": kind}
    assert asked(told).source.profile("X") == Profile("X", "X", asset_class, None, None, None)


@pytest.mark.parametrize(
    "told", [None, {}, {"trailingPegRatio": None}, {"quoteType": "NONE", "symbol": "ZZZ"}]
)
def test_an_empty_profile_is_no_data(asked, told):
    with pytest.raises(NotThereError, match="no profile of ZZZ"):
        asked(told).source.profile("ZZZ")


def test_an_unknown_profile_is_no_data_and_a_failed_one_is_asked_again(asked):
    with pytest.raises(NotThereError):
        asked(failed(404)).source.profile("ZZZ")
    assert asked(YFRateLimitError(), {"quoteType": "ETF"}).source.profile("SPY").asset_class == "etf"


# What yfinance gives for SPY: fractions, in its own spelling of the sectors.
WEIGHTINGS = {
    "realestate": 0.0188,
    "consumer_cyclical": 0.0957,
    "basic_materials": 0.0162,
    "consumer_defensive": 0.0461,
    "technology": 0.3740,
    "communication_services": 0.0991,
    "financial_services": 0.1224,
    "utilities": 0.0215,
    "industrials": 0.0816,
    "energy": 0.0336,
    "healthcare": 0.0910,
}


def test_sector_weights_of_a_fund_are_as_given_and_undated(asked):
    weights = asked(WEIGHTINGS).source.fund_sectors("SPY")
    assert weights == LabelledWeights(tuple(WEIGHTINGS.items()), None, "float_cap")


@pytest.mark.parametrize(
    "told", [{}, None, {"technology": 0.0, "energy": 0}, KeyError("topHoldings"), KeyError("fundProfile")]
)
def test_a_fund_without_sectors_and_what_is_no_fund_are_no_data(asked, told):
    with pytest.raises(NotThereError):
        asked(told).source.fund_sectors("TLT")


@pytest.mark.parametrize(
    "told", [{"technology": NAN}, {"technology": {"raw": 0.3}}, KeyError("quoteSummary")]
)
def test_sector_weights_that_are_no_numbers_are_refused(asked, told):
    with pytest.raises(SourceFailedError):
        asked(told).source.fund_sectors("SPY")


def test_yahoo_lists_no_members(asked):
    with pytest.raises(NotThereError):
        asked({}).source.index_members()


@pytest.mark.parametrize(
    "labels",
    [
        list(WEIGHTINGS),
        list(yf.const.SECTOR_INDUSTY_MAPPING),
        list(yf.const.SECTOR_INDUSTY_MAPPING_LC),
    ],
    ids=["keys of funds", "names", "sector keys"],
)
def test_every_sector_of_yahoo_is_known(labels):
    known = [classify_sector(label) for label in labels]
    assert all(sector.recognized for sector in known)
    assert sorted(sector.sector or "" for sector in known) == sorted(GICS_SECTORS)


# ---------------------------------------------------------------- the real library, without its network


class Answer:
    """What yfinance's own data layer returns."""

    def __init__(self, told, status=200):
        self.status_code = status
        self.text = json.dumps(told)

    def json(self):
        return json.loads(self.text)


def chart(days, closes, *, adjusted=True, dividends=()):
    stamps = [int(pd.Timestamp(f"{day} 09:30", tz=ZONE).timestamp()) for day in days]
    quote = dict.fromkeys(("open", "high", "low", "close"), closes)
    indicators = {"quote": [{**quote, "volume": [0 if c is not None else None for c in closes]}]}
    if adjusted:
        indicators["adjclose"] = [{"adjclose": [None if c is None else c * 0.5 for c in closes]}]
    paid = {str(stamps[at]): {"amount": amount, "date": stamps[at]} for at, amount in dividends}
    meta = {
        "currency": "USD",
        "instrumentType": "EQUITY",
        "exchangeTimezoneName": ZONE,
        "validRanges": ["1d", "max"],
        "currentTradingPeriod": {},
    }
    told = {"meta": meta, "timestamp": stamps, "events": {"dividends": paid}, "indicators": indicators}
    return {"chart": {"result": [told], "error": None}}


UNKNOWN = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}


@pytest.fixture
def real(tmp_path, monkeypatch):
    """The source with yfinance's own tickers, and the answers of the data layer below them."""
    answers, calls = [], []

    def get(_self, url, params=None, timeout=30):
        calls.append(url)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(YfData, "get", get)
    monkeypatch.setattr(YfData, "get_raw_json", lambda self, *a, **k: get(self, *a, **k).json())
    monkeypatch.setattr(yf.cache._TzCacheManager, "_tz_cache", None)

    def real(*told):
        answers[:] = told
        return Yahoo(tmp_path / "caches", per_second=1000.0, wait=0.0), calls

    return real


def test_the_real_ticker_gives_a_history(real, tmp_path):
    source, calls = real(Answer(chart(["2024-06-06", "2024-06-07", "2024-06-10"], [10.0, 11.0, None])))
    history = source.history("BRK-B", FIRST, LAST)
    assert history.rows() == [
        (date(2024, 6, 6), 10.0, 10.0, 10.0, 10.0, 5.0, 0.0, None),
        (date(2024, 6, 7), 11.0, 11.0, 11.0, 11.0, 5.5, 0.0, None),
    ]
    assert calls[-1].endswith("/v8/finance/chart/BRK-B")
    assert (tmp_path / "caches" / "tkr-tz.db").is_file()


def test_the_real_ticker_lets_too_many_requests_through(real):
    source, calls = real(YFRateLimitError())
    with pytest.raises(SourceFailedError, match="too many requests"):
        source.history("AAPL", FIRST, LAST)
    assert len(calls) == 3


def test_the_real_ticker_answers_after_too_many_requests(real):
    source, _ = real(YFRateLimitError(), YFRateLimitError(), Answer(chart(["2024-06-06"], [10.0])))
    assert source.history("AAPL", FIRST, LAST).height == 1


def test_the_real_ticker_is_not_answered_from_memory(real):
    source, _ = real(Answer(chart(["2024-06-06"], [10.0])))
    source.history("AAPL", FIRST, LAST)
    real(Answer(chart(["2024-06-06", "2024-06-07"], [10.0, 11.0])))
    assert source.history("AAPL", FIRST, LAST).height == 2


def test_the_real_ticker_is_asked_anew_after_a_page_in_place_of_json(real):
    page = Answer({})
    page.text = "<html>Bad Gateway</html>"
    source, _ = real(page, Answer(chart(["2024-06-06"], [10.0])))
    assert source.history("AAPL", FIRST, LAST).height == 1


def test_the_real_ticker_knows_no_such_symbol(real, monkeypatch):
    monkeypatch.setattr(yf.base, "_tz_info_fetch_ctr", 0)

    def get_raw_json(*_args, **_options):
        raise failed(404)

    source, _ = real(Answer(UNKNOWN, 404))
    monkeypatch.setattr(YfData, "get_raw_json", get_raw_json)
    for _ in range(3):  # yfinance raises HTTP's error twice, and its own from then on
        with pytest.raises(NotThereError, match="nothing of ZZZ"):
            source.history("ZZZ", FIRST, LAST)
    with pytest.raises(NotThereError, match="nothing of ZZZ"):
        source.profile("ZZZ")
    with pytest.raises(NotThereError, match="nothing of ZZZ"):
        source.fund_sectors("ZZZ")


def test_the_real_ticker_passes_closes_as_adjusted_ones(real):
    days, closes = ["2024-06-06", "2024-06-07", "2024-06-10"], [10.0, 11.0, 12.0]
    source, _ = real(Answer(chart(days, closes, adjusted=False, dividends=[(1, 0.5)])))
    with pytest.raises(SourceFailedError, match="adjusted closes are missing"):
        source.history("AAPL", FIRST, LAST)


def test_the_real_ticker_is_whole_again_after_a_failed_profile(real):
    told = {"quoteSummary": {"result": [{"quoteType": {"quoteType": "ETF", "longName": "SPDR S&P 500"}}]}}
    empty = Answer({"quoteResponse": {"result": []}})
    source, _ = real(YFRateLimitError(), Answer(told), empty, Answer({"timeseries": {"result": []}}))
    assert source.profile("SPY") == Profile("SPY", "SPDR S&P 500", "etf", None, None, None)


def test_the_real_fund_gives_sectors_and_a_share_has_none(real):
    parts = {"quoteType": {"quoteType": "ETF"}, "summaryProfile": {}, "fundProfile": {}}
    weights = [{label: weight} for label, weight in WEIGHTINGS.items()]
    told = {**parts, "topHoldings": {"sectorWeightings": weights}}
    source, _ = real(Answer({"quoteSummary": {"result": [told]}}))
    assert dict(source.fund_sectors("SPY").weights) == WEIGHTINGS
    source, _ = real(Answer({"quoteSummary": {"result": [{**parts}]}}))
    with pytest.raises(NotThereError, match="no fund data of AAPL"):
        source.fund_sectors("AAPL")


def test_real_tickers_may_be_asked_from_threads(real):
    source, _ = real(Answer(chart(["2024-06-06"], [10.0])))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: source.history(f"S{number}", FIRST, LAST).height, range(16)))
    assert found == [1] * 16


def test_yfinance_is_loaded_at_the_first_question():
    code = "import sys, riskpanel.sources.yahoo; print({'pandas', 'yfinance'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
