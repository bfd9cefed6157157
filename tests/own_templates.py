"""What does a note look like that is made with a user's own templates?

    note_with(folder_of(tmp_path, highlight="- {{ highlight_text }}"))     a note of BOOK and HIGHLIGHT
    only(tmp_path, "{{ title }}")                                          "A title": a note of the metadata alone

A part that the folder lacks is the seed's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from syncer.model import Book, BookId, Highlight, HighlightId
from syncer.note import Style, render_note
from syncer.template import PARTS, load_templates

NOW = datetime(2024, 10, 14, 9, 56, tzinfo=UTC)
BOOK = Book(id=BookId(7), title="A title", author="A. Writer", category="books", source_url="https://example.com/")
HIGHLIGHT = Highlight(
    id=HighlightId(1), text="Text", tags=("one", "two"), color="yellow", highlighted_at="2024-10-13T22:30:00Z"
)


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8", newline="")
    return tmp_path


def note_with(folder: Path, book: Book = BOOK, *highlights: Highlight) -> str:
    style = Style(
        load_templates(str(folder), base=Path()), timezone=UTC, neutralise=True, tags=("t",), link_safe_names=False
    )
    return render_note(style, book, highlights or (HIGHLIGHT,), now=NOW)


def only(tmp_path: Path, metadata: str, book: Book = BOOK) -> str:
    """Return what a metadata template makes, with every other part switched off."""
    off = dict.fromkeys(PARTS, "") | {"metadata": metadata}
    return note_with(folder_of(tmp_path, **off), book)
