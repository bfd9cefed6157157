"""Which highlights of a book are wanted in its note at all, and which of them the configuration lets in.

    wanted(book)   →  neither deleted nor discarded, one of each pair of twins, in document order
    Filter(take=Choice(categories=("books",)), leave=Choice(tags=("private",)))

Two highlights with the same link (or, without one, the same location) and the same text are twins: one highlight,
whatever their ids, as when a source was imported twice. A filter acts on what is new; what is in a note stays there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from syncer.model import Book, Highlight, HighlightId
from syncer.note import document_order


class Choice(msgspec.Struct, frozen=True):
    """What a filter names; titles and authors may hold `*` and `?`, and letter case does not matter anywhere."""

    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


class Filter(msgspec.Struct, frozen=True):
    """What to take (all, where a list is empty) and what to leave out (which wins)."""

    take: Choice = Choice()
    leave: Choice = Choice()


class Wanted(msgspec.Struct, frozen=True):
    """A book's wanted highlights in document order, and for each id all ids that stand for the same highlight."""

    highlights: tuple[Highlight, ...]
    twins: Mapping[HighlightId, tuple[HighlightId, ...]]


def wanted(book: Book) -> Wanted:
    """Return the highlights that belong into the book's note."""
    if book.is_deleted:
        return Wanted((), {})
    kept = [
        one
        for one in document_order(book.highlights)
        if not (one.is_deleted or one.is_discard) and (one.text.strip() or one.note.strip())
    ]
    links = Counter([one.url for one in kept])
    if len(links) == len(kept) and "" not in links:  # so it is nearly always
        return Wanted(tuple(kept), {one.id: (one.id,) for one in kept})
    first: dict[object, Highlight] = {}
    groups: dict[object, list[HighlightId]] = {}
    for one in kept:
        key = one.url if one.url and links[one.url] == 1 else _twin_key(one)
        first.setdefault(key, one)
        groups.setdefault(key, []).append(one.id)
    twins = {first[key].id: tuple(ids) for key, ids in groups.items()}
    return Wanted(tuple(first.values()), twins)


def _twin_key(highlight: Highlight) -> object:
    """Return what two highlights have in common that are one; without link and location nothing says that any are."""
    if not highlight.url and highlight.location is None:
        return highlight.id
    place = None if highlight.url else highlight.location
    return highlight.url, place, " ".join(highlight.text.split())


def lets_in(choice: Filter, book: Book, highlight: Highlight) -> bool:
    """Return whether the filter lets this highlight into its book's note."""
    if choice == Filter():
        return True
    values = _fields(book, highlight)
    take, leave = (msgspec.structs.asdict(one) for one in (choice.take, choice.leave))
    taken = all(_fits(patterns, values[name]) for name, patterns in take.items() if patterns)
    return taken and not any(_fits(patterns, values[name]) for name, patterns in leave.items())


def _fields(book: Book, highlight: Highlight) -> dict[str, tuple[str, ...]]:
    return {
        "categories": (book.category,),
        "sources": (book.source,),
        "tags": (*book.tags, *highlight.tags),
        "titles": (book.title, book.readable_title),
        "authors": (book.author,),
    }


def _fits(patterns: Iterable[str], values: Iterable[str]) -> bool:
    folded = [value.casefold() for value in values]
    return any(fnmatchcase(value, pattern.casefold()) for pattern in patterns for value in folded)
