"""Which name does a new note get, when files, other books or only their letters are in the way?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from syncer.model import BookId, NotePath
from syncer.plan import Names, Unreadable
from syncer.spelling import folded


def claimed(taken: Sequence[str], path: str, *, reserved: Mapping[str, int] | None = None, book_id: int = 7) -> str:
    held = {folded(name): BookId(owner) for name, owner in (reserved or {}).items()}
    folder: Callable[[str], set[str]] = lambda _: {folded(name) for name in taken}  # noqa: E731 - a value
    return Names(reserved=held, folder=folder).claim(NotePath(path), BookId(book_id))


@pytest.mark.parametrize(
    ("taken", "reserved", "name"),
    [
        ([], {}, "R/A.md"),
        (["A.md"], {}, "R/A (7).md"),
        (["a.MD"], {}, "R/A (7).md"),
        (["B.md"], {}, "R/A.md"),
        ([], {"R/a.md": 8}, "R/A (7).md"),
        ([], {"R/A.md": 7}, "R/A.md"),
        ([], {"S/A.md": 8}, "R/A.md"),
    ],
)
def test_a_name_that_is_taken_gets_the_books_id(taken: list[str], reserved: dict[str, int], name: str) -> None:
    assert claimed(taken, "R/A.md", reserved=reserved) == name


def test_where_both_names_are_taken_none_is_claimed() -> None:
    with pytest.raises(Unreadable, match=r"A\.md and .*A \(7\)\.md"):
        claimed(["A.md", "A (7).md"], "R/A.md")


def test_a_claimed_name_is_not_claimed_again() -> None:
    names = Names(reserved={}, folder=lambda _: set())
    assert names.claim(NotePath("A.md"), BookId(1)) == "A.md"
    assert names.claim(NotePath("a.md"), BookId(2)) == "a (2).md"
