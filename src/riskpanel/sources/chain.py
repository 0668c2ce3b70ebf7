"""Several sources as one: the next is asked where one has no answer, and a failing one is left alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar, cast

from circuitbreaker import CircuitBreaker

from riskpanel.sources.protocol import (
    NotThereError,
    Source,
    SourceClosedError,
    SourceError,
    SourceFailedError,
    UnreachedError,
    UnusableError,
)

T = TypeVar("T")

_FAILURES = 5  # requests that fail in a row until a source is left alone
_PAUSE = 300.0  # seconds until it is tried again


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source that had no answer, and why.

    ``unknown`` where it does not know the symbol, ``unreached`` where there was no connection to it.
    """

    source: str
    why: str
    unknown: bool = False
    unreached: bool = False

    def __str__(self) -> str:
        return f"{self.source}: {self.why.removeprefix(f'{self.source}: ')}"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a source answered, its name, and the ones before it that had no answer."""

    source: str
    value: T
    refused: tuple[Refusal, ...]


class NobodyError(SourceError):
    """No source has an answer: ``refused`` are all that were asked."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        told = "; ".join(map(str, refused)) or "no source is left to ask"
        super().__init__(told, hint="choose sources by RISKPANEL_SOURCES, or import a file of prices")
        self.refused = tuple(refused)

    @property
    def unknown(self) -> bool:
        """Whether all of them say that they do not know the symbol."""
        return bool(self.refused) and all(one.unknown for one in self.refused)

    @property
    def unreached(self) -> bool:
        """Whether there was no connection to any that could know the symbol."""
        known = [one for one in self.refused if not one.unknown]
        return bool(known) and all(one.unreached for one in known)


@dataclass(frozen=True, slots=True)
class _Link:
    source: Source
    breaker: CircuitBreaker
    closed: dict[str, str] = field(default_factory=dict[str, str])  # kind of request -> why not in this run


class Chain:
    """Sources in the order in which they are asked. May be used from several threads at once."""

    def __init__(self, sources: Sequence[Source], *, pause: float = _PAUSE) -> None:
        self._links = tuple(_Link(source, _breaker(pause)) for source in sources)
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sources, the first asked first."""
        return tuple(link.source.name for link in self._links)

    def closed(self) -> tuple[tuple[str, str], ...]:
        """Say which sources answer no more in this run, and why."""
        with self._lock:
            return tuple(
                (link.source.name, why) for link in self._links for why in dict.fromkeys(link.closed.values())
            )

    def ask(
        self,
        kind: str,
        question: Callable[[Source], T],
        *,
        besides: Sequence[str] = (),
        only: str | None = None,
    ) -> Answer[T]:
        """Ask one source after the other, leaving out those named in ``besides``, or all but ``only``.

        ``kind`` groups requests that a plan gives or refuses together, such as history or profile.

        Raises
        ------
        NobodyError
            When none has an answer.
        """
        refused: list[Refusal] = []
        for link in self._links:
            if link.source.name in besides or only not in {None, link.source.name}:
                continue
            try:
                return Answer(link.source.name, self._ask_one(link, kind, question), tuple(refused))
            except SourceError as error:
                refused.append(refusal(link.source.name, error))
        raise NobodyError(refused)

    def _ask_one(self, link: _Link, kind: str, question: Callable[[Source], T]) -> T:
        with self._lock:
            why = link.closed.get(kind)
        if why is not None:
            raise SourceClosedError(why)
        if link.breaker.opened:
            raise _left_alone(link.breaker)
        try:
            with link.breaker:
                return question(link.source)
        except SourceClosedError as error:
            with self._lock:
                link.closed[kind] = error.what
            raise


def refusal(source: str, error: SourceError) -> Refusal:
    """Return an error as the answer of a source that had none."""
    return Refusal(source, error.what, isinstance(error, NotThereError), isinstance(error, UnreachedError))


def _left_alone(breaker: CircuitBreaker) -> SourceFailedError:
    last = cast("object", breaker.last_failure)  # pyright: ignore[reportUnknownMemberType]
    error = UnreachedError if isinstance(last, UnreachedError) else SourceFailedError
    return error(f"{_FAILURES} requests in a row failed: left alone for now")


def _breaker(pause: float) -> CircuitBreaker:
    return CircuitBreaker(_FAILURES, pause, _is_failure)


def _is_failure(_: type[BaseException], error: BaseException) -> bool:
    """Count failures only: a symbol that is not known, or a plan that gives no profiles, is none."""
    return isinstance(error, SourceFailedError) and not isinstance(error, UnusableError)
