"""Why a note is (not) touched: the one decision, made from values alone, shown by `dry-run` and carried out by `once`.

    Decision(book_id=60110123, path="Readwise/State of AI.md", missing=(801, 802), rule=Rule.LINK, …)
    Hold(title="State of AI", paths=("a.md", "b.md"), reason="two notes fit equally well", hint="syncer adopt …")

What is in a note decides what is missing; the state adds only what its owner removed. Guarantees: a highlight that is
found in its note, or was delivered into it before, is never missing; each "no" to a change is a Hold with its reason;
equal inputs make equal plans. The bytes of a change are made by change.py, from these decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

import msgspec

from syncer.credit import credited
from syncer.identity import Match, Rivals, Shelf, find_highlights
from syncer.instants import instant
from syncer.model import (
    Book,
    BookId,
    Decision,
    Highlight,
    HighlightId,
    Hold,
    How,
    NoteEntry,
    NotePath,
    Placed,
    Plan,
    Rule,
    Stamp,
    Status,
    Unread,
)
from syncer.names import folded, with_id
from syncer.selection import Filter, Wanted, lets_in, wanted
from syncer.shown import Shown, divided, old_texts, only_copies
from syncer.updates import Sorted, UpdateRules, sorted_out

MOST_UNREAD = 0.2
"""With no state, the share of notes that may be unread before making notes is put off: they may be among them."""


EMPTY_FOR = 60
"""Seconds for which a file must have been empty before it is filled: an editor empties a note before it saves it."""


class Unreadable(Exception):  # noqa: N818 - it says what the note is
    """A note cannot be read as it must be before it is judged; `soon` says that this passes by itself."""

    def __init__(self, reason: str, *, soon: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.soon = soon


class World(msgspec.Struct, frozen=True):
    """What the plan sees of the vault; `read` gives a note's text or raises Unreadable.

    `shelf` gives the notes ready to be asked which of them is a book's; it is called only when there are notes.
    """

    notes: Mapping[NotePath, NoteEntry]
    changed: Container[NotePath]
    unread: tuple[Unread, ...]
    shelf: Callable[[], Shelf]
    read: Callable[[NotePath], str]


class Rules(msgspec.Struct, frozen=True):
    """What configuration and circumstances say; `waits` is why nothing may be written just now, "" for nothing."""

    filter: Filter
    skips: bool
    place: Callable[[Book], NotePath]
    state_is_new: bool
    waits: str
    now_ns: int
    updates: UpdateRules


class Names:
    """The names that new notes may take: none that is taken, also when folded, by a file or by another book's note."""

    def __init__(self, *, reserved: Mapping[str, BookId], folder: Callable[[str], Container[str]]) -> None:
        self._reserved = dict(reserved)
        self._folder = folder

    def claim(self, path: NotePath, book_id: BookId) -> NotePath:
        """Return the path, or the path with the book's id in its name, and keep it for this book."""
        for candidate in (path, with_id(path, book_id)):
            if self._free(candidate, book_id):
                self._reserved[folded(candidate)] = book_id
                return candidate
        raise Unreadable(f"the names {path} and {with_id(path, book_id)} are both taken by other files", soon=False)

    def belongs_to_another(self, path: NotePath, book_id: BookId) -> bool:
        """Return whether the state knows the note at this path as another book's."""
        return self._reserved.get(folded(path), book_id) != book_id

    def _free(self, path: NotePath, book_id: BookId) -> bool:
        owner = self._reserved.get(folded(path))
        folder, _, name = path.rpartition("/")
        return owner in (None, book_id) and folded(name) not in self._folder(folder)


def make_plan(books: Iterable[tuple[Book, Placed]], *, world: World, rules: Rules, names: Names) -> Plan:
    """Return what is to be done about each of these books."""
    planner = _Planner(world, rules, names)
    for book, placed in books:
        planner.look_at(book, placed)
    return planner.finished()


class _Planner:
    """Decides book by book; those that only a title ties to a note are put off until all others have theirs."""

    def __init__(self, world: World, rules: Rules, names: Names) -> None:
        self._world = world
        self._rules = rules
        self._names = names
        self._decisions: list[Decision] = []
        self._holds: list[Hold] = []
        self._warnings: list[str] = []
        self._claimed: dict[NotePath, BookId] = {}
        self._put_off: list[tuple[Book, Placed, Wanted, Match]] = []
        self._looked_at: tuple[tuple[NotePath, ...], Shown] = ((), Shown(""))
        self._unread_names = {folded(unread.path): unread for unread in world.unread}

    def look_at(self, book: Book, placed: Placed) -> None:
        """Decide about one book, or put it off."""
        share = wanted(book)
        accounted = {
            one.id for one in share.highlights if any(twin in placed.highlights for twin in share.twins[one.id])
        }
        known = placed.path in self._world.notes
        if known:
            self._claimed.setdefault(placed.path, book.id)
        changes = sorted_out(
            book, placed, self._rules.updates, lets_in=lambda one: lets_in(self._rules.filter, book, one)
        )
        complete = len(accounted) == len(share.highlights) and not changes.due
        if complete and ((known and placed.path not in self._world.changed) or not placed.highlights):
            self._leave(book, placed, changes)
            return
        try:
            self._meet(book, placed, share, changes, is_complete=complete)
        except Unreadable as trouble:
            if complete:
                self._leave(book, placed, changes)
            else:
                paths = (placed.path,) if placed.path else ()
                self._hold(book, paths, trouble.reason, "", soon=trouble.soon)

    def _leave(self, book: Book, placed: Placed, changes: Sorted) -> None:
        """Decide that the note has all it should have, without a look at it."""
        decision = Decision(
            book_id=book.id,
            title=book.title,
            path=placed.path,
            inode=placed.inode,
            told=changes.to_tell,
            resting=changes.resting,
        )
        self._decisions.append(decision)

    def finished(self) -> Plan:
        for book, placed, share, match in self._put_off:
            taken = self._names.belongs_to_another(match.path, book.id)
            if not taken and self._claimed.setdefault(match.path, book.id) == book.id:
                self._note(book, placed, share, match, {}, Sorted())
                continue
            try:
                self._new_note(book, placed, share)
            except Unreadable as trouble:
                self._hold(book, (), trouble.reason, "rename one of the files", soon=trouble.soon)
        return Plan(
            decisions=tuple(sorted(self._decisions, key=lambda one: (one.path, one.book_id))),
            holds=tuple(sorted(self._holds, key=lambda one: (one.paths, one.book_id))),
            warnings=tuple(self._warnings),
        )

    def _meet(self, book: Book, placed: Placed, share: Wanted, changes: Sorted, *, is_complete: bool) -> None:
        """Find the book's note and judge it."""
        match = self._matched(book, placed)
        if isinstance(match, Rivals):
            if not is_complete:
                names = " and ".join(f'"{path}"' for path in match.paths)
                hint = f"decide with: syncer adopt {book.id} NOTE"
                self._hold(book, match.paths, f"{len(match.paths)} notes fit equally well: {names}", hint)
            return
        if match is None or (match.rule is Rule.EMPTY and self._world.notes[match.path].stamp.size):
            self._new_note(book, placed, share)  # front matter counts only at the very start of a file
            return
        if match.rule is Rule.EMPTY and self._is_young(match.path):
            self._hold(book, (match.path,), "it became empty less than a minute ago", "", soon=True)
            return
        found = self._found(book, match)
        only_named = match.rule in (Rule.URL, Rule.TITLE) and match.path != placed.path
        if only_named and not found:
            self._put_off.append((book, placed, share, match))
            return
        self._claimed.setdefault(match.path, book.id)
        self._note(book, placed, share, match, found, changes)

    def _is_young(self, path: NotePath) -> bool:
        age = self._rules.now_ns - self._world.notes[path].stamp.mtime_ns
        return 0 <= age < EMPTY_FOR * 1_000_000_000

    def _matched(self, book: Book, placed: Placed) -> Match | Rivals | None:
        """Ask which note is the book's; one that the state knows and that still bears it out needs no asking.

        A file that took the place of a note that was moved away does not bear it out, and the moved one does.
        """
        if placed.path not in self._world.notes:
            return self._asked(book, placed.path or None, placed.inode)
        match = Match(placed.path, Rule.ADOPTED if placed.adopted else Rule.STATE)
        same = self._world.notes[placed.path].stamp.inode == placed.inode
        if same or placed.adopted or not placed.highlights or self._found(book, match):
            return match
        other = self._asked(book, None, 0)
        moved = isinstance(other, Match) and other.path != placed.path and bool(self._found(book, other))
        return other if moved else match

    def _asked(self, book: Book, known: NotePath | None, inode: int) -> Match | Rivals | None:
        if not self._world.notes:
            return None
        return self._world.shelf().match(
            book,
            known=known,
            known_stamp=Stamp(0, 0, 0, inode) if inode else None,
            wanted=None if known else self._rules.place(book),
            read=self._text_or_none,
        )

    def _found(self, book: Book, match: Match) -> dict[HighlightId, How]:
        """Return which of the book's highlights are in its note, or in one that holds a part of it."""
        found = find_highlights(book, self._world.read(match.path))
        for path in match.companions:
            found = find_highlights(book, self._text_or_none(path) or "") | found
        return found

    def _text_or_none(self, path: NotePath) -> str | None:
        try:
            return self._world.read(path)
        except Unreadable:
            return None

    def _note(
        self,
        book: Book,
        placed: Placed,
        share: Wanted,
        match: Match,
        found: Mapping[HighlightId, How],
        changes: Sorted,
    ) -> None:
        """Judge a note that is the book's: what is there, what its owner removed, what is missing, what changed."""
        delivered = _delivered(placed)
        there = credited(book, share, found, delivered=delivered)
        copied = only_copies(share, placed, found, shown=lambda: self._shown(match))
        there = (there | old_texts(share, placed, found, shown=lambda: self._shown(match))) - copied
        present, removed, missing = [], [], []
        for highlight in share.highlights:
            twins = share.twins[highlight.id]
            if any(twin in there for twin in twins):
                present.append(highlight.id)
            elif any(twin in placed.highlights for twin in twins):
                removed.append(highlight.id)
            elif lets_in(self._rules.filter, book, highlight):
                missing.append(highlight)
        first = not placed.highlights
        skips = first and self._rules.skips and match.rule is not Rule.EMPTY
        entry = self._world.notes[match.path]
        older = [one for one in share.highlights if _made_before(one, entry.stamp.mtime_ns)]
        lacking = {one.id for one in missing}
        if match.copies:
            others = ", ".join(f'"{path}"' for path in match.copies)
            self._warnings.append(f'"{match.path}" is taken as the note of book {book.id}; copies of it: {others}')
        updated, shown = divided(book, share, changes.due, there, shown=lambda: self._shown(match))
        decision = Decision(
            book_id=book.id,
            title=book.title,
            path=match.path,
            inode=entry.stamp.inode,
            rule=match.rule,
            first_meeting=first,
            missing=() if skips else tuple(one.id for one in missing),
            skipped=tuple(one.id for one in missing) if skips else (),
            present=tuple(present),
            removed=tuple(removed),
            delivered=delivered if missing else (),
            copies=match.copies,
            before=len(older),
            lacking=0 if skips else sum(one.id in lacking for one in older),
            copied=tuple(sorted(copied)),
            updated=updated,
            told=tuple(one for one in changes.to_tell if not one.id or one.id in there),
            shown=shown,
            resting=changes.resting,
        )
        self._decide(book, decision)

    def _shown(self, match: Match) -> Shown:
        """Return what the note shows of updates, read once for each note."""
        where = (*match.companions, match.path)
        if self._looked_at[0] != where:
            texts = [*(self._text_or_none(path) or "" for path in match.companions), self._world.read(match.path)]
            self._looked_at = (where, Shown("\n".join(texts)))
        return self._looked_at[1]

    def _new_note(self, book: Book, placed: Placed, share: Wanted) -> None:
        """Make a note for a book that has none: with all highlights but those that its owner had removed."""
        gone = {Status.REMOVED, Status.SKIPPED}
        new, kept = False, []
        for highlight in share.highlights:
            records = [placed.highlights[twin] for twin in share.twins[highlight.id] if twin in placed.highlights]
            if not records and not lets_in(self._rules.filter, book, highlight):
                continue
            new = new or not records
            if not any(record.status in gone for record in records):
                kept.append(highlight.id)
        path = placed.path or self._rules.place(book)
        if new and (unread := self._unread_at(path)):
            what = "its note is there but" if folded(unread.path) == folded(path) else f'the folder "{unread.path}"'
            self._hold(book, (path,), f"{what} could not be read: {unread.reason}", "", soon=True)
            return
        total = len(self._world.notes) + len(self._world.unread)
        if new and self._rules.state_is_new and len(self._world.unread) > MOST_UNREAD * total:
            reason = f"{len(self._world.unread)} of {total} notes could not be read, and its note may be one of them"
            self._hold(book, (path,), reason, "make the vault's notes readable, then sync again", soon=False)
            return
        decision = Decision(
            book_id=book.id,
            title=book.title,
            path=self._names.claim(path, book.id) if new else placed.path,
            inode=0 if new else placed.inode,
            creates=new,
            first_meeting=not placed.highlights,
            missing=tuple(kept) if new else (),
        )
        self._decide(book, decision)

    def _unread_at(self, path: NotePath) -> Unread | None:
        """Return what could not be read at this path: the note, or a folder in which it may be."""
        parts = path.split("/")
        above = ("/".join(parts[: count + 1]) for count in range(len(parts)))
        return next((self._unread_names[one] for one in map(folded, above) if one in self._unread_names), None)

    def _decide(self, book: Book, decision: Decision) -> None:
        if decision.writes and self._rules.waits:
            self._hold(book, (decision.path,), self._rules.waits, "", soon=True)
        else:
            self._decisions.append(decision)

    def _hold(self, book: Book, paths: tuple[NotePath, ...], reason: str, hint: str, *, soon: bool = False) -> None:
        self._holds.append(Hold(book_id=book.id, title=book.title, paths=paths, reason=reason, hint=hint, soon=soon))


def _delivered(placed: Placed) -> tuple[HighlightId, ...]:
    """Return the highlights that have a record, those that their owner took out last."""
    gone = (Status.REMOVED, Status.SKIPPED)
    ordered = sorted(placed.highlights.items(), key=lambda item: (item[1].status in gone, item[0]))
    return tuple(HighlightId(number) for number, _ in ordered)


def _made_before(highlight: Highlight, mtime_ns: int) -> bool:
    """Return whether Readwise had the highlight before the note was last changed; False where it does not say when."""
    moment = instant(highlight.created_at or highlight.highlighted_at)
    return moment is not None and int(moment.timestamp() * 1e9) < mtime_ns
