"""What became of what was to be written: the types that the writer gives its callers.

    Done(stamp=Stamp(6021, …), fingerprint=Fingerprint(6021, "1c…"), folder="Readwise")
    Refused(why="it has changed since it was read")
    Failed(error=OSError(28, "No space left on device"), path="Readwise/State of AI.md", what="add to the note")

Guarantees: `Done` says that the bytes are on the disk and were read back, once `sync_folders` has succeeded
for its folder. After `Refused` there is nothing to finish: the next plan decides from the note's bytes.
After `Failed` the intent is kept, for `recover`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from syncer.model import Fingerprint, NotePath, Stamp


class Done(msgspec.Struct, frozen=True):
    """Written, on the disk, read back; the stamp and the fingerprint that the note has now."""

    stamp: Stamp
    fingerprint: Fingerprint
    folder: str


class Refused(msgspec.Struct, frozen=True):
    """The note is not what the plan saw, or was not what was written a moment later."""

    why: str


class Failed(msgspec.Struct, frozen=True):
    """The system would not; `what` was being done, as an imperative."""

    error: OSError
    path: NotePath
    what: str


Outcome = Done | Refused | Failed


class Fate(StrEnum):
    """What recovery found of an intent, and made of it."""

    COMPLETED = "completed"  # all of it is in the note and on the disk
    ABSENT = "absent"  # none of it is in the vault
    LEFT = "left"  # the note has moved on: decide again from its bytes
    LATER = "later"  # it could not be told, or not be finished: keep the intent and leave the note alone


class Recovered(msgspec.Struct, frozen=True):
    """An intent's fate; `done` where it is completed, `why` where it is left or kept for later."""

    fate: Fate
    why: str = ""
    done: Done | None = None
    error: OSError | None = None


def is_torn(found: bytes, data: bytes) -> bool:
    """Tell whether `found` is a write of `data` that the disk has in part: cut short, or zeros in places."""
    if len(found) > len(data):
        return False
    return data.startswith(found) or all(got in (0, meant) for got, meant in zip(found, data, strict=False))


def parent(path: str) -> str:
    """Return the folder of a path in the vault, "" for the vault's own."""
    return path.rpartition("/")[0]
