import time
from datetime import date
from pathlib import Path
import pytest
from riskpanel.nightly.ingest import import_prices
def test_speed(store, now, dialect):
    for _ in range(2):
        t=time.time(); r=import_prices(store,[Path('/work/shared/data/sp500_ohlc_1999_2021.parquet')],today=date(2025,1,2),now=now); print(dialect, round(time.time()-t,1), r.written)
