"""Many series a few at a time: what is worked on stays in the processor's cache."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np

WIDTH = 512  # series of a few hundred sessions: some working copies of them fit the cache of a core

Answer = TypeVar("Answer")


def blocks(count: int, *, width: int | None = None) -> list[slice]:
    """Cut 0 to ``count`` into slices of about the same length, at most ``width``; at least one slice.

    None holds a single series unless there is only one: numpy adds up a lone column in another order.
    """
    parts = max(-(-count // (width or WIDTH)), 1)
    return [slice(part * count // parts, (part + 1) * count // parts) for part in range(parts)]


def in_blocks(measure: Callable[[slice], Answer], count: int) -> Answer:
    """Measure series block by block, and join: the same bits as all at once.

    Parameters
    ----------
    measure : callable
        Of a slice of the series: an array with one entry a series along axis 0, or a dataclass, mapping or
        tuple of such. What it says of a series must not depend on the others.
    count : int
        How many series there are.

    Returns
    -------
    Answer
        As if ``measure`` had been asked for all of them.
    """
    return joined([measure(part) for part in blocks(count)])


def joined(parts: Sequence[Answer]) -> Answer:
    """Join the answers for neighbouring blocks of series."""
    first: Any = parts[0]
    if isinstance(first, np.ndarray):
        whole: Any = np.concatenate(cast("Sequence[np.ndarray]", parts))
    elif isinstance(first, Mapping):
        whole = {key: joined([cast("Any", part)[key] for part in parts]) for key in cast("Any", first)}
    elif isinstance(first, tuple):
        whole = tuple(joined(entries) for entries in zip(*cast("Any", parts), strict=True))
    elif is_dataclass(first):
        names = [field.name for field in fields(first)]
        whole = type(first)(**{name: joined([getattr(part, name) for part in parts]) for name in names})
    else:
        raise TypeError(f"cannot be joined: {type(first).__name__}")
    return cast("Answer", whole)
