"""Which pieces are an edited text, and which only look like one?"""

from __future__ import annotations

import pytest

from syncer.identity.similar import claim_similar, likeness
from syncer.model import How
from tests.claims import claimed, wanted

TEXT = "The recurring revenue went up by forty-three percent in spring"
EDITED = {
    f"- {TEXT} indeed\n": How.TEXT,
    f"- mine before {TEXT} and mine after it, much longer than that, on and on and on and on it goes\n": None,
    "- The recurring revenue went down by forty-three percent in spring\n": How.SIMILAR,
    f"### {TEXT} indeed\n": None,
    "- The recurring revenue\n  went up by forty-three percent\n  in the spring\n": How.SIMILAR,
    "- The recurring revenue went up by for\n": None,
    "- The recurring revenue went up by forty\n": How.SIMILAR,
    "- The recurring revenue\n": None,
    "- Some other sentence about the recurring revenue of the spring before\n": None,
}


@pytest.mark.parametrize("text", EDITED)
def test_a_text_is_found_when_its_owner_changed_a_little_of_it(text: str) -> None:
    assert claimed(text, wanted(TEXT), by=claim_similar)[0] == [EDITED[text]]


SHORT = {
    ("- two words and more\n", "two words"): How.TEXT,
    ("- two words and very much more\n", "two words"): None,
    ("- atwo words\n", "two words"): None,
    ("- twelve lettrs\n", "twelve letter"): How.SIMILAR,
    ("- elevn lette\n", "eleven lett"): None,
}


@pytest.mark.parametrize(("text", "looked_for"), SHORT)
def test_a_short_text_is_found_only_where_it_is_most_of_what_stands_there(text: str, looked_for: str) -> None:
    assert claimed(text, wanted(looked_for), by=claim_similar)[0] == [SHORT[text, looked_for]]


def test_sixty_letters_are_found_among_any_words_of_their_owner() -> None:
    words = "mine and mine again and " * 8
    for size, found in ((59, None), (60, How.TEXT)):
        text = ("recurring revenue went upwards by forty percent " * 3).replace(" ", " ")
        letters = [at for at, char in enumerate(text) if char != " "]
        cut = text[: letters[size]]
        assert claimed(f"- {words}{cut} {words}\n", wanted(cut), by=claim_similar)[0] == [found]


def test_the_best_passage_goes_to_the_text_that_it_is_most_like() -> None:
    one, other = "The river keeps its own calendar all year long", "The river keeps its own calendars all year round"
    found = claimed(f"- {other}!x\n- {one}!x\n", wanted(one), wanted(other), by=claim_similar)
    assert found[0] == [How.TEXT, How.TEXT]
    assert claimed(f"- {one}!x\n", wanted(other), wanted(one), by=claim_similar)[0] == [None, How.TEXT]


def test_a_passage_stands_for_one_text_only() -> None:
    twins = wanted(TEXT), wanted(TEXT)
    assert claimed(f"- {TEXT} indeed\n", *twins, by=claim_similar)[0] == [How.TEXT, None]
    assert claimed("- nothing\n", by=claim_similar) == ([], [])


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("abc", "abc", 100.0),
        ("", "", 100.0),
        ("", "a", 0.0),
        ("a", "", 0.0),
        ("abcdefghijkl", "abcdefghijklmnopqrstuvw", 95.0),
        ("abcdefghijklmnopqrstuvw", "abcdefghijkl", 95.0),
        ("abcd", "abce", 75.0),
        ("abcdefghijk", "abcdefghijkmnopqrstuvw", 200 / 3),
    ],
)
def test_likeness_is_of_a_hundred(one: str, other: str, score: float) -> None:
    assert likeness(one, other) == pytest.approx(score)


def test_words_that_every_piece_has_tell_nothing_beside_rare_ones() -> None:
    kept = "".join(
        f"- the river goes past the bridge and kept on {one * 3} {one * 4} {one * 5}\n" for one in "abcdefghijklm" * 4
    )
    text = "the river goes past the bridge and nobody remembers why it was built there"
    edited = "- the river goes past the bridge and nobody at all remembers why it was built there\n"
    assert claimed(kept + edited, wanted(text), by=claim_similar)[0] == [How.SIMILAR]
    assert claimed(kept, wanted(text), by=claim_similar)[0] == [None]
