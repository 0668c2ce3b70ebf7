"""The list of instruments."""

from api.conftest import NOW
from api.listed import one_page, rows, walk
from riskpanel.api.schemas.instruments import InstrumentModel
from riskpanel.book.imports import InstrumentRow
from riskpanel.store.instruments import InstrumentRecord, save_instruments

FIELDS = tuple(InstrumentRecord.__dataclass_fields__)


def test_the_schema_has_the_fields_of_the_record():
    assert tuple(InstrumentModel.model_fields) == FIELDS


def test_the_list_has_every_stored_instrument_by_symbol(client, api_world, store):
    known = InstrumentRow(
        2, "BRK.B", "Berkshire Hathaway, Cl. B", "equity", "Financials", "Insurance", "gics"
    )
    with store.begin() as conn:
        save_instruments(conn, [known], source="test", now=NOW)
    items = walk(client, "/instruments", limit=1)
    stored = rows(store, "instruments", FIELDS)
    assert {item["symbol"] for item in items} == {"A", "B", "X", "BRK.B"} | {row["symbol"] for row in stored}
    assert sorted(items, key=lambda item: item["symbol"]) == sorted(stored, key=lambda row: row["symbol"])
    assert items == one_page(client, "/instruments", limit=500)["items"]


def test_a_fact_that_no_source_gave_is_null(client, api_world):
    (x,) = (item for item in walk(client, "/instruments") if item["symbol"] == "X")
    assert (x["name"], x["sector"], x["source"]) == (None, None, "test")
