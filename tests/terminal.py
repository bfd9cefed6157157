"""A person at a terminal: `syncer` as a child on a real pty, with what is typed and what is seen.

    with Terminal(["init"], env=env, folder=home) as one:
        one.answers("Which one?", "2")        # waits until it is asked, then types
        one.interrupts("[Y/n]")               # Ctrl-C at the question
        assert one.end() == 0
    one.seen                                  # all that was on the screen

The child has a terminal of its own as its controlling one, so that a hidden prompt and Ctrl-C are the system's own.
Nothing waits by the clock: a question that does not come within a minute fails the test with what is on the screen.
"""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60.0
"""Seconds until a question must have come, on a busy machine."""

REPO = Path(__file__).resolve().parents[1]


class Terminal:
    """One call of the command line, on a terminal."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        path: Path | None = None,
        size: tuple[int, int] = (80, 24),
        term: str = "dumb",
        program: Sequence[str] = ("-m", "syncer"),
    ) -> None:
        """Start the command in `folder`; modules in `path` are found before all others.

        `size` are the terminal's columns and lines, `term` is its kind, `program` what Python is told to run.
        """
        self.seen = ""
        self._read = 0
        self._code: int | None = None
        command = [sys.executable, *program, *arguments]
        whole = {
            **env,
            "PYTHONPATH": os.pathsep.join(map(str, filter(None, (path, REPO)))),
            "TERM": term,
            "PATH": os.environ["PATH"],
        }
        self._pid, self._screen = pty.fork()
        if not self._pid:
            termios.tcsetwinsize(0, (size[1], size[0]))
            os.chdir(folder)
            os.execve(sys.executable, command, whole)  # noqa: S606 - that is what a terminal does

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._code is None:
            os.kill(self._pid, 9)
            os.waitpid(self._pid, 0)
        os.close(self._screen)

    @property
    def left(self) -> str:
        """What is left on the screen, colours and all, of which a bar has gone that a busy machine may have drawn."""
        after = self.seen.rpartition("\x1b[?25h")[2]
        return re.sub(r"\A(?:\r|\n|\x1b\[\d*[AK])+", "", after) if after != self.seen else after

    def waits_for(self, text: str) -> None:
        """Return when this is on the screen, after what was waited for before."""
        end = time.monotonic() + PATIENCE
        while (found := self.seen.find(text, self._read)) < 0:
            assert self._more(end), f"{text!r} did not come; on the screen is:\n{self.seen}"
        self._read = found + len(text)

    def answers(self, question: str, answer: str) -> None:
        """Type an answer, and Enter, when the question is on the screen."""
        self.waits_for(question)
        os.write(self._screen, f"{answer}\n".encode())

    def interrupts(self, question: str) -> None:
        """Press Ctrl-C when the question is on the screen."""
        self.waits_for(question)
        os.write(self._screen, b"\x03")

    def signal(self, number: int) -> None:
        """Send the process a signal, as another program does."""
        os.kill(self._pid, number)

    def end(self) -> int:
        """Return the exit code, after everything was read."""
        end = time.monotonic() + PATIENCE
        while self._more(end):
            pass
        assert time.monotonic() < end, f"it did not end; on the screen is:\n{self.seen}"
        _, status = os.waitpid(self._pid, 0)
        self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def _more(self, end: float) -> bool:
        """Read some more; False at the end of the child, or when the patience is over."""
        ready, _, _ = select.select([self._screen], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # Linux says so that the other side has closed
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
