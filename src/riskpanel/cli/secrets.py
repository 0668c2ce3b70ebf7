"""Secrets are taken out of what people are shown of a failure."""

import re
from urllib.parse import unquote, urlsplit

from riskpanel.errors import InputError
from riskpanel.settings import load_settings

_HIDDEN = "***"
_IN_ADDRESS = re.compile(r"(?<=://)([^\s:/@]*):\S*@")
_NAMED = re.compile(
    r"(?i)\b(password|passwd|pwd|apikey|api_key|token|secret)(['\"]?\s*[=:]\s*)(['\"]?)[^\s'\"&,;]+"
)


def without_secrets(text: str) -> str:
    """Hide passwords in addresses, what is called like a secret, and the secrets of the settings."""
    for secret in _own_secrets():
        text = text.replace(secret, _HIDDEN)
    text = _IN_ADDRESS.sub(rf"\1:{_HIDDEN}@", text)
    return _NAMED.sub(rf"\1\2\3{_HIDDEN}", text)


def _own_secrets() -> tuple[str, ...]:
    try:
        settings = load_settings()
        password = urlsplit(settings.database_url).password or ""
    except (InputError, ValueError):
        return ()
    key = settings.fmp_api_key
    found = {password, unquote(password), "" if key is None else key.get_secret_value()}
    return tuple(sorted(found - {""}, key=len, reverse=True))
