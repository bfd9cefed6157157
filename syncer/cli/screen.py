"""What reaches the terminal or the pipe: results on standard output, everything else on standard error.

    Screen(out, err, quiet=False, verbose=0).say("added 4 highlights to \\"Deep.md\\"")

Guarantees: no control character of the data reaches a terminal; a line that cannot be encoded is written with
replacements rather than lost; a reader that went away ends the program without a word.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from syncer.report import shown

_RED, _GREEN, _CYAN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"


class Screen:
    """The two streams of one command."""

    def __init__(self, out: TextIO, err: TextIO, *, env: Mapping[str, str], quiet: bool, verbose: int) -> None:
        self._out = out
        self._err = err
        self.quiet = quiet
        self.verbose = verbose
        self.is_terminal = out.isatty()
        self._colour = self.is_terminal and not env.get("NO_COLOR") and env.get("TERM") != "dumb"

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

    def diff(self, data: bytes) -> None:
        """Write a diff: as it is into a pipe, coloured and with visible control characters on a terminal."""
        if not self.is_terminal:
            self.data(data)
            return
        for line in data.decode("utf-8", "replace").splitlines():
            self.say(self._coloured(line))

    def _coloured(self, line: str) -> str:
        text = shown(line.replace("\t", "    "))
        colours = {"+": _GREEN, "-": _RED, "@": _CYAN}
        return f"{colours[line[0]]}{text}{_PLAIN}" if self._colour and line[:1] in colours else text

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
