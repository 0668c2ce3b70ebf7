"""The compiler, asked only when there is much to do: numba, an optional extra."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

LEAST_CELLS = 100_000
"""Numbers to work on from which a kernel is asked for: below, numpy takes a few milliseconds at most.

A block of 512 series of 300 sessions has as many; a book of some hundred series never has.
"""

Kernel: TypeAlias = Callable[..., None]
"""A loop that fills the arrays it is given last."""


def compiled(loop: Kernel, *, cells: int) -> Kernel | None:
    """Return a loop as machine code; None where there is little to do, or no compiler."""
    return None if cells < LEAST_CELLS else _compiled(loop)


@cache
def _compiled(loop: Kernel) -> Kernel | None:
    try:
        numba: Any = importlib.import_module("numba")
    except (
        ImportError,
        OSError,
        AttributeError,
        RuntimeError,
        SystemError,
    ):  # absent, or broken: numpy serves
        return None
    # No fast maths: NaN must stay NaN, and additions in their order. Division as numpy does it.
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # no place to keep machine code: compiled anew in each process
        return numba.njit(**options)(loop)
