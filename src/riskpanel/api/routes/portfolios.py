"""Your portfolios and their lots."""

from fastapi import APIRouter

from riskpanel.api.access import UserOf
from riskpanel.api.context import PortfolioId, StoreOf
from riskpanel.api.paging import KeyId, KeyText, Listing, Page
from riskpanel.api.queries import PartOf
from riskpanel.api.schemas.complete import PortfolioTermsModel
from riskpanel.api.schemas.portfolios import PortfolioSummaryModel
from riskpanel.api.schemas.positions import PositionModel
from riskpanel.store.portfolios import load_portfolio
from riskpanel.store.positions import load_positions
from riskpanel.store.summaries import load_summaries

router = APIRouter(prefix="/portfolios", tags=["portfolios"])

_BY_NAME = Listing("portfolios", tuple[KeyText])
_BY_CREATION = Listing("positions", tuple[KeyId])


@router.get("", summary="Your portfolios, by name")
def list_portfolios(store: StoreOf, user: UserOf, part: PartOf) -> Page[PortfolioSummaryModel]:
    """Answer each portfolio with the main figures of its newest snapshot."""
    after = _BY_NAME.decode(part.cursor)
    with store.read() as conn:
        rows = load_summaries(conn, user_id=user, after=after, limit=part.limit + 1)
    return _BY_NAME.page(
        rows, part.limit, item=PortfolioSummaryModel.model_validate, key=lambda row: (row.name,)
    )


@router.get("/{portfolio_id}", summary="One portfolio as it was set up")
def show_portfolio(store: StoreOf, user: UserOf, portfolio_id: PortfolioId) -> PortfolioTermsModel:
    """Answer a portfolio's name, currency, market index, benchmark and cash."""
    with store.read() as conn:
        return PortfolioTermsModel.model_validate(load_portfolio(conn, portfolio_id, user_id=user))


@router.get("/{portfolio_id}/positions", summary="Its lots, in the order in which they were created")
def list_positions(
    store: StoreOf, user: UserOf, portfolio_id: PortfolioId, part: PartOf
) -> Page[PositionModel]:
    """Answer every lot of a portfolio, those that have ended or not begun too."""
    after = _BY_CREATION.decode(part.cursor)
    with store.read() as conn:
        load_portfolio(conn, portfolio_id, user_id=user)
        rows = load_positions(conn, portfolio_id, after=after, limit=part.limit + 1)
    return _BY_CREATION.page(rows, part.limit, item=PositionModel.model_validate, key=lambda row: (row.id,))
