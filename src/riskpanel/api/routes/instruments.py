"""Instruments, which all users share."""

from fastapi import APIRouter

from riskpanel.api.context import StoreOf, UserOf
from riskpanel.api.paging import KeyText, Listing, Page
from riskpanel.api.queries import PartOf
from riskpanel.api.schemas.instruments import InstrumentModel
from riskpanel.store.instruments import load_instruments

router = APIRouter(prefix="/instruments", tags=["market data"])

_BY_SYMBOL = Listing("instruments", tuple[KeyText])


@router.get("", summary="Instruments, by symbol")
def list_instruments(store: StoreOf, _: UserOf, part: PartOf) -> Page[InstrumentModel]:
    """Answer what is known of each symbol, whether or not anybody holds it."""
    after = _BY_SYMBOL.decode(part.cursor)
    with store.read() as conn:
        rows = load_instruments(conn, after=after, limit=part.limit + 1)
    return _BY_SYMBOL.page(
        rows, part.limit, item=InstrumentModel.model_validate, key=lambda row: (row.symbol,)
    )
