"""Random secrets: made here, handed out once, stored as hashes."""

from hashlib import sha256
from hmac import digest
from secrets import token_urlsafe

TOKEN_PREFIX = "riskpanel_"  # by which scanners of repositories know a leaked token
SHOWN = len(TOKEN_PREFIX) + 6
"""How many characters of a token its owner sees later, to tell it from others."""

_BYTES = 32


def make_key() -> str:
    """Return a secret of 256 random bits, safe in addresses, cookies and headers."""
    return token_urlsafe(_BYTES)


def hash_key(key: str) -> str:
    """Return what is stored of a secret: one round of SHA-256, as there is nothing to guess in 256 bits."""
    return sha256(key.encode()).hexdigest()


def csrf_key(login_key: str) -> str:
    """Return what a page must send with each change: it follows from the cookie, which no page can read."""
    return digest(login_key.encode(), b"riskpanel csrf", "sha256").hex()
