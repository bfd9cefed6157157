"""What stands at Readwise, before and after, in the scenarios in which the command line is broken?

    books([2, 3], first=1)      two books, of two and three highlights: "Text b1h1.", "Text b1h2.", "Text b2h1.", …
    tokens(data)                ["b1h1", "b1h2", …] as they stand in a note, one for each time that it stands there

Each highlight has a token of its own in its text, so that a vault can be counted without asking syncer. Every third
book has no links, as a Kindle's: its highlights are recognised by their texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from syncer.model import Book, BookId, Highlight, HighlightId

EARLIER = "2024-10-01T10:00:00.000Z"
LATER = "2024-10-14T07:00:00.000Z"
_TOKEN = re.compile(rb"\bb\d+h\d+\b")


def book(number: int, count: int, *, old: int = 0) -> Book:
    """Return a book of so many highlights, of which the first `old` were there earlier."""
    highlights = [_highlight(number, each, at=EARLIER if each <= old else LATER) for each in range(1, count + 1)]
    source = "kindle" if number % 3 == 0 else "reader"
    return Book(
        id=BookId(number),
        title=f"Book {number}",
        author="A. Writer",
        category="books" if source == "kindle" else "articles",
        source=source,
        highlights=tuple(highlights),
    )


def books(counts: Sequence[int], *, first: int = 1, old: Sequence[int] = ()) -> list[Book]:
    """Return books numbered from `first` on, of so many highlights each; `old` says how many were there earlier."""
    earlier = [*old, *[0] * (len(counts) - len(old))]
    return [book(first + place, count, old=earlier[place]) for place, count in enumerate(counts)]


def with_deleted(made: Book, place: int) -> Book:
    """Return the book with the highlight at this place deleted at Readwise."""
    highlights = list(made.highlights)
    highlights[place] = msgspec.structs.replace(highlights[place], is_deleted=True, updated_at=LATER)
    return msgspec.structs.replace(made, highlights=tuple(highlights))


def with_note(made: Book, place: int) -> Book:
    """Return the book with a note at the highlight at this place, which has a token of its own, too: "b1h901"."""
    highlights = list(made.highlights)
    note = f"Noted b{made.id}h9{place + 1:02d}."
    highlights[place] = msgspec.structs.replace(highlights[place], note=note, updated_at=LATER)
    return msgspec.structs.replace(made, highlights=tuple(highlights))


def tokens_of(made: Sequence[Book]) -> list[str]:
    """Return the tokens of all highlights that are not deleted, and of their notes."""
    living = [each for one in made for each in one.highlights if not each.is_deleted]
    return [token for each in living for token in tokens(f"{each.text} {each.note}".encode())]


def tokens(data: bytes) -> list[str]:
    """Return every token that stands in these bytes."""
    return [found.decode() for found in _TOKEN.findall(data)]


def _highlight(number: int, place: int, *, at: str) -> Highlight:
    linked = number % 3 != 0
    return Highlight(
        id=HighlightId(number * 1000 + place),
        text=f"Text b{number}h{place}, which says so at some length.\n\nAnd a second paragraph, „quoted“ 日本.",
        location=place,
        location_type="offset" if linked else "location",
        url=f"https://read.readwise.io/read/01j{number:08d}{place:015d}" if linked else "",
        created_at=at,
        highlighted_at=at,
        updated_at=at,
    )
