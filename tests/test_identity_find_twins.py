"""Of several highlights that could be the same text or link of a note, which are in it?"""

from __future__ import annotations

import msgspec
import pytest

from syncer.identity import find_highlights
from syncer.model import HighlightId, How
from tests.bridges import TEXTS, book, bullet, highlight, missing, note, reader_url, unlinked


@pytest.mark.parametrize("linked", [True, False])
def test_the_same_short_text_at_two_places_needs_two(linked: bool) -> None:
    one, two = highlight(801, "Exactly.", linked=linked), highlight(802, "Exactly.", linked=linked)
    assert len(missing(book(one, two), note(one))) == 1
    assert missing(book(one, two), note(one, two)) == []


def test_the_same_link_and_text_under_two_ids_is_one() -> None:
    one = highlight(801, TEXTS[0])
    again = msgspec.structs.replace(one, id=HighlightId(955))
    assert missing(book(one, again), note(one)) == []


def test_the_same_text_at_the_same_place_without_link_is_one() -> None:
    one = highlight(801, "Exactly.", linked=False)
    again = msgspec.structs.replace(one, id=HighlightId(955))
    assert missing(book(one, again), note(one)) == []


def test_a_shared_link_counts_for_the_text_that_stands_at_it() -> None:
    link = "https://readwise.io/to_kindle?action=open&asin=B0AAAAAAAA&location=12"
    every = [
        msgspec.structs.replace(highlight(number, text, location=12, linked=False), location_type="location")
        for number, text in enumerate(TEXTS[:3], start=801)
    ]
    made = book(*every, asin="B0AAAAAAAA")
    two = note() + "".join(bullet(msgspec.structs.replace(each, url=link), "Location\u00a012") for each in every[:2])
    assert missing(made, two) == [803]
    edited = two.replace("argued", "**argued**").replace("nobody at all", "none")
    assert missing(made, edited) == [803]
    assert set(find_highlights(made, two).values()) == {How.SHARED_LINK}


@pytest.mark.parametrize(("asin", "lost"), [("B0AAAAAAAA", []), ("B0BBBBBBBB", [802])])
def test_a_text_at_another_location_of_the_same_kindle_book_is_found(asin: str, lost: list[int]) -> None:
    """In a note that has two books, a text at the other's link is the other's."""
    first, second = (
        msgspec.structs.replace(
            highlight(801 + at, TEXTS[at], location=12 + at, linked=False), location_type="location"
        )
        for at in range(2)
    )
    link = "https://readwise.io/to_kindle?action=open&asin={}&location={}"
    text = note() + bullet(msgspec.structs.replace(first, url=link.format("B0AAAAAAAA", 12)), "Location 12")
    text += bullet(msgspec.structs.replace(second, url=link.format(asin, 99)), "Location 99")
    assert missing(book(first, second, asin="B0AAAAAAAA"), text) == lost


def test_the_title_is_found_as_a_line_but_not_as_a_heading() -> None:
    made = book(*unlinked("Of Bridges"))
    assert find_highlights(made, "words\n\n## Of Bridges\n- other\n") == {}
    assert find_highlights(made, "words\n\n- Of Bridges\n- other\n") == {801: How.TEXT}


def test_a_highlight_without_a_letter_lacks_only_its_link() -> None:
    assert find_highlights(book(*unlinked("\u200b", "Other.")), "- Something.\n") == {801: How.TEXT}
    assert find_highlights(book(highlight(801, "\u200b")), "- Something.\n") == {}


def test_a_highlight_that_its_link_tells_takes_no_other_text() -> None:
    linked, other = highlight(801, "Yes."), highlight(802, "Yes.", linked=False)
    assert find_highlights(book(linked, other), f"- Changed ([View Highlight]({linked.url}))\n- Yes.\n") == {
        801: How.LINK,
        802: How.TEXT,
    }


def test_a_longer_text_takes_its_lines_first() -> None:
    made = book(
        *unlinked(
            "First sentence that is surely long enough.", "First sentence that is surely long enough.\nSecond one."
        )
    )
    assert find_highlights(made, "- First sentence that is surely long enough.\n  Second one.\n") == {802: How.TEXT}


def test_a_text_that_was_found_leaves_the_next_copy_to_its_twin() -> None:
    made = book(*unlinked(*["First line of it.\nSecond line of it."] * 2))
    whole, scattered = (
        "- First line of it.\n  Second line of it.\n",
        "- First line of it.\n  (m)\n  Second line of it.\n",
    )
    long = scattered.replace("(m)", "and what its owner wrote of that, " * 9)
    edited = "- First line of it!\n  Secnd line of it.\n"
    assert find_highlights(made, whole + long) == {801: How.TEXT, 802: How.TEXT}
    assert find_highlights(made, whole + edited) == {801: How.TEXT, 802: How.SIMILAR}


@pytest.mark.parametrize("dead", ["is_deleted", "is_discard"])
def test_a_living_highlight_comes_before_a_dead_one(dead: str) -> None:
    gone, living = unlinked("Yes.", "Yes.")
    made = book(msgspec.structs.replace(gone, **{dead: True}), living)
    assert find_highlights(made, "- Yes.\n") == {802: How.TEXT}


def test_the_same_link_and_text_at_two_locations_is_one() -> None:
    made = book(highlight(801, "Yes.", url=reader_url(1)), highlight(802, "Yes.", url=reader_url(1)))
    assert set(find_highlights(made, "- Yes.\n")) == {801, 802}
