"""What is in a note right now, and is anyone writing it at this moment?

    vault = Vault("/home/me/Vault", quiet_time=2.0, patience=3.0)
    vault.read("Readwise/State of AI.md")                     → NoteText(data=b"---\\n…", stamp=Stamp(5210, …))
    vault.read_quiet("Readwise/State of AI.md", ours=stamp)   → the same, or BeingEdited

Guarantees: a text counts only when the bytes, size and times were the same twice and the path still leads
to that file (an editor that saves in place empties the note first: a reader in that moment sees 0 bytes, or
half). A note that changed in the last two seconds is looked at again after a moment; one that is young and
empty counts as being saved. Nothing here writes. Which notes there are: `scan.py`; what has changed since:
`index.py`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from syncer.errors import reason_of
from syncer.model import NotePath, NoteText, Stamp
from syncer.spelling import folded
from syncer.vault.root import (
    HAS_DESCRIPTORS,
    VANISHED,
    LeadsOutside,
    Root,
    Spot,
    bytes_are_elsewhere,
    read_whole,
    stamp_of,
)
from syncer.vault.scan import Scan, scan

SETTLES = 2.1
"""Seconds after which a file's times tell the next change from this one (FAT counts in steps of 2 s)."""

PAUSE = 0.02
"""Seconds before a second look at many notes, and before a lease is asked for again."""

LARGEST = 64 << 20
"""Bytes; no note is larger, and one that were would not fit twice into a small machine's memory."""

PAUSES = (0.001, 0.002, 0.001, 0.003, 0.005, 0.01, 0.001, 0.02, 0.04, 0.001, 0.08, 0.15)
"""Seconds between looks at a note that is being written: an editor's save takes a few milliseconds, and a machine may
save again every few; the short ones find the gap between two saves, the long ones outlast a slow one."""


class NotRead(Exception):  # noqa: N818 - it says what happened
    """A note that could not be read as it should be; the reason is a clause, lower case."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Unstable(NotRead):
    """The note changed each time it was read, or was empty a moment after a change."""


class BeingEdited(NotRead):
    """The note changed more recently than `quiet_time`, and there is no patience left to wait."""


class NotANote(NotRead):
    """There is something else under the name, or its bytes are not on this disk."""


def passes(error: NotRead | OSError) -> bool:
    """Tell whether what kept a note from being read passes by itself, as an editor's saving does."""
    return isinstance(error, NotRead) and not isinstance(error, NotANote)


def cause_of(error: NotRead | OSError) -> str:
    """Return the cause alone, for a sentence that says already what could not be read."""
    return error.reason if isinstance(error, NotRead) else reason_of(error)


def why_not_read(error: NotRead | OSError) -> str:
    """Return, as a clause, why a note was not read."""
    return error.reason if isinstance(error, NotRead) else f"it could not be read: {reason_of(error)}"


class Vault:
    """A vault, opened; `quiet_time` and `patience` are seconds, patience for all notes together."""

    def __init__(
        self,
        path: str,
        *,
        quiet_time: float,
        patience: float,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], object] = time.sleep,
        by_descriptor: bool = HAS_DESCRIPTORS,
    ) -> None:
        self.root = Root(path, by_descriptor=by_descriptor)
        self.path, self.dev, self.inode = self.root.path, self.root.dev, self.root.inode
        self._quiet_time, self._patience = quiet_time, patience
        self._clock, self._wait = clock, wait

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the folder's descriptor back."""
        self.root.close()

    def scan(
        self, search: Sequence[str], *, leave_alone: Callable[[str], bool], known: Iterable[NotePath] = ()
    ) -> Scan:
        """List the notes below these folders ("" is the whole vault), and of `known` those that lie elsewhere.

        Raise OSError for the vault itself.
        """
        return scan(self.root, search, leave_alone=leave_alone, known=known)

    # ------------------------------------------------------------ one note

    def look(self, path: NotePath) -> NoteText | None:
        """Read a note once, its content twice; None where it changed meanwhile. Raise NotRead or OSError."""
        with self._named(path), self.root.spot(path, follow=True) as spot:
            descriptor = spot.open(os.O_RDONLY)
            try:
                before = os.fstat(descriptor)
                _check_is_note(path, before)
                data = read_whole(descriptor)
                same = data == read_whole(descriptor)
                stamp = stamp_of(os.fstat(descriptor))
            finally:
                os.close(descriptor)
            same = same and stamp == stamp_of(before) == stamp_of(spot.stat()) and len(data) == stamp.size
        return NoteText(data, stamp) if same else None

    def read(self, path: NotePath) -> NoteText:
        """Return a note's stable text; raise Unstable, another NotRead, or OSError with the note's path."""
        previous = None
        for pause in (*PAUSES, 0.0):
            text = self.look(path)
            if text is not None and (self.has_settled(text.stamp) or (text == previous and text.data)):
                return text
            previous = text
            self._wait(pause)
        if previous is not None and previous.stamp.mtime_ns > self._clock() * 1e9:
            return previous  # an empty file dated in the future would never settle
        was_emptied = previous is not None and not previous.data
        raise Unstable(path, "it became empty a moment ago" if was_emptied else "it changed each time it was read")

    def read_quiet(self, path: NotePath, *, ours: Stamp | None) -> NoteText:
        """Return the text of a note unchanged for `quiet_time`; raise BeingEdited, or as `read` does.

        `ours` is what our own last write left: such a note is not being edited. One dated in the future is
        read twice, `quiet_time` apart.
        """
        text = self.read(path)
        while not self._is_quiet(text.stamp, ours):
            age = self._age(text.stamp)
            self._wait_patiently(path, self._quiet_time if age < 0 else self._quiet_time - age)
            previous, text = text, self.read(path)
            if age < 0 and text == previous:
                break
        return text

    def _is_quiet(self, stamp: Stamp, ours: Stamp | None) -> bool:
        if ours and (stamp.size, stamp.mtime_ns, stamp.inode) == (ours.size, ours.mtime_ns, ours.inode):
            return True
        return not self._quiet_time or self._age(stamp) >= self._quiet_time

    def _age(self, stamp: Stamp) -> float:
        return self._clock() - stamp.mtime_ns / 1e9

    def has_settled(self, stamp: Stamp) -> bool:
        """Tell whether the file is old enough that its stamp will change with the next write."""
        return self._clock() - max(stamp.mtime_ns, stamp.ctime_ns) / 1e9 > SETTLES

    def has_stamp(self, path: NotePath, stamp: Stamp) -> bool:
        """Tell whether the path still leads to a file with this stamp; whatever goes wrong is a no."""
        try:
            with self.root.spot(path, follow=True) as spot:
                return stamp_of(spot.stat()) == stamp
        except (LeadsOutside, OSError):
            return False

    def pause(self) -> None:
        """Wait as long as an editor's save may take, before a second look at many notes."""
        self._wait(PAUSE)

    def _wait_patiently(self, path: NotePath, seconds: float) -> None:
        seconds += 0.001  # clocks and file times are not counted in the same steps
        if seconds > self._patience:
            raise BeingEdited(path, "it was changed a moment ago")
        self._patience -= seconds
        self._wait(seconds)

    @contextlib.contextmanager
    def _named(self, path: str) -> Iterator[None]:
        """Let an error of the system name the note's whole path in place of its last part."""
        try:
            yield
        except LeadsOutside as error:
            raise NotANote(path, error.reason) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NotANote(path, "its links go round in a circle") from error
            raise OSError(error.errno, error.strerror, path) from error

    # ------------------------------------------------------------ the folders

    def folder_names(self, folder: str) -> set[str]:
        """Return the names in a folder, folded as a disk that ignores case does; raise OSError.

        An evicted iCloud note counts under its real name; a folder that is not there holds none.
        """
        try:
            with self._named(folder), self.in_folder(folder) as spot, os.scandir(_listed(spot)) as entries:
                names = [entry.name for entry in entries]
        except VANISHED:
            return set()
        evicted = [name[1 : -len(".icloud")] for name in names if name.startswith(".") and name.endswith(".icloud")]
        return {folded(name) for name in (*names, *evicted)}

    def in_folder(self, folder: str) -> contextlib.AbstractContextManager[Spot]:
        """Hold a folder open ("" is the vault's own); raise LeadsOutside or OSError."""
        return self.root.spot(f"{folder}/-" if folder else "-", follow=False)

    def is_empty(self) -> bool:
        """Tell whether the vault holds nothing but dot files, as an unused mount point does."""
        with os.scandir(self.path) as entries:
            return all(entry.name.startswith(".") for entry in entries)

    def has_obsidian(self) -> bool:
        """Tell whether Obsidian's own folder is there."""
        return Path(self.root.full(".obsidian")).is_dir()

    def writable(self) -> bool:
        """Tell whether the system would let us make a file in the vault, or in a folder of it."""
        with os.scandir(self.path) as entries:
            folders = [entry.path for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
        return any(os.access(folder, os.W_OK | os.X_OK) for folder in (self.path, *folders))


def _listed(spot: Spot) -> int | str:
    return spot.folder if spot.folder is not None else spot.prefix


def _check_is_note(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotANote(path, "it is no regular file")
    if bytes_are_elsewhere(getattr(found, "st_flags", 0), getattr(found, "st_file_attributes", 0)):
        raise NotANote(path, "its content is in the cloud, not on this disk")
    if found.st_size > LARGEST:
        raise NotANote(path, f"it is larger than {LARGEST >> 20} MiB")
