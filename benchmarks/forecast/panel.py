"""The panel of stocks that forecasts are trained and scored on, read in place."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from riskpanel.risk.arrays import FloatArray

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PANEL_FILE = "sp500_ohlc_1999_2021.parquet"
LAST_DAY = datetime(2020, 12, 31)  # noqa: DTZ001 (a trading day has no zone); what is later stays unseen
FEWEST_SYMBOLS = 20  # a date with fewer closes is no session of the exchange but an error of the source


@dataclass(frozen=True, slots=True)
class Panel:
    """Adjusted prices on the sessions of the panel, all of shape (T, N); NaN means missing."""

    dates: NDArray[np.datetime64]
    symbols: tuple[str, ...]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray

    @property
    def returns(self) -> FloatArray:
        """Simple close-to-close returns on the sessions, the first row NaN; nothing bridges a gap."""
        returns = np.full_like(self.close, np.nan)
        returns[1:] = self.close[1:] / self.close[:-1] - 1.0
        return returns

    def row_of(self, day: str) -> int:
        """Return the first row whose date is not before ``day`` (YYYY-MM-DD)."""
        return int(np.searchsorted(self.dates, np.datetime64(day)))


def load_panel(folder: Path = SHARED, *, last_day: datetime = LAST_DAY) -> Panel:
    """Read the panel, prices scaled by adj_close / close, up to and including ``last_day``."""
    frame = (
        pl.scan_parquet(folder / PANEL_FILE)
        .filter(pl.col("date") <= last_day)
        .with_columns(pl.col("symbol").cast(pl.String), pl.col("date").dt.date())
        .filter(pl.len().over("date") >= FEWEST_SYMBOLS)
        .with_columns(pl.col("open", "high", "low", "close", "adj_close").cast(pl.Float64))
        .with_columns((pl.col("adj_close") / pl.col("close")).alias("factor"))
        .select(
            "symbol", "date", "adj_close", *(pl.col(c) * pl.col("factor") for c in ("open", "high", "low"))
        )
        .collect()
    )
    dates, row = np.unique(frame["date"].to_numpy(), return_inverse=True)
    symbols, column = np.unique(frame["symbol"].to_numpy(), return_inverse=True)

    def matrix(name: str) -> FloatArray:
        values = np.full((len(dates), len(symbols)), np.nan)
        values[row, column] = frame[name].to_numpy()
        return values

    return Panel(
        dates.astype("datetime64[D]"),
        tuple(str(symbol) for symbol in symbols),
        *(matrix(name) for name in ("open", "high", "low", "adj_close")),
    )
