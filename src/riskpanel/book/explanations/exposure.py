"""Value and exposure: what the portfolio is worth, and what the day made."""

from dataclasses import replace

from riskpanel.book.explanations.shapes import Metric, Window

_CURRENCY = "portfolio currency"
_VALUATION = ("book.valuation.build_valuation",)
_TWO_DAYS = Window(2, note="the as-of session and the one before")
_VALUED = Metric(
    name="net_asset_value",
    title="Net asset value",
    meaning="What the portfolio is worth: cash and everything held, less what is owed on shorts.",
    unit=_CURRENCY,
    shown="money",
    formula=("cash_value + net_exposure",),
    functions=_VALUATION,
    section="net_asset_value",
    policy=("max_price_age",),
    coverage="price_coverage",
    findings=("price_coverage",),
)
_PNL = replace(
    _VALUED,
    name="daily_pnl",
    title="P&L of the day",
    meaning="What yesterday's book made by today's close, before today's trades.",
    formula=(
        "Σ over lots active on the previous session of signed quantity × multiplier × previous close × "
        "(adjusted close today / adjusted close then − 1)",
    ),
    section="daily_pnl",
    window=_TWO_DAYS,
    findings=("price_coverage", "daily_pnl"),
)

EXPOSURE = (
    Metric(
        name="snapshot_date",
        title="As-of session",
        meaning="The session whose close is used.",
        unit="date",
        shown="date",
        formula=("the as-of session",),
        functions=("sources.calendar.is_session",),
        section="net_asset_value",
    ),
    _VALUED,
    Metric(
        name="cash_value",
        title="Cash",
        meaning="The cash balance of the portfolio, negative when borrowed.",
        unit=_CURRENCY,
        shown="money",
        formula=("as recorded in the portfolio",),
        functions=_VALUATION,
        section="cash_value",
    ),
    replace(
        _VALUED,
        name="long_value",
        title="Long positions",
        meaning="The value of all positions held long.",
        formula=(
            "sum of positive net exposures",
            "exposure = signed quantity × multiplier × close, netted per symbol",
        ),
        section="long_value",
    ),
    replace(
        _VALUED,
        name="short_value",
        title="Short positions",
        meaning="The value of all positions sold short, as a negative amount.",
        formula=("sum of negative net exposures",),
        section="short_value",
    ),
    replace(
        _VALUED,
        name="gross_exposure",
        title="Gross exposure",
        meaning="How much is at work in the market, long and short added up.",
        formula=("long_value − short_value",),
        section="gross_exposure",
    ),
    replace(
        _VALUED,
        name="net_exposure",
        title="Net exposure",
        meaning="How much is at work in the market after shorts are taken off longs.",
        formula=("long_value + short_value",),
        section="net_exposure",
    ),
    replace(
        _VALUED,
        name="leverage",
        title="Gross over net asset value",
        meaning="How much is at work in the market for each unit of what the portfolio is worth: at 1.5, "
        "half as much again as its own money.",
        unit="multiple of net asset value, 0 or more",
        shown="ratio",
        formula=("gross_exposure / net_asset_value",),
        section="leverage",
    ),
    Metric(
        name="positions_count",
        title="Names held",
        meaning="How many different names are held.",
        unit="symbols",
        shown="count",
        formula=("symbols with a net exposure other than 0",),
        functions=_VALUATION,
        section="positions_count",
    ),
    replace(
        _VALUED,
        name="price_coverage",
        title="Share priced on the session",
        meaning="How much of the portfolio is valued at a price of the session itself.",
        unit="share, 0 to 1",
        shown="percent",
        formula=("gross exposure of symbols with a close on the as-of session / gross exposure",),
        section="price_coverage",
        coverage=None,
    ),
    _PNL,
    replace(
        _PNL,
        name="daily_return",
        title="P&L over the value before",
        meaning="What yesterday's book made by today's close, as a share of what the portfolio was worth the "
        "session before.",
        unit="decimal",
        shown="return",
        formula=(
            "daily_pnl / previous session's net asset value (cash balance + exposures of that session)",
        ),
        section="daily_return",
        findings=("price_coverage", "daily_pnl", "daily_return"),
    ),
)
