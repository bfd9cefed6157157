"""Which books and highlights do the tests make up, and when does each of them appear at Readwise?

    article = book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])
    highlight(11).text                  "quiet river 11 …": ten words of its own, so that no other text is like it
    highlight(11).url                   "https://read.readwise.io/read/01h0…011": Reader's own link to this highlight

A highlight appears at `at` (`START` by default): the loopback Readwise keeps it back until its clock is there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from syncer.instants import written
from syncer.model import Addition, Book, BookId, Highlight, HighlightId, NotePath, Part, Stamp
from tests.harness import CEST

START = datetime(2024, 10, 11, 9, 0, tzinfo=CEST)
_SYLLABLES = ["ba", "do", "fi", "gu", "ha", "ke", "lo", "mi", "nu", "pa", "ra", "so", "ti", "vu", "we", "zo"]


def later(hours: float) -> datetime:
    """Return the moment so many hours after START."""
    return START + timedelta(hours=hours)


def words(number: int, count: int = 10) -> str:
    """Return made-up words that belong to this number alone."""
    chance = random.Random(number)  # noqa: S311 - the same words each time
    return " ".join("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(count))


def highlight(number: int, *, at: datetime = START, linked: bool = True, **fields: object) -> Highlight:
    """Return a highlight of Reader's that appears at this moment."""
    made = Highlight(
        id=HighlightId(number),
        text=words(number),
        location=number,
        location_type="offset",
        url=f"https://read.readwise.io/read/01h{number:023d}" if linked else "",
        updated_at=written(at),
        created_at=written(at),
        highlighted_at=written(at),
    )
    return msgspec.structs.replace(made, **fields)


def book(number: int, title: str, highlights: Iterable[Highlight], **fields: object) -> Book:
    """Return an article with these highlights."""
    made = Book(
        id=BookId(number),
        title=title,
        readable_title=title,
        author="Ada Lovelace",
        category="articles",
        source="reader",
        source_url=f"https://example.org/{number}",
        highlights=tuple(highlights),
    )
    return msgspec.structs.replace(made, **fields)


def changed(made: Highlight, **fields: object) -> Highlight:
    """Return the highlight with other fields."""
    return msgspec.structs.replace(made, **fields)


def line(made: Highlight) -> str:
    """Return the line that a highlight becomes in a note."""
    link = f" ([View Highlight]({made.url}))" if made.url else ""
    return f"- {made.text}{link}\n"


def section(moment: datetime, *highlights: Highlight) -> bytes:
    """Return the bytes of a section added at this moment."""
    clock = f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"
    heading = f"## New highlights added {moment:%B} {moment.day}, {moment.year} at {clock}\n"
    return (heading + "".join(line(one) for one in highlights)).encode()


def addition(run: int, path: str) -> Addition:
    """Return what a run added to a note."""
    return Addition(
        run=run,
        path=NotePath(path),
        created=False,
        offset=10,
        size=5,
        sha256="00",
        heading="## New",
        stamp=Stamp(10, 20, 30, 40),
        parts=(Part(BookId(1), "A", ()),),
    )
