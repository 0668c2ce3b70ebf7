from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from riskpanel.book.benchmark import BenchmarkWeights, packaged_weights, weights_as_of
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError


def weights(code, day, values=None):
    return BenchmarkWeights(code, day, np.full(11, 1 / 11) if values is None else values, "s", "m", "gics")


FIRST, SECOND, THIRD = date(2024, 3, 1), date(2024, 6, 3), date(2024, 9, 2)
HISTORY = (weights("B", SECOND), weights("B", THIRD), weights("B", FIRST), weights("C", date(2020, 1, 2)))


@pytest.mark.parametrize(
    ("as_of", "used"),
    [
        (date(2024, 2, 29), FIRST),
        (date(2024, 3, 1), FIRST),
        (date(2024, 6, 2), FIRST),
        (date(2024, 6, 3), SECOND),
        (date(2024, 9, 1), SECOND),
        (date(2024, 9, 2), THIRD),
        (date(2030, 1, 2), THIRD),
    ],
)
def test_the_newest_weights_known_on_a_date_are_used_and_else_the_oldest(as_of, used):
    for history in (HISTORY, HISTORY[::-1]):
        assert weights_as_of(history, "B", as_of).asof_date == used


def test_a_benchmark_that_nobody_knows_has_no_weights():
    assert weights_as_of(HISTORY, "SP500", THIRD) is None
    assert weights_as_of((), "B", THIRD) is None


@pytest.mark.parametrize("total", [0.0, 0.99, 1.0 - 2e-6, 1.0 + 2e-6, 1.1, np.nan])
def test_weights_that_do_not_sum_to_one_are_refused(total):
    with pytest.raises(InputError, match=r"benchmark weights do not sum to 1: B 2024-03-01 sums to"):
        weights("B", FIRST, np.full(11, total / 11))


def test_weights_that_are_not_eleven_are_refused():
    with pytest.raises(InputError, match="do not sum to 1"):
        weights("B", FIRST, np.full(10, 0.1))


def test_weights_may_be_off_by_a_millionth():
    assert weights("B", FIRST, np.full(11, (1 + 9e-7) / 11)).weights.sum() > 1


def test_four_dated_tables_ship_with_the_package_and_each_sums_to_one():
    tables = packaged_weights()
    assert [table.asof_date for table in tables] == [
        date(2023, 5, 5),
        date(2024, 12, 6),
        date(2025, 11, 28),
        date(2026, 9, 1),
    ]
    for table in tables:
        assert table.code == "SP500"
        assert table.source.startswith("packaged: ")
        assert table.weights.sum() == pytest.approx(1.0, abs=1e-15)
        assert (table.weights > 0).all()
        assert len(table.source) <= 80


@pytest.mark.parametrize(
    ("position", "sector", "published"),
    [
        (0, "Information Technology", 0.261),
        (0, "Health Care", 0.145),
        (1, "Financials", 0.1354),
        (1, "Real Estate", 0.0216),
        (2, "Communication Services", 0.107),
        (2, "Materials", 0.017),
        (3, "Information Technology", 0.3774),
        (3, "Energy", 0.0356),
        (3, "Consumer Staples", 0.0455),
    ],
)
def test_the_packaged_figures_are_the_published_ones(position, sector, published):
    figure = packaged_weights()[position].weights[GICS_SECTORS.index(sector)]
    assert figure == pytest.approx(published, rel=0.003)  # renormalised from a sum of 99.7 % to 100.2 %


@pytest.mark.parametrize("beside", [{"market_caps": (Decimal(1),)}, {"counts": tuple(range(12))}])
def test_figures_beside_the_weights_are_one_a_sector(beside):
    with pytest.raises(InputError, match="not one figure a sector: B 2024-03-01 has"):
        replace(weights("B", FIRST), **beside)
