"""What does the state know of notes? Which highlight became what, where each book's note is, and what was written.

    Placed(path="Readwise/State of AI.md", inode=1201, highlights={801: Delivery(Status.WRITTEN, run=12, …)})
    Addition(run=12, path="Readwise/State of AI.md", offset=640, size=172, …)

From library to plan, writer and undo. What a record's checksums are of is records.py's.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import msgspec

from syncer.model.notes import Fingerprint, NotePath, Stamp
from syncer.model.plans import Part


class Status(IntEnum):
    """What became of one highlight in its book's note."""

    WRITTEN = 1  # a run of syncer's wrote it
    FOUND = 2  # it was there when the note was first met, or someone else added it
    REMOVED = 3  # it was in the note and its owner took it out
    SKIPPED = 4  # the note lacked it when it was first met, and vault.adopt = "skip"


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """One highlight's record: its status, the run that set it, and checksums of text, note and tags as written.

    `favourite` is kept beside them; no template shows it, so it is no change to be told of. `told` is the checksum of a
    later state at Readwise that is accounted for without having been written, 0 for none;
    `updates` counts the updated sections in which the highlight stands.
    """

    status: Status
    run: int
    text: int
    note: int
    tags: int
    told: int = 0
    updates: int = 0
    favourite: bool = False


class Placed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the state knows of one book's note; an empty path says that the book was never met with a note.

    `adopted` says that the owner decided this path by hand; `about` are the checksums of the book's own fields as they
    were when the note was made or first met, and `told` as in Delivery.
    """

    path: NotePath = NotePath("")
    inode: int = 0
    adopted: bool = False
    about: tuple[int, ...] = ()
    told: int = 0
    highlights: dict[int, Delivery] = {}


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What one run wrote into one note: where it begins, its length and SHA-256, the heading it stands under."""

    run: int
    path: NotePath
    created: bool
    offset: int
    size: int
    sha256: str
    heading: str
    stamp: Stamp
    parts: tuple[Part, ...]


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One write, recorded before its first byte: `before` is the note as it was, `temp` a file's first name."""

    kind: Literal["create", "append"]
    path: NotePath
    temp: str = ""
    before: Fingerprint | None = None
    data: bytes
