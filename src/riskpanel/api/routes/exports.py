"""What is stored of a portfolio as CSV files."""

from dataclasses import asdict, fields

from fastapi import APIRouter, Response

from riskpanel.api.access import UserOf
from riskpanel.api.context import PortfolioId, StoreOf
from riskpanel.api.exports import csv_response
from riskpanel.api.queries import OnDay, SpanOf
from riskpanel.book.complete import HoldingRecord
from riskpanel.store.complete import load_complete
from riskpanel.store.portfolios import load_portfolio
from riskpanel.store.positions import PositionRecord, load_positions
from riskpanel.store.snapshots import SCALARS, load_snapshots

router = APIRouter(
    prefix="/portfolios/{portfolio_id}/exports",
    tags=["exports"],
    default_response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A CSV file"}},
)

_LOT_COLUMNS = tuple(f.name for f in fields(PositionRecord) if f.name not in {"id", "portfolio_id"})
_HOLDING_COLUMNS = tuple(f.name for f in fields(HoldingRecord) if f.name != "reasons")


@router.get("/positions", summary="Its lots as a positions file", response_class=Response)
def export_positions(store: StoreOf, user: UserOf, portfolio_id: PortfolioId) -> Response:
    """Answer every lot as a file that can be imported again, which changes nothing."""
    with store.read() as conn:
        load_portfolio(conn, portfolio_id, user_id=user)
        rows = load_positions(conn, portfolio_id, limit=None)
    return csv_response(f"positions-{portfolio_id}", _LOT_COLUMNS, (asdict(row) for row in rows))


@router.get("/holdings", summary="What it held on a session", response_class=Response)
def export_holdings(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, on_day: OnDay = None
) -> Response:
    """Answer each symbol with value, weight, beta, volatility and contribution; empty cells are missing."""
    with store.read() as conn:
        found = load_complete(conn, portfolio_id, user_id=user, as_of=on_day)
    day = found.snapshot["snapshot_date"]
    rows = ({name: getattr(own, name) for name in _HOLDING_COLUMNS} for own in found.holdings)
    return csv_response(f"holdings-{portfolio_id}-{day}", _HOLDING_COLUMNS, rows)


@router.get("/snapshots", summary="Its history between two dates", response_class=Response)
def export_snapshots(store: StoreOf, user: UserOf, portfolio_id: PortfolioId, span: SpanOf) -> Response:
    """Answer a row a session, oldest first, with every stored number that is one cell."""
    with store.read() as conn:
        load_portfolio(conn, portfolio_id, user_id=user)
        rows = load_snapshots(conn, portfolio_id, between=span.between, limit=None)
    return csv_response(f"snapshots-{portfolio_id}", SCALARS, (row.snapshot for row in rows))
