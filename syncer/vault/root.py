"""How is a path of the vault opened without ever leaving the vault?

    root = Root("/home/me/Vault")
    with root.spot("Readwise/State of AI.md", follow=True) as spot:  # Spot(folder=7, name="State of AI.md")
        descriptor = spot.open(os.O_RDONLY)

Guarantees: the vault's real path is resolved once; every folder on the way is opened relative to the one
before it and no link is followed by the system, so that a folder that is swapped for a link during a run
leads nowhere. Links are followed here, one by one: inside the vault to their target, out of it never
(`LeadsOutside`). A system without folder descriptors (Windows) gets plain paths, checked by `realpath`.
What is read through it: `read.py`; what is written: `writer`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncer.errors import VaultError
from syncer.model import NotePath, Stamp

MOST_LINKS = 40
"""As many links as Linux follows for one path."""

HAS_DESCRIPTORS = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NO_LINK
FILE = NO_LINK | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hang the run
LINK_IN_THE_WAY = {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}  # macOS, Linux, FreeBSD
HIDDEN = "it lies in a hidden folder, and those are left alone"
MODE_NOT_OFFERED = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
VANISHED = (FileNotFoundError, NotADirectoryError)

NOT_HERE = 0x40000000
"""macOS: SF_DATALESS, the bytes are in iCloud."""

RECALLED = 0x400000 | 0x1000
"""Windows: FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS and _OFFLINE, the bytes are in OneDrive."""

Parts = tuple[str, ...]


class LeadsOutside(Exception):  # noqa: N818 - it says what happened
    """A path whose links lead out of the vault, or that is no path inside it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Spot(msgspec.Struct, frozen=True):
    """Where a file is (or would be): its folder, held open, and its name; `path` is free of links."""

    folder: int | None
    prefix: str
    name: str
    path: NotePath

    def at(self, name: str) -> str:
        """Return what the system's calls want for a name in this folder."""
        return name if self.folder is not None else f"{self.prefix}{os.sep}{name}"

    def open(self, flags: int, *, name: str = "", mode: int = 0o600) -> int:
        """Open the file, or `name` beside it, following no link; raise OSError."""
        return os.open(self.at(name or self.name), flags | FILE, mode, dir_fd=self.folder)

    def stat(self, *, name: str = "") -> os.stat_result:
        """Stat the file, or `name` beside it, following no link; raise OSError."""
        return os.stat(self.at(name or self.name), dir_fd=self.folder, follow_symlinks=False)

    @property
    def is_hidden(self) -> bool:
        """Tell whether any part of the path begins with a dot: nothing is ever written there."""
        return any(part.startswith(".") for part in self.path.split("/"))


class Root:
    """The vault's own folder, resolved once and held open."""

    def __init__(self, path: str, *, by_descriptor: bool = HAS_DESCRIPTORS) -> None:
        self.path = os.path.realpath(path)
        try:
            found = Path(self.path).stat()
            if not stat.S_ISDIR(found.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.path)
            self.descriptor = os.open(self.path, FOLDER) if by_descriptor else -1
        except OSError as error:
            raise VaultError(
                f"cannot open the vault {path}: {error.strerror}",
                hint="is the disk mounted, and may this program read the folder?",
            ) from error
        self.dev, self.inode = found.st_dev, found.st_ino

    def close(self) -> None:
        """Give the folder's descriptor back."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    @contextlib.contextmanager
    def spot(self, path: str, *, follow: bool, make_folders: bool = False) -> Iterator[Spot]:
        """Hold the folder of `path` open; with `follow`, a note that is a link is its target.

        Raise LeadsOutside, or OSError where a folder is missing and `make_folders` is not set.
        """
        parts = split(path)
        for _ in range(MOST_LINKS):
            folder, done = self._folder(parts[:-1], path, make_folders=make_folders)
            try:
                found = Spot(folder, self.full(*done), parts[-1], NotePath("/".join((*done, parts[-1]))))
                link = _link_text(found.at(found.name), folder) if follow else None
                if link is None:
                    yield found
                    return
            finally:
                if folder is not None:
                    os.close(folder)
            parts = self._led(done, link, path)
            if not parts:
                raise LeadsOutside(path, "a link that is the vault itself")
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)

    def _folder(self, parts: Parts, path: str, *, make_folders: bool) -> tuple[int | None, Parts]:
        """Open a folder part by part; return its descriptor and its parts once links are followed."""
        if self.descriptor < 0:
            return None, self._plain_folder(parts, path, make_folders=make_folders)
        waiting, links = parts, 0
        done: Parts = ()
        folder = os.dup(self.descriptor)
        try:
            while waiting:
                if make_folders and waiting[0].startswith("."):
                    raise LeadsOutside(path, HIDDEN)
                step = _enter(folder, waiting[0], make=make_folders)
                if isinstance(step, str):
                    links += 1
                    if links > MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                    waiting, done = self._led(done, step, path) + waiting[1:], ()
                    step = os.dup(self.descriptor)
                else:
                    waiting, done = waiting[1:], (*done, waiting[0])
                os.close(folder)
                folder = step
        except BaseException:
            os.close(folder)
            raise
        return folder, done

    def _plain_folder(self, parts: Parts, path: str, *, make_folders: bool) -> Parts:
        """Do the same with plain paths, where the system has no folder descriptors."""
        done = self._led((), self.full(*parts), path) if parts else ()
        full = Path(self.full(*done))
        if make_folders:
            full.mkdir(parents=True, exist_ok=True)
        full.stat()
        return done

    def full(self, *parts: str) -> str:
        """Return the absolute path of a file inside the vault."""
        return os.sep.join((self.path.rstrip(os.sep), *parts))  # noqa: PTH118 - str.join

    def _led(self, done: Parts, link: str, path: str) -> Parts:
        """Return the parts, from the vault down, of what a link in the folder `done` points to."""
        target = os.path.realpath(Path(self.full(*done)) / link)
        base = self.path.rstrip(os.sep) + os.sep
        if target == self.path:
            return ()
        if not target.startswith(base):
            raise LeadsOutside(path, "a link leads out of the vault")
        return Path(target[len(base) :]).parts


def split(path: str) -> Parts:
    """Return the parts of a path inside the vault; raise LeadsOutside for any that is not plainly inside."""
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") or "\0" in part or (os.sep != "/" and os.sep in part) for part in parts):
        raise LeadsOutside(path, "not a path inside the vault")
    return parts


def stamp_of(found: os.stat_result) -> Stamp:
    """Return what of a stat tells one version of a file from the next."""
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def bytes_are_elsewhere(flags: int, attributes: int) -> bool:
    """Tell whether a file's flags (macOS) or attributes (Windows) say that a cloud service has the bytes."""
    return bool(flags & NOT_HERE or attributes & RECALLED)


def read_whole(descriptor: int) -> bytes:
    """Return all bytes of an open file, from its start; raise OSError."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def _enter(folder: int, part: str, *, make: bool) -> int | str:
    """Open the folder `part`, made where missing if `make` is set; return a link's text where it is one."""
    try:
        return os.open(part, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        return _make(folder, part)
    except OSError as error:
        link = _link_text(part, folder) if error.errno in LINK_IN_THE_WAY else None
        if link is None:
            raise
        return link


def _make(folder: int, part: str) -> int:
    """Make a folder with its parent's permissions, whatever the umask is; return its descriptor."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, 0o700, dir_fd=folder)
    made = os.open(part, FOLDER, dir_fd=folder)
    usual = stat.S_IMODE(os.fstat(folder).st_mode) & 0o777
    try:
        set_mode(made, stat.S_IMODE(os.fstat(made).st_mode) | usual)
    except OSError:
        os.close(made)
        raise
    return made


def set_mode(descriptor: int, mode: int) -> None:
    """Set a file's permissions where the file system has such; raise OSError for any other failure."""
    if sys.platform != "win32":
        try:
            os.fchmod(descriptor, mode)
        except OSError as error:
            if error.errno not in MODE_NOT_OFFERED:
                raise


def _link_text(name: str, folder: int | None) -> str | None:
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):  # no link; nothing there
            return None
        raise
