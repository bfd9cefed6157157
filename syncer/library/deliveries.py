"""What is still known of the deliveries when the state is damaged or gone? A copy beside it, at most a week old.

    ~/.local/state/syncer/2f1c…e0.deliveries       crc32 + {"written": "2024-10-14T07:56:02Z", "books": {"801": {…}}}

With it, what the owner took out of a note stays out, although the state begins anew. Guarantees: mode 0600; replaced
whole or not at all; a copy that is damaged, or of a vault that holds none of its notes any more, is not used. What the
state itself keeps is in ledger.py.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from syncer.library.ledger import Ledger
from syncer.model import NotePath, Placed

EVERY = timedelta(days=7)


class Copy(msgspec.Struct, frozen=True):
    """The records of all books, as they were when the copy was written (RFC 3339)."""

    written: str
    books: dict[int, Placed]


def place_of(state: Path) -> Path:
    """Return where the copy that belongs to a state lies."""
    return state.with_suffix(".deliveries")


def keep(state: Path, ledger: Ledger, *, now: datetime) -> bool:
    """Write the copy where there is none of the last seven days, and tell whether it was; raise OSError."""
    path = place_of(state)
    found = read(path)
    if found and timedelta(0) <= now - datetime.fromisoformat(found.written) < EVERY:
        return False
    copy = Copy(now.isoformat(timespec="seconds"), dict(ledger.every_placed()))
    if not copy.books:
        return False
    payload = msgspec.json.encode(copy)
    temp = path.with_suffix(".tmp")
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(zlib.crc32(payload).to_bytes(4, "big") + payload)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temp.unlink()
        raise
    return True


def read(path: Path) -> Copy | None:
    """Return the copy at this path; None where there is none, or one that is not what was written."""
    try:
        data = path.read_bytes()
        if zlib.crc32(data[4:]).to_bytes(4, "big") != data[:4]:
            return None
        found = msgspec.json.decode(data[4:], type=Copy)
        datetime.fromisoformat(found.written)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    return found


def recall(state: Path, ledger: Ledger, *, has_note: Callable[[NotePath], bool]) -> str:
    """Take the copy's records over into a ledger that is empty; return when it was written, "" where there is none."""
    found = read(place_of(state))
    if found is None or not any(one.path and has_note(one.path) for one in found.books.values()):
        return ""
    ledger.restore(found.books)
    return found.written
