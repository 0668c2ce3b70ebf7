"""Sizes of databases and disks, in the one unit in which they are written everywhere."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size_of(amount: int) -> str:
    """Write bytes with three digits; a MB has a million.

    Examples
    --------
    >>> size_of(0), size_of(999), size_of(1_234_567), size_of(56_700_000_000)
    ('0 B', '999 B', '1.23 MB', '56.7 GB')
    """
    value, unit = float(amount), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:,.{digits}f} {_UNITS[unit]}"
