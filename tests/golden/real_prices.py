"""Readers of the shared price files."""

from pathlib import Path

import numpy as np
import polars as pl

from riskpanel.risk import Bars


def read_stocks(folder: Path) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """Dates, symbols, (T, 20) adjusted closes and the (T,) S&P 500 price index, 1990 to 2022."""
    stocks = pl.read_csv(folder / "skfolio_sp500_dataset.csv.gz")
    index = pl.read_csv(folder / "skfolio_sp500_index.csv.gz")
    assert stocks["Date"].to_list() == index["Date"].to_list()
    return (
        stocks["Date"].to_list(),
        stocks.columns[1:],
        stocks.drop("Date").to_numpy(),
        index["SP500"].to_numpy(),
    )


def read_bars(folder: Path) -> tuple[list[str], list[str], Bars]:
    """Dates, symbols and (T, 40) adjusted prices of large caps, 2005 to 2021."""
    table = pl.read_parquet(folder / "pooksoft_ohlcv_adj_40_largecaps_2005_2021.parquet")
    adjustment = pl.col("adjusted_close") / pl.col("close")
    table = table.select(
        pl.col("timestamp").dt.date().cast(pl.String),
        "ticker",
        pl.col("open", "high", "low") * adjustment,
        close="adjusted_close",
    )
    wide = [
        table.pivot("ticker", index="timestamp", values=column).sort("timestamp")
        for column in ("open", "high", "low", "close")
    ]
    prices = (frame.drop("timestamp").to_numpy() for frame in wide)
    return wide[0]["timestamp"].to_list(), wide[0].columns[1:], Bars(*prices)
