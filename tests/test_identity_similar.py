"""Which pieces are an edited text, and which only look like one?"""

from __future__ import annotations

import pytest

from syncer.identity.ground import Ground
from syncer.identity.lines import Piece
from syncer.identity.similar import _candidates, _grams, _Passage, _score, claim_similar, likeness
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


def test_each_text_takes_one_passage_and_leaves_the_others() -> None:
    twice = f"- {TEXT} indeed\n- {TEXT} indeed and so\n"
    assert claimed(twice, wanted(TEXT), by=claim_similar)[1] == [
        "".join(TEXT.lower().split()).replace("-", "") + "indeed"
    ]
    other = "A plan that nobody can explain in one breath"
    found = claimed(f"- {TEXT} indeed\n- {other} at all\n", wanted(TEXT), wanted(TEXT), wanted(other), by=claim_similar)
    assert found[0] == [How.TEXT, None, How.TEXT]


def test_two_lines_of_a_block_are_one_passage_unless_one_of_them_is_taken() -> None:
    first, second = "The recurring revenue went up by forty", "-three percent in the spring of that year"
    both = f"- {first}\n  {second}\n"
    assert claimed(both, wanted(first + second), by=claim_similar)[0] == [How.TEXT]
    edited = both.replace("spring", "sprung")
    assert claimed(edited, wanted(first), wanted(first + second), by=claim_similar)[0] == [How.TEXT, None]
    assert claimed(f"- q\n    - Note: {TEXT} indeed\n", wanted(TEXT), by=claim_similar)[0] == [None]


def test_of_two_passages_that_are_as_like_the_one_of_fewer_lines_is_taken() -> None:
    in_two_lines = "- The recurring revenue went up by forty-three percent\n  in sprxng\n"
    in_one = "- The recurring revenue went up by forty-three percent in spryng\n"
    for text in (in_two_lines + in_one, in_one + in_two_lines):
        how, taken = claimed(text, wanted(TEXT), by=claim_similar)
        assert how == [How.SIMILAR]
        assert taken == ["therecurringrevenuewentupbyfortythreepercentinspryng"]


LETTERS = "the quick brown fox jumps over lazy dogs while seven wizards mix potions by moonlight every other friday"
LONG = (LETTERS.replace(" ", "") * 6)[:500]


def other_in(text: str, count: int) -> str:
    """Return the text with so many of its letters exchanged, evenly spread."""
    step = len(text) // count if count else len(text) + 1
    places = {number * step + step // 2 for number in range(count)}
    return "".join("#" if at in places else char for at, char in enumerate(text))


def score(text: str, passage: str) -> float:
    return _score(text, [text], _Passage([0], passage, [passage]))


@pytest.mark.parametrize(
    ("size", "changed", "enough"),
    [(20, 4, True), (29, 6, False), (19, 3, False), (19, 2, True), (12, 1, True), (11, 1, False)],
)
def test_a_text_as_long_as_the_passage_may_differ_in_a_fifth_of_its_letters(
    size: int, changed: int, enough: bool
) -> None:
    text = LONG[:size]
    whole = 100 * (size - changed) / size
    assert score(text, other_in(text, changed)) == pytest.approx(whole if enough else 0.0)


def test_of_a_short_text_and_passage_of_unequal_length_the_like_letters_count() -> None:
    assert score(LONG[:18], f"{LONG[:15]}##") == pytest.approx(100 * 30 / 35)


@pytest.mark.parametrize(
    ("size", "changed", "more", "partly"),
    [
        (40, 1, 60, 97.5),
        (40, 1, 61, 0.0),
        (30, 1, 45, 100 * 29 / 30),
        (29, 1, 40, 0.0),
        (120, 2, 380, 100 * 118 / 120),
        (119, 2, 381, 0.0),
        (40, 4, 60, 90.0),
        (37, 4, 50, 0.0),
    ],
)
def test_a_text_may_be_a_part_of_a_longer_passage(size: int, changed: int, more: int, partly: float) -> None:
    assert score(LONG[:size], other_in(LONG[:size], changed) + "@" * more) == pytest.approx(0.9 * partly)


@pytest.mark.parametrize(
    ("size", "kept", "changed", "partly"),
    [
        (50, 30, 0, 100.0),
        (51, 30, 0, 0.0),
        (48, 29, 0, 0.0),
        (66, 40, 2, 95.0),
        (66, 40, 3, 0.0),
        (71, 43, 3, 100 * 40 / 43),
    ],
)
def test_a_passage_may_be_a_part_of_the_text(size: int, kept: int, changed: int, partly: float) -> None:
    text = LONG[:kept] + "@" * (size - kept)
    assert score(text, other_in(LONG[:kept], changed)) == pytest.approx(0.9 * partly)


def test_a_text_within_its_owners_words_counts_by_how_much_of_them_it_is() -> None:
    said = ["two", "words"]
    for passage, found in ((["two", "words", "andmore", "x"], 75.0), (["two", "words", "andmore", "xy"], 0.0)):
        text = "".join(passage)
        size = 100 * (0.5 + 0.5 * 8 / len(text))
        assert _score("twowords", said, _Passage([0], text, passage)) == pytest.approx(size if found else 0.0)
    assert _score("twowords", said, _Passage([0], "atwowordsb", ["atwo", "wordsb"])) == 0.0
    assert _score("twowords", said, _Passage([0], "abtwowords", ["ab", "two", "words"])) == pytest.approx(90.0)
    sixty = LONG[:60]
    assert _score(sixty, [], _Passage([0], sixty + "x" * 240, [])) == pytest.approx(60.0)


def test_candidates_share_the_rarest_pairs_of_words_most_often() -> None:
    assert _candidates({"a": [0, 1], "b": [1, 2], "c": [1]}, {"a", "b", "c", "z"}) == [1, 0, 2]
    assert _candidates({"a": [5, 4, 3, 2]}, {"a"}) == [2, 3, 4]
    every = {f"g{number:02}": [9] for number in range(15)}
    assert _candidates({**every, "g15": [3]}, {*every, "g15"}) == [9, 3]
    assert _candidates({**every, "g15": [9], "g16": [3]}, {*every, "g15", "g16"}) == [9]
    assert _candidates({}, {"a"}) == []


def test_a_pair_that_stands_everywhere_votes_only_where_nothing_rarer_does() -> None:
    assert _candidates({"x": list(range(41))}, {"x"}) == [0, 1, 2]
    assert _candidates({"r": [7], "x": list(range(41))}, {"r", "x"}) == [7]
    assert _candidates({"r": [7], "x": list(range(40))}, {"r", "x"}) == [7, 0, 1]
    assert _candidates({"x": [*range(50, 90), 1]}, {"x"}) == [50, 51, 52]


def test_single_words_vote_for_short_texts_alone() -> None:
    assert _grams(["a", "b", "c"]) == {"a b", "b c", "a", "b", "c"}
    assert len(_grams(list("abcdefgh"))) == 15
    assert len(_grams(list("abcdefghi"))) == 8


@pytest.mark.parametrize(
    ("keys", "found", "asin", "free"),
    [
        ((), True, "", True),
        (("url:other",), True, "", False),
        (("url:other",), False, "", True),
        (("url:mine",), True, "", True),
        (("url:other", "url:mine"), True, "", True),
        (("kindle:B1:9",), True, "B1", True),
        (("kindle:B12:9",), True, "B1", False),
        (("kindle:B1:9",), True, "", False),
        (("url:other", "kindle:B1:9"), True, "B1", True),
    ],
)
def test_text_at_the_link_of_another_book_is_not_free(
    keys: tuple[str, ...], found: bool, asin: str, free: bool
) -> None:
    piece = Piece("words", "words", 1, starts=True, keys=keys)
    ground = Ground([piece], [False], {"url:mine"}, own_links_found=found, asin=asin)
    assert ground.is_free(0) is free
