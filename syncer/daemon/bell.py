"""How does the service wait? For a signal, the end of a child, or a moment, whichever comes first.

    with Bell() as bell:
        bell.wait(30.0)      → {signal.SIGHUP}      as soon as it comes; an empty set after 30 s

Guarantees: no signal is lost between two waits, and each wakes the next wait at once. A SIGHUP that comes because the
terminal went away counts as SIGTERM. Only one Bell is there at a time, in the main thread, as Python asks for; the
handlers from before come back when it leaves.
"""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)


class Waits(Protocol):
    """Anything that can be waited on."""

    def wait(self, seconds: float) -> set[int]:
        """Wait at most so many seconds; return the signals that came."""


class Bell:
    """The signals of this process, while the context lasts."""

    def __init__(self) -> None:
        self._heard: set[int] = set()
        self._had_terminal = os.isatty(0)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._hear) for number in HEARD}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> set[int]:
        """Wait at most so many seconds; return the signals that came since the last wait."""
        if not self._heard:
            select.select([self._read], [], [], max(0.0, seconds))
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            pass
        heard, self._heard = self._heard, set()
        return heard

    def _hear(self, number: int, frame: FrameType | None) -> None:
        is_hangup = number == signal.SIGHUP and self._had_terminal and not os.isatty(0)
        self._heard.add(signal.SIGTERM if is_hangup else number)
