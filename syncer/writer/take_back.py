"""How is what a run wrote taken out of the vault again, byte for byte?

    take_back(vault, "Readwise/State of AI.md", size=5210, tail=b"\\n## New highlights…", created=False)

Guarantees: an addition is cut only where the note ends with exactly those bytes, after exactly `size`
others; a note that we made is removed only where it is still exactly what we made. Where the system has
leases, nobody can save in between. After `Failed` it may be out all the same: the note says so. Which bytes a
run wrote is kept by the library.
"""

from __future__ import annotations

import os

from syncer.model import Fingerprint, NotePath, Stamp
from syncer.vault import Vault
from syncer.vault.root import HIDDEN, VANISHED, LeadsOutside, Spot, read_whole
from syncer.writer.append import CHANGED, GONE, read_back
from syncer.writer.create import remove_ours
from syncer.writer.disk import sync
from syncer.writer.lease import Access, alone
from syncer.writer.outcome import Done, Failed, Outcome, Refused, parent

NO_FILE = Stamp(0, 0, 0, 0)
OPEN_ELSEWHERE = "another program has it open"


def take_back(vault: Vault, path: NotePath, *, size: int, tail: bytes, created: bool) -> Outcome:
    """Cut `tail` off a note of `size` bytes before it, or remove a note that is `tail` and that we made.

    The folder is still to be synced. Of a note that is removed the stamp is NO_FILE.
    """
    try:
        with vault.root.spot(path, follow=not created) as spot:
            if spot.is_hidden:
                return Refused(HIDDEN)
            if created:
                return _remove(vault, spot, tail)
            return _cut(vault, spot, path, size, tail)
    except LeadsOutside as error:
        return Refused(error.reason)
    except VANISHED:
        return Refused(GONE)
    except OSError as error:
        return Failed(error, path, "take the addition back")


def _remove(vault: Vault, spot: Spot, data: bytes) -> Outcome:
    if not remove_ours(vault, spot, data=data, whole=True):
        return Refused(CHANGED)
    return Done(NO_FILE, Fingerprint.of(b""), parent(spot.path))


def _cut(vault: Vault, spot: Spot, path: NotePath, size: int, tail: bytes) -> Outcome:
    descriptor = spot.open(os.O_RDWR)
    try:
        with alone(descriptor, pause=vault.pause) as access:
            if access is Access.BUSY:
                return Refused(OPEN_ELSEWHERE)
            whole = read_whole(descriptor)
            if whole[size:] != tail or len(whole) != size + len(tail):
                return Refused(CHANGED)
            os.ftruncate(descriptor, size)
        try:
            sync(descriptor)
        except OSError as error:
            return Failed(error, path, "bring it to the disk")
    finally:
        os.close(descriptor)
    return read_back(vault, path, whole[:size], folder=parent(spot.path))
