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
from typing import TextIO


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

    def say(self, text: str) -> None:
        """Print a line of the result."""
        self._line(self._out, text)

    def tell(self, text: str) -> None:
        """Print a line beside the result: progress, warnings, what was held back."""
        self._line(self._err, text)

    def note(self, text: str) -> None:
        """Print a line that only somebody who asked for more wants to read."""
        if self.verbose:
            self._line(self._err, text)

    def data(self, data: bytes) -> None:
        """Write bytes to standard output as they are: a pipe gets exactly these."""
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
