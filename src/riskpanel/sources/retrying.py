"""Asking again after faults that pass, until whoever asks is told to end."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

import tenacity

from riskpanel.errors import StoppedError

_LOG = logging.getLogger("riskpanel.sources")
TURN = 0.5
"""Seconds of a wait: a signal on its threshold does not end it, so waits are short, and begun again."""
_ADVICE = re.compile(r"\s*See https://curl\.se/\S+ first for more details\.?")
T = TypeVar("T")

Again = Callable[[BaseException], bool | float]
"""Whether to ask again after an error; a number is the seconds to wait, in place of a growing wait."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often something is asked, and how long the waits between are, in seconds.

    Waits double from ``first_wait``, plus up to ``jitter``; none is over ``longest_wait``. Once ``stop`` is
    set, in whichever thread, a wait ends at once and nothing more is asked.
    """

    attempts: int
    first_wait: float
    longest_wait: float
    jitter: float
    stop: Event = field(default_factory=Event)

    def __call__(self, what: str, ask: Callable[[], T], again: Again) -> T:
        """Return what ``ask`` returns, asked again where that may help; ``what`` is for the log.

        Raises
        ------
        StoppedError
            When it was told to end.
        Exception
            What ``ask`` raised last.
        """

        def once() -> T:
            self.require_going()
            return ask()

        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=lambda state: self._wait(state, again),
            retry=tenacity.retry_if_exception(lambda error: again(error) is not False),
            before_sleep=lambda state: _log_retry(what, state),
            sleep=self._sleep,
            reraise=True,
        )(once)

    def require_going(self) -> None:
        """Raise StoppedError once it was told to end."""
        if self.stop.is_set():
            raise StoppedError("the fetch was stopped: what is left is fetched when it runs again")

    def _wait(self, state: tenacity.RetryCallState, again: Again) -> float:
        asked = again(_error(state))
        if asked is not True:
            return min(asked, self.longest_wait)
        grown = tenacity.wait_exponential(multiplier=self.first_wait) + tenacity.wait_random(0, self.jitter)
        return min(grown(state), self.longest_wait)

    def _sleep(self, seconds: float) -> None:
        left = seconds
        while left > 0 and not self.stop.wait(min(left, TURN)):
            left -= TURN
        self.require_going()


def plain(error: BaseException | str) -> str:
    """Return the text of an error on one line, without what curl advises its developers to read."""
    return _ADVICE.sub("", " ".join(str(error).split()))


def _error(state: tenacity.RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    if error is None:
        raise AssertionError("asked again without an error")
    return error


def _log_retry(what: str, state: tenacity.RetryCallState) -> None:
    _LOG.warning("asked again in %.1f s: %s: %s", state.upcoming_sleep, what, plain(_error(state)))
