"""Is the state whole, private and up to date, and does it know of another writer?

ok       state      12.4 MiB, 1,235 books, last sync 40 minutes ago
problem  state      the state is damaged: checksum of placed → syncer once
note     writer     12 highlights came into notes by another program since they were first met

Guarantees: the state is read in a private copy and never changed; one that a sync is writing waits for it.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from syncer.config import Config
from syncer.doctor.case import Case, may_write, pasted
from syncer.doctor.finding import Finding, note, ok, problem
from syncer.durations import shown_duration
from syncer.errors import SyncerError, reason_of
from syncer.instants import instant
from syncer.library import Corrupt, Library, Run, find_state, in_the_way, is_found, private_copy
from syncer.model import Status
from syncer.report import counted, shown

OLD_POLLS = 3
"""So many intervals without a sync that succeeded are told."""


def state(case: Case, config: Config) -> Iterator[Finding]:
    """Yield what there is to say of this vault's state."""
    try:
        if (obstacle := in_the_way(case.state)) and not case.state.is_dir():
            place, text = obstacle
            yield problem("state", "no-folder", text, pasted("ls", "-ld", place))
            return
        yield from _folder(case, config)
        root = config.vault.path.resolve()
        path = find_state(case.state, root)
        if not is_found(path):
            yield note("state", "none", "there was no sync of this vault yet", "syncer once")
            return
        yield from _file(case, path)
        with private_copy(path) as library:
            yield from _content(case, config, path, library)
    except Corrupt as error:
        newer = "newer syncer" in error.message
        remedy = "pipx upgrade syncer" if newer else "syncer once"
        yield problem("state", "newer" if newer else "damaged", error.message, remedy)
    except (SyncerError, OSError) as error:
        text = error.message if isinstance(error, SyncerError) else f"the state cannot be read: {reason_of(error)}"
        yield problem("state", "unreadable", text, pasted("ls", "-la", case.state))


def _folder(case: Case, config: Config) -> Iterator[Finding]:
    folder = case.state
    if not is_found(folder):
        return
    vault = config.vault.path.resolve()
    if folder.resolve().is_relative_to(vault):
        yield problem(
            "state", "in-vault", f"the state {folder} lies in the vault, and is synced with it", "unset XDG_STATE_HOME"
        )
    if not may_write(folder):
        text = f"nothing can be written in the state's folder {folder}"
        yield problem("state", "read-only", text, pasted("chmod", "u+rwx", folder))
    aside = sorted(folder.glob("*.damaged-*"))
    if aside:
        yield note("state", "aside", f"{counted(len(aside), 'damaged state')} put aside", pasted("ls", "-l", folder))


def _file(case: Case, path: Path) -> Iterator[Finding]:
    mode = path.stat().st_mode
    if stat.S_IMODE(mode) & 0o077:
        yield problem("state", "mode", f"the state {path} can be read by others", pasted("chmod", "600", path))


def _content(case: Case, config: Config, path: Path, library: Library) -> Iterator[Finding]:
    books, highlights = library.mirror.counts()
    runs = library.journal.runs(newest=50)
    done = next((run for run in runs if run.finished and not run.message and not run.exit_code), None)
    size = f"{path.stat().st_size / (1 << 20):.1f} MiB, {counted(books, 'book')}, {counted(highlights, 'highlight')}"
    age = _age(case, done)
    yield ok("state", "whole", size + ("" if age is None else f", last full success {shown_duration(age)} ago"))
    yield from _last(runs)
    if age is not None and age > max(86_400.0, OLD_POLLS * config.schedule.every):
        yield note("state", "old", f"no sync has fully succeeded for {shown_duration(age)}", "syncer once")
    if library.journal.intents():
        yield note("state", "unfinished", "a sync ended while it was writing; the next one finishes it", "syncer once")
    others = _from_elsewhere(library)
    if others:
        yield note(
            "writer",
            "another",
            f"{counted(others, 'highlight')} came into notes by another program after they were first met: "
            "the plug-in, or syncer on another machine",
            "syncer verify",
        )


def _last(runs: list[Run]) -> Iterator[Finding]:
    """Yield how the last run ended, where that needs a person."""
    if not runs:
        return
    last = runs[0]
    if last.message:
        yield problem("state", "last-failed", f"the last sync ended: {shown(last.message)}", "syncer once")
    elif last.holds:
        where, reason = last.holds[0]
        more = f", and {len(last.holds) - 1} more" if len(last.holds) > 1 else ""
        yield problem("state", "held", f"held back: {shown(where)}: {shown(reason)}{more}", "syncer dry-run")


def _age(case: Case, run: Run | None) -> float | None:
    """Return the seconds since this run ended, None where there was none or the clock was behind it."""
    ended = instant(run.finished) if run else None
    return None if ended is None else max(0.0, (case.clock() - ended).total_seconds())


def _from_elsewhere(library: Library) -> int:
    """Return how many highlights were found in a note after the run that met it, so that another program wrote them."""
    count = 0
    for _, placed in library.ledger.every_placed():
        runs = [delivery.run for delivery in placed.highlights.values()]
        first = min(runs, default=0)
        found = (one for one in placed.highlights.values() if one.status is Status.FOUND)
        count += sum(one.run > first for one in found)
    return count
