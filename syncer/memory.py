"""What does one pass leave in the state for the passes after it, beside the notes' own records?

    meta: ('vault', {"path": "/home/a/Notes", "device": 66, "inode": 1201, "obsidian": true})
          ('gone', ["Readwise/Old.md"]), ('filter', …), ('updates.mode', "append"), ('not_before', "2024-10-14T08:1…")
    run:  Run(id=12, started="2024-10-14T07:56:00.000Z", exit_code=0, highlights=4, …)

How the vault looked, which settings the plan was made with, how the run ended. Guarantees: what a plan has learnt and
that its run has ended come into the state together, or not at all. What was written is kept by carry_out.py, as it is
written; how long Readwise wants to be left alone is heeded by guards.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from syncer.config import Config
from syncer.errors import ReadwiseError, SyncerError
from syncer.instants import written
from syncer.library import Corrupt, Library, Run
from syncer.library.journal import KEPT_DAYS, Way
from syncer.library.ledger import NEVER, Tally
from syncer.library.seals import translated
from syncer.model import Decision, NotePath, Placed, Plan
from syncer.opening import unforeseen
from syncer.report import TRIED_AGAIN, Report
from syncer.vault import Vault

A_BUG = SyncerError("a bug in syncer; a report was written", hint="send it in: syncer doctor --report prints it")
"""What is kept of a run that an error ended of which nobody had thought; its report is the command's to write."""


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What the state keeps of the vault itself."""

    path: str
    device: int
    inode: int
    obsidian: bool


def gone_before(library: Library) -> frozenset[NotePath]:
    """Return the known notes that were gone when the last run ended: their owner's work, or accepted as such."""
    return frozenset(NotePath(path) for path in library.get("gone", list[str]) or ())


class Memory:
    """What is kept of one pass, which began at `now`; `clock` tells when it ends."""

    def __init__(self, library: Library, vault: Vault, *, now: datetime, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._vault = vault
        self._now = now
        self._clock = clock
        self._run = library.journal.next_run()
        self._so_far = self.begun()

    # ------------------------------------------------------------ the settings that the plan is made with

    def count_as_told(self, config: Config) -> None:
        """Count what is known to have changed at Readwise as told, where updates are only now to be written.

        So what piled up while `updates.mode` was "report", or was none, does not come all at once.
        """
        mode = config.updates.mode
        if self._library.get("updates.mode", str) == mode:
            return
        with self._library.transaction():
            if mode == "append":
                from syncer.records import told
                from syncer.updates import changes_in

                for book_id, placed in list(self._library.ledger.every_placed()):
                    if (book := self._library.mirror.book(book_id)) and (changes := list(changes_in(book, placed))):
                        self._library.ledger.amend(book_id, told(placed, changes))
            self._library.set("updates.mode", mode)

    def heed_filter(self, config: Config) -> None:
        """Have every book looked at again where the filter is not that of the last run."""
        rules = msgspec.json.encode(config.filter).decode()
        seen = self._library.get("filter", str)
        if seen != rules:
            with self._library.transaction():
                if seen is not None:
                    self._library.ledger.unsettle_all()
                self._library.set("filter", rules)

    # ------------------------------------------------------------ how the run ended

    def begun(self) -> Run:
        """Return this run, of which nothing is known yet but when it began."""
        return Run(id=self._run, started=written(self._now))

    def keep(
        self, plan: Plan, report: Report, *, view: str, gone: Collection[NotePath] | None, is_whole: bool = True
    ) -> None:
        """Keep what the plan has learnt, and the run; `view` is the vault's if nothing is left to do in it, else "".

        `gone` are the known notes that were not there before anything was written, None where nobody had to look. A
        run that is not whole was cut short; `keeping_failures` then keeps why.
        """
        with self._library.transaction():
            for decision in plan.decisions:
                if not decision.writes:
                    self._settle(decision)
            self._library.set("vault", self._seen())
            if gone is not None:
                self._library.set("gone", sorted({*gone} - {line.path for line in report.lines}))
            if view:
                self._library.ledger.keep_settled_view(view)
            self._so_far = self._done(report)
            self._library.journal.keep_run(self._ended(report.exit_code) if is_whole else self._so_far)
            self._library.journal.forget_before(written(self._now - timedelta(days=KEPT_DAYS)))

    def _settle(self, decision: Decision) -> None:
        from syncer.records import after
        from syncer.updates import count_changed

        for book, digest in self._library.mirror.books([decision.book_id]):
            placed = self._library.ledger.placed(book.id)
            record: Placed = after(placed, decision, book, run=self._run, written=())
            self._library.ledger.record(book.id, record, settled=NEVER if decision.resting else digest)
            self._library.ledger.keep_tally(book.id, digest, Tally(len(book.highlights), count_changed(book, record)))

    def _seen(self) -> Remembered:
        root = self._vault
        return Remembered(path=str(root.path), device=root.dev, inode=root.inode, obsidian=root.has_obsidian())

    def _ended(self, exit_code: int) -> Run:
        return msgspec.structs.replace(self._so_far, finished=written(self._clock()), exit_code=exit_code)

    def _done(self, report: Report) -> Run:
        return msgspec.structs.replace(
            self.begun(),
            notes_created=sum(line.created for line in report.lines),
            sections=sum(not line.created for line in report.lines),
            highlights=sum(line.highlights for line in report.lines),
            updates=sum(line.updates for line in report.lines),
            holds=(
                *((", ".join(held.paths) or held.title, held.reason) for held in report.holds),
                *((str(failed.path), failed.cause) for failed in report.failures),
            ),
            ways=(
                *(Way(book_id=held.book_id, hint=held.hint, soon=held.soon) for held in report.holds),
                *(Way(hint=TRIED_AGAIN) for _ in report.failures),
            ),
        )

    @contextmanager
    def keeping_failures(self) -> Iterator[None]:
        """Keep why the block ended early, if it did: by an error of ours, of the system's, or by a bug."""
        try:
            with translated(self._library.path), unforeseen(Path(self._vault.path)):
                yield
        except (Corrupt, BrokenPipeError):
            raise
        except Exception as error:
            with suppress(SyncerError):  # the first error is the one to tell
                self.keep_failure(error if isinstance(error, SyncerError) else A_BUG)
            raise

    def keep_failure(self, error: SyncerError) -> None:
        """Keep why the run ended, for `syncer status`, and until when Readwise wants to be left alone."""
        message = "; ".join(error.message.splitlines())
        run = msgspec.structs.replace(self._ended(error.exit_code), message=message, hint=error.hint)
        with self._library.transaction():
            if isinstance(error, ReadwiseError) and error.not_before_seconds:
                until = self._clock() + timedelta(seconds=error.not_before_seconds)
                self._library.set("not_before", written(until))
            self._library.journal.keep_run(run)
