"""Which highlights are there word for word?"""

from __future__ import annotations

import pytest

from syncer.identity.by_text import claim_headings, claim_scattered_lines, claim_whole_lines
from syncer.model import How
from tests.claims import claimed, link, wanted

LONG = "A sentence that is long enough to tell by itself."
WHOLE = {
    ("- yes\n- no\n", "yes"): ["yes"],
    ("- yes\n  and more\n", "yes"): [],
    ("- other\n  yes\n", "yes"): [],
    ("- other\n  - yes\n", "yes"): ["yes"],
    ("- yes\n  - other\n", "yes"): ["yes"],
    ("- yes\n### no\n", "yes"): ["yes"],
    ("### yes\nno\n", "yes"): ["yes"],
    ("- yes\n    - Note: yes\n", "yes"): ["yes"],
    ("- yes\n  ***\n", "yes"): ["yes"],
    (f"- yes {link('1')} more\n", "yes"): ["yes"],
    (f"- yes {link('1')}\n  mine\n", "yes"): ["yes"],
    ("- yes\n    Note: mine\n", "yes"): ["yes"],
    ("- abcde\n  fghijkl\n- zz\n", "abcdefghijkl"): ["abcde", "fghijkl"],
    ("- abcde\n  fghijk\n- zz\n", "abcdefghijk"): [],
    ("- yes", "yes"): ["yes"],
    (f"- before\n  {LONG}\n  after\n", LONG): ["asentencethatislongenoughtotellbyitself"],
    ("- A sentence that is\n- long enough to tell by itself.\n", LONG): [
        *("asentencethatis", "longenoughtotellbyitself"),
    ],
    ("- a sentence of nine-\n- and-twenty signs..\n", "a sentence of nine-and-twenty signs"): [],
    ("- a sentence of nine-\n- and-twenty signs.\n", "a sentence of nine-and-twenty signsx"): [],
    ("- a\n- b\n", "a\nb"): [],
    ("- a\n  b\n", "a\nb"): ["a", "b"],
    ("- a b\n", "a\nb"): [],
    (f"- {LONG} more\n", LONG): [],
    (f"- more {LONG}\n", LONG): [],
}


def as_one(taken: list[str]) -> tuple[list[How | None], list[str]]:
    """Return what is claimed where one text is looked for that takes these pieces, or is not there."""
    return [How.TEXT] if taken else [None], taken


@pytest.mark.parametrize(("text", "looked_for"), WHOLE)
def test_a_text_is_found_as_whole_lines_of_its_own(text: str, looked_for: str) -> None:
    assert claimed(text, wanted(looked_for), by=claim_whole_lines) == as_one(WHOLE[text, looked_for])


def test_thirty_letters_are_enough_to_be_found_over_two_blocks() -> None:
    for size, found in ((29, [None]), (30, [How.TEXT])):
        text = "abcdefghij" * 3
        assert claimed(f"- {text[:15]}\n- {text[15:size]}\n", wanted(text[:size]), by=claim_whole_lines)[0] == found
        assert claimed(f"- z\n  {text[:size]}\n", wanted(text[:size]), by=claim_whole_lines)[0] == found


def test_the_same_text_twice_needs_two_places() -> None:
    three = [wanted("yes") for _ in range(3)]
    assert claimed("- yes\n- yes\n", *three, by=claim_whole_lines)[0] == [How.TEXT, How.TEXT, None]


@pytest.mark.parametrize("size", [11, 12, 13, 39, 40, 41])
def test_texts_of_any_length_are_looked_up_by_their_beginning(size: int) -> None:
    text = ("abcdefghijklmnopqrstuvwxyz" * 2)[:size]
    other = text[:-1] + "0"
    found = claimed(f"- {other}\n- {text}\n", wanted(text), wanted(text + "x"), by=claim_whole_lines)
    assert found == ([How.TEXT, None], [text])
    assert claimed(f"- {text[:5]}\n  {text[5:]}\n", wanted(f"{text[:5]}\n{text[5:]}"), by=claim_whole_lines)[0] == [
        How.TEXT
    ]


def test_a_line_that_one_text_has_taken_is_no_part_of_another() -> None:
    first, second, third = ("abcdefghijklmnopqrst"[at:] + "0123456789" for at in (0, 1, 2))
    found = claimed(
        f"- {first}\n  {second}\n  {third}\n", wanted(first + second), wanted(second + third), by=claim_whole_lines
    )
    assert found == ([How.TEXT, None], [first, second])


HEADINGS = {
    ("### A chapter\n- yes\n", "A\nchapter"): ["achapter"],
    ("### A chapter\n- yes\n", "A\n- chapter"): ["achapter"],
    ("### A chapter\n- yes\n", "chapter"): [],
    ("### A chapter\n- yes\n  A verse\n", "A\nverse"): [],
}


@pytest.mark.parametrize(("text", "looked_for"), HEADINGS)
def test_a_text_is_found_as_a_heading_of_one_line(text: str, looked_for: str) -> None:
    assert claimed(text, wanted(looked_for), by=claim_headings) == as_one(HEADINGS[text, looked_for])


def test_each_heading_is_one_text() -> None:
    three = [wanted("A\nchapter") for _ in range(3)]
    found = claimed("### A chapter\n- yes\n### A chapter\n", *three, by=claim_headings)
    assert found == ([How.TEXT, How.TEXT, None], ["achapter", "achapter"])


TWO = "First line of it.\nSecond line of it."
SCATTERED = {
    ("- First line of it.\n  (mine)\n  Second line of it.\n", TWO): ["firstlineofit", "secondlineofit"],
    ("- First line of it.\n\n(mine)\n\nSecond line of it.\n\n", TWO): [],
    ("- First line of it.\n" + "  (mine)\n" * 7 + "  Second line of it.\n", TWO): ["firstlineofit", "secondlineofit"],
    ("- First line of it.\n" + "  (mine)\n" * 8 + "  Second line of it.\n", TWO): [],
    ("- First line of it.\n  Second line of it.\n", TWO): ["firstlineofit", "secondlineofit"],
    ("- First line of it.\n    - Note: mine\n      Second line of it.\n", TWO): [],
    ("- aaaa bbbb cccc\n" + "  x\n" * 5 + "  dddd\n" + "  x\n" * 5 + "  eeee\n", "aaaa bbbb cccc\ndddd\neeee"): [
        *("aaaabbbbcccc", "dddd", "eeee"),
    ],
    ("- The same line.\n", "The same line.\nThe same line."): [],
    ("- aaaa\n  bbbb\n\ncccc\n", "aaaa\nbbbb\ncccc"): [],
    ("- Second line of it.\n  First line of it.\n", TWO): [],
    ("- First line of it.\n  (mine)\n", TWO): [],
    ("- First.\n  (mine)\n  Second.\n", "First.\nSecond."): [],
    ("- Firsts.\n  (mine)\n  Second.\n", "Firsts.\nSecond."): ["firsts", "second"],
    ("- z\n  twelve letters\n", "twelve letters"): [],
    ("- a longer first line\n\n(mine)\n\nand a second of it\n", "a longer first line\nand a second of it"): [
        *("alongerfirstline", "andasecondofit"),
    ],
    (f"{'- First line of it.' + chr(10)}{TWO.replace(chr(10), chr(10) + '(mine)' + chr(10))}\n", TWO): [
        *("firstlineofit", "secondlineofit"),
    ],
}


@pytest.mark.parametrize(("text", "looked_for"), SCATTERED)
def test_a_text_is_found_with_its_owners_lines_between_its_own(text: str, looked_for: str) -> None:
    assert claimed(text, wanted(looked_for), by=claim_scattered_lines) == as_one(SCATTERED[text, looked_for])


def test_scattered_lines_stand_for_one_highlight_only() -> None:
    once = "- First line of it.\n  (mine)\n  Second line of it.\n"
    twins = [wanted(TWO), wanted(TWO)]
    assert claimed(once, *twins, by=claim_scattered_lines)[0] == [How.TEXT, None]
    assert claimed(once + once, wanted(TWO), wanted(TWO), by=claim_scattered_lines)[0] == [How.TEXT, How.TEXT]


def test_a_text_whose_first_line_stands_everywhere_is_looked_for_at_twenty_places() -> None:
    for before, found in ((19, [How.TEXT]), (20, [None])):
        text = ("- First line of it.\n" + "  x\n" * 8) * before + "- First line of it.\n  Second line of it.\n"
        assert claimed(text, wanted(TWO), by=claim_scattered_lines)[0] == found
