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


class FieldsError(InputError):
    """Fields of a request are wrong (exit code 2): ``faults`` are (field, reason) pairs."""

    def __init__(self, faults: tuple[tuple[str, str], ...], *, hint: str = "") -> None:
        told = tuple(": ".join(fault) for fault in faults)
        super().__init__(told[0], hint=hint, details=told if len(told) > 1 else ())
        self.faults = faults


class NotFoundError(InputError):
    """What was asked for does not exist, or is not the asker's (exit code 2)."""


class ConflictError(InputError):
    """What was asked for contradicts what is stored (exit code 2); nothing was changed."""


class StoreError(RiskpanelError):
    """The database is missing, locked, behind or unreachable (exit code 3)."""

    exit_code = 3


class NoDatabaseError(StoreError):
    """There is no database yet, or one without tables (exit code 3)."""


class LockedError(StoreError):
    """Another program locks what is to be written (exit code 3): the same request may work later."""


class BusyError(StoreError):
    """Another run holds the lock of runs (exit code 3): the same request may work later."""


class StoppedError(BusyError):
    """A run or a fetch was told to end (exit code 3): what is left is done when it runs again."""


class ClusterError(RiskpanelError):
    """The machines that were to compute cannot be used (exit code 3); what was saved is whole."""

    exit_code = 3
