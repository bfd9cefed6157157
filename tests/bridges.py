"""What are the book, its highlights and its note in which the tests look for them?

    highlight(801, "A plan that …")     with a Reader link of its own, unless `linked=False`
    note(*highlights)                   its note in the seed's format, all of them in it
    missing(book(*highlights), text)    the ids of those that are not found in the text

The texts have nothing in common, so that no highlight is taken for another.
"""

from __future__ import annotations

import msgspec

from syncer.identity import find_highlights
from syncer.model import Book, BookId, Highlight, HighlightId

TEXTS = (
    "The committee had argued for eleven hours before anybody noticed that the window stood open.",
    "A plan that nobody can explain in one breath will be carried out by nobody at all.",
    "Rivers keep their own calendars\n\nand every bridge is a guess about the worst of their Mondays.",
    "Whoever counts the sheep twice a night ends up believing in whole numbers more than in wool.",
    "Copper wires remember the winter longer than the men who hung them between the poles.",
)


def reader_url(number: int) -> str:
    return f"https://read.readwise.io/read/01h{number:023d}"


def highlight(number: int, text: str, *, linked: bool = True, location: int | None = None, url: str = "") -> Highlight:
    return Highlight(
        id=HighlightId(number),
        text=text,
        location=number if location is None else location,
        location_type="offset",
        url=url or (reader_url(number) if linked else ""),
    )


def book(*highlights: Highlight, title: str = "Of Bridges", **more: object) -> Book:
    made = Book(
        id=BookId(60), title=title, author="N. Body", source_url="https://site.example/bridges", highlights=highlights
    )
    return msgspec.structs.replace(made, **more)


def bullet(each: Highlight, label: str = "View Highlight") -> str:
    text = "\n  ".join(line.lstrip() for line in each.text.splitlines() if line.strip())
    return f"- {text} ([{label}]({each.url}))\n" if each.url else f"- {text}\n"


def note(*highlights: Highlight, title: str = "Of Bridges") -> str:
    head = f"---\nauthor: '[[N. Body]]'\ntitle: {title}\ndate: 2024-01-02\n---\n# {title}\n"
    head += "\n## Metadata\n- Author: [[N. Body]]\n"
    head += f"- Full Title: {title}\n- URL: https://site.example/bridges\n\n## Highlights\n"
    return head + "".join(map(bullet, highlights))


def missing(made: Book, text: str) -> list[int]:
    found = find_highlights(made, text)
    return [each.id for each in made.highlights if each.id not in found]


def unlinked(*texts: str) -> list[Highlight]:
    return [highlight(number, text, linked=False) for number, text in enumerate(texts, 801)]
