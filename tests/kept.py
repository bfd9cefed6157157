"""Where does a library lie in the tests, and how do books get into it?

    bring(library, book(1, "Deep Work", [highlight(11)]))     one fetch that brought this book
    Library.open(path)                                        the same library, opened once more

`path` is the file of `library`; nothing is there before that is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.library import Library
from syncer.model import Book, NotePath, Page

NOTE = NotePath("Readwise/Deep Work.md")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "one.sqlite3"


@pytest.fixture
def library(path: Path) -> Iterator[Library]:
    with Library.open(path) as made:
        yield made


def bring(library: Library, *books: Book, full: bool = False) -> int:
    """Merge these books as one fetch."""
    library.mirror.begin()
    for made in books:
        library.mirror.add(Page(books=(made,), next=None))
    with library.transaction():
        return library.mirror.merge(full=full, whole=full, certain=True, keys=urls)


def urls(made: Book) -> set[str]:
    return {one.url for one in made.highlights}
