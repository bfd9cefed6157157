"""What is still known of the deliveries when the state is damaged or gone? A copy beside it, at most a week old.

    ~/.local/state/syncer/2f1c…e0.deliveries       crc32 of what follows, then a line each:
    {"written": "2024-10-14T07:56:02Z"}
    [60110123, {"path": "Readwise/State of AI.md", "highlights": {"801": [1, 3, 2873460011, 0, 0, 0, 0, false]}}]

With it, what the owner took out of a note stays out, although the state begins anew. Guarantees: mode 0600; replaced
whole or not at all; a copy that is damaged, or of a vault that holds none of its notes any more, is not used. What the
state itself keeps is in ledger.py.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from syncer.model import NotePath, Placed

if TYPE_CHECKING:
    from syncer.library.ledger import Ledger
    from syncer.library.store import Library

EVERY = timedelta(days=7)
PIECE = 1 << 20
_record = msgspec.json.Decoder(tuple[int, Placed]).decode


class Heading(msgspec.Struct, frozen=True):
    """The copy's first line: when it was written (RFC 3339)."""

    written: str


class Copied(msgspec.Struct, frozen=True):
    """What the state remembers of the copy, so that it need not be read to know its age."""

    written: str
    size: int
    mtime_ns: int


def place_of(state: Path) -> Path:
    """Return where the copy that belongs to a state lies."""
    return state.with_suffix(".deliveries")


def keep(library: Library, state: Path, *, now: datetime) -> bool:
    """Write the copy where there is none of the last seven days, and tell whether it was; raise OSError."""
    path = place_of(state)
    known = library.get("copied", Copied)
    found = _found(path, known)
    is_due = found is None or not timedelta(0) <= now - datetime.fromisoformat(found.written) < EVERY
    if is_due:
        if next(library.ledger.every_placed(), None) is None:
            return False
        written = now.isoformat(timespec="seconds")
        _write(path, written, library.ledger)
        found = _stamped(path, written)
    if found != known:
        with library.transaction():
            library.set("copied", found)
    return is_due


def _found(path: Path, known: Copied | None) -> Copied | None:
    """Return what is known of the copy that lies there, None where there is none that can be used."""
    try:
        if known and _stamped(path, known.written) == known:
            return known
        written = written_of(path)
        return _stamped(path, written) if written else None
    except OSError:
        return None


def _stamped(path: Path, written: str) -> Copied:
    found = path.stat()
    return Copied(written, found.st_size, found.st_mtime_ns)


def _write(path: Path, written: str, ledger: Ledger) -> None:
    temp = path.with_suffix(".tmp")
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(4))
            checksum = 0
            for line in _lines(written, ledger):
                checksum = zlib.crc32(line, checksum)
                file.write(line)
            file.seek(0)
            file.write(checksum.to_bytes(4, "big"))
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temp.unlink()
        raise


def _lines(written: str, ledger: Ledger) -> Iterator[bytes]:
    yield msgspec.json.encode(Heading(written)) + b"\n"
    for one in ledger.every_placed():
        yield msgspec.json.encode(one) + b"\n"


def written_of(path: Path) -> str:
    """Return when the copy was written; "" where there is none, or one that is not what was written."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError), path.open("rb") as file:
        return _checked(file)
    return ""


def _checked(file: BinaryIO) -> str:
    """Return the time in the heading, "" where the checksum does not fit; leave the file at the first record."""
    wanted, checksum = file.read(4), 0
    while piece := file.read(PIECE):
        checksum = zlib.crc32(piece, checksum)
    if checksum.to_bytes(4, "big") != wanted:
        return ""
    file.seek(4)
    written = msgspec.json.decode(file.readline(), type=Heading).written
    datetime.fromisoformat(written)
    return written


def records(path: Path) -> Iterator[tuple[int, Placed]]:
    """Yield the records of a copy, each by its book's id, where the copy is what was written; raise OSError."""
    with path.open("rb") as file:
        if _checked(file):
            yield from map(_record, file)


def recall(state: Path, ledger: Ledger, *, has_note: Callable[[NotePath], bool]) -> str:
    """Take the copy's records over into a ledger that is empty; return when it was written, "" where there is none."""
    path = place_of(state)
    written = written_of(path)
    if not written or not any(one.path and has_note(one.path) for _, one in records(path)):
        return ""
    ledger.restore(records(path))
    return written
