"""Checks of nights: what the last one came to, which are missing, and who computes the next."""

from datetime import timedelta

from riskpanel.nightly import leadership
from riskpanel.nightly.doctor.checks import Affected, Check, Judgement, Severity, Trouble, Unexamined, plural
from riskpanel.nightly.doctor.facts import Facts, Prices
from riskpanel.nightly.doctor.symbol_checks import with_prices
from riskpanel.nightly.due import Timetable, missed_sessions, spans
from riskpanel.nightly.holders import describe_holder, may_live

PART = "Nights"
_LOOKBACK = 504  # sessions back to which missed nights are looked for
_WAIT = timedelta(minutes=15)  # in which a worker takes a request up
_SPANS = 3  # ranges that commands name

_NO_NIGHT = Unexamined("there was no night")


def _never(facts: Facts) -> Judgement:
    if facts.last_night is not None:
        return None
    return Trouble("no night of all portfolios was ever computed")


def _failed(facts: Facts) -> Judgement:
    night = facts.last_night
    if night is None:
        return _NO_NIGHT
    if night.status != "failed":
        return None
    return Trouble(
        f"the last night, run {night.id} of {night.last}, failed: {night.error or 'no reason recorded'}"
    )


def _partial(facts: Facts) -> Judgement:
    night = facts.last_night
    if night is None:
        return _NO_NIGHT
    if not night.failures or night.status == "failed":
        return None
    failed = {failure.portfolio_id: failure for failure in night.failures}
    affected = [Affected(failure.name, failure.error) for failure in failed.values()]
    hints = dict.fromkeys(failure.hint for failure in failed.values() if failure.hint)
    told = f"{plural(len(failed), 'portfolio')} failed in the last night, run {night.id} of {night.last}"
    command = f"riskpanel run --as-of {night.last}"
    return Trouble(told, affected, (command,), remedy="; ".join(list(hints)[:3]))


def _interrupted(facts: Facts) -> Judgement:
    night = facts.last_night
    if night is None:
        return _NO_NIGHT
    if night.status not in {"running", "abandoned"} or _at_work(facts, "run"):
        return None
    command = f"riskpanel run --as-of {night.last}"
    if night.first != night.last:
        command = f"riskpanel backfill --from {night.first} --to {night.last}"
    return Trouble(
        f"the last night, run {night.id} begun {night.started_at:%Y-%m-%d %H:%M} UTC, was ended from outside",
        (),
        (command,),
    )


def _missed(facts: Facts, prices: Prices) -> Judgement:
    if not facts.nights:
        return _NO_NIGHT
    found = missed_sessions(facts.now, Timetable(lookback=_LOOKBACK), facts.nights).sessions
    missed = [day for day in found if day <= prices.as_of]
    if not missed:
        return None
    ranges = spans(missed)
    affected = [Affected(f"{a}" if a == b else f"{a} to {b}") for a, b in ranges]
    commands = [f"riskpanel backfill --from {a} --to {b}" for a, b in ranges[-_SPANS:]]
    told = (
        f"{plural(len(missed), 'session')} with prices, of the last {_LOOKBACK} since the first night, were "
        "computed by no night of all"
    )
    return Trouble(told, affected, commands)


def _at_work(facts: Facts, name: str) -> bool:
    lock = facts.locks.get(name)
    return lock is not None and may_live(lock.holder, lock.expires_at, facts.now)


def _running(facts: Facts) -> Judgement:
    if not _at_work(facts, "run"):
        return None
    return Trouble(f"a run is in progress: {describe_holder(facts.locks['run'].holder)}")


def _dead_lock(facts: Facts) -> Judgement:
    dead = [name for name in sorted(facts.locks) if not _at_work(facts, name)]
    if not dead:
        return None
    affected = [Affected(name, describe_holder(facts.locks[name].holder)) for name in dead]
    return Trouble(f"{plural(len(dead), 'lock')} left by a process that is gone", affected)


def _no_leader(facts: Facts) -> Judgement:
    return None if _at_work(facts, leadership.NAME) else Trouble("no scheduler is at work on this database")


def _requests_failed(facts: Facts) -> Judgement:
    failed = facts.requests.failed
    if not failed:
        return None
    affected = [Affected(f"request {number}", error) for number, error in failed]
    return Trouble(f"{plural(len(failed), 'run')} that users asked for failed", affected)


def _requests_wait(facts: Facts) -> Judgement:
    since = facts.requests.waiting_since
    if since is None or facts.now - since < _WAIT or _at_work(facts, "run"):
        return None
    return Trouble(f"runs that users asked for wait since {since:%Y-%m-%d %H:%M} UTC")


def _policy(facts: Facts) -> Judgement:
    night = facts.last_night
    if night is None:
        return _NO_NIGHT
    if night.policy_fingerprint == facts.policy.fingerprint:
        return None
    return Trouble(f"the policy that is set is not that of the last night, run {night.id} of {night.last}")


NIGHT_CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "night-never",
        PART,
        Severity.ERROR,
        "No night yet",
        "whether any night of all portfolios was ever computed",
        "there are no numbers to look at.",
        "Compute the newest session; `backfill` computes a range of older ones.",
        "nights have been computed",
        _never,
        ("riskpanel run",),
    ),
    Check(
        "night-failed",
        PART,
        Severity.ERROR,
        "The last night failed",
        "the record of the newest run of all portfolios",
        "its session has no snapshots, or those of an earlier run.",
        "Mend what the error says, and run again; what was saved before it is whole.",
        "the last night did not fail",
        _failed,
        ("riskpanel run",),
    ),
    Check(
        "night-partial",
        PART,
        Severity.ERROR,
        "Portfolios failed in the last night",
        "the failures that the newest run of all portfolios has recorded",
        "those portfolios have no snapshot of the session; the others are saved.",
        "Mend what each error says, and run the session again.",
        "no portfolio failed in the last night",
        _partial,
        ("riskpanel run --as-of DAY",),
    ),
    Check(
        "night-interrupted",
        PART,
        Severity.WARNING,
        "The last night was interrupted",
        "whether the newest run of all portfolios was killed or stopped before its end, and none is at work",
        "sessions that it had finished are whole, the others are not there.",
        "Run the same again: it finishes what is left. A scheduler does so by itself.",
        "the last night was not interrupted",
        _interrupted,
        ("riskpanel run --as-of DAY", "riskpanel backfill --from DAY --to DAY"),
    ),
    Check(
        "nights-missed",
        PART,
        Severity.ERROR,
        "Nights are missing",
        "sessions of the last two years that have prices, and that no night of all has computed since the "
        "first one; a night that began before the close of its session does not count",
        "histories have holes, and day-to-day changes are missing.",
        "Compute them; a scheduler catches up the last 30 by itself.",
        "no night is missing",
        with_prices(_missed),
        ("riskpanel backfill --from DAY --to DAY",),
    ),
    Check(
        "run-in-progress",
        PART,
        Severity.NOTE,
        "A run is in progress",
        "the lock of runs, and whether the process that holds it is alive",
        "findings may be about what it is just mending, and other runs wait.",
        "Wait until it ends, and look again.",
        "no run is in progress",
        _running,
    ),
    Check(
        "lock-left",
        PART,
        Severity.NOTE,
        "A lock of a dead process",
        "locks that have expired, or whose process on this machine is gone",
        "nothing has to be done: who comes next takes the lock over. It tells that a command was killed.",
        "See why it was killed: memory, a restart, a time limit of the service.",
        "no lock is left behind",
        _dead_lock,
    ),
    Check(
        "no-scheduler",
        PART,
        Severity.NOTE,
        "No scheduler at work",
        "whether a scheduler leads on this database",
        "nights are computed by hand, cron or a timer, or not at all.",
        "Start one, as a service; or leave it, where cron or a timer calls `riskpanel schedule --once`.",
        "a scheduler is at work",
        _no_leader,
        ("riskpanel schedule",),
    ),
    Check(
        "requests-failed",
        PART,
        Severity.WARNING,
        "Runs that users asked for failed",
        "requests of the page and the API that failed, and that no later one for the same made good",
        "a change of holdings is stored, and its numbers are not computed.",
        "Mend what each error says; the next night or request computes it.",
        "no run that users asked for failed",
        _requests_failed,
        ("riskpanel run",),
    ),
    Check(
        "requests-wait",
        PART,
        Severity.WARNING,
        "Runs that users asked for wait",
        "requests that nobody has taken up for 15 minutes, while no run is in progress",
        "changes made on the page are not computed: the worker is a part of the server.",
        "Start the server, or restart it and read its log.",
        "no run that users asked for waits",
        _requests_wait,
        ("riskpanel serve",),
    ),
    Check(
        "policy-changed",
        PART,
        Severity.NOTE,
        "The policy has changed",
        "the policy that is set (`RISKPANEL_POLICY__...`) against the one that the last night was computed "
        "with",
        "numbers of the next night are not comparable with those before; each run records its policy.",
        "Nothing, where that is meant. To make the history alike, compute it again with `backfill`.",
        "the policy is that of the last night",
        _policy,
        ("riskpanel backfill --from DAY --to DAY",),
    ),
)
