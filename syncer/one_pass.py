"""The steps of one pass over an open library and an open vault: guard, recover, fetch, plan, show or write, remember.

`sync.py` has the order in which they are taken. Guarantees: the clock is read once, when the pass begins; each step
leaves the state fit for a later run to start from, whatever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from posixpath import normpath
from typing import TYPE_CHECKING

import msgspec

from syncer.brake import refuse_if_gone
from syncer.errors import ReadwiseError, SyncerError, VaultError
from syncer.fetch import fetch
from syncer.instants import instant, written
from syncer.left_alone import is_left_alone
from syncer.library import Library, Run, Undoing
from syncer.library.ledger import NEVER, view_of
from syncer.model import BookId, Change, Decision, Hold, NoteFacts, NotePath, Placed, Plan, Received, Stamp
from syncer.opening import Setup
from syncer.report import Report, line_of
from syncer.vault import NotRead, Scan, Vault, VaultIndex, build_index

if TYPE_CHECKING:
    from syncer.planning import Planning

USUAL_TEMPLATES = "seed"
USUAL_NAMES = ("Readwise", "{{ title }}")
"""What is shipped needs no check before anything is fetched; the user's own templates do."""

KEPT_DAYS = 30
NOTHING = Plan(decisions=(), holds=(), warnings=())


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What the state keeps of the vault itself."""

    path: str
    device: int
    inode: int
    obsidian: bool


class Pass:
    """The steps of one pass, over an open library and an open vault."""

    def __init__(self, setup: Setup, library: Library, vault: Vault) -> None:
        self._setup = setup
        self._config = setup.config
        self._library = library
        self._vault = vault
        self._now = setup.clock()
        self._run = library.journal.next_run()
        self._view = ""
        self._active = False
        self._check_own_templates()

    @cached_property
    def _known(self) -> dict[NotePath, list[BookId]]:
        """The notes that the state knows, read when they matter: not where nothing has changed."""
        return self._library.ledger.paths()

    @cached_property
    def _planning(self) -> Planning:
        """What plans and renders, imported when there is something to look at."""
        from syncer.planning import Planning

        return Planning(self._config, self._library, self._vault, now=self._now, known=self._known)

    def _check_own_templates(self) -> None:
        """Raise ConfigError for a mistake in the user's own templates before anything is fetched."""
        if self._config.note.template != USUAL_TEMPLATES:
            _ = self._planning.style
        if (self._config.vault.folder, self._config.vault.file_name) != USUAL_NAMES:
            _ = self._planning.paths

    # ------------------------------------------------------------ before anything is fetched

    def refuse_if_missing(self) -> None:
        """Raise VaultError where the vault is empty, or lost its `.obsidian`, while the state knows notes in it."""
        seen = self._library.get("vault", Remembered)
        if self._setup.accept_missing or seen is None:
            return
        try:
            why = self._what_is_missing(seen)
        except OSError as error:
            why = f"could not be read: {error.strerror}"
        if why and self._known:
            raise VaultError(
                f"nothing was written: the vault {self._vault.path} {why}",
                hint="is it mounted and synced? if it is right, go on with: syncer once --accept-missing",
            )

    def _what_is_missing(self, seen: Remembered) -> str:
        if self._vault.is_empty():
            return f"is empty, and {len(self._known)} notes were known in it"
        return "has lost its .obsidian folder" if seen.obsidian and not self._vault.has_obsidian() else ""

    def refuse_if_read_only(self) -> None:
        """Raise VaultError where nothing can be written into the vault at all."""
        if not self._vault.writable():
            raise VaultError(
                f"nothing was written: the vault {self._vault.path} is read-only",
                hint="is its disk mounted read-only, and may this user write there?",
            )

    def recover(self) -> None:
        """Finish, or leave to the plan, what an earlier run was writing when it ended, or an undo taking out."""
        undoing = self._library.get("undoing", Undoing)
        if undoing is not None and undoing.run:
            from syncer.undo import finish

            finish(self._library, self._vault)
        if intents := self._library.journal.intents():
            from syncer.carry_out import recover_all

            self._planning.maker.unfinished.update(recover_all(self._library, self._vault, intents))

    def refuse_if_early(self) -> None:
        """Raise ReadwiseError while Readwise has asked not to be asked again."""
        until = instant(self._library.get("not_before", str) or "")
        if until and self._now < until <= self._now + timedelta(days=1):
            raise ReadwiseError(
                f"Readwise asked not to be asked again before {until.astimezone(self._now.tzinfo):%H:%M}",
                hint="the service waits for it; nothing is lost",
                not_before_seconds=(until - self._now).total_seconds(),
            )

    # ------------------------------------------------------------ fetch and decide

    def fetch(self) -> Received:
        """Bring the mirror up to date."""
        self._setup.on_step("fetching", 0, 0)
        return fetch(
            self._library,
            self._setup.connect(),
            now=self._now,
            full_every=self._config.schedule.full_every,
            on_page=self._setup.on_page,
        )

    def count_as_told(self) -> None:
        """Count what is known to have changed at Readwise as told, where updates are only now to be written.

        So what piled up while `updates.mode` was "report", or was none, does not come all at once.
        """
        mode = self._config.updates.mode
        seen = self._library.get("updates.mode", str)
        if seen == mode:
            return
        with self._library.transaction():
            if mode == "append":
                from syncer.records import told
                from syncer.updates import changes_in

                for book_id, placed in list(self._library.ledger.every_placed()):
                    if (book := self._library.mirror.book(book_id)) and (changes := list(changes_in(book, placed))):
                        self._library.ledger.amend(book_id, told(placed, changes))
            self._library.set("updates.mode", mode)

    def highlights(self) -> int:
        """Return how many highlights the library holds."""
        return self._library.mirror.counts()[1]

    def plan(self, *, everything: bool = False, since: datetime | None = None) -> Plan:
        """Decide about every book that changed, was not finished, or whose note changed; or about every book.

        `since` brings changes of delivered highlights that were told before, if they are not older than it.
        """
        search = [normpath(folder).removeprefix(".").removeprefix("/") for folder in self._config.vault.search]
        scan = self._vault.scan(search, leave_alone=is_left_alone)
        self._filters_changed()
        everything = everything or since is not None
        looking = set(self._library.mirror.every_id() if everything else self._library.mirror.unsettled())
        view = view_of(scan.stamps)
        if not looking and self._library.ledger.is_settled_view(view):
            return NOTHING
        stamps = self._library.ledger.stamps()
        self._refuse_if_gone(scan)
        if not looking and scan.stamps == stamps:
            self._view = "" if self._setup.accept_missing else view
            return NOTHING
        index = self._index(scan, stamps)
        vanished = [path for path in stamps if path not in index.notes]
        for path in (*index.changed, *vanished):
            looking.update(self._known.get(path, ()))
        if not looking:
            return NOTHING
        plan = self._planning.plan(index, sorted(looking), since=since)
        self._active = self._planning.plugin.active
        return plan

    def _index(self, scan: Scan, stamps: Mapping[NotePath, Stamp]) -> VaultIndex:
        """Return the vault's index, reading what changed, and keep what the cache may keep."""
        from syncer.identity import read_facts

        cached = self._library.ledger.entries()
        known = {path: entry.stamp for path, entry in cached.items()}
        total = sum(known.get(path) != stamp for path, stamp in scan.stamps.items())
        numbers = count(1)

        def read(path: str, data: bytes) -> NoteFacts:
            self._setup.on_step("reading notes", min(next(numbers), total), total)
            return read_facts(path, data=data)

        index = build_index(self._vault, scan, cached=cached, read_facts=read)
        with self._library.transaction():
            self._library.ledger.keep_entries(index.notes[path] for path in sorted(index.cacheable))
            self._library.ledger.drop_entries(path for path in stamps if path not in index.notes)
        return index

    def _refuse_if_gone(self, scan: Scan) -> None:
        """Raise VaultError where too many known notes are gone.

        One that was moved is there under another path; one that could not be listed may be there, and is held back.
        """
        stamps = scan.stamps
        if self._setup.accept_missing or not any(path not in stamps for path in self._known):
            return
        inodes = {stamp.inode for stamp in stamps.values()}
        names = {path.rpartition("/")[2] for path in stamps}
        known = self._library.ledger.inodes()
        moved = {path for path, inode in known.items() if inode in inodes or path.rpartition("/")[2] in names}
        unread = tuple(f"{one.path}/" for one in scan.unread)
        moved |= {path for path in known if f"{path}/".startswith(unread)}
        refuse_if_gone(known, {**stamps, **dict.fromkeys(moved)}, vault=str(self._vault.path))

    def _filters_changed(self) -> None:
        """Have every book looked at again where the filters are not those of the last run."""
        rules = msgspec.json.encode(self._config.filter).decode()
        seen = self._library.get("filter", str)
        if seen != rules:
            with self._library.transaction():
                if seen is not None:
                    self._library.ledger.unsettle_all()
                self._library.set("filter", rules)

    def text(self, path: NotePath) -> str:
        """Return a note's text, "" where it cannot be read or there is none."""
        from syncer.change import text_of

        try:
            return text_of(self._vault.read(path).data) if path else ""
        except (NotRead, OSError):
            return ""

    # ------------------------------------------------------------ show it

    def report(self, plan: Plan, fetched: Received, *, dry: bool) -> Report:
        """Return the report of a plan of which nothing is carried out yet."""
        return Report(
            dry=dry,
            received=fetched,
            lines=[],
            holds=list(plan.holds),
            failures=[],
            warnings=[*fetched.warnings, *plan.warnings],
            decisions=plan.decisions,
            plugin_active=self._active,
        )

    def drawn(self, plan: Plan, report: Report) -> Iterator[tuple[Change | Hold, bytes]]:
        """Yield each change with its note's bytes as they are now, and fill the report with it."""
        total = len({decision.path for decision in plan.decisions if decision.writes})
        for number, made in enumerate(self._planning.maker.changes(plan), 1):
            self._setup.on_step("rendering", number, total)
            for one in made:
                if isinstance(one, Hold):
                    report.holds.append(one)
                    yield one, b""
                else:
                    report.lines.append(line_of(one))
                    yield one, self._present(one)
        report.warnings += self._planning.maker.warnings

    def _present(self, change: Change) -> bytes:
        try:
            return self._vault.read(change.path).data
        except (NotRead, OSError):
            return b""

    # ------------------------------------------------------------ do it, and remember

    def carry_out(self, plan: Plan, fetched: Received) -> Report:
        """Write the plan's changes and remember everything that was learnt."""
        report = self.report(plan, fetched, dry=False)
        if not any(decision.writes for decision in plan.decisions):
            self._remember(plan, report)
            return report
        from syncer.carry_out import Executor

        executor = Executor(
            self._library,
            self._vault,
            maker=self._planning.maker,
            run=Run(id=self._run, started=written(self._now)),
            wait=self._setup.stop.wait,
            stopped=self._setup.stop.is_set,
            on_step=self._setup.on_step,
            on_written=lambda change: self._setup.hear("written", str(change.path)),
        )
        try:
            executor.carry_out(plan)
        finally:
            report.lines += executor.result.lines
            report.holds += executor.result.holds
            report.failures += executor.result.failures
            report.warnings += self._planning.maker.warnings
            self._remember(plan, report)
        return report

    def _remember(self, plan: Plan, report: Report) -> None:
        with self._library.transaction():
            for decision in plan.decisions:
                if not decision.writes:
                    self._settle(decision)
            self._library.set("vault", self._seen())
            if self._view:
                self._library.ledger.keep_settled_view(self._view)
            self._library.journal.keep_run(self._summary(report))
            self._library.journal.forget_before(written(self._now - timedelta(days=KEPT_DAYS)))

    def _settle(self, decision: Decision) -> None:
        from syncer.records import after

        for book, digest in self._library.mirror.books([decision.book_id]):
            placed = self._library.ledger.placed(book.id)
            record: Placed = after(placed, decision, book, run=self._run, written=())
            self._library.ledger.record(book.id, record, settled=NEVER if decision.resting else digest)

    def _seen(self) -> Remembered:
        root = self._vault
        return Remembered(path=str(root.path), device=root.dev, inode=root.inode, obsidian=root.has_obsidian())

    def _summary(self, report: Report) -> Run:
        return Run(
            id=self._run,
            started=written(self._now),
            finished=written(self._setup.clock()),
            exit_code=report.exit_code,
            notes_created=sum(line.created for line in report.lines),
            sections=sum(not line.created for line in report.lines),
            highlights=sum(line.highlights for line in report.lines),
            updates=sum(line.updates for line in report.lines),
            holds=tuple((", ".join(held.paths) or held.title, held.reason) for held in report.holds),
        )

    def remember_failure(self, error: SyncerError) -> None:
        """Keep why the run ended, for `syncer status`, and until when Readwise wants to be left alone."""
        run = Run(
            id=self._run,
            started=written(self._now),
            finished=written(self._setup.clock()),
            exit_code=error.exit_code,
            message=error.message,
        )
        with self._library.transaction():
            if isinstance(error, ReadwiseError) and error.not_before_seconds:
                until = self._setup.clock() + timedelta(seconds=error.not_before_seconds)
                self._library.set("not_before", written(until))
            self._library.journal.keep_run(run)
