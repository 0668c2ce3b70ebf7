"""A holding: what it is worth, and the numbers of its instrument."""

from dataclasses import replace

from riskpanel.book.explanations.beta import BETA
from riskpanel.book.explanations.shapes import Metric, Window
from riskpanel.book.explanations.volatility import VOLATILITY

_VALUE = Metric(
    name="value",
    title="Exposure",
    meaning="The signed market value of the symbol, its lots netted.",
    unit="portfolio currency",
    shown="money",
    formula=("signed quantity × multiplier × close, netted per symbol",),
    functions=("book.valuation.build_valuation",),
    section="long_value",
    policy=("max_price_age",),
    findings=("price_coverage",),
    kept="nowhere",
)
_BETA = Metric(
    name="beta",
    title="Market beta",
    meaning="How much the instrument moves when the market moves by 1.",
    unit="market moves per market move",
    shown="ratio",
    formula=(
        "the OLS slope of its returns on those of the portfolio's market index",
        "b = Sxy / Sxx over centred sums of the pairs where both exist",
    ),
    functions=("risk.market_beta",),
    section="market_beta_weighted",
    window=Window("beta_window"),
    policy=("beta_window", "beta_min_observations", "beta_flag_above"),
    observations="beta_observations",
    findings=("market_beta_weighted",),
    sources=("index",),
    kept="OLS_SIMPLE",
)
_FIT = replace(
    _BETA,
    section="market_beta_direct",
    policy=("beta_window", "beta_min_observations"),
    parent="beta",
)
_SHARED = {metric.name: metric for metric in (*BETA, *VOLATILITY)}


def _own(name: str) -> Metric:
    """Return the metric of a portfolio as that of an instrument, whose returns are all its own."""
    shared = _SHARED[name]
    return replace(
        shared,
        functions=tuple(function for function in shared.functions if function != "risk.portfolio_series"),
        policy=tuple(constant for constant in shared.policy if constant != "series_min_coverage"),
        observations=None,
        coverage=None,
        findings=(name,),
        kept="volatility",
    )


_EXPECTED = replace(
    _own("expected_volatility_21d"),
    functions=(
        "risk.preferred_forecast",
        "risk.expected_volatility",
        "risk.market_state",
        "risk.range_scale",
    ),
    window=Window("range_window", note="252 sessions back; ranges are brought to the level of returns"),
    policy=("universe_min_instruments", "range_window", "annualization"),
)


def _of_forecast(name: str) -> Metric:
    """Return what comes with the forecast and is null with it."""
    shared = _SHARED[name]
    return replace(
        _EXPECTED,
        name=name,
        title=shared.title,
        meaning=shared.meaning,
        unit=shared.unit,
        shown=shared.shown,
        formula=shared.formula,
        section=shared.section,
        parent="expected_volatility_21d",
    )


HOLDING = (
    _VALUE,
    replace(
        _VALUE,
        name="price",
        title="Close that values it",
        meaning="The newest close up to the session, as traded.",
        formula=("Raw closes value positions",),
        section="Conventions",
    ),
    replace(
        _VALUE,
        name="weight",
        title="Weight",
        meaning="Its part of what the portfolio is worth; below 0 for a short position.",
        unit="share of net asset value, signed decimal",
        shown="percent",
        formula=("exposure / net asset value, signed",),
        section="Conventions",
    ),
    replace(
        _VALUE,
        name="share",
        title="Share of gross exposure",
        meaning="Its size among all positions, long or short.",
        unit="share of gross exposure, 0 to 1",
        shown="percent",
        formula=("size of a symbol's net exposure / gross exposure",),
        section="Conventions",
    ),
    _BETA,
    replace(
        _FIT,
        name="beta_std_error",
        title="Error of the beta",
        meaning="How far off the slope may be by chance, if each session's residual had the same variance.",
        formula=("√(Σe² / ((n − 2) Sxx))",),
    ),
    replace(
        _FIT,
        name="beta_hac_std_error",
        title="Error by Newey and West",
        meaning="How far off the slope may be by chance, also where volatility clusters.",
        formula=("the Newey-West error of the same slope",),
        functions=("risk.market_beta_hac",),
        kept="OLS_HAC",
    ),
    replace(
        _FIT,
        name="beta_low",
        title="Beta, 95 % low end",
        meaning="How far chance alone could have moved the slope down; sampling error only.",
        formula=("beta_interval of the stored slope and error",),
        functions=("risk.beta_interval",),
    ),
    replace(
        _FIT,
        name="beta_high",
        title="Beta, 95 % high end",
        meaning="How far chance alone could have moved the slope up; sampling error only.",
        formula=("beta_interval of the stored slope and error",),
        functions=("risk.beta_interval",),
    ),
    replace(
        _FIT,
        name="beta_r_squared",
        title="Fit of the beta",
        meaning="How much of the instrument's ups and downs the market explains.",
        unit="[0, 1]",
        formula=("1 − Σe² / Syy in [0, 1]",),
    ),
    replace(
        _FIT,
        name="beta_observations",
        title="Returns behind the beta",
        meaning="How many daily returns the slope is read from.",
        unit="sessions",
        shown="count",
        formula=("n, the pairs used",),
        observations=None,
    ),
    replace(
        _own("market_beta_adjusted"),
        name="beta_adjusted",
        meaning="The beta to expect over the next quarter: recent sessions count more, and an extreme "
        "estimate is pulled towards the usual.",
        formula=_SHARED["market_beta_adjusted"].formula[1:],
        functions=("risk.ewma_market_beta", "risk.vasicek_shrinkage"),
        findings=("market_beta_adjusted",),
        kept="EWMA_VASICEK",
    ),
    replace(
        _BETA,
        name="beta_contribution",
        title="Part of the portfolio's beta",
        meaning="What it adds to the market beta of the portfolio.",
        formula=("weight_i × beta_i",),
        functions=("risk.weighted_beta", "risk.market_beta"),
        parent="beta",
        kept="nowhere",
    ),
    replace(
        _VALUE,
        name="risk_contribution",
        title="Share of portfolio variance",
        meaning="How much of the portfolio's ups and downs comes from it.",
        unit="share of variance, decimal",
        shown="percent",
        formula=("weight_i × cov(r_i, r_p) / var(r_p)",),
        functions=("risk.risk_contributions",),
        section="risk_contributions",
        window=Window("structure_window"),
        policy=("structure_window", "structure_min_observations"),
        findings=("volatility_coverage",),
        kept="snapshot",
    ),
    replace(
        _own("realized_volatility_21d"),
        meaning="How much the instrument has moved over the last month, as a yearly figure.",
        formula=("√252 × sample standard deviation (n − 1)",),
        policy=("volatility_21d_min_observations", "annualization", "volatility_flag_above"),
    ),
    replace(
        _own("realized_volatility_63d"),
        meaning="How much the instrument has moved over the last quarter, as a yearly figure.",
        formula=("√252 × sample standard deviation (n − 1)",),
    ),
    _EXPECTED,
    *(
        _of_forecast(name)
        for name in (
            "expected_volatility_low",
            "expected_volatility_high",
            "expected_volatility_method",
            "expected_volatility_clamped",
        )
    ),
    replace(
        _EXPECTED,
        name="model_r_squared",
        title="Fit of the model's hindcasts",
        meaning="How much of this instrument's ups and downs the model's own hindcasts foresaw.",
        unit="at 0 the ups and downs were not foreseen, at 1 all of them were",
        shown="ratio",
        formula=("the volatility that followed is regressed on them",),
        functions=("risk.hindcast_r_squared",),
        window=Window("hindcast_window"),
        policy=("hindcast_window", "hindcast_min_observations"),
    ),
    _own("volatility_trend"),
    _own("volatility_percentile"),
)
