"""The steps of one pass over an open library and an open vault: guard, recover, fetch, plan, show or write, remember.

`sync.py` has the order in which they are taken. Guarantees: the clock is read once, when the pass begins; each step
leaves the state fit for a later run to start from, whatever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from functools import cached_property, lru_cache
from posixpath import normpath

import msgspec

from syncer.brake import refuse_if_gone
from syncer.carry_out import Executor, Maker, recovered_addition
from syncer.change import text_of
from syncer.errors import ReadwiseError, SyncerError, VaultError
from syncer.fetch import fetch, instant, link_keys, written
from syncer.identity import is_left_alone, read_facts
from syncer.library import Library, Run
from syncer.model import Book, Change, Decision, Hold, NoteFacts, NotePath, Placed, Plan, Received, Stamp
from syncer.names import folded, note_path
from syncer.note import Style
from syncer.opening import Setup
from syncer.plan import Names, Rules, Unreadable, World, make_plan
from syncer.plugin import PluginState, plugin_map
from syncer.records import after
from syncer.report import Report, line_of
from syncer.selection import Choice, Filter
from syncer.shelf_on_demand import LazyShelf
from syncer.template import SHIPPED, PathTemplates, load_path_templates, load_templates
from syncer.undo import finish as finish_undo
from syncer.vault import NotRead, Unstable, Vault, VaultIndex, build_index
from syncer.writer import Fate, recover

USUAL_NAMES = ("Readwise", "{{ title }}")
KEPT_DAYS = 30
PLUGIN_PATIENCE = 15 * 60
"""Seconds from the last change of the plug-in's own file, after which its "I am syncing" is taken for a left-over."""


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
        self._check_own_templates()
        self._run = library.journal.next_run()
        self._known = library.ledger.paths()
        self._vanished: list[NotePath] = []
        self._plugin = PluginState({}, None, False)
        self._maker = Maker(library, vault, style=lambda: self._style, now=self._now)

    @cached_property
    def _style(self) -> Style:
        """How notes look; the templates are compiled when something is to be written."""
        return Style(
            templates=load_templates(self._config.note.template, base=self._config.file.parent),
            timezone=self._now.tzinfo or UTC,
            neutralise=self._config.note.neutralise,
            tags=self._config.note.tags,
            link_safe_names=self._config.vault.link_safe_names,
        )

    @cached_property
    def _paths(self) -> PathTemplates:
        return load_path_templates(self._config.vault.folder, self._config.vault.file_name)

    def _check_own_templates(self) -> None:
        """Raise ConfigError for a mistake in the user's own templates before anything is fetched."""
        if self._config.note.template not in SHIPPED:
            _ = self._style
        if (self._config.vault.folder, self._config.vault.file_name) != USUAL_NAMES:
            _ = self._paths

    # ------------------------------------------------------------ before anything is fetched

    def refuse_if_missing(self) -> None:
        """Raise VaultError where the vault is empty, or lost its `.obsidian`, while the state knows notes in it."""
        seen = self._library.get("vault", Remembered)
        if self._setup.accept_missing or not self._known or seen is None:
            return
        where = f"nothing was written: the vault {self._vault.path}"
        hint = "is it mounted and synced? if it is right, go on with: syncer once --accept-missing"
        try:
            if self._vault.is_empty():
                raise VaultError(f"{where} is empty, and {len(self._known)} notes were known in it", hint=hint)
            if seen.obsidian and not self._vault.has_obsidian():
                raise VaultError(f"{where} has lost its .obsidian folder", hint=hint)
        except OSError as error:
            raise VaultError(f"{where} could not be read: {error.strerror}", hint=hint) from error

    def recover(self) -> None:
        """Finish, or leave to the plan, what an earlier run was writing when it ended, or an undo taking out."""
        finish_undo(self._library, self._vault)
        decided = []
        for number, one in self._library.journal.intents():
            found = recover(self._vault, one.intent)
            if found.fate is Fate.LATER:
                self._maker.unfinished[one.intent.path] = found.why or "it could not be read"
                continue
            decided.append((number, one, found.done))
        if not decided:
            return
        with self._library.transaction():
            for _, one, done in decided:
                if done is not None:
                    self._library.journal.keep_addition(recovered_addition(one, done.stamp))
            self._library.journal.drop_intents(number for number, _, _ in decided)

    def refuse_if_early(self) -> None:
        """Raise ReadwiseError while Readwise has asked not to be asked again."""
        until = instant(self._library.get("not_before", str) or "")
        if until and self._now < until <= self._now + timedelta(days=1):
            raise ReadwiseError(
                f"Readwise asked not to be asked again before {until.astimezone(self._now.tzinfo):%H:%M}",
                hint="the service waits for it; nothing is lost",
            )

    # ------------------------------------------------------------ fetch and decide

    def fetch(self) -> Received:
        """Bring the mirror up to date."""
        return fetch(
            self._library,
            self._setup.connect(),
            now=self._now,
            full_every=self._config.schedule.full_every,
            on_page=self._setup.on_page,
        )

    def highlights(self) -> int:
        """Return how many highlights the library holds."""
        return self._library.mirror.counts()[1]

    def plan(self, *, everything: bool = False) -> Plan:
        """Decide about every book that changed, was not finished, or whose note changed; or about every book."""
        search = [normpath(folder).removeprefix(".").removeprefix("/") for folder in self._config.vault.search]
        scan = self._vault.scan(search, leave_alone=is_left_alone)
        stamps = self._library.ledger.stamps()
        self._refuse_if_gone(scan.stamps)
        self._filters_changed()
        looking = set(self._library.mirror.every_id() if everything else self._library.mirror.unsettled())
        if not looking and scan.stamps == stamps:
            return Plan(decisions=(), holds=(), warnings=())
        cached = self._library.ledger.entries()
        index = build_index(self._vault, scan, cached=cached, read_facts=_facts)
        self._vanished = [path for path in stamps if path not in index.notes]
        for path in (*index.changed, *self._vanished):
            looking.update(self._known.get(path, ()))
        with self._library.transaction():
            self._library.ledger.keep_entries(index.notes[path] for path in sorted(index.cacheable))
            self._library.ledger.drop_entries(self._vanished)
        if not looking:
            return Plan(decisions=(), holds=(), warnings=())
        self._plugin = plugin_map(self._vault)
        ids = sorted(looking)
        books = ((book, self._library.ledger.placed(book.id)) for book, _ in self._library.mirror.books(ids))
        return make_plan(books, world=self._world(index, ids), rules=self._rules(), names=self._names())

    def _refuse_if_gone(self, stamps: Mapping[NotePath, Stamp]) -> None:
        if self._setup.accept_missing:
            return
        inodes = {stamp.inode for stamp in stamps.values()}
        names = {path.rpartition("/")[2] for path in stamps}
        known = {placed.path: placed.inode for _, placed in self._library.ledger.every_placed() if placed.path}
        moved = {path for path, inode in known.items() if inode in inodes or path.rpartition("/")[2] in names}
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

    def _world(self, index: VaultIndex, ids: Sequence[int]) -> World:
        @lru_cache(maxsize=32)
        def read(path: NotePath) -> str:
            try:
                return text_of(self._vault.read(path).data)
            except NotRead as error:
                raise Unreadable(error.reason, soon=isinstance(error, Unstable)) from error
            except OSError as error:
                raise Unreadable(f"it could not be read: {(error.strerror or '').lower()}", soon=False) from error

        shelf = LazyShelf(
            index.notes,
            plugin=self._plugin,
            shared=lambda: self._library.mirror.shared_links(ids, keys=link_keys),
            folder=self._config.vault.folder,
        )
        return World(notes=index.notes, changed=index.changed, unread=index.unread, shelf=shelf, read=read)

    def _rules(self) -> Rules:
        since = self._plugin.is_syncing_since
        age = None if since is None else self._now.timestamp() - since
        waits = age is not None and 0 <= age < PLUGIN_PATIENCE
        chosen = self._config.filter
        return Rules(
            filter=Filter(
                take=Choice(**msgspec.structs.asdict(chosen.take)),
                leave=Choice(**msgspec.structs.asdict(chosen.leave)),
            ),
            skips=self._config.vault.adopt == "skip",
            place=self._place,
            state_is_new=not self._known,
            waits="the Readwise plug-in of Obsidian is syncing just now" if waits else "",
            now_ns=int(self._now.timestamp() * 1e9),
        )

    def _place(self, book: Book) -> NotePath:
        return note_path(self._paths, self._style, book, now=self._now)

    def _names(self) -> Names:
        reserved = {folded(path): ids[0] for path, ids in self._known.items()}
        return Names(reserved=reserved, folder=lru_cache(maxsize=None)(self._vault.folder_names))

    def text(self, path: NotePath) -> str:
        """Return a note's text, "" where it cannot be read or there is none."""
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
            plugin_active=self._plugin.active,
        )

    def drawn(self, plan: Plan, report: Report) -> Iterator[tuple[Change | Hold, bytes]]:
        """Yield each change with its note's bytes as they are now, and fill the report with it."""
        for made in self._maker.changes(plan):
            for one in made:
                if isinstance(one, Hold):
                    report.holds.append(one)
                    yield one, b""
                else:
                    report.lines.append(line_of(one))
                    yield one, self._present(one)

    def _present(self, change: Change) -> bytes:
        try:
            return self._vault.read(change.path).data
        except (NotRead, OSError):
            return b""

    # ------------------------------------------------------------ do it, and remember

    def carry_out(self, plan: Plan, fetched: Received) -> Report:
        """Write the plan's changes and remember everything that was learnt."""
        executor = Executor(
            self._library,
            self._vault,
            maker=self._maker,
            run=Run(id=self._run, started=written(self._now)),
            wait=self._setup.stop.wait,
            stopped=self._setup.stop.is_set,
            on_written=lambda change: self._setup.hear("written", str(change.path)),
        )
        report = self.report(plan, fetched, dry=False)
        try:
            executor.carry_out(plan)
        finally:
            report.lines += executor.result.lines
            report.holds += executor.result.holds
            report.failures += executor.result.failures
            self._remember(plan, report)
        return report

    def _remember(self, plan: Plan, report: Report) -> None:
        with self._library.transaction():
            for decision in plan.decisions:
                if not decision.missing:
                    self._settle(decision)
            self._library.set("vault", self._seen())
            self._library.journal.keep_run(self._summary(report))
            self._library.journal.forget_before(written(self._now - timedelta(days=KEPT_DAYS)))

    def _settle(self, decision: Decision) -> None:
        for book, digest in self._library.mirror.books([decision.book_id]):
            placed = self._library.ledger.placed(book.id)
            record: Placed = after(placed, decision, book, run=self._run, written=())
            self._library.ledger.record(book.id, record, settled=digest)

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


def _facts(path: str, data: bytes) -> NoteFacts:
    return read_facts(path, data=data)
