"""What does a vault of made-up notes need, so that a book's note is looked for in it?

    article = make(1, "Deep Work")                          with four highlights, each with its link
    Vault({"Readwise/A.md": export(article)}, article)      its notes, and the books of the account
    Vault(…).path(article)                                  "Readwise/A.md", or None

Each highlight has a link of Reader unless `linked=False`; all books have the same four texts unless others are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from syncer.identity import Match, Rivals, Shelf, highlight_links, read_facts
from syncer.model import Book, BookId, Highlight, HighlightId, NoteEntry, NotePath, Stamp

SENTENCES = (
    "The committee argued for eleven hours before anybody noticed the open window.",
    "A plan that nobody can explain in one breath will be carried out by nobody.",
    "Rivers keep their own calendars and every bridge is a guess.",
    "Copper wires remember the winter longer than the men who hung them.",
)


def reader_url(number: int) -> str:
    return f"https://read.readwise.io/read/01h{number:023d}"


def make(number: int, title: str, *, linked: bool = True, texts: tuple[str, ...] = SENTENCES, **more: object) -> Book:
    highlights = tuple(
        Highlight(
            id=HighlightId(at), text=text, location=at, location_type="offset", url=reader_url(at) if linked else ""
        )
        for at, text in enumerate(texts, start=number * 100)
    )
    made = Book(
        id=BookId(number),
        title=title,
        author="N. Body",
        source_url=f"https://site.example/{number}",
        highlights=highlights,
    )
    return msgspec.structs.replace(made, **more)


def bullets(book: Book) -> str:
    return "".join(
        f"- {each.text} ([View Highlight]({each.url}))\n" if each.url else f"- {each.text}\n"
        for each in book.highlights
    )


def export(book: Book, *, title: str = "", author: str = "N. Body", url: str | None = None) -> str:
    title = title or book.title
    url = book.source_url if url is None else url
    lines = [f"# {title}\n", "## Metadata", f"- Author: [[{author}]]" if author else "- Category: #articles"]
    lines += [f"- Full Title: {title}", *([f"- URL: {url}"] if url else []), "\n## Highlights\n"]
    return "\n".join(lines) + bullets(book)


class Vault:
    """Notes by their paths, with what a match needs of them."""

    def __init__(
        self, notes: dict[str, str], *books: Book, plugin_map: Mapping[str, tuple[int, ...]] | None = None
    ) -> None:
        self.notes = notes
        entries = {
            NotePath(path): NoteEntry(
                NotePath(path), Stamp(len(text), at, 0, 1000 + at), read_facts(path, data=text.encode())
            )
            for at, (path, text) in enumerate(notes.items())
        }
        counts = Counter(
            key for book in books for key in {k for h in book.highlights for k in highlight_links(book, h)}
        )
        shared = {key for key, count in counts.items() if count > 1}
        self.shelf = Shelf(entries, plugin_map=plugin_map or {}, shared_links=shared, folder="Readwise")

    def read(self, path: NotePath) -> str | None:
        return self.notes.get(path)

    def match(self, book: Book, known: str | None = None, inode: int = 0, wanted: str = "") -> Match | Rivals | None:
        return self.shelf.match(
            book,
            known=NotePath(known) if known else None,
            read=self.read,
            known_stamp=Stamp(1, 1, 1, inode) if inode else None,
            wanted=NotePath(wanted) if wanted else None,
        )

    def path(self, book: Book) -> str | None:
        found = self.match(book)
        assert not isinstance(found, Rivals), found
        return found.path if found else None
