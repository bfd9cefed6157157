"""What changed at Readwise after it was delivered, and what of it is to be written, told, or left to rest?

    changes_in(book, placed)   → [Update(id=801, what=("note",), …), Update(id=0, what=("title",), …)]
    sorted_out(book, placed, rules, lets_in=…)
    → Sorted(due=(Update(801, …),), to_tell=(), resting=0)       `updates.mode = "append"`: due is to be written

A change is what differs from the record's checksums; before the first record nothing is known, and nothing is guessed.
Guarantees: what was told once is not told again, unless it changes once more; with `updates.mode = "report"` nothing is
ever due; a change that is younger than `updates.settle` is neither, and the book's own waits for its highlights'.
Whether the note shows it already is shown.py's question, what a record holds records.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from syncer.instants import instant
from syncer.model import Book, Delivery, Highlight, HighlightId, Placed, Status, Update
from syncer.records import about_of, state, sums_of

ABOUT = ("title", "author", "cover", "document note", "tags")
"""The book's own fields, in the order of their checksums."""
THE_BOOK = HighlightId(0)


class UpdateRules(msgspec.Struct, frozen=True, kw_only=True):
    """What configuration and circumstances say of updates.

    `appends`, `mentions`: whether changes, and deletions, are written. `settle` is in seconds, `now` when the pass
    began. `since` brings what was told before, if Readwise changed it after this. `visible` gives the names of what
    the highlight template shows.
    """

    appends: bool
    mentions: bool
    settle: float
    now: datetime
    since: datetime | None
    visible: Callable[[], frozenset[str]]


class Sorted(msgspec.Struct, frozen=True):
    """A book's changes: those that are to be written, those that are to be told, and how many rest."""

    due: tuple[Update, ...] = ()
    to_tell: tuple[Update, ...] = ()
    resting: int = 0


def changes_in(book: Book, placed: Placed) -> Iterator[Update]:
    """Yield what is not at Readwise what it was when it was delivered: by highlight id, the book itself last.

    Of a book that was deleted, that is all there is to say.
    """
    for highlight in () if book.is_deleted else book.highlights:
        old = placed.highlights.get(highlight.id)
        if old is None or highlight.is_discard or old.status in (Status.REMOVED, Status.SKIPPED):
            continue
        if found := _change(highlight, old):
            yield found
    if placed.about and (about := _about(book, placed)):
        yield about


def count_changed(book: Book, placed: Placed) -> int:
    """Return how many delivered highlights, and the book itself, are not at Readwise what they are in the note.

    What was deleted there is not counted: it is in the note as it was.
    """
    return sum("deleted" not in one.what for one in changes_in(book, placed)) if placed.path else 0


def _about(book: Book, placed: Placed) -> Update | None:
    old, new = placed.about, about_of(book)
    if book.is_deleted:
        return Update(id=THE_BOOK, what=("deleted",), before=old, after=(*old, 1))
    what = tuple(name for name, one, other in zip(ABOUT, old, new, strict=True) if one != other)
    return Update(id=THE_BOOK, what=what, before=old, after=new) if what else None


def _change(highlight: Highlight, old: Delivery) -> Update | None:
    before = (old.text, old.note, old.tags)
    if highlight.is_deleted:
        return Update(id=highlight.id, what=("deleted",), before=before, after=(*before, 1))
    after = sums_of(highlight)
    if after == before:
        return None
    what = tuple(name for name, one, other in zip(("text", "note", "tags"), before, after, strict=True) if one != other)
    return Update(id=highlight.id, what=what, before=before, after=after)


def sorted_out(book: Book, placed: Placed, rules: UpdateRules, *, lets_in: Callable[[Highlight], bool]) -> Sorted:
    """Return what is to be done about a book's changes; `lets_in` is the filter, which holds for what is written."""
    by_id = {one.id: one for one in book.highlights}
    due, to_tell, resting = [], [], 0
    for one in changes_in(book, placed):
        highlight = by_id.get(one.id)
        if _was_told(one, placed) and not _is_asked_for(highlight, rules):
            continue
        if _rests(highlight, rules) if highlight else resting:
            resting += 1
        elif _is_written(one, highlight, rules, lets_in):
            due.append(one)
        else:
            to_tell.append(one)
    return Sorted(tuple(due), tuple(to_tell), resting)


def _was_told(update: Update, placed: Placed) -> bool:
    told = placed.highlights[update.id].told if update.id else placed.told
    return told == state(update)


def _is_asked_for(highlight: Highlight | None, rules: UpdateRules) -> bool:
    """Return whether `--updates-since` asks for what was told before; of a book nobody knows when it changed."""
    if rules.since is None or highlight is None:
        return False
    moment = instant(highlight.updated_at)
    return moment is not None and moment >= rules.since


def _rests(highlight: Highlight, rules: UpdateRules) -> bool:
    """Return whether the change is too young; a clock that is far off holds nothing back for long."""
    moment = instant(highlight.updated_at)
    return moment is not None and abs((rules.now - moment).total_seconds()) < rules.settle


def _is_written(
    update: Update, highlight: Highlight | None, rules: UpdateRules, lets_in: Callable[[Highlight], bool]
) -> bool:
    if not rules.appends:
        return False
    if "deleted" in update.what:
        return rules.mentions
    return highlight is None or (lets_in(highlight) and bool(rules.visible() & set(update.what)))
