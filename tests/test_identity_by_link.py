"""Which text belongs to a link, and whose is it?"""

from __future__ import annotations

from functools import partial

import pytest

from syncer.identity.by_link import claim_linked, run_within
from syncer.identity.ground import Wanted
from syncer.identity.lines import Piece
from syncer.identity.similar import likeness
from syncer.model import HighlightId, How
from tests.claims import claimed, claimed_of_note, link, wanted
from tests.test_identity_similar import LONG, other_in

BY_LINK = partial(claim_linked, quoted=set())

REGIONS = {
    f"- a\n  b\n  c {link('1')}\n  d\n": ["a", "b", "c"],
    f"- a {link('2')}\n  b {link('1')}\n": ["b"],
    f"- z\n- a\n  b {link('1')}\n": ["a", "b"],
    f"a\n\nb\n\n{link('1')}\n\nc\n": ["newhighlightsadded", "a", "b", ""],
    f"z\n### h\nb\n\n{link('1')}\n": ["h", "b", ""],
    f"z {link('2')}\n\nb\n\n{link('1')}\n": ["b", ""],
    f"### {link('1')}\nb\n\nc\n### d\ne\n": ["\0###", "b", "c"],
    f"### {link('1')}\nb\n\nc {link('2')}\nd\n": ["\0###", "b", "c"],
    f"### h {link('1')}\nb\n### c\n": ["h", "b"],
    f"- a {link('1')}\n- b {link('1')}\n": ["a", "b"],
    f"- z\n- a\n  {link('1')}\n": ["a", ""],
    f"- a\n\n- {link('1')}\n": ["newhighlightsadded", "a", ""],
}


@pytest.mark.parametrize("text", REGIONS)
def test_a_link_stands_for_its_block_or_else_for_the_text_next_to_it(text: str) -> None:
    assert claimed(text, wanted("x", "1"), by=BY_LINK) == ([How.LINK], REGIONS[text])


def test_of_the_block_only_the_text_is_taken_where_its_owner_left_it_whole() -> None:
    text = f"- z\n  b\n  c {link('1')}\n"
    assert claimed(text, wanted("b\nc", "1"), by=BY_LINK) == ([How.LINK], ["b", "c"])
    assert claimed(text, wanted("z\nb", "1"), by=BY_LINK) == ([How.LINK], ["z", "b", "c"])


def test_a_link_that_stands_alone_reaches_sixty_pieces_and_no_further() -> None:
    for heading in (False, True):
        before = "\n\n".join(f"x{at}" for at in range(80))
        text = f"### {link('1')}\n\n{before}\n" if heading else f"{before}\n\n- {link('1')}\n"
        taken = claimed(text, wanted("y", "1"), by=BY_LINK)[1]
        assert len(taken) == (60 if heading else 61)


def test_a_link_in_a_text_or_below_another_highlight_is_no_highlights() -> None:
    seen = "see https://a.example/1 b\n"
    assert claimed(seen, wanted("x", "1"), by=BY_LINK)[0] == [How.LINK]
    assert claimed(seen, wanted("x", "1"), by=partial(claim_linked, quoted={"url:a.example/1"}))[0] == [None]
    assert claimed(f"- q\n    - Note: {seen}", wanted("x", "1"), by=BY_LINK)[0] == [None]


def test_in_a_header_only_a_link_to_a_highlight_itself_is_one() -> None:
    def sure() -> Wanted:
        return Wanted([HighlightId(801)], ["x"], ("rw:801",), "x")

    for line in ("- a ([View Highlight](https://readwise.io/open/801))", "see https://readwise.io/open/801"):
        assert claimed_of_note(f"{line}\n## Highlights\n- b\n", sure(), by=BY_LINK)[0] == [How.LINK]
        other = line.replace("https://readwise.io/open/801", "https://a.example/1")
        assert claimed_of_note(f"{other}\n## Highlights\n- b\n", wanted("x", "1"), by=BY_LINK)[0] == [None]
    note = "- q\n    - Note: see https://readwise.io/open/801\n"
    assert claimed(note, sure(), by=BY_LINK)[0] == [How.LINK]


def test_the_first_line_of_a_note_has_nothing_before_it() -> None:
    assert claimed_of_note(f"- a {link('1')}\n  b\n", wanted("x", "1"), by=BY_LINK)[1] == ["a"]
    assert claimed_of_note(f"- {link('1')}\n\nb\n", wanted("x", "1"), by=BY_LINK)[1] == [""]
    assert claimed_of_note(f"- a\n  b {link('1')}\n  c\n", wanted("x", "1"), by=BY_LINK)[1] == ["a", "b"]
    assert claimed_of_note(f"a\n\n- {link('1')}\n\nc\n", wanted("x", "1"), by=BY_LINK)[1] == ["a", ""]


def both(text: str, *texts: str) -> tuple[list[How | None], list[str]]:
    return claimed(text, *(wanted(one, "1") for one in texts), by=BY_LINK)


def test_at_a_shared_link_each_text_is_the_highlights_that_it_is_most_like() -> None:
    shared = How.SHARED_LINK
    two = f"- first text here {link('1')}\n- second word there {link('1')}\n"
    assert both(two, "second words there", "first text here") == ([shared] * 2, ["firsttexthere", "secondwordthere"])
    one = f"- first text here {link('1')}\n"
    assert both(one, "second words there", "first text here") == ([None, shared], ["firsttexthere"])
    assert both(one, "second words there", "first text there") == ([None, shared], ["firsttexthere"])
    assert both(f"- quite another {link('1')}\n", "first text", "second text")[0].count(shared) == 1


def test_a_second_copy_at_a_shared_link_is_no_other_highlight() -> None:
    text = f"- first text here {link('1')}\n- first text her {link('1')}\n"
    assert both(text, "second", "first text here") == ([None, How.SHARED_LINK], ["firsttexthere", "firsttexther"])


def test_a_highlight_that_its_own_link_tells_takes_no_text_at_a_shared_one() -> None:
    text = f"- mine {link('1')}\n- first text her {link('2')}\n"
    found = claimed(text, wanted("first text here", "1", "2"), wanted("second", "2"), by=BY_LINK)
    assert found == ([How.LINK, How.SHARED_LINK], ["mine", "firsttexther"])


def test_eighty_of_a_hundred_are_the_same_text_once_more() -> None:
    text = f"- abcdefghij {link('1')}\n- abcdefghxy {link('1')}\n"
    assert both(text, "abcdefghij", "z")[0] == [How.SHARED_LINK, None]
    assert both(text.replace("ghxy", "gwxy"), "abcdefghij", "z")[0] == [How.SHARED_LINK, How.SHARED_LINK]


def test_less_than_eighty_of_a_hundred_is_another_text() -> None:
    text = LONG[:43]
    other = other_in(text, 7).replace("#", "7") + "9" * 43
    assert 79 < likeness(text, other) < 80
    found = both(f"- {text} {link('1')}\n- {other} {link('1')}\n", text, "z")
    assert found[0] == [How.SHARED_LINK, How.SHARED_LINK]


def test_a_heading_is_not_the_text_at_a_shared_link() -> None:
    text = f"### the long heading\nfirst text here\n\n{link('1')}\n"
    assert both(text, "the long heading", "first text here")[0] == [None, How.SHARED_LINK]


def test_at_a_shared_link_too_only_the_text_itself_is_taken() -> None:
    more = f"- z\n  first text here\n  {link('1')}\n"
    assert both(more, "first text here", "other words")[1] == ["firsttexthere", ""]
    edited = f"- z\n  first text her\n  {link('1')}\n"
    assert both(edited, "first text here", "other words")[1] == ["z", "firsttexther", ""]


def test_a_text_at_the_link_of_one_highlight_is_no_others() -> None:
    own = Wanted([HighlightId(801)], ["x"], ("url:a.example/1", "rw:801"), "x")
    found = claimed(f"- first {link('1')} ^rw801\n", own, wanted("first", "1"), by=BY_LINK)
    assert found == ([How.LINK, None], ["first"])


def test_hundreds_of_texts_at_one_link_are_left_to_the_rules_for_text() -> None:
    texts = [f"{'abcdefgh'[at // 8] * 9}{'ijklmnop'[at % 8] * 9}" for at in range(64)]
    edited = "".join(f"- {text}x {link('1')}\n" for text in texts)
    assert both(edited, *texts)[0] == [None] * 64
    assert both(edited, *texts[:62])[0] == [How.SHARED_LINK] * 62
    whole = "".join(f"- {text[:9]}\n  {text[9:]} {link('1')}\n" for text in texts)
    assert both(whole, *texts)[0] == [How.SHARED_LINK] * 64


def test_a_text_is_looked_for_among_pieces_that_follow_each_other() -> None:
    pieces = [Piece(fold, fold, 1, starts=False, aside=fold == "aside") for fold in ("a", "b", "aside", "c", "b")]
    every = list(range(len(pieces)))
    assert run_within(pieces, every, "bc") == [1, 2, 3]
    assert run_within(pieces, every, "ab") == [0, 1]
    assert run_within(pieces, every[3:], "cb") == [3, 4]
    assert run_within(pieces, every, "ac") == []
    assert run_within(pieces, [0, 3], "ac") == [0, 3]
