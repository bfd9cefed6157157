"""Which of several highlights with one text does that text in a note stand for?"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.credit import credited
from syncer.model import HighlightId, How
from syncer.selection import wanted
from tests.direct import Direct
from tests.made import START, book, highlight, later, section, words

ONE, TWO, THREE = HighlightId(1), HighlightId(2), HighlightId(3)
YES = book(1, "A", [highlight(number, text="Yes", linked=False) for number in (1, 2, 3)])


@pytest.mark.parametrize(
    ("found", "delivered", "credit"),
    [
        ({ONE: How.TEXT}, (), {ONE}),
        ({ONE: How.TEXT}, (TWO,), {TWO}),
        ({ONE: How.TEXT}, (TWO, THREE), {TWO}),
        ({ONE: How.TEXT, TWO: How.TEXT}, (THREE,), {TWO, THREE}),
        ({ONE: How.TEXT, TWO: How.TEXT}, (THREE, TWO), {TWO, THREE}),
        ({ONE: How.TEXT, TWO: How.TEXT}, (ONE, THREE), {ONE, THREE}),
        ({ONE: How.TEXT}, (HighlightId(9),), {ONE}),
        ({ONE: How.LINK}, (TWO,), {ONE}),
        ({ONE: How.TEXT, TWO: How.TEXT, THREE: How.TEXT}, (TWO,), {ONE, TWO, THREE}),
    ],
)
def test_equal_texts_are_credited_to_those_that_were_delivered(
    found: dict[HighlightId, How], delivered: tuple[HighlightId, ...], credit: set[HighlightId]
) -> None:
    assert credited(YES, wanted(YES), found, delivered=delivered) == credit


@pytest.mark.parametrize(
    ("found", "delivered", "credit"),
    [((1, 2), (3, 4), {3}), ((1, 2, 5), (3, 4), {3, 4}), ((1, 2, 5), (6, 7), {5, 6, 7}), ((1, 2), (6, 7), {6, 7})],
)
def test_twins_are_credited_together(found: tuple[int, ...], delivered: tuple[int, ...], credit: set[int]) -> None:
    places = {1: 10, 2: 10, 3: 30, 4: 40, 5: 50, 6: 60, 7: 60}
    made = [highlight(number, text="Yes", linked=False, location=place) for number, place in places.items()]
    yes = book(1, "A", made)
    seen = {HighlightId(number): How.TEXT for number in found}
    assert credited(yes, wanted(yes), seen, delivered=[HighlightId(number) for number in delivered]) == credit


def test_another_text_is_no_exchange() -> None:
    two = book(1, "A", [highlight(1, linked=False), highlight(2, linked=False)])
    assert credited(two, wanted(two), {ONE: How.TEXT}, delivered=(TWO,)) == {ONE}


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("text", ["Yes", words(7, 12), "1984", f"{words(8, 9)}\n\n{words(9, 9)}"])
def test_a_text_that_comes_again_at_another_place_is_written_again(tmp_path: Path, text: str, linked: bool) -> None:
    """The later one has the smaller id and stands before the earlier one in the document."""
    user = Direct(tmp_path / "home")
    new = highlight(11, at=later(1), linked=linked, text=text)
    user.books = [book(1, "A", [new, highlight(12, linked=False, text=text)])]
    user.sync(at=START)
    (path,) = user.text()
    before = user.text()[path]
    user.sync(at=later(2))
    lines = [line.strip() for line in text.split("\n") if line]
    body = section(later(2), new).replace(text.encode(), "\n  ".join(lines).encode())
    assert user.text()[path] == before + body
    after = user.tree()
    user.forget()
    user.sync(at=later(3))
    assert user.tree() == after


def test_a_text_that_was_deleted_at_readwise_and_comes_again_elsewhere_is_written_again(tmp_path: Path) -> None:
    user = Direct(tmp_path / "home")
    old = highlight(12, linked=False, text="Yes")
    user.books = [book(1, "A", [old, highlight(20)])]
    user.sync(at=START)
    (path,) = user.text()
    before = user.text()[path]
    gone = highlight(12, linked=False, text="Yes", at=later(1), is_deleted=True)
    new = highlight(11, linked=False, text="Yes", at=later(1))
    user.books = [book(1, "A", [gone, new, highlight(20)])]
    user.sync(at=later(2))
    assert user.text()[path] == before + section(later(2), new)
