"""Does a note show already what changed at Readwise: by a run whose state was lost, another machine, or its owner?

    - text ([View Highlight](https://…))            the update "note added" of this highlight is shown by its last
        - Note: remember                            entry in the note, where that has the note
    - Deleted at Readwise: “First words of it…”     by a line that names it
    - Changed at Readwise: title “Deep Work”        by the last line that names the field

What cannot be told apart counts as shown, so that nothing is written twice. Guarantees: pure; a note is cut into its
entries once. How an entry is read is identity.shows' question; what changed is updates.py's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from functools import cached_property

from syncer.identity import (
    comparable,
    find_highlights,
    highlight_links,
    read_entries,
    shows,
    texts_of,
    without_updates,
)
from syncer.identity.fold import to_the_letter
from syncer.identity.shows import Entry
from syncer.model import Book, Highlight, HighlightId, How, Placed, Update
from syncer.records import checksum
from syncer.selection import Wanted
from syncer.values import shown_tags
from syncer.wording import CHANGED, DELETED, about_pieces, first_words


class Shown:
    """What a note's text shows of updates."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _entries(self) -> list[Entry]:
        return read_entries(self._text)

    @cached_property
    def _sums(self) -> set[int]:
        return {checksum(text) for text in texts_of(self._entries)}

    def has_text(self, text_sum: int) -> bool:
        """Return whether a highlight's text with this checksum stands in the note."""
        return text_sum in self._sums

    def places_of(self, text: str) -> int:
        """Return at how many places this text stands in the note, as a highlight of its own."""
        letters = comparable(text)
        return sum(entry.text == letters for entry in self._entries)

    def found_outside_updates(self, book: Book) -> Mapping[HighlightId, How]:
        """Return which of the book's highlights the note holds outside of its updated sections."""
        return find_highlights(book, without_updates(self._text))

    def has(self, book: Book, update: Update) -> bool:
        """Return whether the note shows the update."""
        highlight = next((one for one in book.highlights if one.id == update.id), None)
        if highlight is None:
            return self._has_about(book, update)
        if "deleted" in update.what:
            return self._has_deleted(book, highlight)
        tags = shown_tags(highlight.tags, safe=False)
        return shows(self._entries, book, highlight, what=update.what, tags=tags)

    def _has_deleted(self, book: Book, highlight: Highlight) -> bool:
        mark, words = to_the_letter(DELETED), to_the_letter(first_words(highlight.text))
        keys = set(highlight_links(book, highlight))
        lines = [one for one in self._entries if one.text.startswith(mark)]
        return any(words in one.text and (keys.intersection(one.keys) or not one.keys) for one in lines)

    def _has_about(self, book: Book, update: Update) -> bool:
        mark = to_the_letter(CHANGED)
        lines = [one.text for one in self._entries if one.text.startswith(mark)]
        for name, piece in zip(update.what, about_pieces(book, update.what), strict=True):
            last = next((line for line in reversed(lines) if to_the_letter(name) in line), "")
            if to_the_letter(piece) not in last:
                return False
        return True


def old_texts(
    share: Wanted, placed: Placed, found: Container[HighlightId], *, shown: Callable[[], Shown]
) -> set[HighlightId]:
    """Return the highlights that stand in the note with the text that they had when they were delivered.

    `found` are those that were found by what they are now: by their link, that is, if they have one.
    """
    there = set()
    for one in share.highlights:
        old = placed.highlights.get(one.id)
        if old and old.text and one.id not in found and old.text != checksum(one.text) and shown().has_text(old.text):
            there.add(one.id)
    return there


def only_copies(
    book: Book, share: Wanted, placed: Placed, found: Mapping[HighlightId, How], *, shown: Callable[[], Shown]
) -> set[HighlightId]:
    """Return the new highlights that were found by a text which stands there only for others, and their updates."""
    return _equal_copies(share, placed, found, shown=shown) | _alike_copies(book, share, placed, found, shown=shown)


def _alike_copies(
    book: Book, share: Wanted, placed: Placed, found: Mapping[HighlightId, How], *, shown: Callable[[], Shown]
) -> set[HighlightId]:
    """Return the new highlights that are like nothing in the note but what stands there as an update."""
    new = {
        one.id
        for one in share.highlights
        if found.get(one.id) is How.SIMILAR and not any(twin in placed.highlights for twin in share.twins[one.id])
    }
    return new.difference(shown().found_outside_updates(book)) if new and placed.highlights else set()


def _equal_copies(
    share: Wanted, placed: Placed, found: Mapping[HighlightId, How], *, shown: Callable[[], Shown]
) -> set[HighlightId]:
    """Return the new highlights whose very text stands there for others alone.

    Two highlights "Yes", without links: the first one's note came later, so the note holds "Yes" twice, for it alone.
    """
    records = {one.id: placed.highlights[one.id] for one in share.highlights if one.id in placed.highlights}
    if not any(record.updates for record in records.values()):
        return set()
    texts = {one.id: comparable(one.text) for one in share.highlights}
    taken = Counter[str]()
    for number, record in records.items():
        taken[texts[number]] += record.updates + (number in found)
    copies = set()
    for one in share.highlights:
        text = texts[one.id]
        if (
            found.get(one.id) is How.TEXT
            and taken[text]
            and not any(twin in placed.highlights for twin in share.twins[one.id])
        ):
            if shown().places_of(one.text) <= taken[text]:
                copies.add(one.id)
            taken[text] += 1
    return copies


def divided(
    book: Book,
    share: Wanted,
    due: Iterable[Update],
    there: Container[HighlightId],
    *,
    shown: Callable[[], Shown],
) -> tuple[tuple[Update, ...], tuple[Update, ...]]:
    """Return which of the updates that are due are to be written, and which the note shows already.

    What is not `there` its owner took out: it gets no update. Of twins that changed alike, one is written for both.
    """
    first = {twin: number for number, twins in share.twins.items() for twin in twins}
    updated: dict[object, Update] = {}
    standing: list[Update] = []
    for one in due:
        if one.id and one.id not in there:
            continue
        alike = (first.get(one.id, one.id), one.after)
        if alike in updated or shown().has(book, one):
            standing.append(one)
        else:
            updated[alike] = one
    return tuple(updated.values()), tuple(standing)
