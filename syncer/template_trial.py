"""With which made-up books is a template tried before anything is fetched?

    a full one:   every value there, two authors, tags, a note, three highlights of different kinds
    a bare one:   only a title and a text

Each is tried as a new note and as a section, so that both sides of a condition are seen. Guarantees: a name
that no book has is found at start, not in the night; nothing of the user's is used. The values themselves
are values.py's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from syncer.model import Book, BookId, Highlight, HighlightId
from syncer.values import Values, highlight_values, note_values, path_values, raw_values

_NOW = datetime(2024, 10, 14, 9, 56, tzinfo=UTC)

FULL = Book(
    id=BookId(1),
    title="A made-up title",
    author="A. Writer and B. Writer",
    category="articles",
    source="reader",
    cover_image_url="https://example.com/cover.png",
    source_url="https://example.com/article",
    summary="A summary.",
    document_note="A note.",
    readwise_url="https://readwise.io/bookreview/1",
    asin="B000000000",
    tags=("one", "two"),
    highlights=(
        Highlight(
            id=HighlightId(1),
            text="First line\n\nSecond line",
            note="A note.\nIts second line.",
            location=1,
            location_type="offset",
            url="https://read.readwise.io/read/01j9xcy14s3nbehbhtstxnm3sc",
            tags=("one", "two"),
            color="yellow",
            highlighted_at="2024-10-14T07:56:00.000Z",
        ),
        Highlight(id=HighlightId(2), text="Kindle", location=2, location_type="location"),
        Highlight(id=HighlightId(3), text="Paper", location=3, location_type="page"),
    ),
)
_BARE = Book(id=BookId(2), title="Bare", highlights=(Highlight(id=HighlightId(4), text="Text"),))


def trial_values(part: str) -> Iterator[Values]:
    """Give the values that a part is tried with, one set after the other."""
    for book in (FULL, _BARE):
        raw: Values = {**raw_values(book, UTC, _NOW), "note_tags": ["literature-note"] if book.tags else []}
        if part.startswith("vault."):
            yield path_values(book, UTC, _NOW)
            continue
        for is_new in (True, False):
            state: Values = {"is_new_page": is_new, "has_new_highlights": True}
            if part == "yaml_front_matter":
                yield {**raw, **state}
            elif part == "highlight":
                for one in book.highlights:
                    yield {
                        **note_values(raw, safe=True),
                        **state,
                        **highlight_values(book, one, zone=UTC, safe=True),
                    }
            else:
                yield {**note_values(raw, safe=True), **state}


def nearest(name: str, *, filters: bool) -> str:
    """Return a hint with the known name that is nearest to an unknown one, "" where none is near."""
    import difflib

    if filters:
        from syncer.template_limits import sandbox

        known = list(sandbox({}, for_yaml=False).filters)
    else:
        known = sorted(
            {key for part in ("highlight", "yaml_front_matter") for one in trial_values(part) for key in one}
        )
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}" if not filters else ""
