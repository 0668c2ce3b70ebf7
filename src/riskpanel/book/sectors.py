"""The 11 official GICS sectors, and how the labels of other sources map to them."""

from dataclasses import dataclass

GICS_SECTORS: tuple[str, ...] = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
CASH = "Cash"
UNCLASSIFIED = "Unclassified"

# The official names stand for themselves; every other label that a source is known to write is listed.
_ALIASES: dict[str, str] = {
    "Basic Materials": "Materials",
    "Communication": "Communication Services",
    "Communications": "Communication Services",
    "Telecommunication Services": "Communication Services",
    "Consumer Cyclical": "Consumer Discretionary",
    "Consumer Defensive": "Consumer Staples",
    "Financial": "Financials",
    "Financial Services": "Financials",
    "Healthcare": "Health Care",
    "Industrial": "Industrials",
    "Info Tech": "Information Technology",
    "IT": "Information Technology",
    "Technology": "Information Technology",
    "Realestate": "Real Estate",
    "REITs": "Real Estate",
}
# Labels by which sources say that a thing has no sector; not an unknown label, so nobody is warned.
_NO_SECTOR = frozenset(
    {"", "na", "none", "unassigned", "other", "unclassified", "cashothers", "cashandorderivatives"}
)


def _key(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalpha())


_OFFICIAL = {_key(name): name for name in GICS_SECTORS}
_MAPPED = {_key(alias): name for alias, name in _ALIASES.items()}


@dataclass(frozen=True, slots=True)
class SectorLabel:
    """What a source's sector label means.

    ``sector`` is an official GICS name or None (Unclassified); ``taxonomy`` is ``gics`` for an official
    spelling, ``mapped`` for another vocabulary's, None without a sector; ``recognized`` is False for a
    label that no table knows, which the importer reports.
    """

    sector: str | None
    taxonomy: str | None
    recognized: bool


def classify_sector(label: str | None) -> SectorLabel:
    """Map a source's sector label to GICS; an unknown one is Unclassified and not recognized.

    Examples
    --------
    >>> classify_sector("Consumer Cyclical").sector
    'Consumer Discretionary'
    >>> classify_sector("Space Mining")
    SectorLabel(sector=None, taxonomy=None, recognized=False)
    """
    key = _key(label or "")
    if key in _OFFICIAL:
        return SectorLabel(_OFFICIAL[key], "gics", recognized=True)
    if key in _MAPPED:
        return SectorLabel(_MAPPED[key], "mapped", recognized=True)
    return SectorLabel(None, None, recognized=key in _NO_SECTOR)
