"""How much a command says beside what it was asked for: ``-q``, ``-v`` and ``--debug``."""

from dataclasses import dataclass, replace

from riskpanel.errors import InputError


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was asked for; ``verbose`` counts the v's."""

    quiet: bool = False
    verbose: int = 0
    debug: bool = False

    def log_level(self, usual: str) -> str:
        """Return the least severity that is logged, where without any option it would be ``usual``."""
        if self.quiet:
            return "error"
        if self.verbose == 0 or usual == "debug":
            return usual
        return "info" if self.verbose == 1 else "debug"


class _Asked:
    """The loudness of the command that runs; a process runs one at a time."""

    now = Loudness()


def loudness() -> Loudness:
    """Return what the running command was asked for."""
    return _Asked.now


def reset_loudness() -> None:
    """Forget what the command before was asked for."""
    _Asked.now = Loudness()


def be_quiet(value: bool) -> None:
    """Take ``--quiet``."""
    if value:
        _ask(replace(_Asked.now, quiet=True))


def be_verbose(value: int) -> None:
    """Take each ``--verbose``."""
    if value:
        _ask(replace(_Asked.now, verbose=_Asked.now.verbose + value))


def show_tracebacks(value: bool) -> None:
    """Take ``--debug``."""
    if value:
        _ask(replace(_Asked.now, debug=True))


def _ask(asked: Loudness) -> None:
    if asked.quiet and asked.verbose:
        raise InputError("--quiet and --verbose exclude each other", hint="leave one of them out")
    _Asked.now = asked
