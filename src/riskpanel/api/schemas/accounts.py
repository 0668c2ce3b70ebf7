"""Accounts: signing in, users and tokens. No answer holds a password, and a secret is answered once."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from riskpanel.api.accounts.users import ScopeName
from riskpanel.api.schemas.asked import Asked, Text
from riskpanel.api.schemas.model import Answer, Moment


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must have printable characters only")
    return text


Secret = Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=r"^[^\x00]*$")]
TokenName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    AfterValidator(_printable),
]


class SetupInput(Asked):
    """A password for the account of a one-time link."""

    link: Secret = Field(description="What stands after # in the link.", examples=["hQ3n..."])
    password: Secret = Field(description="12 to 200 characters.", examples=["a long sentence of yours"])
    name: Text | None = Field(
        default=None,
        description="What the first administrator wants to be called; others have a name.",
        examples=["alice"],
    )


class LoginInput(Asked):
    """Name and password."""

    name: Text = Field(description="Name of the account.", examples=["alice"])
    password: Secret = Field(description="Its password.", examples=["a long sentence of yours"])


class PasswordInput(Asked):
    """Another password in place of the present one."""

    current_password: Secret = Field(description="The present one.", examples=["a long sentence of yours"])
    password: Secret = Field(
        description="The other one, 12 to 200 characters.", examples=["another long sentence"]
    )


class SessionModel(Answer):
    """Who asks, and how that is known."""

    kind: Literal["local", "login", "token", "nobody"] = Field(
        description="local: no accounts, everybody is the local user; login: a browser that is signed in; "
        "token: a program; nobody: sign in first.",
        examples=["login"],
    )
    setup_needed: bool = Field(
        description="Whether nobody can sign in yet: the server has printed a link.", examples=[False]
    )
    user_id: int | None = Field(description="Id of the user; null for nobody.", examples=[1])
    name: str | None = Field(description="Name of the user; null for nobody.", examples=["alice"])
    is_admin: bool = Field(description="Whether the user administers.", examples=[True])
    scopes: tuple[ScopeName, ...] = Field(
        description="What may be done; empty for nobody.", examples=[["read"]]
    )
    csrf_token: str | None = Field(
        description="What a page sends as X-CSRF-Token with each change; null where none is needed.",
        examples=["5f2b..."],
    )


class UserModel(Answer):
    """An account, as administrators see it: nothing of what it owns."""

    id: int = Field(description="Id of the user.", examples=[2])
    name: str = Field(description="Name of the account.", examples=["bob"])
    is_admin: bool = Field(description="Whether the user administers.", examples=[False])
    is_local: bool = Field(description="Whether commands on the server act for this user.", examples=[False])
    has_password: bool = Field(description="False until the set-up link was used.", examples=[True])
    disabled_at: Moment | None = Field(
        description="Since when the user may not sign in, UTC; null while they may.", examples=[None]
    )
    created_at: Moment = Field(
        description="When the account was created, UTC.", examples=["2025-06-30T21:00:00+00:00"]
    )


class UserInput(Asked):
    """An account to create."""

    name: Text = Field(description="1 to 60 characters that no account has.", examples=["bob"])
    is_admin: bool = Field(default=False, description="Whether the user administers.", examples=[False])


class UserChange(Asked):
    """What to change of an account; what is left out or null stays."""

    disabled: bool | None = Field(
        default=None,
        description="Whether the user may not sign in; true signs them out everywhere.",
        examples=[True],
    )
    is_admin: bool | None = Field(default=None, description="Whether the user administers.", examples=[False])


class InvitationModel(Answer):
    """An account, and the link by which its user sets a password."""

    user: UserModel = Field(description="The account.")
    link: str = Field(description="What stands after /setup# in the link; shown once.", examples=["hQ3n..."])
    expires_at: Moment = Field(
        description="Until when it works, UTC.", examples=["2025-07-01T21:00:00+00:00"]
    )


class TokenInput(Asked):
    """A token to make."""

    name: TokenName = Field(description="What it is for.", examples=["nightly export"])
    scopes: Annotated[tuple[ScopeName, ...], Field(min_length=1, max_length=3)] = Field(
        description="What it may: read; write, which does not include read; admin, of administrators only.",
        examples=[["read"]],
    )
    days: int = Field(default=90, ge=1, le=366, description="How long it works.", examples=[90])


class TokenModel(Answer):
    """A token as its owner sees it."""

    id: int = Field(description="Id of the token.", examples=[3])
    name: str = Field(description="What it is for.", examples=["nightly export"])
    beginning: str = Field(description="How it begins.", examples=["riskpanel_Ab3dEf"])
    scopes: tuple[ScopeName, ...] = Field(description="What it may.", examples=[["read"]])
    created_at: Moment = Field(description="When it was made, UTC.", examples=["2025-06-30T21:00:00+00:00"])
    expires_at: Moment = Field(
        description="Until when it works, UTC.", examples=["2025-09-28T21:00:00+00:00"]
    )
    last_used_at: Moment | None = Field(
        description="When it was last used, UTC, to half a minute; null for never.", examples=[None]
    )
    revoked_at: Moment | None = Field(
        description="Since when it is void, UTC; null while it is not.", examples=[None]
    )


class IssuedTokenModel(Answer):
    """A token that was just made."""

    token: str = Field(description="The token; shown now and never again.", examples=["riskpanel_Ab3dEf..."])
    details: TokenModel = Field(description="What is stored of it.")
