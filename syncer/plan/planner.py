"""Book by book: is its note left alone, added to, made new, or is nothing done, and why not?

    look_at(book, placed)    nothing new and the note unchanged      → left alone, without a look at it
                             its note is found                       → judged.py says what is missing
                             only a title ties a note to it          → put off until all others have theirs
                             no note is found                        → a new one
    finished()               → Plan(decisions=(…), holds=(…), warnings=(…))

Guarantees: every book gets a Decision, or a Hold with its reason. How a note is found and read is reading.py's.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from syncer.identity import Rivals
from syncer.model import Book, BookId, Decision, Hold, NotePath, Placed, Plan, Rule, Status, Unread
from syncer.plan.free_names import Names
from syncer.plan.judged import Met, judged
from syncer.plan.reading import Reading
from syncer.plan.world import MEND, Rules, Unreadable, World
from syncer.selection import Wanted, lets_in, wanted
from syncer.spelling import folded
from syncer.updates import Sorted, sorted_out

MOST_UNREAD = 0.2
"""With no state, the share of notes that may be unread before making notes is put off: they may be among them."""

EMPTY_FOR = 60
"""Seconds for which a file must have been empty before it is filled: an editor empties a note before it saves it."""


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
        self._reading = Reading(world, rules)
        self._decisions: list[Decision] = []
        self._holds: list[Hold] = []
        self._warnings: list[str] = []
        self._claimed: dict[NotePath, BookId] = {}
        self._put_off: list[Met] = []
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
                self._hold(book, paths, trouble.reason, trouble.hint, soon=trouble.soon)

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
        """Decide about those that were put off, and return the plan."""
        for met in self._put_off:
            book, path = met.book, met.match.path
            taken = self._names.belongs_to_another(path, book.id)
            its_own = not taken and self._claimed.setdefault(path, book.id) == book.id
            try:
                if its_own:
                    self._judge(met)
                else:
                    self._new_note(book, met.placed, met.share)
            except Unreadable as trouble:
                paths = (path,) if its_own else ()
                self._hold(book, paths, trouble.reason, trouble.hint, soon=trouble.soon)
        return Plan(
            decisions=tuple(sorted(self._decisions, key=lambda one: (one.path, one.book_id))),
            holds=tuple(sorted(self._holds, key=lambda one: (one.paths, one.book_id))),
            warnings=tuple(self._warnings),
        )

    def _meet(self, book: Book, placed: Placed, share: Wanted, changes: Sorted, *, is_complete: bool) -> None:
        """Find the book's note and judge it."""
        match = self._reading.match(book, placed)
        if isinstance(match, Rivals):
            if not is_complete:
                names = " and ".join(f'"{path}"' for path in match.paths)
                hint = f"decide with: syncer adopt {book.id} NOTE"
                self._hold(book, match.paths, f"{len(match.paths)} notes fit equally well: {names}", hint)
            return
        if match is None or (match.rule is Rule.EMPTY and self._world.notes[match.path].stamp.size):
            self._new_note(book, placed, share, is_due=bool(changes.due))  # front matter counts only at the very start
            return
        if match.rule is Rule.EMPTY and self._is_young(match.path):
            self._hold(book, (match.path,), "it became empty less than a minute ago", "", soon=True)
            return
        found, text = self._reading.found_in(book, match)
        met = Met(book=book, placed=placed, share=share, match=match, found=found, looked_at=text, changes=changes)
        only_named = match.rule in (Rule.URL, Rule.TITLE)
        if only_named and not found:
            self._put_off.append(msgspec.structs.replace(met, changes=Sorted()))
            return
        self._claimed.setdefault(match.path, book.id)
        self._judge(met)

    def _is_young(self, path: NotePath) -> bool:
        age = self._rules.now_ns - self._world.notes[path].stamp.mtime_ns
        return 0 <= age < EMPTY_FOR * 1_000_000_000

    def _judge(self, met: Met) -> None:
        """Decide about a note that is the book's."""
        match, stamp = met.match, self._world.notes[met.match.path].stamp
        decision = judged(met, stamp=stamp, rules=self._rules, shown=lambda: self._reading.shown(match))
        if match.copies:
            others = ", ".join(f'"{path}"' for path in match.copies)
            self._warnings.append(f'"{match.path}" is taken as the note of book {met.book.id}; copies of it: {others}')
        self._decide(met.book, decision)

    def _new_note(self, book: Book, placed: Placed, share: Wanted, *, is_due: bool = False) -> None:
        """Make a note for a book that has none: with all highlights but those that its owner had removed.

        Where the note is there and cannot be read, new highlights wait for it, and so does an update that is due.
        """
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
        if (new or is_due) and (unread := self._unread_at(path)):
            what = "its note is there but" if folded(unread.path) == folded(path) else f'the folder "{unread.path}"'
            hint = "" if unread.soon else MEND
            hint = "say --updates-since again when it can be read" if is_due and self._rules.updates.since else hint
            self._hold(book, (path,), f"{what} could not be read: {unread.reason}", hint, soon=unread.soon)
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
