"""Which home do the tests have whose notes are many enough to look wrong together?

    user                            a home with a note for each of SHELF books, of four highlights each
    shelf(grown=True)               the same books with a fifth highlight in each, two hours later
    outside_the_state(user)         every file of it with its bytes and mtime, but for the state

Who compares two of these sees whether a sync wrote anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.model import Book, Highlight
from tests.harness import Home, home
from tests.made import START, book, highlight, later

SHELF = 30
"""Books; enough that a fifth of their notes is more than five."""


def shelf(*, grown: bool = False, linked: bool = True) -> list[Book]:
    """Return books of four highlights, and one more in each when they have grown."""
    count = 5 if grown else 4
    return [
        book(number, f"Book {number}", [_one(number, place, linked=linked) for place in range(count)])
        for number in range(1, SHELF + 1)
    ]


def _one(number: int, place: int, *, linked: bool) -> Highlight:
    return highlight(number * 100 + place, at=later(2) if place == 4 else START, linked=linked)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home with thirty notes."""
    with home(tmp_path, shelf()) as made:
        (made.vault / ".obsidian").mkdir()
        made.once(at=START)
        assert len(made.tree()) == SHELF
        yield made


def outside_the_state(user: Home) -> dict[str, tuple[bytes, int]]:
    """Return every file of the home but those of the state."""
    return {path: seen for path, seen in user.everything().items() if not path.startswith("state/")}
