"""The stored history of a portfolio, and its stress tests."""

from datetime import date

from fastapi import APIRouter

from riskpanel.api.access import UserOf
from riskpanel.api.context import PortfolioId, StoreOf
from riskpanel.api.paging import Listing, Page
from riskpanel.api.queries import DatedPartOf, OnDay
from riskpanel.api.schemas.complete import SeriesPointModel
from riskpanel.api.schemas.snapshots import SnapshotEntryModel, StressTestsModel
from riskpanel.store.complete import load_series
from riskpanel.store.portfolios import load_portfolio
from riskpanel.store.snapshots import load_snapshot_row, load_snapshots
from riskpanel.store.stress import load_stress

router = APIRouter(prefix="/portfolios", tags=["portfolios"])

_BY_DAY = Listing("snapshots", tuple[date])
_BY_SESSION = Listing("timeseries", tuple[date])


@router.get("/{portfolio_id}/snapshots", summary="Its snapshots between two dates, oldest first")
def list_snapshots(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, part: DatedPartOf
) -> Page[SnapshotEntryModel]:
    """Answer every stored number of each session, and why those that are null are."""
    after = _BY_DAY.decode(part.cursor)
    with store.read() as conn:
        load_portfolio(conn, portfolio_id, user_id=user)
        rows = load_snapshots(conn, portfolio_id, between=part.between, after=after, limit=part.limit + 1)
    return _BY_DAY.page(
        rows,
        part.limit,
        item=SnapshotEntryModel.model_validate,
        key=lambda row: (row.snapshot["snapshot_date"],),
    )


@router.get("/{portfolio_id}/timeseries", summary="Its main numbers between two dates, oldest first")
def list_timeseries(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, part: DatedPartOf
) -> Page[SeriesPointModel]:
    """Answer what charts of the past need of each session, and no more."""
    after = _BY_SESSION.decode(part.cursor)
    with store.read() as conn:
        load_portfolio(conn, portfolio_id, user_id=user)
        rows = load_series(conn, portfolio_id, between=part.between, after=after, limit=part.limit + 1)
    return _BY_SESSION.page(
        rows, part.limit, item=SeriesPointModel.model_validate, key=lambda row: (row.snapshot_date,)
    )


@router.get("/{portfolio_id}/stress", summary="Its stress tests on a date")
def show_stress(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, on_day: OnDay = None
) -> StressTestsModel:
    """Answer what each stored scenario would do to what was held on a session."""
    with store.read() as conn:
        portfolio = load_portfolio(conn, portfolio_id, user_id=user)
        snapshot = load_snapshot_row(conn, portfolio_id, name=portfolio.name, as_of=on_day)
        day: date = snapshot.snapshot_date
        stress = load_stress(conn, portfolio_id, day)
    return StressTestsModel.model_validate(
        {"portfolio_id": portfolio_id, "snapshot_date": day, "stress": stress}
    )
