"""How far has it come? A bar on a terminal once it takes long, a line now and then in a log, nothing in a pipe.

    fetching       ━━━━━━━━━━╺━━━━━━━━━━  4,000 highlights
    reading notes  ━━━━━━━━━━━━━━━━╺━━━━  812 of 1,240
    writing        ━━╺━━━━━━━━━━━━━━━━━━  12 of 83

Guarantees: what is done in a second draws nothing and imports nothing; the bar goes when it ends, and makes room for
each line that is printed meanwhile. What is under way is told by the steps of the pass (`opening.Setup.on_step`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds before a bar is drawn."""
PAUSE = 10.0
"""Seconds between two lines in a log."""
UNITS = {"fetching": "highlights"}
"""What is counted where there is no whole to count against."""


def sentence(what: str, done: int, total: int) -> str:
    """Return how far something has come; `total` is 0 where nobody knows."""
    return f"{what}: {_amount(what, done, total)}"


def _amount(what: str, done: int, total: int) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,} {UNITS.get(what, '')}".rstrip()


class Steps:
    """Tells how far it has come, at most every few seconds of `clock`."""

    def __init__(self, tell: Callable[[str], None], *, clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._last = clock()

    def step(self, what: str, done: int, total: int) -> None:
        """Hear of a step, and tell it if the last line is long enough ago."""
        now = self._clock()
        if now - self._last >= PAUSE:
            self._last = now
            self._tell(sentence(what, done, total))


class Bar:
    """A bar on a terminal, from `patience` seconds after its making until it is ended."""

    def __init__(self, file: TextIO, *, has_colour: bool, patience: float = PATIENCE) -> None:
        self._file = file
        self._has_colour = has_colour
        self._lock = threading.RLock()
        self._latest = ("starting", 0, 0)
        self._is_over = False
        self._drawn: Progress | None = None
        self.begun = threading.Event()
        """Set when the bar is on the screen."""
        self._timer = threading.Timer(patience, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def step(self, what: str, done: int, total: int) -> None:
        """Show how far it has come."""
        with self._lock:
            self._latest = (what, done, total)
            if self._drawn:
                self._update(self._drawn)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar off the screen while the block prints something."""
        with self._lock:
            if self._drawn:
                self._drawn.stop()
            yield
            if self._drawn and not self._is_over:
                self._drawn.start()

    def end(self) -> None:
        """Take the bar off the screen for good."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            if self._drawn:
                self._drawn.stop()

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        with self._lock:
            if self._is_over:
                return
            console = Console(
                file=self._file,
                force_terminal=True,
                color_system="standard" if self._has_colour else None,
                no_color=not self._has_colour,
                markup=False,
                emoji=False,
                highlight=False,
            )
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[amount]}", markup=False),
            )
            self._drawn = Progress(*columns, console=console, transient=True)
            self._drawn.add_task("", amount="")
            self._update(self._drawn)
            self._drawn.start()
            self.begun.set()

    def _update(self, drawn: Progress) -> None:
        what, done, total = self._latest
        (task,) = drawn.task_ids
        amount = _amount(what, done, total)
        drawn.update(task, description=what, completed=done, total=total or None, amount=amount)
