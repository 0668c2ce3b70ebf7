"""Calling things at their time, by APScheduler."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, cast

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger


class _Scheduler(Protocol):
    """The part of APScheduler, which has no types, that is used here."""

    def start(self) -> None: ...
    def shutdown(self, wait: bool) -> None: ...
    def add_executor(self, executor: object, alias: str) -> None: ...
    def add_listener(self, callback: Callable[[Any], None], mask: int) -> None: ...
    def add_job(self, func: Callable[[], None], **options: object) -> object: ...


class Timer:
    """Calls things repeatedly or at a moment; those of one name one after the other, in their own thread.

    ``failed`` is told of what raises an exception: the name and the exception. The time is the wall clock's:
    what became due while the machine slept is called when it wakes, once.
    """

    def __init__(self, names: tuple[str, ...], failed: Callable[[str, BaseException], None]) -> None:
        # Two may be due: one that runs, and one that was asked for meanwhile. The default of a second's
        # grace would drop what is late.
        defaults = {"coalesce": True, "max_instances": 2, "misfire_grace_time": None}
        self._timer = cast(_Scheduler, BackgroundScheduler(timezone=UTC, job_defaults=defaults))
        for name in names:
            self._timer.add_executor(ThreadPoolExecutor(1, {"thread_name_prefix": name}), name)
        self._timer.add_listener(lambda event: failed(event.job_id, event.exception), EVENT_JOB_ERROR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.shutdown(wait=True)

    def every(self, pause: timedelta, call: Callable[[], None], *, name: str, first: datetime) -> None:
        """Call something again and again, for the first time at a moment."""
        trigger = IntervalTrigger(seconds=round(pause.total_seconds()), timezone=UTC)
        self._add(call, name, trigger=trigger, next_run_time=first)

    def at(self, moment: datetime, call: Callable[[], None], *, name: str) -> None:
        """Call something at a moment, in place of the moment that was named before."""
        self._add(call, name, trigger=DateTrigger(moment, timezone=UTC))

    def _add(self, call: Callable[[], None], name: str, **when: object) -> None:
        self._timer.add_job(call, id=name, executor=name, replace_existing=True, **when)
