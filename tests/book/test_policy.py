import pytest
from pydantic import ValidationError

from riskpanel.book.policy import RiskPolicy

OTHER = {
    "annualization": 365,
    "beta_window": 82,
    "beta_min_observations": 60,
    "beta_flag_above": 4.0,
    "beta_ewma_decay": 0.97,
    "beta_ewma_window": 252,
    "beta_ewma_min_observations": 120,
    "universe_min_instruments": 5,
    "volatility_21d_min_observations": 10,
    "volatility_63d_min_observations": 40,
    "volatility_flag_above": 1.5,
    "range_window": 252,
    "hindcast_window": 400,
    "hindcast_min_observations": 10,
    "percentile_window": 500,
    "percentile_min_observations": 200,
    "trend_z": 1.96,
    "trend_min_change": 0.2,
    "tail_window": 300,
    "tail_min_observations": 250,
    "tail_decay": 0.97,
    "structure_window": 126,
    "structure_min_observations": 40,
    "series_min_coverage": 0.8,
    "benchmark_max_age": 30,
    "look_through": False,
    "max_price_age": 5,
    "replay_max_price_age": 2,
}


def test_the_defaults_are_those_of_the_documentation():
    assert RiskPolicy().model_dump() == {
        "annualization": 252,
        "beta_window": 90,
        "beta_min_observations": 30,
        "beta_flag_above": 5.0,
        "beta_ewma_decay": 0.99,
        "beta_ewma_window": 504,
        "beta_ewma_min_observations": 60,
        "universe_min_instruments": 20,
        "volatility_21d_min_observations": 15,
        "volatility_63d_min_observations": 45,
        "volatility_flag_above": 2.0,
        "range_window": 504,
        "hindcast_window": 504,
        "hindcast_min_observations": 12,
        "percentile_window": 252,
        "percentile_min_observations": 126,
        "trend_z": 1.28,
        "trend_min_change": 0.10,
        "tail_window": 504,
        "tail_min_observations": 200,
        "tail_decay": 0.94,
        "structure_window": 252,
        "structure_min_observations": 63,
        "series_min_coverage": 0.5,
        "benchmark_max_age": 180,
        "look_through": True,
        "max_price_age": 21,
        "replay_max_price_age": 5,
    }


def test_the_fingerprint_changes_with_every_constant_and_with_nothing_else():
    assert set(OTHER) == set(RiskPolicy.model_fields)
    fingerprints = {RiskPolicy(**{name: other}).fingerprint for name, other in OTHER.items()}
    assert len(fingerprints | {RiskPolicy().fingerprint}) == len(OTHER) + 1
    assert RiskPolicy().fingerprint == RiskPolicy(beta_window=90).fingerprint
    assert len(RiskPolicy().fingerprint) == 16
    assert int(RiskPolicy().fingerprint, 16) >= 0


def test_a_stored_policy_is_read_back_as_it_was():
    policy = RiskPolicy(**OTHER)
    assert RiskPolicy.model_validate(policy.model_dump(mode="json")) == policy


def test_a_policy_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        RiskPolicy().beta_window = 10


WINDOWS = (
    "beta_window",
    "beta_ewma_window",
    "range_window",
    "hindcast_window",
    "tail_window",
    "structure_window",
)


def test_volatility_looks_back_on_the_rolling_values_of_its_percentile_and_at_least_a_year():
    assert RiskPolicy().volatility_sessions == 252 + 20
    assert RiskPolicy(percentile_window=126).volatility_sessions == 252


@pytest.mark.parametrize("window", WINDOWS)
def test_the_look_back_is_the_longest_window(window):
    assert RiskPolicy().return_sessions == 504
    assert RiskPolicy(**{window: 1000}).return_sessions == 1000


def test_the_look_back_is_that_of_the_percentile_where_every_other_window_is_shorter():
    windows = dict.fromkeys(WINDOWS, 121) | {"hindcast_window": 126}
    short = RiskPolicy(**windows, tail_min_observations=100, hindcast_min_observations=3)
    assert short.return_sessions == short.volatility_sessions == 272


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"beta_window": 29}, r"beta_min_observations \(30\) is above beta_window \(29\)"),
        ({"beta_min_observations": 91}, r"beta_min_observations \(91\) is above beta_window \(90\)"),
        (
            {"percentile_window": 100},
            r"percentile_min_observations \(126\) is above percentile_window \(100\)",
        ),
        (
            {"beta_ewma_window": 60, "beta_ewma_min_observations": 61},
            r"beta_ewma_min_observations \(61\) is above beta_ewma_window \(60\)",
        ),
        ({"tail_window": 220}, r"tail_min_observations \(200\) cannot be met in tail_window \(220\)"),
        (
            {"hindcast_window": 314},
            r"hindcast_min_observations \(12\) cannot be met in hindcast_window \(314\)",
        ),
        ({"structure_window": 62}, r"structure_min_observations \(63\) is above structure_window \(62\)"),
        ({"beta_windows": 82}, "beta_windows"),
        ({"beta_min_observations": 2}, "beta_min_observations"),
        ({"volatility_21d_min_observations": 22}, "volatility_21d_min_observations"),
        ({"volatility_63d_min_observations": 64}, "volatility_63d_min_observations"),
        ({"annualization": 0}, "annualization"),
        ({"trend_z": float("nan")}, "trend_z"),
        ({"beta_flag_above": float("inf")}, "beta_flag_above"),
        ({"series_min_coverage": 0.0}, "series_min_coverage"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(fields, complaint):
    with pytest.raises(ValidationError, match=complaint):
        RiskPolicy(**fields)


def test_a_minimum_may_equal_its_window():
    assert RiskPolicy(beta_window=30, percentile_window=126).beta_min_observations == 30
    assert RiskPolicy(tail_window=221).tail_min_observations == 200  # after the 21 that start the average
    assert RiskPolicy(hindcast_window=315).hindcast_min_observations == 12
