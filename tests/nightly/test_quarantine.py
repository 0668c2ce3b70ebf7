"""The quarantine: what is in it becomes a price, or goes for good, all or none of what is named."""

from datetime import date

import polars as pl
import pytest

from builders import table_rows
from nightly.test_fetch import AAPL, SESSION, TODAY, fetch, keep, scaled, stored
from riskpanel.errors import ConflictError, InputError, NotFoundError
from riskpanel.nightly.ingest import import_prices
from riskpanel.nightly.quarantine import drop_rows, release_rows
from riskpanel.sources.calendar import previous_sessions
from riskpanel.store.quarantine import count_quarantine, load_quarantine
from sources.recorded import Recorded

CRASH = previous_sessions(SESSION, 2)[0]


@pytest.fixture
def crashed(store):
    """A fetch of a symbol that really fell by 70 %: one row is set aside."""
    fallen = scaled(AAPL, 0.3, where=pl.col("date") >= CRASH)
    report = fetch(store, Recorded("one", {"AAPL": fallen}))
    assert report.quarantined == 1
    return fallen


def ids(store):
    with store.read() as conn:
        return [row.id for row in load_quarantine(conn)]


def test_a_released_row_is_a_price_as_the_source_gave_it(store, now, crashed):
    (one,) = ids(store)
    done = release_rows(store, [one], today=TODAY, now=now)
    assert (done.written, [row.symbol for row in done.rows]) == (1, ["AAPL"])
    assert stored(store).equals(crashed.drop("split"))
    assert ids(store) == []
    sources = {row["data_source"] for row in table_rows(store, "market_data_cache")}
    assert sources == {"one"}


def test_all_rows_of_a_symbol_are_released_by_its_name(store, now, crashed):
    assert release_rows(store, [], symbol="MSFT", today=TODAY, now=now).rows == ()
    assert release_rows(store, [], symbol="AAPL", today=TODAY, now=now).written == 1


def test_a_dropped_row_is_gone_and_no_price(store, crashed):
    (row,) = drop_rows(store, ids(store))
    assert (row.symbol, row.date) == ("AAPL", str(CRASH))
    with store.read() as conn:
        assert count_quarantine(conn) == 0
    assert CRASH not in stored(store)["date"].to_list()


def test_an_id_that_is_not_there_changes_nothing(store, now, crashed):
    (one,) = ids(store)
    for act in (
        lambda: release_rows(store, [one, 4711], today=TODAY, now=now),
        lambda: drop_rows(store, [one, 4711]),
    ):
        with pytest.raises(NotFoundError, match="not in the quarantine: 4711"):
            act()
    assert ids(store) == [one]
    with pytest.raises(InputError, match="no row is named"):
        drop_rows(store, [])


def test_a_stored_price_gives_way_only_when_told_to(store, now, crashed):
    keep(store, "AAPL", AAPL.filter(pl.col("date") == CRASH))
    with pytest.raises(ConflictError, match=f"another price is stored: AAPL {CRASH}"):
        release_rows(store, ids(store), today=TODAY, now=now)
    assert release_rows(store, ids(store), replace=True, today=TODAY, now=now).written == 1
    assert stored(store).equals(crashed.drop("split"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("long.csv", "date,symbol,close\n2022-12-27,KO,-5\n", "close: must be above 0, not -5"),
        ("long.csv", "date,symbol,close\n2022-12-25,KO,60\n", "date: 2022-12-25 is a Sunday"),
        ("long.csv", "date,symbol,close\n27 December,KO,60\n", "date: not a date: '27 December'"),
        ("long.csv", "date,symbol,close\n2022-12-27,KO,sixty\n", "close: not a number: 'sixty'"),
        ("wide.csv", "date,KO\n2022-12-27,-5\n", "close: must be above 0, not -5"),
    ],
)
def test_what_is_no_price_stays_in_the_quarantine(store, now, tmp_path, name, content, reason):
    (tmp_path / name).write_text(content)
    import_prices(store, [tmp_path / name], today=TODAY, now=now, quarantine=True)
    (one,) = ids(store)
    with pytest.raises(InputError) as caught:
        release_rows(store, [one], today=TODAY, now=now)
    assert f"row {one} is no price: " in caught.value.what
    assert reason in caught.value.what
    assert ids(store) == [one]


def test_one_of_two_rows_of_a_date_can_be_chosen(store, now, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("date,symbol,close,adj_close\n2022-12-27,KO,60,59\n2022-12-27,KO,61,60\n")
    import_prices(store, [path], today=TODAY, now=now, quarantine=True)
    both = ids(store)
    with pytest.raises(InputError, match="two rows for the same symbol and date"):
        release_rows(store, both, today=TODAY, now=now)
    assert release_rows(store, [both[1]], today=TODAY, now=now).written == 1
    (row,) = table_rows(store, "market_data_cache")
    assert (row["symbol"], row["date"], row["close"], row["adj_close"]) == ("KO", date(2022, 12, 27), 61, 60)
    assert ids(store) == [both[0]]


def test_an_import_sets_doubted_rows_aside_where_it_may_and_tells_them_where_it_may_not(store, now, tmp_path):
    fallen = (
        scaled(AAPL, 0.3, where=pl.col("date") >= CRASH).drop("split").with_columns(symbol=pl.lit("AAPL"))
    )
    path = tmp_path / "fallen.csv"
    fallen.write_csv(path)
    told = import_prices(store, [path], today=TODAY, now=now)
    assert (told.rows, told.quarantined) == (AAPL.height, 0)
    assert told.warnings[0].startswith(f"AAPL {CRASH}: a move of -")
    assert told.warnings[1:] == ("such rows are saved; --quarantine sets them aside",)
    aside = import_prices(store, [path], today=TODAY, now=now, quarantine=True)
    assert (aside.rows, aside.quarantined, aside.warnings) == (AAPL.height - 1, 1, ())
    (one,) = ids(store)
    assert release_rows(store, [one], replace=True, today=TODAY, now=now).written == 0  # it is stored already
