"""The stored history of the instrument of one lot, on the days on which the lot is held."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from riskpanel.api.access import UserOf
from riskpanel.api.context import StoreOf
from riskpanel.api.paging import Listing, Page
from riskpanel.api.queries import BetaPartOf, DatedPartOf, PositionId
from riskpanel.api.schemas.positions import BetaModel, PositionModel, VolatilityModel
from riskpanel.store.positions import load_position, load_position_betas, load_position_volatility

router = APIRouter(prefix="/positions", tags=["positions"])

_Method = Annotated[str, StringConstraints(pattern=r"^[A-Z_]{1,20}$")]
_Window = Annotated[int, Field(ge=0, le=2**31 - 1)]  # as the column
_BY_DAY_AND_METHOD = Listing("betas", tuple[date, _Method, _Window])
_BY_DAY = Listing("volatility", tuple[date])


@router.get("/{position_id}", summary="One lot")
def show_position(store: StoreOf, user: UserOf, position_id: PositionId) -> PositionModel:
    """Answer a lot of one of your portfolios."""
    with store.read() as conn:
        return PositionModel.model_validate(load_position(conn, position_id, user_id=user))


@router.get("/{position_id}/betas", summary="Betas of a lot's instrument between two dates, oldest first")
def list_betas(store: StoreOf, user: UserOf, position_id: PositionId, part: BetaPartOf) -> Page[BetaModel]:
    """Answer every stored estimate against the portfolio's market index, methods side by side."""
    after = _BY_DAY_AND_METHOD.decode(part.cursor)
    with store.read() as conn:
        load_position(conn, position_id, user_id=user)
        rows = load_position_betas(
            conn, position_id, between=part.between, method=part.method, after=after, limit=part.limit + 1
        )
    return _BY_DAY_AND_METHOD.page(
        rows,
        part.limit,
        item=BetaModel.model_validate,
        key=lambda row: (row.calc_date, row.method, row.window_days),
    )


@router.get(
    "/{position_id}/volatility", summary="Volatility of a lot's instrument between two dates, oldest first"
)
def list_volatility(
    store: StoreOf, user: UserOf, position_id: PositionId, part: DatedPartOf
) -> Page[VolatilityModel]:
    """Answer what is stored of each session, and why what is null is."""
    after = _BY_DAY.decode(part.cursor)
    with store.read() as conn:
        load_position(conn, position_id, user_id=user)
        rows = load_position_volatility(
            conn, position_id, between=part.between, after=after, limit=part.limit + 1
        )
    return _BY_DAY.page(
        rows, part.limit, item=VolatilityModel.model_validate, key=lambda row: (row.calculation_date,)
    )
