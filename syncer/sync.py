"""One pass, as a recipe: look that the vault is all there, fetch, index, decide, brake, write, remember.

    with Pass(setup) as one:              # the lock, the state, the vault
        one.recover()                     # finish what an earlier run was writing
        fetched = one.fetch()             # Readwise → mirror, all pages or none
        plan = one.plan()                 # mirror + vault → decisions
        one.carry_out(plan)               # decisions → notes → ledger          `preview` shows them instead

The same plan serves `once` and `dry-run`; the latter works on a private copy of the state, takes no lock, and drops
the copy. The clock is read here, once a pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from posixpath import normpath

import msgspec

from syncer.brake import refuse_if_gone, refuse_if_unsafe
from syncer.carry_out import Executor, Maker, recovered_addition
from syncer.change import text_of
from syncer.config import Config
from syncer.errors import ConfigError, ReadwiseError, SyncerError, UsageError, VaultError
from syncer.fetch import Source, fetch, instant, link_keys, written
from syncer.identity import Match, Rivals, Shelf, is_left_alone, read_facts
from syncer.library import Corrupt, Library, Run, find_state, private_copy, state_name
from syncer.library.ledger import NEVER
from syncer.library.mirror import link_hash
from syncer.library.store import put_aside, translated
from syncer.lock import Owner, hold
from syncer.model import Book, Change, Decision, Hold, NoteEntry, NoteFacts, NotePath, Placed, Plan, Received, Stamp
from syncer.names import folded, note_path
from syncer.note import Style
from syncer.plan import Names, Rules, Unreadable, World, make_plan
from syncer.plugin import PluginState, plugin_map
from syncer.records import after
from syncer.report import Report, line_of
from syncer.selection import Choice, Filter
from syncer.template import PathTemplates, load_path_templates, load_templates
from syncer.vault import NotRead, Unstable, Vault, VaultIndex, build_index
from syncer.writer import Fate, recover

KEPT_DAYS = 30
PLUGIN_PATIENCE = 15 * 60
"""Seconds from the last change of the plug-in's own file, after which its "I am syncing" is taken for a left-over."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass is given: configuration, where the state lies, where pages come from, and how it may behave.

    `connect` is called once, when pages are wanted; `clock` gives the time in the note's zone; `wait` pauses for
    seconds and returns early when `stop` is set; `hear` is told, in a word and a sentence, what is going on.
    """

    config: Config
    state: Path
    connect: Callable[[], Source]
    clock: Callable[[], datetime]
    stop: threading.Event
    hear: Callable[[str, str], None]
    on_page: Callable[[int, int], None]
    lock_wait: float = 60.0
    accept_missing: bool = False
    accept_large: bool = False
    stateless: bool = False


def once(setup: Setup) -> Report:
    """Bring the vault up to date, and return what was done."""
    root = checked_vault(setup)
    with hold(setup.state / f"{state_name(root)}.lock", wait=setup.lock_wait, on_wait=_tell_waiting(setup)):
        path = find_state(setup.state, root)
        try:
            return _once(setup, root, path)
        except Corrupt as damage:
            aside = put_aside(path, stamp=setup.clock().strftime("%Y%m%dT%H%M%S"))
            setup.hear("warning", f'the state was damaged ({damage}) and is begun anew; the old one is now "{aside}"')
            return _once(setup, root, path)


def _once(setup: Setup, root: Path, path: Path) -> Report:
    with Library.open(path) as library, translated(path), _opened(setup, root) as vault:
        one = Pass(setup, library, vault)
        try:
            one.refuse_if_missing()
            one.recover()
            one.refuse_if_early()
            fetched = one.fetch()
            plan = one.plan()
            if not setup.accept_large:
                refuse_if_unsafe(plan, highlights=one.highlights())
            report = one.carry_out(plan, fetched)
        except SyncerError as error:
            with suppress(SyncerError, Corrupt):  # the first error is the one to tell
                one.remember_failure(error)
            raise
        return report


@contextmanager
def preview(setup: Setup) -> Iterator[tuple[Report, Iterator[tuple[Change | Hold, bytes]]]]:
    """Yield what `once` would do: the report, filled while the changes with their notes' present bytes are drawn."""
    root = checked_vault(setup)
    path = Path() if setup.stateless else find_state(setup.state, root)
    try:
        library = private_copy(path)
    except Corrupt as damage:
        setup.hear("warning", f"the state is damaged ({damage}); this is what a run without it would do")
        library = private_copy(Path())
    with library, _opened(setup, root) as vault:
        one = Pass(setup, library, vault)
        one.refuse_if_missing()
        fetched = one.fetch()
        plan = one.plan()
        if not setup.accept_large:
            refuse_if_unsafe(plan, highlights=one.highlights())
        report = one.report(plan, fetched, dry=True)
        yield report, one.drawn(plan, report)


def checked_vault(setup: Setup) -> Path:
    """Return the vault's real path; raise ConfigError where there is none, VaultError where it is gone."""
    path = setup.config.vault.path
    root = path.resolve()
    if root.is_dir():
        return root
    what = "is not a folder" if root.exists() else "is not there"
    if (setup.state / state_name(root)).exists():
        raise VaultError(f"nothing was written: the vault {path} {what}", hint="is its disk mounted, its sync running?")
    where = setup.config.where("vault.path")
    raise ConfigError(f"{where}: vault.path: the vault {path} {what}", hint="give the folder of the vault")


def adopt(config: Config, state: Path, *, book_id: int, note: str) -> tuple[str, NotePath]:
    """Decide that a note is a book's, and return the book's title and the note's path in the vault.

    Raise UsageError where the library knows no such book or the vault no such note.
    """
    root = config.vault.path.resolve()
    path = find_state(state, root)
    if not path.exists():
        raise UsageError("there is no state of this vault yet", hint="run first: syncer once")
    given = Path(note).expanduser()
    inside = given.resolve() if given.is_absolute() or given.exists() else (root / given).resolve()
    if not inside.is_relative_to(root) or not inside.is_file() or inside.suffix.lower() != ".md":
        raise UsageError(f"there is no note {note} in the vault {root}", hint="give its path from the vault's root")
    found = NotePath(inside.relative_to(root).as_posix())
    with hold(state / f"{state_name(root)}.lock", wait=0.0, on_wait=lambda _: None), Library.open(path) as library:
        book = library.mirror.book(book_id)
        if book is None:
            raise UsageError(f"the library has no book {book_id}", hint="a held-back change names the book's id")
        placed = library.ledger.placed(book.id)
        with library.transaction():
            adopted = msgspec.structs.replace(placed, path=found, inode=inside.stat().st_ino, adopted=True)
            library.ledger.record(book.id, adopted, settled=NEVER)
    return book.title, found


@contextmanager
def _opened(setup: Setup, root: Path) -> Iterator[Vault]:
    quiet = setup.config.vault.quiet_time
    try:
        vault = Vault(str(root), quiet_time=quiet, patience=quiet + 1.0, wait=setup.stop.wait)
    except OSError as error:
        raise VaultError(f"the vault {root} could not be opened: {error.strerror}") from error
    with vault:
        yield vault


def _tell_waiting(setup: Setup) -> Callable[[Owner], None]:
    def tell(owner: Owner) -> None:
        setup.hear("waiting", f"another sync holds the vault: {owner}")

    return tell


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
        self._templates = load_templates(self._config.note.template, base=self._config.file.parent)
        self._paths: PathTemplates = load_path_templates(self._config.vault.folder, self._config.vault.file_name)
        self._style = Style(
            templates=self._templates,
            timezone=self._now.tzinfo or UTC,
            neutralise=self._config.note.neutralise,
            tags=self._config.note.tags,
            link_safe_names=self._config.vault.link_safe_names,
        )
        self._run = library.journal.next_run()
        self._known = library.ledger.paths()
        self._vanished: list[NotePath] = []
        self._plugin = PluginState({}, None, False)
        self._maker = Maker(library, vault, style=self._style, now=self._now)

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
        """Finish, or leave to the plan, what an earlier run was writing when it ended."""
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

    def plan(self) -> Plan:
        """Decide about every book that changed, was not finished, or whose note changed."""
        search = [normpath(folder).removeprefix(".").removeprefix("/") for folder in self._config.vault.search]
        scan = self._vault.scan(search, leave_alone=is_left_alone)
        stamps = self._library.ledger.stamps()
        self._refuse_if_gone(scan.stamps)
        self._filters_changed()
        looking = set(self._library.mirror.unsettled())
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
        )

    def _place(self, book: Book) -> NotePath:
        return note_path(self._paths, self._style, book, now=self._now)

    def _names(self) -> Names:
        reserved = {folded(path): ids[0] for path, ids in self._known.items()}
        return Names(reserved=reserved, folder=lru_cache(maxsize=None)(self._vault.folder_names))

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


class LazyShelf:
    """The shelf, built when it is first asked: a run in which every note is known from the state never does."""

    def __init__(
        self,
        notes: Mapping[NotePath, NoteEntry],
        *,
        plugin: PluginState,
        shared: Callable[[], frozenset[int]],
        folder: str,
    ) -> None:
        self._notes = notes
        self._plugin = plugin
        self._shared = shared
        self._folder = folder.partition("{")[0]
        self._shelf: Shelf | None = None

    def match(
        self,
        book: Book,
        *,
        known: NotePath | None,
        read: Callable[[NotePath], str | None],
        known_stamp: Stamp | None = None,
        wanted: NotePath | None = None,
    ) -> Match | Rivals | None:
        """Return what the shelf says; an empty one says nothing."""
        if not self._notes:
            return None
        if self._shelf is None:
            shared = _Hashed(self._shared())
            self._shelf = Shelf(self._notes, plugin_map=self._plugin.paths, shared_links=shared, folder=self._folder)
        return self._shelf.match(book, known=known, read=read, known_stamp=known_stamp, wanted=wanted)


class _Hashed:
    """A set of links, kept as hashes."""

    def __init__(self, hashes: frozenset[int]) -> None:
        self._hashes = hashes

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and link_hash(key) in self._hashes
