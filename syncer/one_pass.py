"""The steps of one pass over an open library and an open vault: recover, fetch, plan, show or write, remember.

`sync.py` has the order in which they are taken, guards.py what may stop them, memory.py what is kept of the pass.
Guarantees: whatever a pass decides and writes has the time at which it began (the clock is asked once more to say when
it ended); each step leaves the state fit for a later run to start from, whatever comes next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import count
from posixpath import normpath
from typing import TYPE_CHECKING

from syncer.fetch import fetch
from syncer.guards import gone_from, refuse_if_lost
from syncer.left_alone import is_left_alone
from syncer.library import Library, Undoing
from syncer.library.ledger import view_of
from syncer.memory import Memory, gone_before
from syncer.model import BookId, Change, Hold, NoteEntry, NoteFacts, NotePath, Plan, Received, Stamp
from syncer.opening import Setup
from syncer.report import Report, gone_sentences, line_of
from syncer.vault import NotRead, Scan, Vault, VaultIndex, build_index

if TYPE_CHECKING:
    from syncer.planning import Planning

USUAL_TEMPLATES = "seed"
USUAL_NAMES = ("Readwise", "{{ title }}")
"""What is shipped needs no check before anything is fetched; the user's own templates do."""

NOTHING = Plan(decisions=(), holds=(), warnings=())


class Pass:
    """The steps of one pass, over an open library and an open vault."""

    def __init__(self, setup: Setup, library: Library, vault: Vault) -> None:
        self._setup = setup
        self._config = setup.config
        self._library = library
        self._vault = vault
        self.now = setup.clock()
        self.memory = Memory(library, vault, now=self.now, clock=setup.clock)
        self.notes: Mapping[NotePath, NoteEntry] = {}
        self._view = ""
        self._gone: frozenset[NotePath] | None = None
        self._active = False
        self._undone: list[Hold] = []

    @cached_property
    def _known(self) -> dict[NotePath, list[BookId]]:
        """The notes that the state knows, read when they matter: not where nothing has changed."""
        return self._library.ledger.paths()

    @cached_property
    def _planning(self) -> Planning:
        """What plans and renders, imported when there is something to look at."""
        from syncer.planning import Planning

        return Planning(self._config, self._library, self._vault, now=self.now, known=self._known)

    def check_own_templates(self) -> None:
        """Raise ConfigError for a mistake in the user's own templates before anything is fetched."""
        if self._config.note.template != USUAL_TEMPLATES:
            _ = self._planning.style
        if (self._config.vault.folder, self._config.vault.file_name) != USUAL_NAMES:
            _ = self._planning.paths

    def recover(self, *, dry: bool = False) -> None:
        """Finish, or leave to the plan, what an earlier run was writing when it ended, or an undo taking out.

        A `dry` one writes no note: it says that something is to be finished.
        """
        undoing = self._library.get("undoing", Undoing)
        if undoing is not None and undoing.run:
            from syncer.undo import finish

            self._undone = finish(self._library, self._vault)
            self._planning.maker.unfinished.update({one.paths[0]: one.reason for one in self._undone})
        intents = self._library.journal.intents()
        if intents and dry:
            what = "an earlier run was cut short while it was writing; the next sync finishes that first"
            self._setup.hear("warning", what)
        elif intents:
            from syncer.intents import recover_all

            self._planning.maker.unfinished.update(recover_all(self._library, self._vault, intents))

    def fetch(self) -> Received:
        """Bring the mirror up to date."""
        self._setup.on_step("fetching", 0, 0)
        return fetch(
            self._library,
            self._setup.connect(),
            now=self.now,
            full_every=self._config.schedule.full_every,
            on_page=self._setup.on_page,
        )

    def highlights(self) -> int:
        """Return how many highlights the library holds."""
        return self._library.mirror.counts()[1]

    def plan(
        self, *, everything: bool = False, since: datetime | None = None, restored: Collection[BookId] = ()
    ) -> Plan:
        """Decide about every book that changed, was not finished, or whose note changed; or about every book.

        `since` brings changes of delivered highlights that were told before, if they are not older than it; `restored`
        are the books into whose notes comes back what their owner took out.
        """
        scan = self._scanned()
        self.memory.heed_filter(self._config)
        everything = everything or since is not None
        looking = set(self._library.mirror.every_id() if everything else self._library.mirror.unsettled())
        view = view_of(scan.stamps)
        if not looking and self._library.ledger.is_settled_view(view):
            return NOTHING
        stamps = self._library.ledger.stamps()
        self._heed_gone(scan)
        if not looking and scan.stamps == stamps:
            self._view = "" if self._setup.accept_missing else view
            return NOTHING
        index = self._index(scan, stamps)
        self.notes = index.notes
        vanished = [path for path in stamps if path not in index.notes]
        for path in (*index.changed, *vanished):
            looking.update(self._known.get(path, ()))
        if not looking:
            return NOTHING
        plan = self._planning.plan(index, sorted(looking), since=since, restored=restored)
        self._active = self._planning.plugin.active
        return plan

    def refuse_if_lost(self) -> None:
        """Raise VaultError where too many of the known notes are gone that were there when the last run ended."""
        self._heed_gone(self._scanned())

    def _heed_gone(self, scan: Scan) -> None:
        self._gone = gone_from(scan, self._library, known=self._known)
        if not self._setup.accept_missing:
            refuse_if_lost(self._gone, self._library, self._vault, known=self._known.keys())

    def _scanned(self) -> Scan:
        """Return the notes below `vault.search`, where new notes are made, and those that the state knows elsewhere."""
        search = [normpath(folder).removeprefix(".").removeprefix("/") for folder in self._config.vault.search]
        if "" in search:
            return self._vault.scan(search, leave_alone=is_left_alone)
        from syncer.names import folder_of_all

        made = folder_of_all(self._config.vault.folder, link_safe=self._config.vault.link_safe_names)
        return self._vault.scan([*search, made], leave_alone=is_left_alone, known=self._known)

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

    def present(self, path: NotePath) -> bytes:
        """Return a note's bytes as they are now, b"" where it cannot be read or there is none."""
        try:
            return self._vault.read(path).data if path else b""
        except (NotRead, OSError):
            return b""

    # ------------------------------------------------------------ show it

    def report(self, plan: Plan, fetched: Received, *, dry: bool) -> Report:
        """Return the report of a plan of which nothing is carried out yet."""
        accepted = (self._gone or frozenset()) - gone_before(self._library) if self._setup.accept_missing else ()
        written = {decision.path for decision in plan.decisions if decision.writes}
        return Report(
            dry=dry,
            received=fetched,
            lines=[],
            holds=[*plan.holds, *(one for one in self._undone if one.paths[0] not in written)],
            failures=[],
            warnings=[*fetched.warnings, *plan.warnings, *gone_sentences(len(accepted))],
            decisions=plan.decisions,
            plugin_active=self._active,
            gone=len(accepted),
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
                    yield one, self.present(one.path)
        report.warnings += self._planning.maker.warnings

    # ------------------------------------------------------------ do it, and remember

    def carry_out(self, plan: Plan, fetched: Received) -> Report:
        """Write the plan's changes and remember everything that was learnt."""
        report = self.report(plan, fetched, dry=False)
        if not any(decision.writes for decision in plan.decisions):
            self.memory.keep(plan, report, view=self._view, gone=self._gone)
            return report
        from syncer.carry_out import Executor

        executor = Executor(
            self._library,
            self._vault,
            maker=self._planning.maker,
            run=self.memory.begun(),
            wait=self._setup.stop.wait,
            stopped=self._setup.stop.is_set,
            on_step=self._setup.on_step,
            on_written=lambda change: self._setup.hear("written", str(change.path)),
        )
        is_whole = False
        try:
            executor.carry_out(plan)
            is_whole = True
        finally:
            report.lines += executor.result.lines
            report.holds += executor.result.holds
            report.failures += executor.result.failures
            report.warnings += self._planning.maker.warnings
            self.memory.keep(plan, report, view=self._view, gone=self._gone, is_whole=is_whole)
        return report
