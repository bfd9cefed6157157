"""Which highlights belong into a book's note, which of them are one, and which does a filter let in?"""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model import Highlight
from syncer.selection import Choice, Filter, lets_in, wanted
from tests.made import book, highlight

MADE = st.builds(
    highlight,
    st.integers(min_value=1, max_value=30),
    linked=st.booleans(),
    text=st.sampled_from(["Yes", "No", " Yes\n", "", "  "]),
    note=st.sampled_from(["", "mine"]),
    location=st.one_of(st.none(), st.integers(min_value=0, max_value=3)),
    is_deleted=st.booleans(),
    is_discard=st.booleans(),
)


def ids(*made: Highlight) -> list[int]:
    return [one.id for one in wanted(book(1, "A", made)).highlights]


def test_they_stand_in_document_order() -> None:
    assert ids(highlight(3, location=1), highlight(1, location=3), highlight(2, location=2)) == [3, 2, 1]


def test_deleted_discarded_and_empty_ones_are_not_wanted() -> None:
    made = [
        highlight(1, is_deleted=True),
        highlight(2, is_discard=True),
        highlight(3, text=" \n"),
        highlight(4, text="", note="but noted"),
    ]
    assert ids(*made) == [4]


def test_nothing_of_a_deleted_book_is_wanted() -> None:
    assert wanted(book(1, "A", [highlight(1)], is_deleted=True)).highlights == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param({"url": "u"}, {"url": "u"}, True, id="same link and text"),
        pytest.param({"url": "u"}, {"url": "v"}, False, id="another link"),
        pytest.param({"url": "u", "location": None}, {"url": "u", "location": None}, True, id="a link and no location"),
        pytest.param({"url": "u", "text": "a b"}, {"url": "u", "text": "ab"}, False, id="no blank"),
        pytest.param(
            {"url": "u", "location": 1}, {"url": "u", "location": 9}, True, id="a link says more than a location"
        ),
        pytest.param({"url": "u", "text": "a b"}, {"url": "u", "text": " a\n\nb "}, True, id="spacing"),
        pytest.param({"url": "u", "text": "a"}, {"url": "u", "text": "b"}, False, id="another text at the link"),
        pytest.param({"url": "", "location": 1}, {"url": "", "location": 1}, True, id="same location and text"),
        pytest.param({"url": "", "location": 1}, {"url": "", "location": 2}, False, id="another location"),
        pytest.param({"url": "", "location": None}, {"url": "", "location": None}, False, id="nothing says where"),
        pytest.param({"url": "u"}, {"url": "", "location": 1}, False, id="one with a link, one without"),
    ],
)
def test_what_is_one_highlight_under_two_ids(one: dict[str, object], other: dict[str, object], same: bool) -> None:
    first, second = (
        msgspec.structs.replace(highlight(number), **{"text": "Yes", "location": 1, **fields})
        for number, fields in ((1, one), (2, other))
    )
    share = wanted(book(1, "A", [first, second]))
    assert len(share.highlights) == (1 if same else 2)
    assert sorted(twin for twins in share.twins.values() for twin in twins) == [1, 2]


@given(st.lists(MADE, max_size=8, unique_by=lambda made: made.id))
def test_each_living_highlight_stands_for_itself_or_has_one_that_stands_for_it(made: list[Highlight]) -> None:
    share = wanted(book(1, "A", made))
    living = {
        one.id for one in made if not (one.is_deleted or one.is_discard) and (one.text.strip() or one.note.strip())
    }
    covered = [twin for twins in share.twins.values() for twin in twins]
    assert sorted(covered) == sorted(living)
    assert set(share.twins) == {one.id for one in share.highlights}
    assert all(number in twins for number, twins in share.twins.items())


@given(st.lists(MADE, max_size=8, unique_by=lambda made: made.id), st.randoms())
def test_the_order_in_which_they_come_does_not_matter(made: list[Highlight], chance: Random) -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert wanted(book(1, "A", made)) == wanted(book(1, "A", shuffled))


# ---------------------------------------------------------------- filters

BOOK = book(1, "Deep Work", [], category="articles", source="reader", author="Cal Newport", tags=("Focus",))
ONE = highlight(11, tags=("private", "x"))


@pytest.mark.parametrize(
    ("take", "leave", "lets"),
    [
        pytest.param(Choice(), Choice(), True, id="nothing is filtered"),
        pytest.param(Choice(categories=("articles",)), Choice(), True, id="category"),
        pytest.param(Choice(categories=("books", "tweets")), Choice(), False, id="another category"),
        pytest.param(Choice(), Choice(categories=("Articles",)), False, id="letter case"),
        pytest.param(Choice(sources=("reader",), categories=("books",)), Choice(), False, id="all lists must fit"),
        pytest.param(Choice(tags=("focus",)), Choice(), True, id="the book's tag"),
        pytest.param(Choice(tags=("private",)), Choice(), True, id="the highlight's tag"),
        pytest.param(Choice(), Choice(tags=("x",)), False, id="a tag left out"),
        pytest.param(Choice(titles=("deep*",)), Choice(), True, id="the beginning of a title"),
        pytest.param(Choice(titles=("deep",)), Choice(), False, id="a title is the whole title"),
        pytest.param(Choice(authors=("?al newport",)), Choice(), True, id="one character"),
        pytest.param(Choice(authors=("cal*",)), Choice(titles=("*work",)), False, id="leaving out wins"),
    ],
)
def test_what_a_filter_lets_in(take: Choice, leave: Choice, lets: bool) -> None:
    assert lets_in(Filter(take=take, leave=leave), BOOK, ONE) == lets
