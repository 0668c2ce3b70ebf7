"""Limits of attempts: how often somebody may try a password, a link or a token."""

from collections.abc import Sequence
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.problems import Problem, ProblemError


@dataclass(frozen=True, slots=True)
class _Limit:
    """What may be tried how often, counted by some words."""

    items: tuple[RateLimitItem, ...]
    words: tuple[str, ...]


class Attempts:
    """Counts attempts in the memory of this process; a success forgets those of its own name and address.

    The address is looked at first: whoever is refused for it leaves no trace of the names that they try.
    """

    def __init__(self, policy: AccountPolicy) -> None:
        self._policy = policy
        self._counter = MovingWindowRateLimiter(MemoryStorage())

    def begin_sign_in(self, name: str, address: str) -> None:
        """Count an attempt to sign in, before the password is looked at.

        Raises
        ------
        ProblemError
            429 when there were too many of the name, from the address, or of both.
        """
        self._count(
            (
                self._limit(self._policy.sign_ins_from_address, "sign in", address),
                self._pair(name, address),
                self._limit(self._policy.sign_ins_of_name, "sign in", name.casefold()),
            )
        )

    def end_sign_in(self, name: str, address: str) -> None:
        """Forget the attempts of a name from an address: the last one succeeded."""
        pair = self._pair(name, address)
        for item in pair.items:
            self._counter.clear(item, *pair.words)

    def begin_link(self, address: str) -> None:
        """Count an attempt to use a one-time link; ProblemError 429 when there were too many."""
        self._count((self._limit(self._policy.links_from_address, "link", address),))

    def note_wrong_token(self, address: str) -> None:
        """Count a wrong token; ProblemError 429 when there were too many from the address.

        A right one is never refused: behind one address there may be many programs, and nothing to guess.
        """
        self._count((self._limit(self._policy.tokens_from_address, "token", address),))

    def _count(self, limits: Sequence[_Limit]) -> None:
        for limit in limits:
            for item in limit.items:
                if not self._counter.hit(item, *limit.words):
                    raise _refused(item)

    def _pair(self, name: str, address: str) -> _Limit:
        return self._limit(
            self._policy.sign_ins_of_name_from_address, "sign in of", name.casefold(), "from", address
        )

    def _limit(self, written: str, *words: str) -> _Limit:
        return _Limit(tuple(parse_many(written)), words)


def _refused(item: RateLimitItem) -> ProblemError:
    seconds = item.get_expiry()
    told = Problem(
        429, "Too many attempts", "too many attempts failed", f"wait {seconds} seconds, then try again"
    )
    return ProblemError(told, headers={"retry-after": str(seconds)})
