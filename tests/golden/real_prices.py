"""Readers of the shared price files."""

from pathlib import Path

import numpy as np
import polars as pl


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
