"""The handful of errors that a user can meet; each names what is wrong, which thing, and what to do."""


class RiskpanelError(Exception):
    """Something a person can act on: ``what`` names the fault and the thing, ``hint`` the remedy.

    Raised as it is only by its subclasses, which fix the exit code of the command line.
    """

    exit_code = 1

    def __init__(self, what: str, *, hint: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.details = details


class InputError(RiskpanelError):
    """The request or a file is wrong (exit code 2); nothing was changed."""

    exit_code = 2


class NotFoundError(InputError):
    """What was asked for does not exist, or is not the asker's (exit code 2)."""


class StoreError(RiskpanelError):
    """The database is missing, locked, behind or unreachable (exit code 3)."""

    exit_code = 3
