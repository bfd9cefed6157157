"""What reaches the terminal or the pipe: results on standard output, everything else on standard error.

    Screen(out, err, quiet=False, verbose=0).say("added 4 highlights to \\"Deep.md\\"")

Guarantees: a line that cannot be encoded is written with replacements rather than lost; a reader that went away ends
the program without a word; an output that cannot be written (a full disk) stops no command, and is told at its end; a
stream that is closed is as /dev/null; colour is decided once, here. That no control character of the data gets here is
the duty of who makes the line (`report.shown`).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, TextIO

from syncer.errors import OutputError, reason_of

if TYPE_CHECKING:
    from syncer.cli.progress import Bar


class Standing(io.FileIO):
    """The file below a standard stream. Once it cannot be written, or read, it is as /dev/null; `lost` says why."""

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - what holds bytes has no name in Python 3.11
        """Write what can be written; raise BrokenPipeError alone, once, when the reader went away."""
        if self.lost is None:
            try:
                return self._written(data)
            except OSError as error:
                self.lost = error
                if isinstance(error, BrokenPipeError):
                    raise
        return memoryview(data).nbytes

    def _written(self, data: memoryview) -> int:
        """Write; where that would have to wait, and its other end was set not to, wait all the same."""
        written: int | None
        while (written := super().write(data)) is None:
            import select

            select.select([], [self], [])
        return written

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - nor has what takes them
        """Read, until the end or until nothing can be read any more."""
        try:
            return super().readinto(buffer)
        except OSError:
            return 0

    def readall(self) -> bytes:
        """Read all that can be read."""
        try:
            return super().readall()
        except OSError:
            return b""


def _standing(stream: TextIO | None, mode: str) -> Standing:
    if stream is not None:
        return Standing(stream.fileno(), mode, closefd=False)
    number = os.open(os.devnull, os.O_RDWR)
    os.set_inheritable(number, True)
    return Standing(number, mode, closefd=False)


def _over(buffer: io.BufferedReader | io.BufferedWriter, stream: TextIO | None) -> io.TextIOWrapper:
    """Return the text over these bytes as it was over those of the stream."""
    if stream is None:
        return io.TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")
    return io.TextIOWrapper(
        buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=bool(stream.line_buffering)
    )


def open_streams() -> None:
    """Have the standard streams of this process stand on `Standing`; those that are closed are opened on /dev/null.

    A closed one is opened at once: else the next file that is opened gets its number, and what is meant for a reader.
    """
    if sys.platform == "win32":
        return
    sys.stdin = _over(io.BufferedReader(_standing(sys.stdin, "r")), sys.stdin)
    sys.stdout = _over(io.BufferedWriter(_standing(sys.stdout, "w")), sys.stdout)
    sys.stderr = _over(io.BufferedWriter(_standing(sys.stderr, "w")), sys.stderr)


def unwritten() -> OutputError | None:
    """Return what is wrong with standard output, or standard error, where not all could be written; else None."""
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        with suppress(BrokenPipeError):
            stream.flush()
        lost = getattr(getattr(getattr(stream, "buffer", None), "raw", None), "lost", None)
        if lost and not isinstance(lost, BrokenPipeError):
            hint = "the command went on without it; send its output somewhere else"
            return OutputError(f"{name} cannot be written: {reason_of(lost)}", hint=hint)
    return None


def wants_colour(env: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether a stream gets colour: only a terminal does; see https://no-color.org and bixense.com/clicolors."""
    if not is_terminal or env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return env.get("CLICOLOR") != "0" and env.get("TERM") != "dumb"


class Screen:
    """The two streams of one command."""

    def __init__(self, out: TextIO, err: TextIO, *, env: Mapping[str, str], quiet: bool, verbose: int) -> None:
        self._out = out
        self._err = err
        self.quiet = quiet
        self.verbose = verbose
        self.is_terminal = out.isatty()
        self.has_colour = wants_colour(env, is_terminal=self.is_terminal)
        self._bars = not quiet and err.isatty() and env.get("TERM") != "dumb"
        self._bar_colour = wants_colour(env, is_terminal=err.isatty())
        self._bar: Bar | None = None

    def say(self, text: str) -> None:
        """Print a line of the result; what was under way is done."""
        self.end_bar()
        self._line(self._out, text)

    def tell(self, text: str) -> None:
        """Print a line beside the result: progress, warnings, what was held back; a reader who left ends nothing."""
        with self._bar.aside() if self._bar else nullcontext(), suppress(BrokenPipeError):
            self._line(self._err, text)

    def note(self, text: str) -> None:
        """Print a line that only somebody who asked for more wants to read."""
        if self.verbose:
            self.tell(text)

    def step(self, what: str, done: int, total: int) -> None:
        """Show on a terminal how far something has come, once it takes long; `total` is 0 where nobody knows."""
        if self._bar is None and self._bars:
            from syncer.cli.progress import Bar

            self._bar = Bar(self._err, has_colour=self._bar_colour)
        if self._bar:
            self._bar.step(what, done, total)

    def end_bar(self) -> None:
        """Take away what `step` has drawn: something else is to be seen."""
        if self._bar:
            self._bar.end()
            self._bar = None

    def data(self, data: bytes) -> None:
        """Write bytes to standard output as they are: a pipe gets exactly these."""
        if self.is_terminal:
            self.end_bar()
        self._out.flush()
        self._out.buffer.write(data)
        if self.is_terminal:  # what is told beside it comes after it there
            self._out.flush()

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal that standard output leads to."""
        try:
            columns, lines = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            columns, lines = 0, 0
        return columns or 80, lines or 24

    @staticmethod
    def _line(stream: TextIO, text: str) -> None:
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
