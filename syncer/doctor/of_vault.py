"""Is the vault there, whole and writable, and who else writes into it?

ok       vault      /home/me/Notes, 1,969 notes
note     neighbour  the vault is synced by Syncthing: let syncer run on one machine only
problem  plugin     Readwise's own plug-in syncs by itself in this vault → Settings → Readwise Official → …
problem  privacy    macOS does not let this program read the vault → open "x-apple.systempreferences:…"

Guarantees: nothing is written, not even for a moment; no note is opened. Notes that one sync cannot read are named by
`syncer once` each time, so here they are counted and the first is named.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncer.config import Config
from syncer.doctor.case import Case, may_write, pasted
from syncer.doctor.finding import Finding, note, ok, problem
from syncer.errors import SyncerError
from syncer.left_alone import is_left_alone
from syncer.places import is_there
from syncer.plugin import plugin_map, switched_on
from syncer.report import counted, shown
from syncer.vault import Vault
from syncer.vault.scan import IN_CLOUD, Scan

LEAST_FREE = 50 << 20
"""Bytes; what is left below this is gone before a person notices."""

PRIVACY = 'open "x-apple.systempreferences:com.apple.preference.security?Privacy_AllFiles"'
PLUGIN_OFF = (
    "in Obsidian: Settings → Readwise Official → Configure resync frequency: Manual, and Sync automatically when "
    "Obsidian opens: off"
)
MARKS = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".git": "git",
    ".sync": "Resilio Sync",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
}
"""What a sync program leaves in the folder that it syncs, or in one above it."""

PLACES = {
    "Mobile Documents": "iCloud",
    "com~apple~CloudDocs": "iCloud",
    "CloudStorage": "a cloud drive",
    "Dropbox": "Dropbox",
    "OneDrive": "OneDrive",
    "Google Drive": "Google Drive",
    "Nextcloud": "Nextcloud",
}
PLUGINS = {"obsidian-livesync": "LiveSync", "remotely-save": "Remotely Save", "obsidian-git": "the Git plug-in"}


def vault(case: Case, config: Config) -> Iterator[Finding]:
    """Yield what there is to say of the vault's folder and its notes."""
    path = config.vault.path
    where = config.where("vault.path")
    if not is_there(path):
        yield problem("vault", "missing", f"the vault {path} is not there", f"mount its disk, or mend {where}")
        return
    try:
        with Vault(str(path), quiet_time=0.0, patience=0.0) as opened:
            scan = opened.scan([""], leave_alone=is_left_alone)
            yield ok("vault", "there", f"{opened.path}, {counted(len(scan.stamps), 'note')}")
            yield from _folder(case, config, opened)
            yield from _unread(case, scan)
            yield from _neighbours(opened)
            yield from _plugin(opened)
    except (SyncerError, OSError) as error:
        yield unreadable(case, path, error)


def unreadable(case: Case, path: Path, error: BaseException) -> Finding:
    """Return why the vault cannot be opened or listed, with what mends it."""
    cause = error if isinstance(error, OSError) else error.__cause__
    code = cause.errno if isinstance(cause, OSError) else 0
    if case.platform == "darwin" and code == errno.EPERM:
        return problem("privacy", "refused", f"macOS does not let this program read {path}", PRIVACY)
    if code in (errno.EACCES, errno.EPERM):
        return problem("vault", "unreadable", f"the vault {path} may not be read", pasted("chmod", "u+rwx", path))
    told = (
        error.message if isinstance(error, SyncerError) else str(error.strerror if isinstance(error, OSError) else "")
    )
    return problem("vault", "unreadable", told, pasted("ls", "-ld", path))


def _folder(case: Case, config: Config, opened: Vault) -> Iterator[Finding]:
    if opened.is_empty():
        yield note("vault", "empty", f"{opened.path} holds nothing: is its disk mounted, is it synced?")
    if not opened.has_obsidian():
        yield note("vault", "no-obsidian", f"{opened.path} has no .obsidian folder: is it the folder of the vault?")
    elif _folds_case(Path(opened.path)):
        yield ok("vault", "folds-case", "upper and lower case are one on its disk, and names are chosen so")
    static = config.vault.folder.partition("{")[0].rpartition("/")[0] or config.vault.folder.partition("{")[0]
    target = Path(opened.path, static)
    if target.exists() and not target.is_dir():
        yield problem(
            "vault", "folder", f"{target} is a file, and new notes are to go there", pasted("ls", "-l", target)
        )
    for folder in dict.fromkeys((Path(opened.path), target)):
        if folder.is_dir() and not _writable(folder):
            yield problem("vault", "read-only", f"nothing can be written in {folder}", pasted("chmod", "u+rwx", folder))
    for place, folder in (("vault", Path(opened.path)), ("state", _nearest(case.state))):
        free = case.free_bytes(folder)
        if free < LEAST_FREE:
            room = f"{free >> 20} MiB are free on the disk of the {place}"
            yield problem("disk", f"full-{place}", room, pasted("df", "-h", folder))


def _writable(folder: Path) -> bool:
    """Return whether the system would let a file be made there; a disk mounted for reading alone counts."""
    if not may_write(folder):
        return False
    facts = os.statvfs(folder) if hasattr(os, "statvfs") else None
    return facts is None or not facts.f_flag & os.ST_RDONLY


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder


def _folds_case(path: Path) -> bool:
    """Return whether the disk takes `.OBSIDIAN` for `.obsidian`."""
    try:
        return (path / ".OBSIDIAN").samefile(path / ".obsidian")
    except OSError:
        return False


def _unread(case: Case, scan: Scan) -> Iterator[Finding]:
    cloud = [one for one in scan.unread if one.reason == IN_CLOUD]
    others = [one for one in scan.unread if one.reason != IN_CLOUD]
    if cloud:
        text = f"{counted(len(cloud), 'note')} with their content in the cloud only, such as {shown(cloud[0].path)}"
        yield problem("vault", "cloud", text, "mark the vault's folder as “Keep Downloaded” (or “Always keep”)")
    if others:
        first = others[0]
        text = f"{counted(len(others), 'path')} cannot be read, such as {shown(first.path)}: {first.reason}"
        if case.platform == "darwin" and "not permitted" in first.reason:
            yield problem("privacy", "refused", text, PRIVACY)
        else:
            yield problem("vault", "unread", text, pasted("ls", "-ld", first.path))


def _neighbours(opened: Vault) -> Iterator[Finding]:
    path = Path(opened.path)
    found = {name for mark, name in MARKS.items() for one in (path, *path.parents) if (one / mark).exists()}
    found |= {name for part, name in PLACES.items() if part in path.parts}
    found |= {PLUGINS[name] for name in switched_on(opened) if name in PLUGINS}
    if _obsidian_sync(path):
        found.add("Obsidian Sync")
    for name in sorted(found):
        text = f"the vault is synced by {name}: let syncer run on one machine only"
        yield note("neighbour", name.lower().replace(" ", "-"), text)


def _obsidian_sync(path: Path) -> bool:
    """Return whether Obsidian's own sync is switched on; the file is a list of names, or a table since 1.5."""
    try:
        plugins = msgspec.json.decode((path / ".obsidian/core-plugins.json").read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return plugins.get("sync") is True if isinstance(plugins, dict) else isinstance(plugins, list) and "sync" in plugins


def _plugin(opened: Vault) -> Iterator[Finding]:
    plugin = plugin_map(opened)
    if plugin.automatic:
        text = "Readwise's own plug-in syncs by itself in this vault, and adds what syncer has written once more"
        yield problem("plugin", "automatic", text, PLUGIN_OFF)
    elif plugin.active:
        yield note("plugin", "active", "Readwise's own plug-in is switched on, and waits to be asked")
    if plugin.is_syncing_since is not None:
        yield note(
            "plugin", "syncing", "Readwise's plug-in says that it is syncing; for 15 minutes syncer waits for it"
        )
