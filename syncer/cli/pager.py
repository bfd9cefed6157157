"""Does a text go through a pager? When it is longer than the terminal, and the reader did not say otherwise.

    PAGER="less -S"   that one          PAGER="" or PAGER=cat   none          not set   less, where there is one

`less` gets `-FRX` unless LESS says otherwise: it shows colours, and leaves what it showed on the screen. Guarantees: no
shell takes part; a pager that is not there, or is left early, is no error.
"""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from syncer.cli.screen import Screen

_NONE: tuple[list[str], ...] = (["cat"], [])


def page_out(text: str, *, screen: Screen, env: Mapping[str, str], lines: int) -> None:
    """Show the text on the terminal, a page at a time where it is longer than this many lines."""
    command = _command(env) if text.count("\n") >= lines else []
    if not command:
        screen.data(text.encode("utf-8", "replace"))
        return
    screen.end_bar()
    with _left_to_the_pager(), suppress(BrokenPipeError):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, env={"LESS": "FRX", **env})
        child.communicate(text.encode("utf-8", "replace"))


def _command(env: Mapping[str, str]) -> list[str]:
    """Return the pager's command, empty for none."""
    try:
        words = shlex.split(env.get("PAGER", "less"))
    except ValueError:
        return []
    if words in _NONE or shutil.which(words[0], path=env.get("PATH")) is None:
        return []
    return words


@contextmanager
def _left_to_the_pager() -> Iterator[None]:
    """Leave Ctrl-C to the pager, whose terminal this is while it shows something."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
