from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from builders import table_rows
from riskpanel.book.benchmark import packaged_weights
from riskpanel.book.imports import InstrumentRow
from riskpanel.errors import InputError
from riskpanel.nightly.benchmarks import FUNDS, compare_with_previous, update_benchmark
from riskpanel.sources.protocol import (
    LabelledWeights,
    Member,
    NotThereError,
    SourceClosedError,
    SourceFailedError,
)
from riskpanel.store.benchmarks import load_benchmarks, save_packaged_benchmarks
from riskpanel.store.instruments import save_instruments

SUNDAY = date(2026, 9, 6)
FRIDAY = date(2026, 9, 4)
NOW = datetime(2026, 9, 6, 12, 0, tzinfo=UTC)
FMP = (
    ("Basic Materials", 0.0162),
    ("Communication Services", 0.0991),
    ("Consumer Cyclical", 0.0957),
    ("Consumer Defensive", 0.0461),
    ("Energy", 0.0336),
    ("Financial Services", 0.1224),
    ("Healthcare", 0.0910),
    ("Industrials", 0.0816),
    ("Real Estate", 0.0188),
    ("Technology", 0.3740),
    ("Utilities", 0.0215),
    ("Cash & Others", 1.4e-14),
)
MEMBERS = (
    Member("GOOG", "0001652044", "Communication Services", 400e9),
    Member("GOOGL", "0001652044", "Communication Services", 400e9),
    Member("NVDA", "0001045810", "Technology", 500e9),
    Member("XOM", "0000034088", "Energy", 100e9),
)
SPDR = """\
Fund Name:,A Fund of Tests
Holdings:,As of {day}
Name,Ticker,Identifier,SEDOL,Weight,Sector
NVIDIA,NVDA,1,2,{weight},Information Technology
EXXON,XOM,1,2,40,Energy
CASH,-,1,2,1,Unassigned
"""


@dataclass
class Recorded:
    """A source that answers what was recorded, or refuses as recorded, and keeps what it was asked."""

    name: str
    sectors: object = NotThereError("no sectors of this fund")
    members: object = NotThereError("no members")
    asked: list = field(default_factory=list)

    def history(self, symbol, first, last):
        raise NotThereError(f"no prices of {symbol}")

    def profile(self, symbol):
        raise NotThereError(f"no profile of {symbol}")

    def fund_sectors(self, symbol):
        self.asked.append(symbol)
        return self.answer(self.sectors)

    def index_members(self):
        self.asked.append("members")
        return self.answer(self.members)

    def answer(self, recorded):
        if isinstance(recorded, Exception):
            raise recorded
        return recorded


def labelled(weights=FMP, day=None, method="published"):
    return LabelledWeights(tuple(weights), day, method)


def energy(share):
    return labelled((("Energy", share), ("Technology", 1 - share)))


@pytest.fixture
def update(store):
    def update(sources=(), code="SP500", *, today=SUNDAY, now=NOW, **options):
        return update_benchmark(store, code, sources, today=today, now=now, **options)

    return update


@pytest.fixture
def holdings_file(tmp_path):
    def holdings_file(day="02-Sep-2026", weight="59"):
        path = tmp_path / "fund.csv"
        path.write_text(SPDR.format(day=day, weight=weight), encoding="utf-8")
        return path

    return holdings_file


def stored(store, code="SP500"):
    with store.read() as conn:
        return {row.asof_date: row for row in load_benchmarks(conn) if row.code == code}


def weights(report):
    return {row.sector: row.weight for row in report.table.sectors}


def tries(report):
    return [(one.source, one.reason) for one in report.failed]


def test_the_first_source_is_saved_under_the_last_session(store, update):
    report = update([Recorded("yfinance"), Recorded("fmp", labelled())])
    assert (report.status, report.written, report.replaced, report.failed) == ("updated", 11, None, ())
    table = report.table
    assert (table.asof_date, table.source) == (FRIDAY, "fmp: sectors of SPY")
    assert (table.method, table.taxonomy, table.previous_date) == ("published", "mapped", None)
    assert weights(report)["Information Technology"] == pytest.approx(0.374, abs=1e-12)
    assert weights(report)["Consumer Discretionary"] == pytest.approx(0.0957, abs=1e-12)
    assert {row.change for row in table.sectors} == {None}
    assert [row.weight for row in table.sectors] == sorted(weights(report).values(), reverse=True)
    assert stored(store)[FRIDAY].weights.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("today", "session"),
    [
        (date(2026, 9, 4), date(2026, 9, 4)),
        (date(2026, 9, 5), date(2026, 9, 4)),
        (date(2026, 9, 7), date(2026, 9, 4)),  # Labor Day
        (date(2026, 9, 8), date(2026, 9, 8)),
    ],
)
def test_weights_without_a_date_are_of_the_last_session(update, today, session):
    assert update([Recorded("yfinance", labelled())], today=today).table.asof_date == session


def test_weights_with_a_date_keep_it(update):
    day = date(2026, 8, 29)  # a Saturday, as the source says
    assert update([Recorded("fmp", labelled(day=day))]).table.asof_date == day


def test_weights_of_a_day_to_come_are_refused(store, update):
    report = update([Recorded("fmp", labelled(day=SUNDAY + timedelta(days=1)))], "X", fund="SPY")
    assert tries(report)[0] == ("fmp: sectors of SPY", "the weights are of a day to come: 2026-09-07")
    assert (report.status, stored(store, "X")) == ("failed", {})


def test_todays_weights_are_not_asked_for_again_unless_forced(store, update):
    source = Recorded("fmp", labelled())
    update([source])
    before = table_rows(store, "benchmarks_sector_weights")
    again = update([source], now=NOW + timedelta(hours=1))
    assert (again.status, again.written, again.table.asof_date) == ("current", 0, FRIDAY)
    assert source.asked == ["SPY"]
    forced = update([source], now=NOW + timedelta(hours=1), force=True)
    assert (forced.status, forced.written, forced.replaced) == ("unchanged", 0, None)
    assert source.asked == ["SPY", "SPY"]
    assert table_rows(store, "benchmarks_sector_weights") == before


def test_the_next_session_is_asked_for_and_history_is_kept(store, update):
    update([Recorded("fmp", energy(0.25))])
    tuesday = date(2026, 9, 8)
    report = update([Recorded("fmp", energy(0.30))], today=tuesday)
    assert set(stored(store)) == {FRIDAY, tuesday}
    assert report.table.previous_date == FRIDAY
    changes = {row.sector: row.change for row in report.table.sectors}
    assert changes["Energy"] == pytest.approx(0.05, abs=1e-15)
    assert changes["Information Technology"] == pytest.approx(-0.05, abs=1e-15)
    assert changes["Utilities"] == 0.0


def test_each_source_is_tried_in_its_turn_and_says_why_it_failed(update):
    fmp = Recorded("fmp", SourceClosedError("not under this plan"), SourceClosedError("members: plan"))
    own, yahoo = Recorded("own"), Recorded("yfinance", SourceFailedError("429"))
    report = update([own, yahoo, fmp])
    assert tries(report) == [
        ("fmp: sectors of SPY", "not under this plan"),
        ("fmp: members of the index", "members: plan"),
        ("yfinance: sectors of SPY", "429"),
        ("own: sectors of SPY", "no sectors of this fund"),
    ]
    assert (fmp.asked, yahoo.asked, own.asked) == (["SPY", "members"], ["SPY"], ["SPY"])
    assert report.status == "packaged"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            labelled((("Technology", 37.4), ("Energy", 62.6))),
            "the weights do not sum to 1: they sum to 100.0000",
        ),
        (labelled((("Technology", 0.5),)), "the weights do not sum to 1: they sum to 0.5000"),
        (labelled((("Technology", 0.9), ("Space", 0.1))), "unknown sector: 'Space' (10.00%)"),
        (labelled((("Technology", 0.9), ("Other", 0.1))), "too much has no sector: 10.00% of the whole"),
        (labelled((("Technology", 1.1), ("Energy", -0.1))), "negative weight: Energy"),
        (labelled(()), "the weights do not sum to 1: they sum to 0.0000"),
    ],
)
def test_unusable_weights_are_refused_and_the_next_source_is_used(store, update, answer, reason):
    report = update([Recorded("fmp", answer), Recorded("yfinance", energy(0.5))])
    assert tries(report)[0][1].startswith(reason)
    assert report.table.source == "yfinance: sectors of SPY"
    alone = update([Recorded("fmp", answer)], "X", fund="SPY")
    assert (alone.status, alone.table, stored(store, "X")) == ("failed", None, {})


def test_members_count_a_company_once_and_have_values_and_counts(store, update):
    report = update([Recorded("fmp", members=MEMBERS)])
    assert report.table.source == "fmp: members of the index"
    assert (report.table.method, report.table.taxonomy) == ("full_cap", "mapped")
    rows = {row.sector: row for row in report.table.sectors}
    assert rows["Communication Services"].weight == pytest.approx(0.4, abs=1e-15)
    assert rows["Communication Services"].num_constituents == 1
    assert rows["Communication Services"].market_cap == Decimal("400000000000.00")
    assert rows["Utilities"].market_cap == 0
    assert report.notes == ("counted once, several share classes: GOOG/GOOGL",)
    kept = stored(store)[FRIDAY]
    assert sum(kept.market_caps) == Decimal("1000000000000.00")
    assert sum(kept.counts) == 3


def test_a_stored_gics_sector_goes_before_the_label_of_a_member(store, update):
    facts = {"NVDA": "Information Technology", "XOM": "Energy", "GOOG": "Communication Services"}
    rows = [InstrumentRow(0, symbol, None, None, sector, None, "gics") for symbol, sector in facts.items()]
    with store.begin() as conn:
        save_instruments(conn, rows, source="file", now=NOW)
        save_instruments(
            conn,
            [InstrumentRow(0, "GOOGL", None, None, "Energy", None, "mapped")],
            source="file",
            now=NOW,
        )
    report = update([Recorded("fmp", members=MEMBERS)])
    assert report.table.taxonomy == "gics"  # GOOGL's own mapped sector is not asked
    assert weights(report)["Communication Services"] == pytest.approx(0.4, abs=1e-15)


def test_members_without_values_are_not_taken_for_a_market(store, update):
    bare = tuple(Member(one.symbol, one.cik, one.sector, 0.0) for one in MEMBERS)
    report = update([Recorded("fmp", members=bare)])
    assert tries(report)[1] == (
        "fmp: members of the index",
        "too many members without a market value: 3 of 3",
    )
    assert report.status == "packaged"


def test_a_file_goes_first_and_keeps_its_own_date(store, update, holdings_file):
    fmp = Recorded("fmp", labelled())
    report = update([fmp], file=holdings_file())
    assert (report.status, report.table.asof_date) == ("updated", date(2026, 9, 2))
    assert (report.table.source, report.table.method) == ("file: A Fund of Tests", "float_cap")
    assert weights(report)["Energy"] == pytest.approx(40 / 99, abs=1e-15)
    assert fmp.asked == []
    assert {row.market_cap for row in report.table.sectors} == {None}
    assert sum(row.num_constituents for row in report.table.sectors) == 2


def test_a_file_is_saved_also_when_todays_weights_are_there(store, update, holdings_file):
    update([Recorded("fmp", labelled())])
    report = update(file=holdings_file())
    assert report.status == "updated"
    assert set(stored(store)) == {FRIDAY, date(2026, 9, 2)}
    assert update(file=holdings_file()).status == "unchanged"


def test_a_bad_file_is_told_and_the_sources_follow(update, holdings_file):
    report = update([Recorded("fmp", labelled())], file=holdings_file(weight="sixty"))
    assert tries(report)[0][0] == "file: fund.csv"
    assert report.failed[0].details == ("fund.csv: line 4, Weight: not a number: 'sixty'",)
    assert report.file_refused
    assert report.table.source == "fmp: sectors of SPY"


def test_a_bad_file_does_not_make_current_weights_be_asked_for_again(update, holdings_file, tmp_path):
    fmp = Recorded("fmp", labelled())
    update([fmp])
    report = update([fmp], file=tmp_path / "gone.csv")
    assert (report.status, report.file_refused, fmp.asked) == ("current", True, ["SPY"])
    assert report.failed[0].reason.startswith("no such file")


def test_a_file_of_a_day_to_come_is_refused(store, update, holdings_file):
    report = update(code="X", file=holdings_file(day="07-Sep-2026"))
    assert report.failed[0].reason == "the weights are of a day to come: 2026-09-07"
    assert stored(store, "X") == {}


def test_what_another_source_wrote_is_replaced_only_when_forced(store, update, holdings_file):
    with store.begin() as conn:
        save_packaged_benchmarks(conn, now=NOW)
    packaged = packaged_weights()[-1]
    before = table_rows(store, "benchmarks_sector_weights")
    report = update(file=holdings_file(day="01-Sep-2026"))
    assert report.failed[0].reason == (
        f"weights of 2026-09-01 are stored from another source: {packaged.source}"
    )
    assert table_rows(store, "benchmarks_sector_weights") == before
    forced = update(file=holdings_file(day="01-Sep-2026"), force=True)
    assert (forced.status, forced.written, forced.replaced) == ("updated", 11, packaged.source)
    assert len(stored(store)) == len(packaged_weights())
    assert stored(store)[date(2026, 9, 1)].source == "file: A Fund of Tests"


def test_replacing_members_by_sectors_leaves_no_old_value_behind(store, update):
    update([Recorded("fmp", members=MEMBERS)])
    report = update([Recorded("fmp", labelled())], force=True)
    assert report.replaced == "fmp: members of the index"
    assert {(row.market_cap, row.num_constituents) for row in report.table.sectors} == {(None, None)}
    assert len(table_rows(store, "benchmarks_sector_weights")) == 11


def test_without_sources_the_packaged_tables_are_put_in_place(store, update):
    report = update()
    assert (report.status, report.written, report.failed) == ("packaged", 44, ())
    assert report.table.asof_date == packaged_weights()[-1].asof_date
    assert report.table.previous_date == packaged_weights()[-2].asof_date
    assert update().written == 0


def test_the_packaged_tables_never_replace_those_of_a_source(store, update):
    day = packaged_weights()[-1].asof_date
    update([Recorded("fmp", labelled(day=day))])
    report = update(force=True)
    assert (report.status, report.written) == ("packaged", 33)
    assert report.table.source == "fmp: sectors of SPY"


def test_any_other_code_needs_a_fund_or_a_file(store, update, holdings_file):
    assert FUNDS == {"SP500": "SPY"}
    with pytest.raises(InputError, match="no fund is known to stand for the benchmark NDX"):
        update([Recorded("fmp", labelled())], "NDX")
    source = Recorded("fmp", labelled(), MEMBERS)
    report = update([source], "NDX", fund="qqq")
    assert (source.asked, report.table.source) == (["QQQ"], "fmp: sectors of QQQ")
    assert set(stored(store, "NDX")) == {FRIDAY}
    assert stored(store) == {}
    by_file = update([source], "OWN", file=holdings_file())
    assert (by_file.table.code, source.asked) == ("OWN", ["QQQ"])


def test_the_members_of_one_index_are_not_taken_for_another(update):
    source = Recorded("fmp", NotThereError("none"), MEMBERS)
    report = update([source], "NDX", fund="QQQ")
    assert tries(report) == [
        ("fmp: sectors of QQQ", "none"),
        ("packaged", "no weights of NDX ship with riskpanel"),
    ]
    assert (report.status, report.table, source.asked) == ("failed", None, ["QQQ"])


def test_another_fund_may_stand_for_a_known_code(update):
    assert update([Recorded("fmp", labelled())], fund="IVV").table.source == "fmp: sectors of IVV"


@pytest.mark.parametrize("code", ["", " SP500", "A" * 41, "A\x1b[2J"])
def test_a_code_that_cannot_be_is_refused(update, code):
    with pytest.raises(InputError, match="not the code of a benchmark"):
        update(code=code, fund="SPY")


def test_a_fund_that_cannot_be_is_refused(update):
    with pytest.raises(InputError, match="not a symbol"):
        update(fund="S?Y")


def test_a_bug_of_a_source_is_not_swallowed(store, update):
    with pytest.raises(ZeroDivisionError):
        update([Recorded("fmp", ZeroDivisionError())])
    assert stored(store) == {}


def test_a_table_is_compared_with_the_one_before_it_and_not_with_later_ones(store):
    with store.begin() as conn:
        save_packaged_benchmarks(conn, now=NOW)
    first, second, *_ = packaged_weights()
    with store.read() as conn:
        oldest = compare_with_previous(conn, "SP500", on_day=second.asof_date - timedelta(days=1))
        table = compare_with_previous(conn, "SP500", on_day=second.asof_date)
    assert (oldest.asof_date, oldest.previous_date) == (first.asof_date, None)
    assert (table.previous_date, table.previous_method) == (first.asof_date, "published")
    change = {row.sector: row.change for row in table.sectors}
    assert change["Information Technology"] == pytest.approx(32.06 / 100 - 26.1 / 100.1, abs=1e-12)
    assert sum(change.values()) == pytest.approx(0.0, abs=1e-12)
