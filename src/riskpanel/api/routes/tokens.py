"""Tokens of programs: made and revoked by their owner in a browser, shown once."""

from datetime import timedelta

from fastapi import APIRouter, Response

from riskpanel.api.access import AccountsOf, HolderOf
from riskpanel.api.accounts.users import issue_token
from riskpanel.api.context import ClockOf, StoreOf
from riskpanel.api.paging import KeyId, Listing, Page
from riskpanel.api.queries import PartOf, TokenId
from riskpanel.api.schemas.accounts import IssuedTokenModel, TokenInput, TokenModel
from riskpanel.errors import FieldsError
from riskpanel.store.login_sessions import load_tokens, revoke_token

router = APIRouter(prefix="/tokens", tags=["accounts"])

_BY_CREATION = Listing("tokens", tuple[KeyId])


@router.get("", summary="Your tokens, in the order in which they were made")
def list_tokens(store: StoreOf, holder: HolderOf, part: PartOf) -> Page[TokenModel]:
    """Answer your tokens, expired and revoked ones too; never the secrets."""
    after = _BY_CREATION.decode(part.cursor)
    with store.read() as conn:
        rows = load_tokens(conn, user_id=holder.user_id, after=after, limit=part.limit + 1)
    return _BY_CREATION.page(rows, part.limit, item=TokenModel.model_validate, key=lambda row: (row.id,))


@router.post("", status_code=201, summary="Make a token")
def create_token(
    store: StoreOf,
    accounts: AccountsOf,
    clock: ClockOf,
    holder: HolderOf,
    asked: TokenInput,
    response: Response,
) -> IssuedTokenModel:
    """Make a token for a program of yours. It is shown in this answer and never again."""
    refused = [scope for scope in asked.scopes if scope not in holder.scopes]
    if refused:
        raise FieldsError((("scopes", f"only administrators make tokens that may: {', '.join(refused)}"),))
    now = clock()
    lifetime = min(timedelta(days=asked.days), accounts.policy.longest_token)
    record, token = issue_token(
        store, holder.user_id, asked.name, scopes=asked.scopes, now=now, expires_at=now + lifetime
    )
    response.headers["cache-control"] = "no-store"
    return IssuedTokenModel(token=token, details=TokenModel.model_validate(record))


@router.delete("/{token_id}", status_code=204, summary="Revoke a token")
def delete_token(store: StoreOf, clock: ClockOf, holder: HolderOf, token_id: TokenId) -> None:
    """Make a token void for good."""
    with store.begin() as conn:
        revoke_token(conn, token_id, user_id=holder.user_id, now=clock())
