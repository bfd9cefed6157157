"""What does a note look like? Byte for byte, by examples and by rules.

`tests/notes/<sentence>/` holds the examples: `export.json` as the API would give it, `after.md`, and where a note is
there already `before.md` (those are run through plan and writer). `now.txt` says when, if not at NOW. What several
syncs make of one note is in test_note_history.py.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.front_matter import read
from syncer.model import Book, BookId, Highlight
from syncer.note import document_order, render_note, render_section, section_heading
from syncer.wire import parse_page
from tests.hostile import hostile_books
from tests.styles import NBSP, NOW, one, style
from tests.test_neutralise import dangers_in

NOTES = Path(__file__).parent / "notes"


def item(highlight: Highlight, book: Book | None = None) -> str:
    """Return what a highlight becomes in a section without a heading."""
    return render_section(style(), book or Book(id=BookId(1), title="T"), [highlight], now=NOW, with_heading=False)


EXAMPLES = sorted(path.parent for path in NOTES.glob("*/after.md") if not (path.parent / "before.md").exists())


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_a_new_note_is_the_example_byte_for_byte(folder: Path) -> None:
    written = folder / "now.txt"
    now = datetime.fromisoformat(written.read_text().strip()) if written.exists() else NOW
    (book,) = parse_page((folder / "export.json").read_bytes()).books
    note = render_note(style(), book, document_order(book.highlights), now=now)
    assert note.encode() == (folder / "after.md").read_bytes()


def test_there_is_an_example_for_each_kind_of_source_and_of_note() -> None:
    assert len(EXAMPLES) >= 25
    assert len(list(NOTES.glob("*/before.md"))) >= 6


# ---------------------------------------------------------------- headings and order


@pytest.mark.parametrize(
    ("when", "written"),
    [
        ("2024-10-14T09:56:59+02:00", "October 14, 2024 at 9:56 AM"),
        ("2024-10-13T22:05:00+00:00", "October 14, 2024 at 12:05 AM"),
        ("2024-01-02T12:00:00+02:00", "January 2, 2024 at 12:00 PM"),
        ("2024-01-02T23:09:00+02:00", "January 2, 2024 at 11:09 PM"),
    ],
)
def test_a_heading_has_the_local_time_in_english_with_nothing_padded(when: str, written: str) -> None:
    heading = section_heading(style(), Book(id=BookId(1), title="T"), now=datetime.fromisoformat(when))
    assert heading == f"## New highlights added {written}\n"


def test_a_section_begins_with_its_heading_unless_told_otherwise() -> None:
    book, highlights = Book(id=BookId(1), title="T"), [one("Text.")]
    with_it = render_section(style(), book, highlights, now=NOW, with_heading=True)
    without = render_section(style(), book, highlights, now=NOW, with_heading=False)
    assert with_it == section_heading(style(), book, now=NOW) + without
    assert without == "- Text.\n"


def test_the_zone_of_the_note_decides_its_day() -> None:
    late = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
    for zone, day in ((ZoneInfo("Europe/Berlin"), "2024-03-31"), (ZoneInfo("America/New_York"), "2024-03-30")):
        note = render_note(style(zone=zone), Book(id=BookId(1), title="T"), [], now=late)
        assert f"date: {day}\n" in note


def test_highlights_are_ordered_by_location_then_time_then_id() -> None:
    early, late = "2024-10-11T08:00:00Z", "2024-10-11T08:00:00.500+00:00"
    ordered = [
        one("a", 9, location=0),
        one("b", 8, location=5),
        one("c", 7, location=5, highlighted_at=early),
        one("d", 5, location=5, highlighted_at=late),
        one("e", 6, location=5, highlighted_at=late),
        one("f", 1, highlighted_at=early),
        one("g", 2, highlighted_at=late),
    ]
    assert document_order(reversed(ordered)) == ordered
    assert document_order(ordered[:2][::-1]) == ordered[:2]


# ---------------------------------------------------------------- one highlight


LABELS = [
    ({"url": "https://read.readwise.io/read/x"}, "articles", " ([View Highlight](https://read.readwise.io/read/x))"),
    ({"url": "https://twitter.com/a/status/1"}, "tweets", " ([View Tweet](https://twitter.com/a/status/1))"),
    ({"url": "https://x.com/a/status/1"}, "articles", " ([View Tweet](https://x.com/a/status/1))"),
    ({"url": "https://read.readwise.io/read/x"}, "tweets", " ([View Highlight](https://read.readwise.io/read/x))"),
    (
        {"location": 7, "location_type": "location"},
        "books",
        f" ([Location{NBSP}7](https://readwise.io/to_kindle?action=open&asin=B0MADEUP01&location=7))",
    ),
    ({"location": 7, "location_type": "page"}, "books", f" (Page{NBSP}7)"),
    ({"location": 7, "location_type": "page", "url": "https://e.com/p"}, "books", f" ([Page{NBSP}7](https://e.com/p))"),
    ({"location": 7, "location_type": "order"}, "articles", ""),
    ({"location_type": "location"}, "books", ""),
    ({}, "articles", ""),
]


@pytest.mark.parametrize(("fields", "category", "suffix"), LABELS)
def test_a_highlight_is_labelled_by_where_it_is(fields: dict[str, Any], category: str, suffix: str) -> None:
    book = Book(id=BookId(1), title="T", category=category, asin="B0MADEUP01")
    assert item(one("Text.", **fields), book) == f"- Text.{suffix}\n"


def test_a_kindle_location_without_a_book_number_has_no_link() -> None:
    assert item(one("Text.", location=7, location_type="location")) == f"- Text. (Location{NBSP}7)\n"


def test_readwises_own_tags_are_not_shown() -> None:
    assert item(one("Text.", tags=("favorite", "discard", "h4", "Favorite"))) == "- Text.\n"
    assert item(one("Text.", tags=("h5", "mine"))) == "- Text.\n    - Tags: [[mine]] \n"


def test_only_readwises_three_chapter_marks_make_a_heading() -> None:
    assert item(one("Title", tags=("H2",))) == "#### Title\n"
    assert item(one("Title", note=" .h3 ")) == "##### Title\n"
    assert item(one("Title", note="xh1")) == "- Title\n    - Note: xh1\n"
    assert item(one("Title", note="h1")) == "- Title\n    - Note: h1\n"
    assert item(one(" ", tags=("h1",))) == "- \n"


def test_an_address_that_would_end_its_link_is_escaped() -> None:
    assert item(one("T", url="https://e.com/a b)c")).endswith("(https://e.com/a%20b%29c))\n")
    assert item(one("T", url="https://e.com/(a)")).endswith("(https://e.com/(a)))\n")
    assert item(one("T", url="https://e.com/\r\na\tb")).endswith("(https://e.com/ab))\n")
    assert item(one("T", url="javascript:alert(1)")).endswith("(javascript%3Aalert(1)))\n")


def test_neutralising_can_be_switched_off() -> None:
    plain = style(neutralise=False)
    book = Book(id=BookId(1), title="<% a %>")
    note = render_note(plain, book, [one("```dataviewjs\n  x\n```", note="<% b %>")], now=NOW)
    assert "- Full Title: <% a %>\n" in note
    assert "- ```dataviewjs\n    x\n  ```\n    - Note: <% b %>\n" in note


texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
lines = st.lists(st.one_of(texts, st.sampled_from(["", "  ", "- x", "  • y", "> z", "x  "])), max_size=6).map("\n".join)


@given(lines)
def test_each_further_line_has_two_blanks_and_no_line_is_blank(text: str) -> None:
    written = item(one(text)).removesuffix("\n").split("\n")
    meant = [line for line in text.split("\n") if line.strip()]
    assert len(written) == max(1, len(meant))
    for line in written[1:]:
        assert re.match(r"  \S", line)
    for line, source in zip(written[:-1], meant, strict=False):
        assert len(line) - len(line.rstrip()) == len(source) - len(source.rstrip())


# ---------------------------------------------------------------- the hostile library


def without_front_matter(note: str) -> str:
    """Return what Obsidian reads as Markdown."""
    return note.partition("\n---\n")[2] if note.startswith("---\n") else note


@pytest.mark.slow
@pytest.mark.parametrize("templates", ["seed", "readwise"])
def test_no_hostile_book_breaks_its_note(templates: str) -> None:
    for book in hostile_books():
        note = render_note(style(templates), book, document_order(book.highlights), now=NOW)
        section = render_section(style(templates), book, book.highlights, now=NOW, with_heading=True)
        for text in (note, section):
            assert text.endswith("\n")
            assert not text.endswith("\n\n")
            assert "\r" not in text
            assert text.encode()
        assert "<%" not in note
        assert dangers_in(without_front_matter(note)) == [], book.title


def test_front_matter_of_hostile_books_reads_back_to_what_was_meant() -> None:
    for book in hostile_books():
        found, problem = read(render_note(style(), book, [], now=NOW))
        assert problem == ""
        assert found["title"] == book.title
        assert found["tags"] == ([book.category] if book.category else []) + ["literature-note"]
        assert str(found["date"]) == "2024-10-14"
        assert set(found) == {"title", "tags", "date"} | ({"author"} if book.author else set())


def test_equal_books_give_equal_notes_and_each_highlight_its_own_lines() -> None:
    books = hostile_books()
    for book in books[:: len(books) // 40]:
        singly = "".join(item(highlight, book) for highlight in book.highlights)
        assert render_section(style(), book, book.highlights, now=NOW, with_heading=False) == singly
    for before, after in pairwise(books):
        assert before.id < after.id
