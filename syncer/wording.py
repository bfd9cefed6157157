"""In which words does an updated section say what is no highlight: a deletion, and a change of the book itself?

    - Changed at Readwise: title “Deep Work”, no author          about_pieces(book, ("title", "author"))
    - Deleted at Readwise: “First eight words of its text…” ([View Highlight](https://…))

Guarantees: pure; one line each; the same words for the same values, so that they are recognised in the note later.
What changed is updates.py's question; how a changed highlight looks is the highlight template's.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.model import Book

CHANGED = "Changed at Readwise:"
DELETED = "Deleted at Readwise:"
FIRST_WORDS = 8
_FIELDS = {"cover": "cover_image_url", "document note": "document_note"}


def first_words(text: str) -> str:
    """Return the first words of a text, as they name a highlight."""
    words = text.split()
    return " ".join(words[:FIRST_WORDS]) + ("…" if len(words) > FIRST_WORDS else "")


def about_pieces(book: Book, what: Sequence[str]) -> list[str]:
    """Return what these fields of a book are now, in words: `title “Deep Work”`, `no author`, `tags [[a]] [[b]]`."""
    return [_about_piece(book, name) for name in what]


def _about_piece(book: Book, name: str) -> str:
    if name == "deleted":
        return "deleted there"
    if name == "tags":
        return " ".join(["tags", *(f"[[{tag}]]" for tag in book.tags)]) if book.tags else "no tags"
    value = " ".join(str(getattr(book, _FIELDS.get(name, name))).split())
    if not value:
        return f"no {name}"
    return f"{name} {value}" if name == "cover" else f"{name} “{value}”"
