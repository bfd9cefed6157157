"""What is to be done about a write that a crash, a kill or a power cut ended in the middle?

    recover(vault, Intent(kind="append", path="Readwise/State of AI.md", before=Fingerprint(5210, "9f…"), data=b"…"))
    → Recovered(Fate.COMPLETED, done=Done(…))

Run for each intent of the journal before anything is read or planned. Guarantees: it writes only where the
note is its old bytes followed by nothing but a torn copy of ours (cut short, or zeros that the disk never
filled); it only ever adds what is missing of ours; any other note is left for the next plan to decide from
its bytes. Ending it in the middle leaves something that it finishes the next time.
"""

from __future__ import annotations

import errno
import os

from syncer.errors import reason_of
from syncer.model import Fingerprint, Intent
from syncer.vault import NotRead, Vault
from syncer.vault.root import HIDDEN, VANISHED, LeadsOutside, read_whole
from syncer.writer.append import CHANGED, Interfered, add_at_end, read_back
from syncer.writer.create import remove_temp
from syncer.writer.disk import sync, sync_folders, write_all
from syncer.writer.lease import Access, alone
from syncer.writer.outcome import Done, Fate, Recovered, Refused, is_torn, parent

LEAST_PROOF = 24
"""Bytes of ours from which on they prove whose they are."""


def recover(vault: Vault, intent: Intent) -> Recovered:
    """Finish what was begun of an intent where the bytes prove that it is ours; else leave it alone."""
    try:
        if intent.kind == "create":
            _clear_temp(vault, intent)
        return _recover(vault, intent)
    except (LeadsOutside, Interfered) as error:
        return Recovered(Fate.LEFT, str(error) or CHANGED)
    except VANISHED:
        return Recovered(Fate.ABSENT)
    except NotRead as error:
        return Recovered(Fate.LATER, error.reason)
    except OSError as error:
        return _later(error)


def _later(error: OSError) -> Recovered:
    """Return that it is to be tried again by the next run, with the system's own words for why."""
    why = reason_of(error)
    return Recovered(Fate.LATER, f"it could not be finished: {why}", error=error)


def _clear_temp(vault: Vault, intent: Intent) -> None:
    try:
        with vault.root.spot(intent.path, follow=False) as spot:
            remove_temp(spot, intent.temp, data=intent.data)
    except VANISHED:
        return


def _recover(vault: Vault, intent: Intent) -> Recovered:
    size = intent.before.size if intent.before else 0
    whole = vault.read(intent.path).data
    head, tail = whole[:size], whole[size:]
    if intent.before and Fingerprint.of(head) != intent.before:
        reach = _reach(whole, intent.data)
        if not reach:
            return Recovered(Fate.LEFT, CHANGED)
        return _finish(vault, intent, whole[:-reach], whole[-reach:])
    if not tail:  # an empty file in a new note's place may be its owner's
        return Recovered(Fate.ABSENT) if intent.before else Recovered(Fate.LEFT, CHANGED)
    if not is_torn(tail, intent.data):
        return Recovered(Fate.LEFT, CHANGED)
    return _finish(vault, intent, head, tail)


def _reach(whole: bytes, data: bytes) -> int:
    """Return how many of our first bytes end a note that changed before them; 0 where their first line is not whole.

    Its owner saved the note between the plan's look and the write; a whole heading of ours is nobody else's.
    """
    first = data.find(b"\n", 1) + 1
    longest = min(len(whole), len(data))
    reach = next((size for size in range(longest, first - 1, -1) if whole.endswith(data[:size])), 0)
    return reach if first >= LEAST_PROOF else 0


def _finish(vault: Vault, intent: Intent, head: bytes, tail: bytes) -> Recovered:
    """Write what is missing of ours, put all of it on the disk, and read it back."""
    with vault.root.spot(intent.path, follow=True) as spot:
        if spot.is_hidden:
            return Recovered(Fate.LEFT, HIDDEN)
        patches = not intent.data.startswith(tail)
        descriptor = spot.open(os.O_RDWR if patches else os.O_RDWR | os.O_APPEND)
        try:
            if patches:
                _patch(vault, descriptor, head, tail, intent.data)
            elif read_whole(descriptor) != head + tail:
                return Recovered(Fate.LEFT, CHANGED)
            elif rest := intent.data[len(tail) :]:
                add_at_end(descriptor, rest, size=len(head) + len(tail))
            sync(descriptor)
        finally:
            os.close(descriptor)
        folder = parent(spot.path)
    if failures := sync_folders(vault, {folder}):
        return _later(failures[folder])
    outcome = read_back(vault, intent.path, head + intent.data, folder=folder)
    if isinstance(outcome, Done):
        return Recovered(Fate.COMPLETED, done=outcome)
    if isinstance(outcome, Refused):
        return Recovered(Fate.LEFT, outcome.why)
    return _later(outcome.error)


def _patch(vault: Vault, descriptor: int, head: bytes, tail: bytes, data: bytes) -> None:
    """Write our bytes over the zeros that a power cut left in their place."""
    with alone(descriptor, pause=vault.pause) as access:
        if access is Access.BUSY:
            raise OSError(errno.EBUSY, "another program has the note open")
        if read_whole(descriptor) != head + tail:
            raise Interfered
        os.lseek(descriptor, len(head), os.SEEK_SET)
        write_all(descriptor, data)
