"""How does it go? What the service last did and will do next, what the state holds, and what needs a person.

    Status(service=Service(is_running=True, since="2026-11-24T06:55:01.000Z", …), last=Try(…), next="…",
           success="…", notes=1235, books=1240, highlights=12345, days=(…), holds=(), needs=())

From what lies on the disk alone: the service's facts, the locks, the state. Nothing is asked of the service or of
Readwise, nothing is written, and it takes no lock for longer than a look. Times are RFC 3339 in UTC, "" for never.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, repeat, takewhile
from pathlib import Path

import msgspec

from syncer.config import Config
from syncer.daemon.facts import FAILURES, Facts, facts_file, read_facts, service_lock
from syncer.daemon.outcome import HeldBack
from syncer.errors import EXIT_OK, ReadwiseError, VaultBusy, VaultError
from syncer.instants import instant
from syncer.library import Library, Run, find_state, in_the_way, is_found, state_name, viewed
from syncer.library.journal import KEPT_DAYS, Way
from syncer.lock import holder
from syncer.report import counted
from syncer.zone import zone_of

LATE = timedelta(hours=2)
"""How long a poll may be overdue before something is wrong with the service itself."""
PASSING = (EXIT_OK, ReadwiseError.exit_code, VaultBusy.exit_code)
"""Codes that need nobody at the first time."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """The background service of this vault; `pid` is 0 when it does not run.

    `timer` is the systemd timer that syncs in its place, "" for none; nothing runs in between.
    """

    is_running: bool
    pid: int
    since: str
    stopped: str
    timer: str


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """The last sync, by the service or by hand."""

    began: str
    ended: str
    exit_code: int
    text: str
    hint: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something that does not pass by itself, and what to do about it."""

    what: str
    hint: str = ""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was added on one day of the note's zone, and by how many syncs."""

    day: str
    highlights: int
    runs: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `syncer status` shows.

    `updates` counts what changed at Readwise and is not in the notes; `days` are the last 30, the oldest first. Where
    the state cannot be read, it is not `known`: of the numbers nothing is, and `last` and `success` are the service's.
    """

    vault: str
    config: str
    service: Service
    is_syncing: bool
    last: Try | None
    success: str
    next: str
    failures: int
    known: bool
    notes: int
    books: int
    highlights: int
    updates: int
    days: tuple[Day, ...]
    holds: tuple[HeldBack, ...]
    needs: tuple[Need, ...]


class _State(msgspec.Struct, kw_only=True):
    notes: int = 0
    books: int = 0
    highlights: int = 0
    updates: int = 0
    runs: list[Run] = []
    success: str = ""
    trouble: Need | None = None
    obstacle: Need | None = None


def look(config: Config, *, state: Path, now: datetime, timer: Path | None) -> Status:
    """Return how it goes with this vault; `timer` is the timer that is installed for this configuration."""
    vault = config.vault.path.resolve()
    facts = read_facts(facts_file(state, vault))
    owner = holder(service_lock(state, vault))
    is_syncing = holder(state / f"{state_name(vault)}.lock") is not None
    known = _read_state(state, vault)
    service = Service(
        is_running=owner is not None,
        pid=owner.pid if owner else 0,
        since=facts.since,
        stopped=facts.stopped,
        timer=str(timer or ""),
    )
    last, holds = _last(facts, _ended(known.runs, is_syncing=is_syncing))
    upcoming = facts.next if owner else ""
    return Status(
        vault=str(config.vault.path),
        config=str(config.file),
        service=service,
        is_syncing=is_syncing,
        last=last,
        success=max(facts.success, known.success),
        next=upcoming,
        failures=facts.failures,
        known=known.trouble is None,
        notes=known.notes,
        books=known.books,
        highlights=known.highlights,
        updates=known.updates,
        days=_days(known.runs, today=now.astimezone(zone_of(config.note.timezone))),
        holds=holds,
        needs=(
            *_service_needs(service, facts, is_late=not is_syncing and _is_late(upcoming, now)),
            *_vault_needs(vault, known),
            *_sync_needs(last, holds, failures=max(facts.failures, _failed_in_a_row(known.runs))),
        ),
    )


def _read_state(folder: Path, vault: Path) -> _State:
    found = _State()
    try:
        path = find_state(folder, vault)
        if obstacle := in_the_way(folder):
            found.obstacle = Need(what=obstacle[1], hint="mend that place; syncer doctor tells more")
            if not folder.is_dir():
                return _State(trouble=found.obstacle)
        elif os.access(path, os.F_OK) and not os.access(path, os.W_OK):
            found.obstacle = Need(what=f"the state {path} may not be written", hint="mend its permissions")
        with viewed(path) as library:
            _count(library, found)
            found.notes = len(library.ledger.paths())
            runs = found.runs = library.journal.runs(newest=-1)
    except VaultError as error:
        return _State(trouble=Need(what=error.message, hint=error.hint))
    worked = (run.finished for run in runs if run.finished and not run.message)
    found.success = next(worked, "")
    return found


def _count(library: Library, found: _State) -> None:
    """Count books, highlights and updates: by the tallies, and where a book has none by a look at it."""
    found.books, tally, rest = library.ledger.tallied()
    found.highlights, found.updates = tally.highlights, tally.updates
    if not rest:
        return
    from syncer.updates import count_changed

    for book, _ in library.mirror.books(rest):
        found.books += 1
        found.highlights += len(book.highlights)
        found.updates += count_changed(book, library.ledger.placed(book.id))


def _failed_in_a_row(runs: Iterable[Run]) -> int:
    """Return how many of the newest runs that came to an end were ended by an error."""
    return sum(1 for _ in takewhile(lambda run: run.message, (run for run in runs if run.finished)))


def _days(runs: Iterable[Run], *, today: datetime) -> tuple[Day, ...]:
    """Return the last 30 days, in the zone of `today`, with what the runs added on each."""
    highlights, counts = Counter[str](), Counter[str]()
    for run in runs:
        moment = instant(run.started)
        if moment and run.highlights:
            day = f"{moment.astimezone(today.tzinfo):%Y-%m-%d}"
            highlights[day] += run.highlights
            counts[day] += 1
    dates = [f"{today.date() - timedelta(days=back):%Y-%m-%d}" for back in reversed(range(KEPT_DAYS))]
    return tuple(Day(day=one, highlights=highlights[one], runs=counts[one]) for one in dates)


def _ended(runs: list[Run], *, is_syncing: bool) -> Run | None:
    """Return the newest run but for one that is going on."""
    return next((run for run in runs if run.finished or not is_syncing), None)


def _last(facts: Facts, run: Run | None) -> tuple[Try | None, tuple[HeldBack, ...]]:
    """Return the last sync and what it held back: the service's, unless one by hand came after it."""
    tried = facts.last
    if tried and (run is None or run.started <= tried.ended):
        outcome = tried.outcome
        text = "; ".join((outcome.message or outcome.summary).splitlines())
        last = Try(began=tried.began, ended=tried.ended, exit_code=outcome.exit_code, text=text, hint=outcome.hint)
        return last, outcome.holds
    if run is None:
        return None, ()
    code = EXIT_OK if run.exit_code is None else run.exit_code
    ended = run.finished or run.started
    last = Try(began=run.started, ended=ended, exit_code=code, text=_run_text(run), hint=run.hint)
    return last, tuple(_held_back(run))


def _held_back(run: Run) -> Iterator[HeldBack]:
    """Yield what a run held back; one of an older version kept no way on."""
    for (where, reason), way in zip(run.holds, chain(run.ways, repeat(Way())), strict=False):
        yield HeldBack(where=where, reason=reason, hint=way.hint, soon=way.soon, book_id=way.book_id)


def _run_text(run: Run) -> str:
    """Return how a run went, in the words of its own report."""
    if run.message:
        return run.message
    if not run.finished:
        return "was cut short; the next one finishes it or decides it anew"
    pieces = [f"{counted(run.notes_created, 'note')} made"] if run.notes_created else []
    pieces += [f"{counted(run.sections, 'note')} extended"] if run.sections else []
    if not pieces:
        return "nothing added"
    updates = [counted(run.updates, "update")] if run.updates else []
    return ", ".join([*pieces, counted(run.highlights, "highlight"), *updates])


def _service_needs(service: Service, facts: Facts, *, is_late: bool) -> list[Need]:
    found = []
    if not service.is_running and service.since and not service.stopped and not service.timer:
        found.append(Need(what="the service has ended without being stopped", hint="see: syncer service logs"))
    if service.is_running and is_late:
        found.append(Need(what="the service is late and does not sync", hint="try: syncer service restart"))
    if facts.config_problem:
        hint = "until it is mended, the service goes on with the one from before"
        found += [Need(what=line, hint=hint) for line in facts.config_problem.splitlines()]
    return found


def _is_late(upcoming: str, now: datetime) -> bool:
    due = instant(upcoming)
    return due is not None and now - due > LATE


def _vault_needs(vault: Path, known: _State) -> list[Need]:
    found = []
    try:
        if not (is_found(vault) and vault.is_dir()):
            found.append(Need(what=f"the vault {vault} is not there", hint="is its disk mounted, its sync running?"))
        elif not _is_writable(vault):
            hint = "may this user write there? syncer doctor tells more"
            found.append(Need(what=f"the vault {vault} may not be written", hint=hint))
    except VaultError as error:
        found.append(Need(what=error.message, hint=error.hint))
    found += [need for need in (known.trouble, known.obstacle) if need and need not in found]
    return found


def _is_writable(vault: Path) -> bool:
    from syncer.vault import Vault

    with suppress(OSError), Vault(str(vault), quiet_time=0.0, patience=0.0) as opened:
        return opened.writable()
    return False


def _sync_needs(last: Try | None, holds: tuple[HeldBack, ...], *, failures: int) -> list[Need]:
    found = []
    has_failed = last is not None and (last.exit_code not in PASSING or failures >= FAILURES)
    if last is not None and has_failed and not _only_holds(last, holds):
        times = f" ({failures} times in a row)" if failures > 1 else ""
        found.append(Need(what=f"the last sync failed{times}: {last.text}", hint=last.hint))
    for held in holds:
        if not held.soon:
            book = f" (book {held.book_id})" if held.book_id else ""
            found.append(Need(what=f'held back: "{held.where}"{book}: {held.reason}', hint=held.hint))
    return found


def _only_holds(last: Try, holds: tuple[HeldBack, ...]) -> bool:
    return last.exit_code == VaultError.exit_code and bool(holds)
