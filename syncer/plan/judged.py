"""What of a book is missing in its note, and what of it is there, was removed, is left out or changed?

    judged(met, …)   → Decision(path="Readwise/Deep.md", missing=(803,), present=(801,), removed=(802,), …)

    found in the note, or one of its twins is                  present
    not found, but delivered into it before                    removed: its owner took it out, and it stays out
    neither, and the filter lets it in                         missing, or skipped with vault.adopt = "skip"

Guarantees: pure; each highlight of the book's share is one of these or kept out by the filter. Which note it is was
decided before, in reading.py.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

import msgspec

from syncer.credit import credited
from syncer.identity import Match
from syncer.instants import instant
from syncer.model import Book, Decision, Highlight, HighlightId, How, Placed, Rule, Stamp, Status
from syncer.plan.world import Rules
from syncer.selection import Wanted, lets_in
from syncer.shown import Shown, divided, old_texts, only_copies
from syncer.updates import Sorted


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """A book and its note: what the state knows, what is wanted, what was found in which text, what changed since."""

    book: Book
    placed: Placed
    share: Wanted
    match: Match
    found: Mapping[HighlightId, How]
    looked_at: str
    changes: Sorted


class _Sides(msgspec.Struct):
    present: list[HighlightId] = []
    removed: list[HighlightId] = []
    missing: list[HighlightId] = []


def judged(met: Met, *, stamp: Stamp, rules: Rules, shown: Callable[[], Shown]) -> Decision:
    """Return what is to be done about a note that is the book's; `stamp` is the note's."""
    delivered = _delivered(met.placed)
    there, copied = _there(met, delivered, shown)
    sides = _sides(met, there, rules)
    first = not met.placed.highlights
    skips = first and rules.skips and met.match.rule is not Rule.EMPTY and met.book.id not in rules.restored
    older = [one.id for one in met.share.highlights if _made_before(one, stamp.mtime_ns)]
    updated, standing = divided(met.book, met.share, met.changes.due, there, shown=shown)
    missing = tuple(sides.missing)
    return Decision(
        book_id=met.book.id,
        title=met.book.title,
        path=met.match.path,
        inode=stamp.inode,
        rule=met.match.rule,
        first_meeting=first,
        missing=() if skips else missing,
        skipped=missing if skips else (),
        present=tuple(sides.present),
        removed=tuple(sides.removed),
        delivered=delivered if missing else (),
        copies=met.match.copies,
        before=len(older),
        lacking=0 if skips else len({*missing}.intersection(older)),
        copied=tuple(sorted(copied)),
        looked_at=met.looked_at if missing else "",
        updated=updated,
        told=tuple(one for one in met.changes.to_tell if not one.id or one.id in there),
        shown=standing,
        resting=met.changes.resting,
    )


def _delivered(placed: Placed) -> tuple[HighlightId, ...]:
    """Return the highlights that have a record, those that their owner took out last."""
    gone = (Status.REMOVED, Status.SKIPPED)
    ordered = sorted(placed.highlights.items(), key=lambda item: (item[1].status in gone, item[0]))
    return tuple(HighlightId(number) for number, _ in ordered)


def _there(
    met: Met, delivered: tuple[HighlightId, ...], shown: Callable[[], Shown]
) -> tuple[set[HighlightId], set[HighlightId]]:
    """Return the highlights that stand in the note, and those whose text stands there only for others' updates."""
    there = credited(met.book, met.share, met.found, delivered=delivered)
    copied = only_copies(met.book, met.share, met.placed, met.found, shown=shown)
    return (there | old_texts(met.share, met.placed, met.found, shown=shown)) - copied, copied


def _sides(met: Met, there: Container[HighlightId], rules: Rules) -> _Sides:
    sides = _Sides()
    for highlight in met.share.highlights:
        twins = met.share.twins[highlight.id]
        if any(twin in there for twin in twins):
            sides.present.append(highlight.id)
        elif any(twin in met.placed.highlights for twin in twins):
            sides.removed.append(highlight.id)
        elif lets_in(rules.filter, met.book, highlight):
            sides.missing.append(highlight.id)
    return sides


def _made_before(highlight: Highlight, mtime_ns: int) -> bool:
    """Return whether Readwise had the highlight before the note was last changed; False where it does not say when."""
    moment = instant(highlight.created_at or highlight.highlighted_at)
    return moment is not None and int(moment.timestamp() * 1e9) < mtime_ns
