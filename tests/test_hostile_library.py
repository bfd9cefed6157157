"""Does a library in which everything is an attack or an edge become a vault that keeps every promise?

Some 350 books of tests/hostile.py, over HTTP, through the command line, to the files. What one text or one name may do
is in test_neutralise.py, test_names.py and test_note.py.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from syncer.front_matter import read
from syncer.instants import written
from syncer.model import Book, HighlightId
from syncer.spelling import folded
from syncer.wire import UNTITLED
from tests.harness import Home, Ran, home
from tests.hostile import hostile_books
from tests.made import later
from tests.test_names import check_name
from tests.test_neutralise import dangers_in
from tests.test_note import without_front_matter

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

pytestmark = pytest.mark.slow


def grown(book: Book) -> Book:
    """Return the book with its attack in one more highlight, made after the first sync."""
    one = book.highlights[0]
    new = msgspec.structs.replace(
        one,
        id=HighlightId(one.id + 7),
        text=f"A newer text, {book.id}.\n{one.text}",
        note=book.highlights[-1].note,
        location=90_000,
        url=f"https://read.readwise.io/read/01newer{book.id}",
        updated_at=written(later(26)),
        highlighted_at=written(later(26)),
    )
    return msgspec.structs.replace(book, highlights=(*book.highlights, new))


def check_said(ran: Ran) -> None:
    """Nothing was held back or failed, and no control character of the data reaches a terminal."""
    assert ran.code == 0, ran.err
    assert CONTROL.findall(ran.out + ran.err) == []


def check_notes(user: Home, books: list[Book]) -> None:
    """Each book has a note of its own, below the folder, with a name for every system and nothing in it that runs."""
    notes = {path: data.decode() for path, (data, _) in user.tree().items()}
    assert len(notes) == len({folded(path) for path in notes}) == len(books)
    for path, text in notes.items():
        folder, _, name = path.rpartition("/")
        assert folder == "Readwise"
        check_name(re.sub(r"( \(\d+\))?\.md$", "", name))
        assert dangers_in(without_front_matter(text)) == [], path
        assert "<%" not in text
        assert read(text)[1] == ""
    titles = sorted(str(read(text)[0]["title"]) for text in notes.values())
    assert titles == sorted(book.title if book.title.strip() else UNTITLED for book in books)


def check_each_once(user: Home) -> None:
    verified = user.run("verify")
    assert verified.code == 0, verified.out
    assert verified.out.endswith(", each once\n")


def test_a_hostile_library_keeps_every_promise_and_goes_on_keeping_it(tmp_path: Path) -> None:
    books = hostile_books()
    with home(tmp_path, books) as user:
        check_said(user.once(at=later(24)))
        check_notes(user, books)
        check_each_once(user)
        before = user.tree()
        check_said(user.once(at=later(25)))
        assert user.tree() == before
        user.server.serve([grown(book) for book in books])
        check_said(user.once(at=later(27)))
        after = user.tree()
        assert after.keys() == before.keys()
        assert [path for path in before if not after[path][0].startswith(before[path][0])] == []
        assert [path for path in before if after[path][0] == before[path][0]] == []
        check_notes(user, books)
        check_each_once(user)
        shutil.rmtree(user.state)
        check_said(user.once(at=later(28)))
        assert user.tree() == after
