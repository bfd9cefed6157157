"""What reaches the terminal or the pipe: results on standard output, everything else on standard error.

    Screen(out, err, quiet=False, verbose=0).say("added 4 highlights to \\"Deep.md\\"")

Guarantees: a line that cannot be encoded is written with replacements rather than lost; a reader that went away ends
the program without a word; colour is decided once, here. That no control character of the data gets here is the duty
of who makes the line (`report.shown`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from syncer.cli.progress import Bar


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
        """Print a line beside the result: progress, warnings, what was held back."""
        with self._bar.aside() if self._bar else nullcontext():
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


def quiet_end(code: int) -> None:
    """End the process with this exit code; a reader that went away is no reason for a word."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
