"""What imports wrote, and files to import, for the tests of both kinds of import."""

from datetime import date

import pytest
import sqlalchemy as sa

from riskpanel.nightly.ingest import import_prices
from riskpanel.store.schema import metadata

TODAY = date(2025, 6, 30)
TABLES = ("users", "instruments", "portfolios", "positions", "market_data_cache", "market_data_quarantine")
PRICES = "date,AAPL,XOM\n2022-12-27,129.0,106.0\n2022-12-28,126.0,105.0\n"


@pytest.fixture
def file(tmp_path):
    def file(text, name="f.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


@pytest.fixture
def prices(store, file, now):
    return import_prices(store, [file(PRICES, "prices.csv")], today=TODAY, now=now)


def contents(store):
    """Every row of every table that an import writes."""
    with store.read() as conn:
        return {
            name: conn.execute(
                sa.select(metadata.tables[name]).order_by(*metadata.tables[name].primary_key)
            ).all()
            for name in TABLES
        }


def rows(store, name):
    with store.read() as conn:
        table = metadata.tables[name]
        return conn.execute(sa.select(table).order_by(*table.primary_key)).mappings().all()
