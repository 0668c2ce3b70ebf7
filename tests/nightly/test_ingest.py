from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from imported_rows import PRICES, TODAY, contents, file, prices, rows
from riskpanel.errors import InputError
from riskpanel.nightly.ingest import import_instruments, import_prices

__all__ = ["file", "prices"]


# ---------------------------------------------------------------- prices


def test_a_price_import_counts_what_it_wrote(prices, store):
    assert (prices.rows, prices.symbols, prices.written, prices.unchanged) == (4, 2, 4, 0)
    assert (prices.first, prices.last) == (date(2022, 12, 27), date(2022, 12, 28))
    assert len(rows(store, "market_data_cache")) == 4


def test_importing_prices_twice_changes_nothing(prices, store, file, now):
    before = contents(store)
    again = import_prices(store, [file(PRICES)], today=TODAY, now=now + timedelta(days=1))
    assert (again.written, again.unchanged) == (0, 4)
    assert contents(store) == before


def test_a_bad_price_row_stops_everything_and_names_every_error(store, file, now):
    good, bad = (
        file(PRICES, "good.csv"),
        file("date,symbol,close\n2022-12-24,A,1\n2022-12-27,A,-1\n", "bad.csv"),
    )
    before = contents(store)
    with pytest.raises(InputError, match=r"2 bad rows in bad\.csv: nothing was imported") as caught:
        import_prices(store, [good, bad], today=TODAY, now=now)
    assert caught.value.exit_code == 2
    assert caught.value.details == (
        "bad.csv: line 2, date: 2022-12-24 is a Saturday; not an XNYS session",
        "bad.csv: line 3, close: must be above 0, not -1.0",
    )
    assert contents(store) == before


def test_a_dry_run_of_prices_counts_and_writes_nothing(store, file, now):
    before = contents(store)
    report = import_prices(store, [file(PRICES)], today=TODAY, now=now, dry_run=True)
    assert (report.dry_run, report.written) == (True, 4)
    assert contents(store) == before


def test_a_dry_run_returns_the_bad_rows_instead_of_raising(store, file, now):
    before = contents(store)
    text = PRICES + "2022-12-24,1,1\n"
    report = import_prices(store, [file(text)], today=TODAY, now=now, dry_run=True)
    assert [str(row) for row in report.bad] == [
        "f.csv: line 4, date: 2022-12-24 is a Saturday; not an XNYS session"
    ]
    assert report.written == 0
    assert contents(store) == before


def test_the_quarantine_takes_the_bad_rows_and_the_good_ones_are_saved(store, file, now):
    path = file(PRICES + "2022-12-24,1,2\n2022-12-29,x,107\n")
    report = import_prices(store, [path], today=TODAY, now=now, quarantine=True)
    assert (report.written, report.quarantined) == (5, 2)
    first, second = rows(store, "market_data_quarantine")
    assert (first["symbol"], first["date"], first["origin"]) == ("*", "2022-12-24", "f.csv: line 4")
    assert (second["symbol"], second["reason"]) == ("AAPL", "AAPL: not a number: 'x'")
    assert second["raw_row"] == {"date": "2022-12-29", "AAPL": "x"}
    before = contents(store)
    again = import_prices(store, [path], today=TODAY, now=now + timedelta(days=1), quarantine=True)
    assert again.written == 0
    assert contents(store) == before


def test_a_dry_run_with_quarantine_writes_nothing(store, file, now):
    before = contents(store)
    path = file(PRICES + "2022-12-24,1,2\n")
    report = import_prices(store, [path], today=TODAY, now=now, quarantine=True, dry_run=True)
    assert (report.written, len(report.bad)) == (4, 1)
    assert contents(store) == before


def test_a_quarantined_row_does_not_touch_a_good_price(prices, store, file, now):
    before = rows(store, "market_data_cache")
    text = "date,symbol,close\n2022-12-28,AAPL,-1\n"
    import_prices(store, [file(text)], today=TODAY, now=now, quarantine=True)
    assert rows(store, "market_data_cache") == before


def test_a_database_failure_half_way_leaves_nothing(store, file, now):
    before = contents(store)
    long = "A" * 23
    path = file(f"date,AAPL,{long}\n2022-12-27,1,1e308\n")
    with store.begin() as conn:
        conn.execute(sa.text("ALTER TABLE market_data_quarantine RENAME TO elsewhere"))
    with pytest.raises(sa.exc.DBAPIError):
        import_prices(
            store,
            [path, file("date,B\n2022-12-24,1\n", "bad.csv")],
            today=TODAY,
            now=now,
            quarantine=True,
        )
    with store.begin() as conn:
        conn.execute(sa.text("ALTER TABLE elsewhere RENAME TO market_data_quarantine"))
    assert contents(store) == before


# ---------------------------------------------------------------- instruments


def test_instruments_are_imported_once(store, file, now):
    path = file("symbol,name,asset_class,sector,industry\nAAPL,Apple,equity,Technology,Phones\nX,,,Moon,\n")
    report = import_instruments(store, path, now=now)
    assert (report.written, report.unchanged) == (2, 0)
    assert report.warnings == ("unknown sector 'Moon', left Unclassified: X",)
    before = contents(store)
    again = import_instruments(store, path, now=now + timedelta(days=1))
    assert (again.written, again.unchanged) == (0, 2)
    assert contents(store) == before
    assert [row["sector"] for row in rows(store, "instruments")] == ["Information Technology", None]


def test_a_bad_instrument_stops_its_file(store, file, now):
    before = contents(store)
    path = file("symbol,name\nAAPL,Apple\n?,x\n")
    with pytest.raises(InputError, match="1 bad row in"):
        import_instruments(store, path, now=now)
    assert len(import_instruments(store, path, now=now, dry_run=True).bad) == 1
    import_instruments(store, file("symbol,name\nAAPL,Apple\n"), now=now, dry_run=True)
    assert contents(store) == before


def test_closes_alone_never_stand_beside_adjusted_closes(store, file, now):
    adjusted = file("date,symbol,close,adj_close\n2022-12-27,X,100,50\n2022-12-28,X,60,60\n")
    import_prices(store, [adjusted], today=TODAY, now=now)
    before = contents(store)
    for text in ("date,symbol,close\n2022-12-27,X,100\n", "date,X\n2022-12-27,100\n"):
        with pytest.raises(InputError, match="stored ones differ from closes: X"):
            import_prices(store, [file(text)], today=TODAY, now=now)
    assert contents(store) == before


@pytest.mark.parametrize("price", ["1e300", "1e-300"])
def test_a_price_beyond_all_prices_is_refused(store, file, now, price):
    with pytest.raises(InputError) as refused:
        import_prices(store, [file(f"date,X\n2022-12-28,{price}\n")], today=TODAY, now=now)
    assert "not a price" in refused.value.details[0]
