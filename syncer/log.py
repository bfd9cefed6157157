"""What does a line of the service's log look like? As its reader wants it: the journal, a terminal, a file, a program.

    journal      <4>held back: "Readwise/Deep.md": it is being edited        (the journal has the time itself)
    terminal     10:42:03 warning: held back: "Readwise/Deep.md": it is being edited
    file         2026-11-24T10:42:03+01:00 warning: held back: …
    json         {"time": "2026-11-24T09:42:03.123Z", "level": "warning", "message": "held back: …"}

Guarantees: one record is one line, and no control character of a title reaches it. Records of other packages are not
taken, but for the scheduler's warnings: what an HTTP library logs may hold more than is ours to tell.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from syncer.instants import written
from syncer.report import shown

LOG = logging.getLogger("syncer")
_SCHEDULER = logging.getLogger("apscheduler")
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""The levels as syslog counts them, which is what the journal reads between < and >."""


class _Lines(logging.Formatter):
    def __init__(self, *, as_json: bool, in_journal: bool, on_terminal: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._in_journal = in_journal
        self._on_terminal = on_terminal

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += f" ({self.formatException(record.exc_info)})"
        line = self._json(record, text) if self._as_json else self._text(record, shown(text))
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" if self._in_journal else line

    @staticmethod
    def _json(record: logging.LogRecord, text: str) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return json.dumps({"time": written(moment), "level": record.levelname.lower(), "message": text})

    def _text(self, record: logging.LogRecord, text: str) -> str:
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        if self._in_journal:
            return text
        moment = datetime.fromtimestamp(record.created).astimezone()
        stamp = f"{moment:%H:%M:%S}" if self._on_terminal else moment.isoformat(timespec="seconds")
        return f"{stamp} {level}{text}"


def open_log(where: TextIO | Path, *, env: Mapping[str, str], level: str, format: str) -> None:
    """Have the log written there from now on, from `level` on, as `format` ("text", "json") has it.

    A file is opened anew when it was renamed.
    """
    handler: logging.Handler
    if isinstance(where, Path):
        from logging.handlers import WatchedFileHandler

        handler, in_journal, on_terminal = WatchedFileHandler(where, encoding="utf-8"), False, False
    else:
        handler, in_journal, on_terminal = logging.StreamHandler(where), is_journal(where, env), where.isatty()
    handler.setFormatter(_Lines(as_json=format == "json", in_journal=in_journal, on_terminal=on_terminal))
    LOG.setLevel(level.upper())
    _SCHEDULER.setLevel(logging.WARNING)
    for logger in (LOG, _SCHEDULER):
        for former in logger.handlers:
            former.close()
        logger.handlers[:] = [handler]
        logger.propagate = False


def is_journal(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Return whether the stream leads to the journal: its device and inode are those in JOURNAL_STREAM."""
    try:
        facts = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return env.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


def level_of(configured: str, *, verbose: int, quiet: bool) -> str:
    """Return the level that counts: what was asked for on the command line, else what the configuration says."""
    if verbose:
        return "debug"
    return "warning" if quiet else configured


def make_room(path: Path, *, largest: int, kept: int) -> None:
    """Rename a log file that is larger than so many bytes to `.1`, and the older ones on, keeping `kept` of them.

    A manager that hands over a file neither bounds nor rotates it; the writer is to open it anew after this.
    """
    if not path.exists() or path.stat().st_size <= largest:
        return
    for number in range(kept - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))
