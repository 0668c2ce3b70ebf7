"""Every arguable constant of the calculations in one place, stored with each run."""

import hashlib

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class RiskPolicy(BaseModel):
    """Windows, minimum evidence and thresholds; windows and minima count sessions.

    Every field can be set as ``RISKPANEL_POLICY__<FIELD>`` in the environment. A policy that cannot work
    (a minimum above its window) is refused when it is read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    annualization: int = Field(default=252, ge=1, le=366, description="sessions in a year")
    beta_window: int = Field(default=90, ge=3, le=1260, description="look-back of the market beta")
    beta_min_observations: int = Field(default=30, ge=3, description="fewest return pairs for a beta")
    beta_flag_above: float = Field(
        default=5.0, gt=0, description="a beta beyond this is flagged, never changed"
    )
    beta_ewma_decay: float = Field(
        default=0.99, gt=0.5, lt=1, description="weight of a session over the next one's, in the shrunk beta"
    )
    beta_ewma_window: int = Field(default=504, ge=60, le=1260, description="look-back of the shrunk beta")
    beta_ewma_min_observations: int = Field(
        default=60, ge=3, description="fewest return pairs for the shrunk beta"
    )
    universe_min_instruments: int = Field(
        default=20, ge=2, description="fewest instruments for a cross-section or the state of the market"
    )
    volatility_21d_min_observations: int = Field(
        default=15, ge=2, le=21, description="fewest returns for the 21-session one"
    )
    volatility_63d_min_observations: int = Field(
        default=45, ge=2, le=63, description="fewest returns for the 63-session one"
    )
    volatility_flag_above: float = Field(
        default=2.0, gt=0, description="a realized volatility beyond this is flagged"
    )
    range_window: int = Field(
        default=504, ge=63, le=1260, description="look-back of the level of ranges against returns"
    )
    hindcast_window: int = Field(
        default=504, ge=63, le=1260, description="look-back of the forecast's own hindcasts"
    )
    hindcast_min_observations: int = Field(
        default=12, ge=3, description="fewest hindcasts for their R-squared"
    )
    percentile_window: int = Field(
        default=252, ge=2, le=1260, description="rolling values that today's is ranked among"
    )
    percentile_min_observations: int = Field(
        default=126, ge=2, description="fewest rolling values for a percentile"
    )
    trend_z: float = Field(default=1.28, gt=0, description="standard errors from which a trend is called")
    trend_min_change: float = Field(
        default=0.10, ge=0, description="smallest relative change of volatility called a trend"
    )
    tail_window: int = Field(
        default=504, ge=100, le=1260, description="look-back of value at risk and expected shortfall"
    )
    tail_min_observations: int = Field(
        default=200, ge=100, description="fewest standardized returns for value at risk"
    )
    tail_decay: float = Field(
        default=0.94, gt=0.5, lt=1, description="weight of a session over the next one's, in value at risk"
    )
    structure_window: int = Field(
        default=252,
        ge=21,
        le=1260,
        description="look-back of drawdown, tracking error, contributions and correlation",
    )
    structure_min_observations: int = Field(default=63, ge=3, description="fewest returns for those four")
    series_min_coverage: float = Field(
        default=0.5,
        gt=0,  # at 0 a session without any real return would count as one with a return of 0
        le=1,
        description="least gross share with real returns for a session of a portfolio's series",
    )
    benchmark_max_age: int = Field(
        default=180,
        ge=0,
        description="age of benchmark weights, in calendar days, from which they are flagged",
    )
    look_through: bool = Field(
        default=True, description="whether a fund counts by the sectors of what it holds"
    )
    max_price_age: int = Field(
        default=21, ge=0, le=252, description="oldest close, in sessions, that still values a position"
    )
    replay_max_price_age: int = Field(
        default=5,
        ge=0,
        le=63,
        description="oldest close, in sessions, that still counts for an end of a replayed window",
    )

    @field_validator(
        "beta_min_observations",
        "beta_ewma_min_observations",
        "percentile_min_observations",
        "structure_min_observations",
    )
    @classmethod
    def _minimum_fits_its_window(cls, minimum: int, info: ValidationInfo) -> int:
        name = str(info.field_name).replace("min_observations", "window")
        window = info.data.get(name, minimum)  # absent where it was refused itself
        if minimum > window:
            raise ValueError(f"{info.field_name} ({minimum}) is above {name} ({window})")
        return minimum

    @field_validator("tail_min_observations")
    @classmethod
    def _tail_can_be_met(cls, minimum: int, info: ValidationInfo) -> int:
        window, burn_in = info.data.get("tail_window", 1260), 21
        if minimum + burn_in > window:
            raise ValueError(
                f"tail_min_observations ({minimum}) cannot be met in tail_window ({window}): "
                f"its first {burn_in} sessions only start the average"
            )
        return minimum

    @field_validator("hindcast_min_observations")
    @classmethod
    def _hindcasts_can_be_met(cls, minimum: int, info: ValidationInfo) -> int:
        window, horizon, level = info.data.get("hindcast_window", 1260), 21, 63
        if minimum * horizon + level > window:
            raise ValueError(
                f"hindcast_min_observations ({minimum}) cannot be met in hindcast_window ({window}): "
                f"each takes {horizon} sessions, and the first needs {level} before it"
            )
        return minimum

    @property
    def volatility_sessions(self) -> int:
        """Return rows that realized and expected volatility, trend and percentile look back on."""
        slowest_component = 252  # of the volatility forecast
        return max(self.percentile_window + 21 - 1, slowest_component)

    @property
    def return_sessions(self) -> int:
        """Return rows that a snapshot looks back on: the longest of all windows."""
        return max(
            self.volatility_sessions,
            self.beta_window,
            self.beta_ewma_window,
            self.range_window,
            self.hindcast_window,
            self.tail_window,
            self.structure_window,
        )

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change when any constant does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
