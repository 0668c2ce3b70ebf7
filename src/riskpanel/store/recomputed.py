"""Computed numbers as they would be read back had they been stored: to compare with those that are."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

import numpy as np
import sqlalchemy as sa

from riskpanel.book.complete import Cell, interval_ends
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.snapshots import Snapshots
from riskpanel.store.computed_tables import portfolio_snapshots
from riskpanel.store.holdings import VOLATILITY
from riskpanel.store.instrument_results import beta_columns, volatility_columns
from riskpanel.store.series import Cells
from riskpanel.store.snapshot_columns import snapshot_columns
from riskpanel.store.snapshots import DERIVED
from riskpanel.store.types import Money


def snapshot_cells(snapshots: Snapshots) -> dict[str, Cell]:
    """Return the columns that readers see of the only snapshot among ``snapshots``."""
    cells = {
        name: _as_read(portfolio_snapshots.c[name], _plain(values[0]))
        for name, values in snapshot_columns(snapshots).items()
    }
    ends = interval_ends(
        cells["market_beta_direct"],
        cells["market_beta_direct_std_error"],
        cells["market_beta_direct_observations"],
    )
    return cells | {"snapshot_date": snapshots.as_of, **dict(zip(DERIVED, ends, strict=True))}


def instrument_cells(metrics: InstrumentMetrics, column: int, *, index: str) -> dict[str, Cell]:
    """Return the numbers of one instrument by the names that a holding has them by."""
    betas = metrics.betas[index]
    ols = _one(beta_columns(betas.ols), column)
    volatility = _one(volatility_columns(metrics.volatility, metrics.hindcasts), column)
    low, high = interval_ends(ols["beta"], ols["std_error"], ols["observations"])
    return {
        "beta": ols["beta"],
        "beta_std_error": ols["std_error"],
        "beta_r_squared": ols["r_squared"],
        "beta_observations": ols["observations"],
        "beta_low": low,
        "beta_high": high,
        "beta_hac_std_error": _one(beta_columns(betas.hac), column)["std_error"],
        "beta_adjusted": _one(beta_columns(betas.shrunk), column)["beta"],
        **{name: volatility[stored] for stored, name in VOLATILITY.items()},
    }


def _one(columns: Mapping[str, Cells], row: int) -> dict[str, Cell]:
    return {name: _present(_plain(cells[row])) for name, cells in columns.items()}


def _plain(value: object) -> Cell:
    return cast("Cell", value.item()) if isinstance(value, np.generic) else value


def _as_read(column: sa.Column[object], value: Cell) -> Cell:
    present = _present(value)
    if isinstance(column.type, Money) and present is not None:
        return Decimal(repr(present)).quantize(Decimal(1).scaleb(-column.type.scale))
    if isinstance(column.type, sa.JSON):
        return json.loads(json.dumps(present))
    return present


def _present(value: Cell) -> Cell:
    return None if isinstance(value, float) and math.isnan(value) else value
