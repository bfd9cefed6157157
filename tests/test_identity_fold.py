"""When are two pieces of text the same, and when not?"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.identity.fold import fold, plain_text, title_key, to_the_letter, words

FOLDED = {
    "**Bold**, [[page|word]] &amp; [label](https://a.example/x_(y)) \u00ad": "boldwordlabel",
    "[[page]] and [[a|b|c]]": "pageandabc",
    "![a picture](https://a.example/p.png) [one](u)[two](v)": "httpsaexampleppngonetwo",
    "![](p.png 'its title')": "ppng",
    "[label](a (b) c) d": "labeld",
    "5 < 6 and <mark class='x'>marked</mark><br>": "56andmarked",
    "é <B>b</B> <video>": "ébvideo",
    "C\\+\\+ costs \\$5": "c++costs$5",
    "Straße ＡＢＣ ﬁ": "strasseabcfi",
    "Z\u0308 and \u00dc": "z\u0308and\u00fc",
    "कि": "कि",
    "5 € — 6 £": "5€6£",
    "a ≠ b": "a≠b",
    "é + $ ! |": "é+$",
    "é + — é < — é ^": "é+éé",
    "ok 👍 …": "ok👍",
    "é €👍 é": "é€👍é",
    "a\ufe0fb\ufe00c\u20e3d": "abcd",
    "• a ● b ￼": "ab",
    "a \u00a0 b – c": "abc",
    "👍 …": "👍",
    "…": "...",
    "*? !*": "?!",
    "“ \u200b ”\u00a0": "“”",
    "_a_b": "ab",
    "a\x7fb\x00": "ab",
    "***": "",
    "\u200b": "",
    "": "",
}
TO_THE_LETTER = {
    "**Bold**, it  is.": "Bold,itis.",
    "a\u00adb\tc\x07": "abc",
    "x &lt; y": "x<y",
    "<b>Q</b>uote!": "Quote!",
    "ＡＢ c": "ABc",
    "~~a~~ `b` ==c== _d_": "abcd",
    "[[p|w]] [l](u)": "wl",
    "\\*a": "a",
}
WORDS = {
    "recurring ==revenue== up 43": ["recurring", "revenue", "up", "43"],
    "snake_case X": ["snake", "case", "x"],
    "不可能的事情": ["不可", "可能", "能的", "的事", "事情"],
    "a 不可 中 ab中": ["a", "不可", "中", "ab", "b中"],
    "naïve 😀": ["naïve"],
    "": [],
}
TITLES = {
    "Of: Bridges?": "OfBridges",
    "[[A]] &amp; B": "AB",
    "C++ costs $1": "C++costs$1",
    "👍 A": "👍A",
    "A<b>|`^~=é": "Abé",
    "A’s — Übung": "AsÜbung",
    "e\u0301": "\u00e9",
    "x+y = é$": "x+yé$",
    "日本 語": "日本語",
    "? !  .": "? ! .",
    "[[?]]": "?",
    "[[—]]": "—",
    "¿  ?": "¿ ?",
}


@pytest.mark.parametrize("text", FOLDED)
def test_a_line_folds_to_its_letters_digits_and_telling_signs(text: str) -> None:
    assert fold(text) == FOLDED[text]


@pytest.mark.parametrize("text", TO_THE_LETTER)
def test_to_the_letter_only_what_a_rendering_adds_is_left_out(text: str) -> None:
    assert to_the_letter(text) == TO_THE_LETTER[text]


@pytest.mark.parametrize("text", WORDS)
def test_words_are_what_blanks_and_signs_part_and_pairs_where_a_script_has_no_blanks(text: str) -> None:
    assert words(text) == WORDS[text]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_keeps_its_letters_its_case_and_its_emoji(title: str) -> None:
    assert title_key(title) == TITLES[title]


def test_plain_text_keeps_its_blanks_and_loses_its_case_and_form() -> None:
    assert plain_text("A &amp; **B**") == "a & **b**"
    assert plain_text("Straße ﬁ \u01f0") == "strasse fi \u01f0"


@given(st.text())
def test_the_form_in_which_letters_are_stored_does_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("char", ["\u0e01", "\u1000", "\u1780", "\u4e00", "\u9fff", "\ufa0e", "\U00020000"])
def test_where_no_blanks_part_words_two_characters_are_one(char: str) -> None:
    assert words(char * 3) == [char * 2, char * 2]


@pytest.mark.parametrize("word", ["가나다", "слово", "\u0d85\u0d86\u0d87"])
def test_where_blanks_part_words_they_stay_whole(word: str) -> None:
    assert words(word) == [word]
