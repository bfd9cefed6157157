"""How long may the templates of one note compute?

    with time_limit(2.0):
        …                       raises OutOfTime in here once 2 s of computing are used up

Guarantees: time that the computer sleeps or another program has does not count; a timer and a handler that were there
before are there again afterwards. Only in the main thread, and only where the system has an interval timer (not on
Windows): elsewhere there is no limit. What else a template may not do is in template_limits.py.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LONGEST_TIME = 2.0
"""Seconds of computing that one note may take; one with 20,000 highlights takes less than 0.4."""


class OutOfTime(Exception):  # noqa: N818  # it is no error but a time limit that has come
    """A template took longer than it may."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what runs inside after so many seconds of computing, where the system can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGVTALRM, _out_of_time)
    timer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)
        if timer[0]:
            signal.setitimer(signal.ITIMER_VIRTUAL, *timer)


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime(f"longer than {LONGEST_TIME:g} s")
