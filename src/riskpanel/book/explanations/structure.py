"""Tail and structure: how bad a bad day can be, and where the risk comes from."""

from dataclasses import replace

from riskpanel.book.explanations.shapes import Metric, Window

_SERIES = ("volatility_coverage", "price_coverage")
_STRUCTURE = ("structure_window", "structure_min_observations")
_TAIL = Metric(
    name="value_at_risk_95",
    title="Value at risk, 19 days of 20",
    meaning="The loss that the portfolio should stay below on 19 of the next 20 sessions.",
    unit="share of net asset value, a loss is positive, for one session (0.021 is 2.1 %)",
    shown="percent",
    formula=(
        "each past return in units of the volatility known the evening before, z_t = r_t / σ_t; the 5 % "
        "quantile q of these z; −q × σ of the next session",
        "σ² is the mean of earlier squared returns with weights 0.94^age",
    ),
    functions=("risk.filtered_tail_risk", "risk.portfolio_series"),
    section="value_at_risk_95",
    window=Window("tail_window"),
    policy=("tail_window", "tail_min_observations", "tail_decay", "series_min_coverage"),
    observations="tail_observations",
    coverage="tail_coverage",
    findings=("value_at_risk_95", *_SERIES),
)
_SHORTFALL = replace(
    _TAIL,
    name="expected_shortfall_95",
    title="Mean loss on the 20th day",
    meaning="How much is lost on average on the 20th session, the one beyond the value at risk.",
    unit="share of net asset value, a loss is positive, for one session",
    formula=("−(mean of the z at or below their 5 % quantile) × σ of the next session",),
    section="expected_shortfall_95",
)
_SPLIT = Metric(
    name="diversification_ratio",
    title="How much risk cancels out",
    meaning="How much the positions' ups and downs cancel out: at 1 not at all, at 2 half of their "
    "volatility is diversified away.",
    unit="ratio, 1 or more",
    shown="ratio",
    formula=("Σ |weight_i| σ_i / σ_p, standard deviations over the same sessions",),
    functions=("risk.risk_contributions", "risk.imputed_returns", "risk.portfolio_series"),
    section="diversification_ratio",
    window=Window("structure_window"),
    policy=(*_STRUCTURE, "series_min_coverage"),
    observations="structure_observations",
    coverage="structure_coverage",
    findings=("diversification_ratio", *_SERIES),
)
_CORRELATION = Metric(
    name="correlation",
    title="Correlation of ten largest",
    meaning="Which of the largest positions move together: near 1 they are one bet, near 0 they are separate "
    "ones, below 0 they offset each other.",
    unit="−1 to 1",
    shown="correlation",
    formula=(
        "Pearson correlation of real returns of each pair among the ten largest positions, over the sessions "
        "where both exist",
    ),
    functions=("risk.pairwise_correlation",),
    section="correlation",
    window=Window("structure_window"),
    policy=_STRUCTURE,
    findings=("average_correlation", "price_coverage"),
)
_DRAWDOWN = replace(
    _SPLIT,
    name="max_drawdown",
    title="Deepest fall in a year",
    meaning="The largest loss from a high point to a later low point that what is held now would have made "
    "in the last year.",
    unit="decimal, 0 or less (−0.18 is a loss of 18 %)",
    shown="percent",
    formula=(
        "least of W_t / max(1, largest W until t) − 1, with W_t the product of 1 + r over the constant-mix "
        "series",
    ),
    functions=("risk.max_drawdown", "risk.portfolio_series"),
    section="max_drawdown",
    observations="max_drawdown_observations",
    findings=("max_drawdown", *_SERIES),
)

STRUCTURE = (
    _TAIL,
    replace(
        _TAIL,
        name="value_at_risk_95_amount",
        title="Value at risk in currency",
        meaning="The value at risk in currency.",
        unit="portfolio currency",
        shown="money",
        formula=("value_at_risk_95 × net asset value",),
    ),
    _SHORTFALL,
    replace(
        _SHORTFALL,
        name="expected_shortfall_95_amount",
        title="Expected shortfall, currency",
        meaning="The expected shortfall in currency.",
        unit="portfolio currency",
        shown="money",
        formula=("expected_shortfall_95 × net asset value",),
    ),
    replace(
        _TAIL,
        name="tail_observations",
        title="Returns behind both",
        meaning="How many standardised returns value at risk and expected shortfall are read from; about one "
        "in 20 of them lies in the tail.",
        unit="sessions, 0 to 483",
        shown="count",
        formula=("returns among the last 504 sessions whose volatility was known before them",),
        section="tail_observations",
        observations=None,
    ),
    replace(
        _TAIL,
        name="tail_coverage",
        title="Share of real returns",
        meaning="How much of the series behind value at risk is real data rather than beta × market.",
        unit="share, 0 to 1",
        formula=(
            "mean over the last 504 sessions, from the first real return of the portfolio on, of the gross "
            "share with real returns",
        ),
        functions=("book.coverage.mean_coverage",),
        section="tail_coverage",
        policy=("tail_window",),
        coverage=None,
    ),
    _DRAWDOWN,
    replace(
        _DRAWDOWN,
        name="max_drawdown_observations",
        title="Returns behind the fall",
        meaning="How many daily returns the deepest fall is read from.",
        unit="sessions",
        shown="count",
        formula=("max_drawdown_observations counts its returns",),
        observations=None,
    ),
    replace(
        _SPLIT,
        name="tracking_error",
        title="Straying from the index",
        meaning="How far the portfolio strays from the market index, up or down: at 0.06, by about 6 % in "
        "two years of three.",
        unit="annualised decimal (0.06 is 6 % a year)",
        shown="percent",
        formula=("√252 × √(mean of (r_p − r_m)²) over the sessions where both exist",),
        functions=("risk.tracking_error", "risk.portfolio_series"),
        section="tracking_error",
        policy=(*_STRUCTURE, "annualization", "series_min_coverage"),
        observations=None,
        findings=("tracking_error", *_SERIES),
        sources=("index",),
    ),
    _SPLIT,
    replace(
        _SPLIT,
        name="risk_contributions",
        title="Share of variance by name",
        meaning="Which positions the portfolio's ups and downs come from: a position of 5 % can carry 20 % "
        "of the risk.",
        unit="share of variance, decimal; they sum to 1",
        shown="contributions",
        formula=("weight_i × cov(r_i, r_p) / var(r_p)",),
        section="risk_contributions",
    ),
    _CORRELATION,
    replace(
        _CORRELATION,
        name="average_correlation",
        title="Mean of those correlations",
        meaning="How much the largest positions move together on the whole.",
        shown="ratio",
        formula=("mean of the coefficients in correlation",),
        section="average_correlation",
    ),
    replace(
        _SPLIT,
        name="structure_observations",
        title="Returns behind the split",
        meaning="How many sessions stand behind risk_contributions and diversification_ratio.",
        unit="sessions, 0 to 252",
        shown="count",
        formula=("returns of the portfolio's series among the last 252 sessions",),
        functions=("risk.portfolio_series",),
        section="structure_observations",
        policy=("structure_window", "series_min_coverage"),
        observations=None,
    ),
    replace(
        _SPLIT,
        name="structure_coverage",
        title="Share of real returns",
        meaning="How much of the portfolio's series of a year is real data rather than beta × market.",
        unit="share, 0 to 1",
        shown="percent",
        formula=(
            "mean over the last 252 sessions, from the first real return of the portfolio on, of the gross "
            "share with real returns",
        ),
        functions=("book.coverage.mean_coverage",),
        section="structure_coverage",
        policy=("structure_window",),
        coverage=None,
    ),
)
