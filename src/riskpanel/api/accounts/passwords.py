"""Passwords: which are good enough, and argon2 hashes of them."""

from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from riskpanel.errors import FieldsError

SHORTEST, LONGEST = 12, 200  # characters

_AT_ONCE = 2  # each hash takes 64 MiB and a tenth of a second of a core
_room = BoundedSemaphore(_AT_ONCE)
_hasher = PasswordHash.recommended()


def require_good_password(password: str, *, name: str) -> None:
    """Refuse a password that is quickly guessed.

    Raises
    ------
    FieldsError
        Saying why; never with the password in it.
    """
    folded = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        fault = f"must have {SHORTEST} to {LONGEST} characters"
    elif len(set(folded)) < 5:
        fault = "has too few different characters"
    elif (len(name) > 3 and name.casefold() in folded) or "riskpanel" in folded:
        fault = "must not hold your name, nor that of this program"
    else:
        return
    raise FieldsError((("password", fault),))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its own salt."""
    with _room:
        return _hasher.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one; without a stored one it takes as long and is False."""
    with _room:
        good = _hasher.verify(password, stored or _nobodys())
    return good and stored is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("what nobody has chosen")
