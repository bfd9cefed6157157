"""How is one poll run, and ended whatever hangs in it? As a process of its own, with a time limit.

    child = Child(command, env=env, given=b"[vault]…", log=None, now=100.0)
    child.ended(now=130.0)        → None while it works; its exit code once it has ended
    child.printed()               → what it wrote to standard output

`now` is in seconds of a clock that goes on in suspend. What the child is given it finds on standard input; its log
goes where ours goes, or into the file that is given. Guarantees: after its limit it is asked to end, and killed a grace
later; nothing here waits, except `end`, and that for the grace at most.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

LONGEST_POLL = 4_500.0
"""Seconds: a whole fetch may take an hour, and the notes are written after it."""
GRACE = 3.5
"""Seconds that a child gets to finish the note that it is writing; the whole stop is to take less than five."""
PRINTED = 1 << 20
"""Bytes of a child's output that are read."""


class Child:
    """A process that is given something, prints something, and has a time limit in seconds."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        given: bytes,
        log: IO[bytes] | None,
        now: float,
        limit: float = LONGEST_POLL,
    ) -> None:
        self.began = now
        self.deadline = now + limit
        self.is_overdue = False
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it has been read, or at the end
        try:
            with tempfile.TemporaryFile() as text:
                text.write(given)
                text.seek(0)
                self._process = subprocess.Popen(command, env=dict(env), stdin=text, stdout=self._output, stderr=log)
        except BaseException:
            self._output.close()
            raise

    def ended(self, *, now: float) -> int | None:
        """Return the exit code, negative after a signal; None while it works. End what works too long."""
        code = self._process.poll()
        if code is None and now > self.deadline:
            if self.is_overdue:
                self._process.kill()
            else:
                self._process.terminate()
                self.is_overdue = True
                self.deadline = now + GRACE
        return code

    def printed(self) -> bytes:
        """Return what the child has printed; it can be asked once, at the end."""
        with self._output:
            self._output.seek(0)
            return self._output.read(PRINTED)

    def end(self) -> None:
        """End the child as a person would: a request, and after the grace the end."""
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # a disk that hangs keeps it, and is not to keep us
                self._process.wait(0.5)
        self._output.close()
