"""Accounts, for administrators: who may sign in. What a user owns is not theirs to see."""

from fastapi import APIRouter, Response

from riskpanel.api.access import AccountsOf, AdminOf
from riskpanel.api.accounts.users import invite_user, make_setup_link
from riskpanel.api.context import ClockOf, StoreOf
from riskpanel.api.paging import KeyText, Listing, Page
from riskpanel.api.queries import PartOf, UserId
from riskpanel.api.schemas.accounts import InvitationModel, UserChange, UserInput, UserModel
from riskpanel.errors import ConflictError
from riskpanel.store.users import load_user, load_users, save_user_state

router = APIRouter(prefix="/users", tags=["accounts"])

_BY_NAME = Listing("users", tuple[KeyText])


@router.get("", summary="Accounts, by name")
def list_users(store: StoreOf, _: AdminOf, part: PartOf) -> Page[UserModel]:
    """Answer every account."""
    after = _BY_NAME.decode(part.cursor)
    with store.read() as conn:
        rows = load_users(conn, after=after, limit=part.limit + 1)
    return _BY_NAME.page(rows, part.limit, item=UserModel.model_validate, key=lambda row: (row.name,))


@router.post("", status_code=201, summary="Create an account")
def create_user(
    store: StoreOf, accounts: AccountsOf, clock: ClockOf, _: AdminOf, asked: UserInput, response: Response
) -> InvitationModel:
    """Create an account. Its user sets the password by the link of this answer: nobody else knows it."""
    now = clock()
    user, key = invite_user(store, asked.name, is_admin=asked.is_admin, policy=accounts.policy, now=now)
    response.headers["cache-control"] = "no-store"
    return InvitationModel(
        user=UserModel.model_validate(user), link=key, expires_at=now + accounts.policy.setup_link
    )


@router.get("/{user_id}", summary="One account")
def show_user(store: StoreOf, _: AdminOf, user_id: UserId) -> UserModel:
    """Answer an account."""
    with store.read() as conn:
        return UserModel.model_validate(load_user(conn, user_id))


@router.patch("/{user_id}", summary="Disable or enable an account, or change what it may")
def change_user(
    store: StoreOf, clock: ClockOf, admin: AdminOf, user_id: UserId, asked: UserChange
) -> UserModel:
    """Change what is given. A disabled user is signed out everywhere, and the tokens are void for good."""
    if user_id == admin.user_id and (asked.disabled or asked.is_admin is False):
        raise ConflictError("nobody locks themselves out", hint="let another administrator do it")
    with store.begin() as conn:
        save_user_state(conn, user_id, disabled=asked.disabled, is_admin=asked.is_admin, now=clock())
        return UserModel.model_validate(load_user(conn, user_id))


@router.post("/{user_id}/setup-link", status_code=201, summary="Make a set-up link again")
def create_setup_link(
    store: StoreOf, accounts: AccountsOf, clock: ClockOf, _: AdminOf, user_id: UserId, response: Response
) -> InvitationModel:
    """Make another link for an account whose user has not set a password yet; the one before is void.

    There is none for an account in use: an administrator who could set its password could read what is in
    it. Whoever runs the server can: `riskpanel user link NAME`.
    """
    now = clock()
    key = make_setup_link(store, user_id, policy=accounts.policy, now=now, only_unused=True)
    with store.read() as conn:
        user = load_user(conn, user_id)
    response.headers["cache-control"] = "no-store"
    return InvitationModel(
        user=UserModel.model_validate(user), link=key, expires_at=now + accounts.policy.setup_link
    )
