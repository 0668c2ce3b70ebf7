"""One spelling for each symbol, whatever the source writes."""

import re

from riskpanel.errors import InputError

_SEPARATORS = re.compile(r"[./\s_]+")
_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9\-=]{0,22}")


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of a text that somebody else wrote, for a message."""
    return text if len(text) <= most else f"{text[:most]}..."


def normalize_symbol(text: str) -> str:
    """Return the canonical spelling of a symbol: upper case, class shares with a hyphen.

    Raises
    ------
    InputError
        When the text cannot be a symbol.

    Examples
    --------
    >>> [normalize_symbol(s) for s in ("BRK.B", "brk/b", " brk-b ", "^gspc")]
    ['BRK-B', 'BRK-B', 'BRK-B', '^GSPC']
    """
    symbol = _SEPARATORS.sub("-", text.strip().upper())
    if not _SYMBOL.fullmatch(symbol):
        raise InputError(
            f"not a symbol: {shortened(text)!r}",
            hint="up to 23 letters, digits, '-' or '=', perhaps after a '^', as in AAPL, BRK.B or ^GSPC",
        )
    return symbol
