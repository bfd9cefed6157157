"""How do bytes get to the end of a note that its owner may be editing at this moment?

    append(vault, "Readwise/State of AI.md", b"\\n## New highlights…", before=Fingerprint(5210, "9f…"))

Opened part by part, held (`lease.py`), looked at once more (size, content, inode), one O_APPEND write,
fsync, read back by its path. Guarantees: no byte that was in the note is written over: an appending write
cannot, whatever an editor does meanwhile. The inode stays, and with it birth time, mode, owner, extended
attributes and hard links. A note that is not what the plan saw is not touched. A torn write is taken back
where the tail is ours alone, else left for `recover`. An editor that saves by rename swaps the file under
us: the section is then lost, never the owner's text, and the read-back says so. One that saves a stale copy
a moment later is found by `confirm`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from syncer.model import Fingerprint, NotePath
from syncer.vault import NotRead, Vault
from syncer.vault.root import HIDDEN, VANISHED, LeadsOutside, Spot, read_whole, stamp_of
from syncer.writer.disk import sync, write_some
from syncer.writer.lease import Access, alone
from syncer.writer.outcome import Done, Failed, Outcome, Refused, parent

GONE = "it is gone"
CHANGED = "it has changed since it was read"
SAVED_OVER = "somebody else saved it at the same moment"
PASSING = (GONE, CHANGED, SAVED_OVER)
TRIES = 60
"""Looks at a note that is being saved all the time, some 2 ms apart."""

LATE_LOOKS = 2
"""Looks at what was written beyond the first, where that found the note's times changing."""


class Interfered(Exception):  # noqa: N818 - it says what happened
    """Somebody else wrote to the note between two parts of our write."""


def append(
    vault: Vault,
    path: NotePath,
    data: bytes,
    *,
    before: Fingerprint,
    still_fits: Callable[[bytes], bool] | None = None,
) -> Outcome:
    """Add `data` to the end of a note that has exactly the bytes of `before`, or others that `still_fits` approves.

    A note that another program saves again and again is looked at again and again, for a fraction of a second.
    """
    outcome = _append_once(vault, path, data, before, still_fits)
    for _ in range(TRIES if still_fits else 0):
        if not isinstance(outcome, Refused) or outcome.why not in PASSING:
            break
        vault.pause()
        outcome = _append_once(vault, path, data, before, still_fits)
    return outcome


def _append_once(
    vault: Vault, path: NotePath, data: bytes, before: Fingerprint, still_fits: Callable[[bytes], bool] | None
) -> Outcome:
    try:
        with vault.root.spot(path, follow=True) as spot:
            if spot.is_hidden:
                return Refused(HIDDEN)
            return _append_at(vault, spot, path, data, before, still_fits)
    except LeadsOutside as error:
        return Refused(error.reason)
    except VANISHED:
        return Refused(GONE)
    except Interfered:
        return Refused(SAVED_OVER)
    except OSError as error:
        return Failed(error, path, "add to the note")


def _append_at(
    vault: Vault,
    spot: Spot,
    path: NotePath,
    data: bytes,
    before: Fingerprint,
    still_fits: Callable[[bytes], bool] | None,
) -> Outcome:
    descriptor = spot.open(os.O_RDWR | os.O_APPEND)
    try:
        with alone(descriptor, pause=vault.pause) as access:
            head = _look_again(descriptor, spot, before, still_fits if access is not Access.BUSY else None)
            if head is None:
                return Refused(CHANGED)
            try:
                add_at_end(descriptor, data, size=len(head))
            except OSError:
                _cut_torn_tail(descriptor, head, data, access)
                raise
        try:
            sync(descriptor)
        except OSError:
            with alone(descriptor, pause=vault.pause) as access:
                _cut_torn_tail(descriptor, head, data, access)
            raise
    finally:
        os.close(descriptor)
    return read_back(vault, path, head + data, folder=parent(spot.path))


def _look_again(
    descriptor: int, spot: Spot, before: Fingerprint, still_fits: Callable[[bytes], bool] | None
) -> bytes | None:
    """Return the note's bytes, if they are what the plan saw, or as good, and the name still leads to them."""
    found = stamp_of(os.fstat(descriptor))
    head = read_whole(descriptor)
    fits = Fingerprint.of(head) == before or (still_fits is not None and still_fits(head))
    same = fits and found == stamp_of(os.fstat(descriptor)) == stamp_of(spot.stat())
    return head if same else None


def add_at_end(descriptor: int, data: bytes, *, size: int) -> None:
    """Append to an open note of `size` bytes; raise OSError, or Interfered where somebody else wrote too."""
    rest = memoryview(data)
    while True:
        rest = rest[write_some(descriptor, rest) :]
        if not rest:
            return
        if os.fstat(descriptor).st_size != size + len(data) - len(rest):
            raise Interfered


def _cut_torn_tail(descriptor: int, head: bytes, data: bytes, access: Access) -> None:
    """Cut what was written of `data`, if the note is its old bytes and that alone; what is left is recover's."""
    if access is Access.BUSY:
        return
    with contextlib.suppress(OSError):  # the error before this one is the one to tell
        now = read_whole(descriptor)
        if len(now) > len(head) and now.startswith(head) and data.startswith(now[len(head) :]):
            os.ftruncate(descriptor, len(head))
            os.fsync(descriptor)


def read_back(vault: Vault, path: NotePath, whole: bytes, *, folder: str) -> Outcome:
    """Return Done where the path leads to exactly these bytes.

    A network's file system may tell the times of a file that was just made or written one look late.
    """
    try:
        text = vault.look(path)
        for _ in range(LATE_LOOKS):
            if text is not None:
                break
            vault.pause()
            text = vault.look(path)
    except (NotRead, *VANISHED):
        return Refused(SAVED_OVER)
    except OSError as error:
        return Failed(error, path, "read the note back")
    if text is None or text.data != whole:
        return Refused(SAVED_OVER)
    return Done(text.stamp, Fingerprint.of(whole), folder)


def confirm(vault: Vault, path: NotePath, *, data: bytes) -> bool:
    """Tell whether bytes written a moment ago still stand in the note; raise OSError where it cannot be read.

    One that is gone, or changes all the time, does not hold them.
    """
    try:
        text = vault.look(path)  # what is seen once is there: only its absence needs a second, stable look
        return (text is not None and data in text.data) or data in vault.read(path).data
    except (NotRead, *VANISHED):
        return False
