"""May this pass go on? What must be so of the vault, and of Readwise, before anything is fetched or written.

    refuse_if_missing(setup, library, vault)    the vault is empty, or lost its .obsidian, and notes were known in it
    refuse_if_read_only(vault)                  nothing can be written there
    refuse_if_early(library, now=…)             Readwise asked to be left alone until later
    refuse_if_lost(gone, …)                     too many of the known notes are gone that were there at the last run

Each raises an error that says what is wrong and how to go on, or does nothing. A plan that looks wrong is the business
of brake.py, which also has the limits of what may be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from syncer.brake import refuse_if_gone
from syncer.errors import ReadwiseError, VaultError
from syncer.instants import instant
from syncer.library import Library
from syncer.memory import Remembered, gone_before
from syncer.model import NotePath
from syncer.opening import Setup
from syncer.vault import Scan, Vault


def refuse_if_missing(setup: Setup, library: Library, vault: Vault) -> None:
    """Raise VaultError where the vault is empty, or lost its `.obsidian`, while the state knows notes in it."""
    seen = library.get("vault", Remembered)
    if setup.accept_missing or seen is None:
        return
    try:
        why = _what_is_missing(library, vault, seen)
    except OSError as error:
        why = f"could not be read: {error.strerror}"
    if why and _expected(library):
        raise VaultError(
            f"nothing was written: the vault {vault.path} {why}",
            hint="is it mounted and synced? if it is right, go on with: syncer once --accept-missing",
        )


def _what_is_missing(library: Library, vault: Vault, seen: Remembered) -> str:
    if vault.is_empty():
        return f"is empty, and {len(_expected(library))} notes were known in it"
    return "has lost its .obsidian folder" if seen.obsidian and not vault.has_obsidian() else ""


def _expected(library: Library) -> Set[NotePath]:
    return library.ledger.paths().keys() - gone_before(library)


def refuse_if_read_only(vault: Vault) -> None:
    """Raise VaultError where nothing can be written into the vault at all."""
    if not vault.writable():
        raise VaultError(
            f"nothing was written: the vault {vault.path} is read-only",
            hint="is its disk mounted read-only, and may this user write there?",
        )


def refuse_if_early(library: Library, *, now: datetime) -> None:
    """Raise ReadwiseError while Readwise has asked not to be asked again."""
    until = instant(library.get("not_before", str) or "")
    if until and now < until <= now + timedelta(days=1):
        raise ReadwiseError(
            f"Readwise asked not to be asked again before {until.astimezone(now.tzinfo):%H:%M}",
            hint="the service waits for it; nothing is lost",
            not_before_seconds=(until - now).total_seconds(),
        )


def refuse_if_lost(gone: Set[NotePath], library: Library, vault: Vault, *, known: Set[NotePath]) -> None:
    """Raise VaultError where too many known notes are gone that were there when the last run ended."""
    before = gone_before(library)
    refuse_if_gone(known - before, gone - before, vault=str(vault.path))


def gone_from(scan: Scan, library: Library, *, known: Iterable[NotePath]) -> frozenset[NotePath]:
    """Return the known notes that are gone.

    One that was moved is there under another path; one that could not be listed may be there, and is held back.
    """
    stamps = scan.stamps
    missing = [path for path in known if path not in stamps]
    if not missing:
        return frozenset()
    inodes = {stamp.inode for stamp in stamps.values()}
    names = {path.rpartition("/")[2] for path in stamps}
    inode_of = library.ledger.inodes()
    unread = tuple(f"{one.path}/" for one in scan.unread)
    return frozenset(
        path
        for path in missing
        if inode_of[path] not in inodes and path.rpartition("/")[2] not in names and not f"{path}/".startswith(unread)
    )
