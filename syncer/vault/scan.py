"""Which notes does the vault hold, and which names in it cannot be read?

    scan(root, ["Readwise"], leave_alone=is_left_alone)
    Scan(stamps={"Readwise/State of AI.md": Stamp(5210, 1728892562000000000, …), …},
         unread=(Unread("Readwise/Old.md", "iCloud has taken its content off this disk"),))

Guarantees: one stat a note, no note is opened; each real folder and file is listed once, under its own
path, however many links lead to it; dot folders, `.trash` and what `leave_alone` names are passed over;
whatever cannot be listed is in `unread` with the reason. The vault itself failing is an OSError: no
permission is not "no notes".
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from syncer.errors import reason_of
from syncer.model import NotePath, Stamp, Unread
from syncer.vault.root import HIDDEN, VANISHED, LeadsOutside, Root, bytes_are_elsewhere, stamp_of

EVICTED = ".md.icloud"
IN_CLOUD = "its content is in the cloud, not on this disk"
STATS_TELL_CLOUD = hasattr(os.stat_result, "st_flags") or hasattr(os.stat_result, "st_file_attributes")

Predicate = Callable[[str], bool]


class Scan(msgspec.Struct, frozen=True):
    """The stamp of each note below the searched folders, and what could not be listed."""

    stamps: dict[NotePath, Stamp]
    unread: tuple[Unread, ...]


def scan(root: Root, search: Sequence[str], *, leave_alone: Predicate, known: Iterable[NotePath] = ()) -> Scan:
    """List the notes below these folders ("" is the whole vault), and those of `known` that lie elsewhere.

    Raise OSError for the vault itself.
    """
    Path(root.path).stat()
    walk = _Walk(root, leave_alone)
    for folder in search:
        walk.below(folder.strip("/"))
    walk.follow_links()
    walk.look_at([path for path in known if path not in walk.stamps])
    return Scan(cast("dict[NotePath, Stamp]", walk.stamps), tuple(sorted(walk.unread, key=lambda one: one.path)))


class _Walk:
    """One scan under way."""

    def __init__(self, root: Root, leave_alone: Predicate) -> None:
        self.stamps: dict[str, Stamp] = {}
        self.unread: set[Unread] = set()
        self._root, self._leave_alone = root, leave_alone
        self._links: list[str] = []
        self._seen: set[tuple[int, int]] = set()

    def below(self, folder: str) -> None:
        """List a folder and all below it, without recursion: a vault may be deeper than Python's stack."""
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            try:
                waiting.extend(self._list(here))
            except VANISHED:
                continue
            except (LeadsOutside, OSError) as error:
                if here == "":
                    raise
                self._leave(here, _reason(error))

    def _list(self, folder: str) -> Iterator[str]:
        """Note the files of one folder; return its folders."""
        with self._root.spot(f"{folder}/-" if folder else "-", follow=False) as spot:
            listed: int | str = spot.prefix if spot.folder is None else spot.folder
            found = os.stat(listed)  # noqa: PTH116 - a descriptor has no Path
            if (found.st_dev, found.st_ino) in self._seen:
                return iter(())
            self._seen.add((found.st_dev, found.st_ino))
            prefix = folder + "/" if folder else ""
            with os.scandir(listed) as entries:
                return iter([path for entry in entries if (path := self._entry(prefix, entry))])

    def _entry(self, prefix: str, entry: os.DirEntry[str]) -> str | None:
        """Note one name; return its path where it is a folder to go into."""
        name = entry.name
        if name[0] == ".":
            if name.endswith(EVICTED):
                self._leave(prefix + name[1 : -len(".icloud")], IN_CLOUD)
            return None
        path = prefix + name
        is_note = name[-3:].lower() == ".md"
        if is_note and self._leave_alone(path):
            return None
        if entry.is_file(follow_symlinks=False):
            if is_note and (name.isascii() or self._is_named(path, name)):
                self._note(path, entry.stat(follow_symlinks=False))
        elif not self._is_named(path, name):
            return None
        elif entry.is_symlink():
            self._links.append(path)
        elif entry.is_dir(follow_symlinks=False):
            return path
        elif is_note:
            self._leave(path, "it is no regular file")
        return None

    def _is_named(self, path: str, name: str) -> bool:
        """Tell whether a name can be written down; leave the path where it cannot."""
        if _is_text(name):
            return True
        self._leave(path, "its name is not valid UTF-8")
        return False

    def _note(self, path: str, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            self._leave(path, "it is no regular file")
        elif STATS_TELL_CLOUD and bytes_are_elsewhere(
            getattr(found, "st_flags", 0), getattr(found, "st_file_attributes", 0)
        ):
            self._leave(path, IN_CLOUD)
        else:
            self.stamps[path] = stamp_of(found)

    def _met(self) -> set[tuple[int, int]]:
        """Return by what a file that was noted is known under another path."""
        return {(stamp.inode, stamp.size) for stamp in self.stamps.values()}

    def look_at(self, paths: Sequence[str]) -> None:
        """Note these files one by one, where they are there."""
        targets = self._met() if paths else set()
        for path in paths:
            if self._leave_alone(path):
                continue
            try:
                self._link(path, targets)
            except VANISHED:
                continue
            except (LeadsOutside, OSError) as error:
                self._leave(path, _reason(error))

    def follow_links(self) -> None:
        """Note what links lead to, where it was not met under its own path; links found meanwhile too."""
        targets = self._met() if self._links else set()
        while self._links:
            links, self._links = sorted(self._links), []
            for path in links:
                try:
                    self._link(path, targets)
                except (LeadsOutside, OSError) as error:
                    if self._matters(path, error):
                        self._leave(path, _reason(error))

    def _matters(self, path: str, error: LeadsOutside | OSError) -> bool:
        """Tell whether a link that leads nowhere we go could have been a note, or a folder of notes."""
        if path[-3:].lower() == ".md" or (isinstance(error, OSError) and error.errno == errno.ELOOP):
            return True
        return Path(self._root.full(path)).is_dir()

    def _link(self, path: str, targets: set[tuple[int, int]]) -> None:
        with self._root.spot(path, follow=True) as spot:
            found, is_hidden = spot.stat(), spot.is_hidden
        if stat.S_ISDIR(found.st_mode):
            if is_hidden:
                self._leave(path, HIDDEN)
            else:
                self.below(path)
        elif path[-3:].lower() == ".md" and (found.st_ino, found.st_size) not in targets:
            if is_hidden:
                self._leave(path, HIDDEN)
            else:
                targets.add((found.st_ino, found.st_size))
                self._note(path, found)

    def _leave(self, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self.unread.add(Unread(NotePath(shown), reason))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: LeadsOutside | OSError) -> str:
    if isinstance(error, LeadsOutside):
        return error.reason
    return reason_of(error)
