"""Do several syncs of one book write its note byte for byte, as the seed and Readwise's stock templates do?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.model import Book, BookId, Highlight
from syncer.note import render_note, render_section
from tests.styles import NOW, one, style

SEED = Path(__file__).resolve().parents[2] / "shared" / "seed" / "State of AI Report - 2024.md"
HISTORY = """\
---
author: [[Maria Beispiel]]
title: "Moss Report - 2024"
date: 2024-10-11
tags:\x20
- articles
- literature-note
---
![rw-book-cover](https://example.com/cover_1.png)

## Metadata
- Author: [[Maria Beispiel]]
- Full Title: Moss Report - 2024
- URL: https://example.com/reader/224919

## Highlights
- Moss - It has no roots, and yet it stays.
  - It drinks through its leaves.
  Although nobody waters it. ([View Highlight](https://read.readwise.io/read/01ja1230001xmadepqk0000001))
- ● A dot at the start.
  ● And one in the next line ([View Highlight](https://read.readwise.io/read/01ja1230002xmadepqk0000002))
## New highlights added October 14, 2024 at 9:56 AM
- One more. ([View Highlight](https://read.readwise.io/read/01ja1230003xmadepqk0000003))
## New highlights added October 14, 2024 at 11:56 AM
- And another,
  of two lines. ([View Highlight](https://read.readwise.io/read/01ja1230004xmadepqk0000004))
- The last. ([View Highlight](https://read.readwise.io/read/01ja1230005xmadepqk0000005))
"""

LINKED = re.compile(r"- (.*?) \(\[View Highlight\]\((\S+)\)\)\n", re.DOTALL)


def book_of(note: str) -> Book:
    """Return the book that a note in the seed's format was made of, without its highlights."""

    def found(pattern: str) -> str:
        match = re.search(pattern, note, re.MULTILINE)
        assert match is not None
        return match[1]

    return Book(
        id=BookId(1),
        title=found(r"^- Full Title: (.*)$"),
        author=found(r"^- Author: \[\[(.*)\]\]$"),
        category=found(r"^tags: \n- (.*)$"),
        cover_image_url=found(r"^!\[rw-book-cover\]\((.*)\)$"),
        source_url=found(r"^- URL: (.*)$"),
    )


def syncs_of(note: str) -> list[list[Highlight]]:
    """Return a note's highlights, a list for each of the syncs that wrote it; blank lines are put back."""
    syncs = []
    for section in re.split(r"^## (?:Highlights|New highlights added .*)\n", note, flags=re.MULTILINE)[1:]:
        found = LINKED.findall(section)
        syncs.append([one(text.replace("\n  ", "\n\n"), n, url=url, location=n) for n, (text, url) in enumerate(found)])
    return syncs


def replayed(note: str) -> str:
    """Return a note made anew by the three syncs of the seed's history."""
    book, (first, second, third) = book_of(note), syncs_of(note)
    hour = datetime(2024, 10, 14, 7, 56, tzinfo=UTC)
    made = render_note(style(), book, first, now=datetime(2024, 10, 11, 8, 0, tzinfo=UTC))
    made += render_section(style(), book, second, now=hour, with_heading=True)
    return made + render_section(style(), book, third, now=hour + timedelta(hours=2), with_heading=True)


def test_three_syncs_write_a_note_of_the_seeds_format_byte_for_byte() -> None:
    assert replayed(HISTORY) == HISTORY


def test_three_syncs_write_the_seed_itself_byte_for_byte() -> None:
    if not SEED.exists():
        pytest.skip(f"needs the seed note beside the repository ({SEED})")
    seed = SEED.read_bytes().decode()
    assert [len(sync) for sync in syncs_of(seed)][:2] == [8, 1]
    assert replayed(seed) == seed


def test_readwises_stock_templates_make_its_stock_note() -> None:
    book = Book(
        id=BookId(1), title="Moss", author="Maria Beispiel", category="books", cover_image_url="https://e.com/c"
    )
    note = render_note(style("readwise"), book, [one("Text.", tags=("a",))], now=NOW)
    assert note == (
        "# Moss\n\n![rw-book-cover](https://e.com/c)\n\n## Metadata\n- Author: [[Maria Beispiel]]\n- Full Title: Moss\n"
        "- Category: #books\n\n## Highlights\n- Text.\n    - Tags: [[a]] \n"
    )
