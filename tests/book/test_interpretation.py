import pytest

from riskpanel.book.interpretation import (
    beta_level,
    concentration_level,
    percentile_level,
    sector_stance,
    volatility_level,
)

LESS = 1e-9


@pytest.mark.parametrize(
    ("threshold", "below", "at"),
    [
        (0.5, "low / defensive", "below market"),
        (0.8, "below market", "market-like"),
        (1.2, "market-like", "above market"),
        (1.5, "above market", "high / aggressive"),
    ],
)
def test_a_beta_is_named_on_both_sides_of_each_threshold(threshold, below, at):
    assert beta_level(threshold - LESS) == below
    assert beta_level(threshold) == at
    assert beta_level(threshold + LESS) == at


def test_a_beta_of_zero_or_less_is_low():
    assert beta_level(0.0) == beta_level(-0.0) == beta_level(-3.0) == "low / defensive"


@pytest.mark.parametrize(
    ("threshold", "at", "above"),
    [
        (1000, "well diversified", "moderately concentrated"),
        (1500, "moderately concentrated", "concentrated"),
        (2500, "concentrated", "highly concentrated"),
    ],
)
def test_a_concentration_is_named_on_both_sides_of_each_threshold(threshold, at, above):
    assert concentration_level(threshold - LESS) == at
    assert concentration_level(threshold) == at
    assert concentration_level(threshold + 1e-6) == above


def test_the_ends_of_the_concentration_scale_have_names():
    assert concentration_level(0.0) == "well diversified"
    assert concentration_level(10_000.0) == "highly concentrated"


@pytest.mark.parametrize(
    ("weight", "stance"),
    [
        (0.0, "neutral"),
        (0.05, "neutral"),
        (-0.05, "neutral"),
        (0.05 + LESS, "overweight"),
        (-0.05 - LESS, "underweight"),
        (0.17, "overweight"),
        (-1.3, "underweight"),
    ],
)
def test_five_points_off_the_benchmark_are_neutral_and_more_is_not(weight, stance):
    assert sector_stance(weight) == stance


@pytest.mark.parametrize(
    ("threshold", "below", "at"),
    [
        (0.15, "very low", "low"),
        (0.25, "low", "moderate"),
        (0.35, "moderate", "high"),
        (0.50, "high", "very high"),
    ],
)
def test_a_volatility_is_named_on_both_sides_of_each_threshold(threshold, below, at):
    assert volatility_level(threshold - LESS) == below
    assert volatility_level(threshold) == at


def test_the_ends_of_the_volatility_scale_have_names():
    assert volatility_level(0.0) == "very low"
    assert volatility_level(6.4) == "very high"


@pytest.mark.parametrize(
    ("threshold", "below", "at"),
    [
        (25, "below its 1-year history", "near its 1-year history"),
        (50, "near its 1-year history", "above its 1-year history"),
        (75, "above its 1-year history", "well above its 1-year history"),
    ],
)
def test_a_percentile_is_named_on_both_sides_of_each_threshold(threshold, below, at):
    assert percentile_level(threshold - LESS) == below
    assert percentile_level(threshold) == at


def test_the_ends_of_the_percentile_scale_have_names():
    assert percentile_level(0.0) == "below its 1-year history"
    assert percentile_level(100.0) == "well above its 1-year history"


@pytest.mark.parametrize(
    "name_of", [beta_level, concentration_level, sector_stance, volatility_level, percentile_level]
)
def test_a_missing_number_has_no_name_and_zero_has_one(name_of):
    assert name_of(None) is None
    assert name_of(0.0)
