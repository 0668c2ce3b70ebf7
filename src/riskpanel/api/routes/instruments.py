"""Instruments, which all users share."""

from fastapi import APIRouter

from riskpanel.api.access import AdminOf, UserOf
from riskpanel.api.context import StoreOf
from riskpanel.api.edits import EditsOf
from riskpanel.api.paging import KeyText, Listing, Page
from riskpanel.api.queries import PartOf, SymbolText
from riskpanel.api.schemas.asked import as_fields
from riskpanel.api.schemas.instruments import InstrumentInput, InstrumentModel
from riskpanel.book.symbols import normalize_symbol
from riskpanel.store.instruments import load_instrument, load_instruments

router = APIRouter(prefix="/instruments", tags=["market data"])

_BY_SYMBOL = Listing("instruments", tuple[KeyText])


@router.get("", summary="Instruments, by symbol")
def list_instruments(store: StoreOf, user: UserOf, part: PartOf) -> Page[InstrumentModel]:
    """Answer what is known of each symbol that is described, has prices, or is yours."""
    after = _BY_SYMBOL.decode(part.cursor)
    with store.read() as conn:
        rows = load_instruments(conn, user_id=user, after=after, limit=part.limit + 1)
    return _BY_SYMBOL.page(
        rows, part.limit, item=InstrumentModel.model_validate, key=lambda row: (row.symbol,)
    )


@router.get("/{symbol}", summary="One instrument")
def show_instrument(store: StoreOf, user: UserOf, symbol: SymbolText) -> InstrumentModel:
    """Answer what is known of a symbol."""
    with store.read() as conn:
        return InstrumentModel.model_validate(load_instrument(conn, normalize_symbol(symbol), user_id=user))


@router.put("/{symbol}", summary="Say what an instrument is")
def save_instrument(
    store: StoreOf, admin: AdminOf, edits: EditsOf, symbol: SymbolText, asked: InstrumentInput
) -> InstrumentModel:
    """Say what an instrument is, for all users; of administrators only. The next run uses it."""
    saved = edits.definitions.save_instrument({"symbol": normalize_symbol(symbol), **as_fields(asked)})
    with store.read() as conn:
        return InstrumentModel.model_validate(load_instrument(conn, saved, user_id=admin.user_id))
