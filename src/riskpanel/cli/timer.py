"""Calling things at their time, by APScheduler."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any, Protocol, Self, cast

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from riskpanel.cli.edge import now


class _Scheduler(Protocol):
    """The part of APScheduler, which has no types, that is used here."""

    def start(self) -> None: ...
    def pause(self) -> None: ...
    def get_jobs(self) -> list[object]: ...
    def shutdown(self, wait: bool) -> None: ...
    def add_executor(self, executor: object, alias: str) -> None: ...
    def add_listener(self, callback: Callable[[Any], None], mask: int) -> None: ...
    def add_job(self, func: Callable[[], None], **options: object) -> object: ...


class _Ticking(BackgroundScheduler):
    """Says when its thread has ended, for whatever reason."""

    over: Event

    def _main_loop(self) -> None:
        try:
            super()._main_loop()
        finally:
            self.over.set()


class Timer:
    """Calls things repeatedly or at a moment; those of one name one after the other, in their own thread.

    ``failed`` is told of what raises an exception: the name and the exception. The time is the wall clock's:
    what became due while the machine slept is called when it wakes, once. ``over`` is set when nothing is
    called any more. Its end waits for what is being called; what that plans is not called.
    """

    def __init__(self, names: tuple[str, ...], failed: Callable[[str, BaseException], None]) -> None:
        # Two may be due: one that runs, and one that was asked for meanwhile. The default of a second's
        # grace would drop what is late.
        defaults = {"coalesce": True, "max_instances": 2, "misfire_grace_time": None}
        ticking = _Ticking(timezone=UTC, job_defaults=defaults)
        ticking.over = self.over = Event()
        self._timer = cast(_Scheduler, ticking)
        self._planning, self._ends = Lock(), False
        for name in names:
            self._timer.add_executor(ThreadPoolExecutor(1, {"thread_name_prefix": name}), name)
        self._timer.add_listener(lambda event: failed(event.job_id, event.exception), EVENT_JOB_ERROR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._planning:
            self._ends = True
        # A pass in which it calls what is due must not see it stop: it would miss its own bookkeeping.
        self._timer.pause()
        self._timer.get_jobs()  # waits for such a pass
        self._timer.shutdown(wait=True)

    def every(self, pause: timedelta, call: Callable[[], None], *, name: str) -> None:
        """Call something now, and again and again."""
        trigger = IntervalTrigger(seconds=round(pause.total_seconds()), timezone=UTC)
        self._add(call, name, trigger=trigger, next_run_time=now())

    def at(self, moment: datetime, call: Callable[[], None], *, name: str) -> None:
        """Call something at a moment, in place of the moment that was named before."""
        self._add(call, name, trigger=DateTrigger(moment, timezone=UTC))

    def _add(self, call: Callable[[], None], name: str, **when: object) -> None:
        # The end waits for what is called, with a lock that planning anything wants, too.
        with self._planning:
            if not self._ends:
                self._timer.add_job(call, id=name, executor=name, replace_existing=True, **when)
