"""What a check is, and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

F = TypeVar("F")


class Severity(StrEnum):
    """How bad a finding is, the worst first.

    An error makes numbers missing or wrong now; a warning lets them rest on less, or will make them missing;
    a note is worth knowing.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Affected:
    """A symbol, portfolio or anything else that a finding is about, and how."""

    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.detail})" if self.detail else self.name


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a check has found; ``remedy`` and ``commands`` say more than those of the check where given."""

    what: str
    affected: Sequence[Affected] = ()
    commands: Sequence[str] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Unexamined:
    """Why a check could not be made."""

    why: str


Judgement = Trouble | Unexamined | None
"""What a check says; None where all is well."""


@dataclass(frozen=True, slots=True)
class Check(Generic[F]):
    """One thing that can be wrong: how it is found, why it matters, and what to do.

    ``fine`` says in a few words that all is well. ``commands`` are as a person would type them, with capital
    letters for what differs.
    """

    id: str
    part: str
    severity: Severity
    title: str
    looks_at: str
    matters: str
    remedy: str
    fine: str
    examine: Callable[[F], Judgement]
    commands: tuple[str, ...] = ()


def have(amount: int) -> str:
    """Return the verb of a count."""
    return "has" if amount == 1 else "have"


def plural(amount: int, noun: str, *, of: int | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> plural(1, "symbol"), plural(2, "portfolio"), plural(2, "index"), plural(1, "symbol", of=20)
    ('1 symbol', '2 portfolios', '2 indexes', '1 of 20 symbols')
    """
    ending = "es" if noun.endswith("x") else "s"
    if of is not None:
        return f"{amount:,} of {of:,} {noun}{'' if of == 1 else ending}"
    return f"{amount:,} {noun}{'' if amount == 1 else ending}"
