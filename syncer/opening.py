"""What a pass is given, and how the vault and its state are opened: the lock, the state, the vault, in this order.

    with opened(setup) as (library, vault):      the lock is held; a damaged state was put aside, and begun anew
        ...

A state that is damaged while it is used is put aside by `sync.once`, which then begins anew. Guarantees: nothing is
made before the vault is known to be there; the lock is one for all paths that lead to one vault.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from syncer.config import Config
from syncer.errors import ConfigError, VaultError
from syncer.fetch import Source
from syncer.library import Library, deliveries, find_state, is_found, state_name
from syncer.library.seals import translated
from syncer.lock import Owner, hold, who_holds
from syncer.vault import Vault


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass is given: configuration, where the state lies, where pages come from, and how it may behave.

    `connect` is called once, when pages are wanted; `clock` gives the time in the note's zone; `wait` pauses for
    seconds and returns early when `stop` is set; `hear` is told, in a word and a sentence, what is going on; `on_step`
    in words and numbers how far it has come: `("writing", 12, 83)`, with 0 for a whole that nobody knows.
    `updates_since` brings updates that were told before, once `agree` has said yes to a question about them.
    """

    config: Config
    state: Path
    connect: Callable[[], Source]
    clock: Callable[[], datetime]
    stop: threading.Event
    hear: Callable[[str, str], None]
    on_page: Callable[[int, int], None]
    on_step: Callable[[str, int, int], None] = lambda _what, _done, _total: None
    lock_wait: float = 60.0
    accept_missing: bool = False
    accept_large: bool = False
    stateless: bool = False
    updates_since: datetime | None = None
    agree: Callable[[str], bool] = lambda question: True


def checked_vault(setup: Setup) -> Path:
    """Return the vault's real path; raise ConfigError where there is none, VaultError where it is gone."""
    path = setup.config.vault.path
    root = path.resolve()
    there = is_found(root)
    if there and root.is_dir():
        return root
    what = "is not a folder" if there else "is not there"
    if is_found(setup.state / state_name(root)):
        raise VaultError(f"nothing was written: the vault {path} {what}", hint="is its disk mounted, its sync running?")
    where = setup.config.where("vault.path")
    raise ConfigError(f"{where}: vault.path: the vault {path} {what}", hint="give the folder of the vault")


@contextmanager
def locked(setup: Setup) -> Iterator[tuple[Path, Path]]:
    """Hold the vault's lock while the block runs; give the vault's real path and its state's."""
    with unforeseen(setup.config.vault.path), _held(setup) as (root, path):
        yield root, path


@contextmanager
def _held(setup: Setup) -> Iterator[tuple[Path, Path]]:
    root = checked_vault(setup)
    lock = setup.state / f"{state_name(root)}.lock"
    with hold(lock, wait=setup.lock_wait, on_wait=_tell_waiting(setup), stop=setup.stop):
        yield root, find_state(setup.state, root)


@contextmanager
def opened(setup: Setup, root: Path, path: Path) -> Iterator[tuple[Library, Vault]]:
    """Open the state at `path` and the vault at `root`; SQLite's errors become ours while the block runs."""
    with Library.open(path) as library, translated(path), opened_vault(setup, root) as vault:
        recall_deliveries(setup, path, library, vault)
        yield library, vault


def recall_deliveries(setup: Setup, path: Path, library: Library, vault: Vault) -> None:
    """Let a state that was just begun know what the weekly copy beside it still knows."""
    if not library.is_new():
        return
    with library.transaction():
        written = deliveries.recall(path, library.ledger, has_note=lambda note: (Path(vault.path) / note).is_file())
    if written:
        setup.hear("recalled", f"what was delivered before {written[:10]} is known from the copy beside the state")


@contextmanager
def opened_vault(setup: Setup, root: Path) -> Iterator[Vault]:
    """Open the vault, with the patience that its configuration gives it."""
    quiet = setup.config.vault.quiet_time
    try:
        vault = Vault(str(root), quiet_time=quiet, patience=quiet + 1.0, wait=setup.stop.wait)
    except OSError as error:
        hint = "look whether it may be read; syncer doctor tells more"
        raise VaultError(f"the vault {root} could not be opened: {error.strerror}", hint=hint) from error
    with vault, unforeseen(root):
        yield vault


@contextmanager
def unforeseen(root: Path) -> Iterator[None]:
    """Turn an error of the system that no step has taken for its own into one that names what it is about."""
    try:
        yield
    except ConnectionError:  # a pipe that nobody reads any more, not the vault
        raise
    except OSError as error:
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else root
        hint = "look at its permissions and its disk; syncer doctor tells more"
        raise VaultError(f"{where} could not be read or written: {error.strerror}", hint=hint) from error


def _tell_waiting(setup: Setup) -> Callable[[Owner], None]:
    def tell(owner: Owner) -> None:
        setup.hear("waiting", f"{who_holds(owner)}; waiting for it to end")

    return tell
