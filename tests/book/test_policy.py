import pytest
from pydantic import ValidationError

from riskpanel.book.policy import RiskPolicy

OTHER = {
    "annualization": 365,
    "beta_window": 82,
    "beta_min_observations": 60,
    "beta_flag_above": 4.0,
    "volatility_21d_min_observations": 10,
    "volatility_63d_min_observations": 40,
    "volatility_flag_above": 1.5,
    "percentile_window": 500,
    "percentile_min_observations": 200,
    "trend_z": 1.96,
    "trend_min_change": 0.2,
    "series_min_coverage": 0.8,
    "benchmark_max_age": 30,
    "max_price_age": 5,
}


def test_the_defaults_are_those_of_the_documentation():
    assert RiskPolicy().model_dump() == {
        "annualization": 252,
        "beta_window": 90,
        "beta_min_observations": 30,
        "beta_flag_above": 5.0,
        "volatility_21d_min_observations": 15,
        "volatility_63d_min_observations": 45,
        "volatility_flag_above": 2.0,
        "percentile_window": 252,
        "percentile_min_observations": 126,
        "trend_z": 1.28,
        "trend_min_change": 0.10,
        "series_min_coverage": 0.5,
        "benchmark_max_age": 180,
        "max_price_age": 21,
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


def test_the_look_back_is_the_longest_window():
    assert RiskPolicy().return_sessions == 252 + 20
    assert RiskPolicy(percentile_window=126).return_sessions == 252
    assert RiskPolicy(beta_window=1000).return_sessions == 1000


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"beta_window": 29}, r"beta_min_observations \(30\) is above beta_window \(29\)"),
        ({"beta_min_observations": 91}, r"beta_min_observations \(91\) is above beta_window \(90\)"),
        (
            {"percentile_window": 100},
            r"percentile_min_observations \(126\) is above percentile_window \(100\)",
        ),
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
