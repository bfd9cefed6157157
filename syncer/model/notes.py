"""What is in the vault? Notes, what one look or one read says of them, and by which rule something was recognised.

    NoteEntry("Readwise/State of AI.md", Stamp(812, …), NoteFacts(titles=("State of AI",), links=("reader:01j9…",)))
    Unread("Readwise/Far.md", "its content is in the cloud")

From vault to identity, plan and library.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import NewType, Self

import msgspec

NotePath = NewType("NotePath", str)
"""A note's path relative to the vault, with `/` between its parts, as the disk spells it."""


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one `stat` says of a file: enough to know that it has not changed since."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class NoteFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a note says of the book that it may belong to; made by identity.read_facts, cached by the library.

    `titles`, `urls`, `authors` come from front matter and metadata; `links` are link keys (identity.link_key);
    `book_ids` are ids that the note itself names; `exported` says that an export of Readwise's highlights wrote it.
    """

    exported: bool = False
    empty: bool = False
    titles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    book_ids: tuple[int, ...] = ()


class NoteEntry(msgspec.Struct, frozen=True):
    """One note of the vault's index."""

    path: NotePath
    stamp: Stamp
    facts: NoteFacts


class Unread(msgspec.Struct, frozen=True):
    """A note or folder that could not be read stably, with the reason as a sentence; `soon` says that it passes."""

    path: NotePath
    reason: str
    soon: bool = False


class Fingerprint(msgspec.Struct, frozen=True):
    """The exact bytes of a note at one moment: how many, and their SHA-256 in hex."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the fingerprint of these bytes."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


class NoteText(msgspec.Struct, frozen=True):
    """A stable read of one note: its bytes and the stamp that they had."""

    data: bytes
    stamp: Stamp


class How(StrEnum):
    """By which rule a highlight was found in a note, the surest one first (docs/recognition.md)."""

    LINK = "link"
    SHARED_LINK = "shared link and text"
    TEXT = "text"
    SIMILAR = "similar text"


class Rule(StrEnum):
    """By which rule a note was recognised as a book's."""

    STATE = "known from an earlier run"
    PLUGIN_MAP = "named in the Readwise plug-in's map"
    NAMED = "names the book's id"
    LINK = "holds a link of this book alone"
    URL = "same source URL and title"
    TITLE = "same title and author"
    EMPTY = "empty file of that name"
    ADOPTED = "decided by syncer adopt"
