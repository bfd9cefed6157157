"""Carrying out a plan: batch by batch, the intent in the journal first, then the notes, then what was done.

    intents (one durable transaction) → append, create → fsync of the folders → a look at each appended note a
    moment later → records of what was done, and the intents gone (one durable transaction)

Guarantees: what is remembered as written was seen in its note after the fsync; what was refused, or failed, stays to
be decided anew from the note's bytes; one note's failure stops no other. Bytes are made by change.py, and brought to
the disk by the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from syncer.errors import Interrupted
from syncer.footing import fits_on
from syncer.identity import shared_keys
from syncer.intents import addition_of, heading_of, intent_of
from syncer.library import Library
from syncer.library.journal import Recorded, Run
from syncer.library.ledger import NEVER, Tally
from syncer.making import Maker, hold_for
from syncer.model import (
    AppendSection,
    Book,
    BookId,
    Change,
    CreateNote,
    Decision,
    Failure,
    HighlightId,
    Hold,
    NoteEntry,
    NoteFacts,
    NotePath,
    Plan,
)
from syncer.records import after
from syncer.report import Line, line_of
from syncer.updates import count_changed
from syncer.vault import NotRead, Vault
from syncer.writer import Done, Failed, Intent, Outcome, Refused, append, confirm, create, sync_folders

BATCH_NOTES = 2000
BATCH_BYTES = 6 << 20
SETTLES_AFTER = 0.16
"""Seconds until a written section is looked at again: an editor that read the note before it has saved by then."""
STOPPED = "the run was stopped; what it had begun is done, the rest is for the next"
ATTEMPTS = 40
"""How often a section is written anew, in one run, into a note that an editor keeps saving over."""


class Result(msgspec.Struct):
    """What came of a plan so far."""

    lines: list[Line]
    holds: list[Hold]
    failures: list[Failure]


class Executor:
    """Carries out the changes of one run."""

    def __init__(
        self,
        library: Library,
        vault: Vault,
        *,
        maker: Maker,
        run: Run,
        wait: Callable[[float], object],
        stopped: Callable[[], bool],
        on_step: Callable[[str, int, int], None],
        on_written: Callable[[Change], None],
    ) -> None:
        self._library = library
        self._vault = vault
        self._maker = maker
        self._run = run
        self._wait = wait
        self._stopped = stopped
        self._on_step = on_step
        self._on_written = on_written
        self._begun = self._notes = self._left = 0
        self._modes: dict[str, int] = {}
        self._decisions: dict[tuple[NotePath, BookId], Decision] = {}
        self.result = Result([], [], [])

    def carry_out(self, plan: Plan) -> Result:
        """Write every change of the plan and record it; raise Interrupted between two batches."""
        self._decisions = {(one.path, one.book_id): one for one in plan.decisions if one.writes}
        self._notes = len({path for path, _ in self._decisions})
        batch: list[Change] = []
        size = 0
        for made in self._maker.changes(plan):
            for one in made:
                if isinstance(one, Hold):
                    self.result.holds.append(one)
                else:
                    batch.append(one)
                    size += len(one.data)
            if len(batch) >= BATCH_NOTES or size >= BATCH_BYTES or self._stopped():
                self._write(batch)
                batch, size = [], 0
                if self._stopped():
                    raise Interrupted(STOPPED)
        self._write(batch)
        if self._left:
            raise Interrupted(STOPPED)
        return self.result

    def _write(self, batch: list[Change]) -> None:
        for attempt in range(ATTEMPTS):
            if not batch:
                return
            lost = self._write_once(batch)
            batch = []
            for change in lost:
                again = [self._decisions[change.path, part.book_id] for part in change.parts]
                made = [] if attempt + 1 == ATTEMPTS else self._maker.changes_of(change.path, again)
                batch += [one for one in made if not isinstance(one, Hold)]
                self.result.holds += [one for one in made if isinstance(one, Hold)]
                if not made:
                    error = NotRead(change.path, "another program keeps saving it")
                    self.result.holds += [hold_for(one, error) for one in again]

    def _write_once(self, batch: Sequence[Change]) -> list[Change]:
        """Write a batch; return those appends that did not last, or found their note changed."""
        intents = [intent_of(change, number, self._run.id) for number, change in enumerate(batch)]
        recorded = [
            Recorded(intent, self._run.id, change.parts, heading_of(change))
            for intent, change in zip(intents, batch, strict=True)
        ]
        with self._library.transaction():
            self._library.journal.keep_run(self._run)
            ids = self._library.journal.intend(recorded)
        outcomes = [self._bring(change, intent) for change, intent in zip(batch, intents, strict=True)]
        outcomes = self._with_folders_synced(batch, outcomes)
        outcomes = self._looked_at_again(batch, outcomes)
        with self._library.transaction():
            for change, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Done):
                    self._record(change, outcome)
            decided = [one for one, outcome in zip(ids, outcomes, strict=True) if not isinstance(outcome, Failed)]
            self._library.journal.drop_intents(decided)
        return self._sorted_out(batch, outcomes)

    def _bring(self, change: Change, intent: Intent) -> Outcome:
        self._begun = min(self._begun + 1, self._notes)
        self._on_step("writing", self._begun, self._notes)
        if self._stopped():
            return Refused("the run was stopped")
        if isinstance(change, CreateNote):
            return create(self._vault, change.path, change.data, temp_name=intent.temp, modes=self._modes)
        fits = None if change.footing is None else partial(fits_on, change.footing)
        return append(self._vault, change.path, change.data, before=change.before, still_fits=fits)

    def _with_folders_synced(self, batch: Sequence[Change], outcomes: list[Outcome]) -> list[Outcome]:
        """Bring the notes' names to the disk: of a new note, and of one that an editor's rename has just put there."""
        folders = {one.folder for one in outcomes if isinstance(one, Done)}
        failed = sync_folders(self._vault, sorted(folders))
        synced: list[Outcome] = []
        for change, one in zip(batch, outcomes, strict=True):
            error = failed.get(one.folder) if isinstance(one, Done) else None
            synced.append(Failed(error, change.path, "bring its folder to the disk") if error else one)
        return synced

    def _looked_at_again(self, batch: Sequence[Change], outcomes: list[Outcome]) -> list[Outcome]:
        appended = [
            number
            for number, (change, outcome) in enumerate(zip(batch, outcomes, strict=True))
            if isinstance(change, AppendSection) and isinstance(outcome, Done)
        ]
        if appended:
            self._wait(SETTLES_AFTER)
        for number in appended:
            change = batch[number]
            try:
                if not confirm(self._vault, change.path, data=change.data):
                    outcomes[number] = Refused("an editor saved over it")
            except OSError as error:
                outcomes[number] = Failed(error, change.path, "read the note back")
        return outcomes

    def _sorted_out(self, batch: Sequence[Change], outcomes: Sequence[Outcome]) -> list[Change]:
        again: list[Change] = []
        for change, outcome in zip(batch, outcomes, strict=True):
            match outcome:
                case Done():
                    self.result.lines.append(line_of(change))
                    self._on_written(change)
                case Refused() if self._stopped():
                    self._left += 1
                case Refused() if isinstance(change, AppendSection):
                    again.append(change)
                case Refused(why):
                    self.result.failures.append(Failure(change.path, why))
                case Failed(error, _, what):
                    cause = f"could not {what}: {error.strerror or type(error).__name__}"
                    self.result.failures.append(Failure(change.path, cause))
        return again

    def _record(self, change: Change, done: Done) -> None:
        """Remember a change that is on the disk; inside the batch's transaction."""
        for part in change.parts:
            for book, digest in self._library.mirror.books([part.book_id]):
                decision = self._decisions[change.path, book.id]
                placed = msgspec.structs.replace(self._library.ledger.placed(book.id), inode=done.stamp.inode)
                decision = msgspec.structs.replace(decision, inode=done.stamp.inode)
                record = after(placed, decision, book, run=self._run.id, written=part.highlights, updates=part.updates)
                is_done = not decision.resting and len(part.highlights) == len(decision.missing)
                self._library.ledger.record(book.id, record, settled=digest if is_done else NEVER)
                changed = count_changed(book, record) if placed.highlights else 0  # what was just met is as it is
                self._library.ledger.keep_tally(book.id, digest, Tally(len(book.highlights), changed))
                if isinstance(change, CreateNote):
                    facts = facts_of(book, part.highlights)
                    self._library.ledger.keep_entries([NoteEntry(change.path, done.stamp, facts)])
        self._library.journal.keep_addition(addition_of(change, done, self._run.id))


def facts_of(book: Book, highlights: Sequence[HighlightId]) -> NoteFacts:
    """Return what the index would learn from a note that was just made of these highlights."""
    written = set(highlights)
    links = shared_keys(book, [one for one in book.highlights if one.id in written])
    return NoteFacts(
        exported=True,
        titles=(book.title,),
        urls=(book.source_url,) if book.source_url else (),
        authors=(book.author,) if book.author else (),
        links=tuple(sorted(links)),
    )
