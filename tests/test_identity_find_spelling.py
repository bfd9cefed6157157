"""Which lines are a highlight's text in another spelling, and which only look like it?"""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.identity import find_highlights
from syncer.identity.lines import text_lines
from syncer.model import How
from syncer.note import render_section
from tests.bridges import TEXTS, book, highlight, missing, note
from tests.styles import NOW, style


@pytest.mark.parametrize("marks", ["#", "###", "#####"])
def test_a_chapter_is_found_as_a_heading_of_any_level(marks: str) -> None:
    chapter = highlight(801, "The Open Window", linked=False)
    assert missing(book(chapter), note() + f"{marks} The Open Window\n- something\n") == []


@pytest.mark.parametrize("suffix", [" (Location 12)", " (Page\u00a07)", " ^my-block", " (Location 12) ^b1"])
def test_an_unlinked_place_and_a_block_id_are_no_text(suffix: str) -> None:
    one = highlight(801, "Exactly so.", linked=False)
    assert missing(book(one), note() + f"- Exactly so.{suffix}\n") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<% tp.file.title %>", r"<\% tp.file.title %>"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("```dataviewjs\nrun()\n```", "\\```dataviewjs\n  run()\n  \\```"),
        ("\ufb01ne co\u00adopera\u200btion\x07", "fine cooperation"),
        ("Roam &amp; friends", "Roam & friends"),
        ("* * *", "* * *"),
        ("👍", "👍"),
        ("…", "..."),
        ("彼は窓を開けた。", "彼は窓を開けた。"),
        ("हिन्दी में", "**हिन्दी** में"),
    ],
)
def test_text_that_is_written_in_another_way_is_the_same(text: str, line: str) -> None:
    one = highlight(801, text, linked=False)
    assert missing(book(one), note() + f"- {line}\n") == []


@pytest.mark.parametrize(
    ("text", "line"), [("👍", "👎"), ("C++", "C"), ("हिन्दी", "हिन्दू"), ("yes", "no"), ("* * *", "- - -")]
)
def test_short_texts_that_differ_in_one_sign_are_two(text: str, line: str) -> None:
    one = highlight(801, text, linked=False)
    assert missing(book(one), note() + f"- {line}\n") == [801]


def test_text_without_blanks_is_found_after_an_edit() -> None:
    one = highlight(
        801, "委員会は十一時間も議論を続けた後で、ようやく誰かが窓が開いていることに気付いた。", linked=False
    )
    other = highlight(802, "窓が開いていることに気付いた", linked=False)
    text = note() + "- 委員会は==十一時間==も議論を続けた後、ようやく誰かが窓が開いていることに気付いた。\n"
    assert missing(book(one, other), text) == [802]


@pytest.mark.parametrize("text", ["[1] Ibid.", "[x] buy milk", "[?] - what is it", "1. [ ] to do"])
@pytest.mark.parametrize("neutralise", [True, False])
def test_a_text_that_begins_like_a_task_is_found(text: str, neutralise: bool) -> None:
    made = book(highlight(801, text, linked=False))
    written = render_section(style(neutralise=neutralise), made, made.highlights, now=NOW, with_heading=True)
    assert find_highlights(made, note() + written) == {801: How.TEXT}


def test_a_control_character_that_stands_in_a_note_is_no_blank_there_either() -> None:
    made = book(highlight(801, "foo bar\x0b^b1", linked=False))
    written = render_section(style(neutralise=False), made, made.highlights, now=NOW, with_heading=True)
    assert "\x0b" in written
    assert find_highlights(made, note() + written) == {801: How.TEXT}


LETTERS = st.characters(exclude_categories=["Cs"])


@pytest.mark.parametrize(
    "text", ["+\x1b", "-\x00", "\x9f#", "a\r\n+\x7f\nc", "ab\x0ccd", "0\x850", "0\x1e^00", "0\x85^00", "0 ^\x1e00"]
)
def test_a_text_is_found_without_its_control_characters(text: str) -> None:
    made = book(highlight(801, text, linked=False))
    look = style(neutralise=True)
    written = render_section(look, made, made.highlights, now=NOW, with_heading=True)
    assert find_highlights(made, note() + written) == {801: How.TEXT}


@settings(max_examples=settings().max_examples * 3)
@given(st.lists(st.text(LETTERS, min_size=1, max_size=80), min_size=1, max_size=6), st.booleans())
def test_what_is_written_in_the_seeds_format_is_found(texts: list[str], linked: bool) -> None:
    every = [highlight(n, text, linked=linked) for n, text in enumerate(texts, start=801) if text.strip()]
    assume(linked or all(text_lines(each.text) for each in every))
    made = book(*every)
    written = render_section(style(neutralise=True), made, made.highlights, now=NOW, with_heading=True)
    assert missing(made, note() + written) == []


@pytest.mark.parametrize(
    "text", ["abc\n# def", "# abc\ndef", "# abc\n# def", "> abc\n## def\nghi", "abc\n- # def\nghi"]
)
def test_a_short_text_with_a_heading_among_its_lines_is_found(text: str) -> None:
    one, other = highlight(801, text, linked=False), highlight(802, "# jkl", linked=False)
    assert missing(book(one, other), note(one, other)) == []
    assert missing(book(one, other), note(one)) == [802]


WORDS = st.sampled_from(
    ["river", "bridge", "winter", "copper", "wool", "window", "plan", "number", "monday", "breath", "pole"]
)


@settings(max_examples=settings().max_examples * 2)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=14), min_size=2, max_size=8), st.data())
def test_a_new_highlight_of_the_same_words_is_not_found(texts: list[list[str]], data: st.DataObject) -> None:
    every = [highlight(n, " ".join(said), linked=False) for n, said in enumerate(texts, start=801)]
    new = highlight(999, " ".join(data.draw(st.lists(WORDS, min_size=1, max_size=14))), linked=False)
    assert missing(book(*every, new), note(*every)) == [999]


def test_a_tweet_linked_below_the_title_is_not_found_by_that() -> None:
    url = "https://twitter.com/a/status/7"
    first = highlight(801, "The first of a thread, not in this note.", url=url)
    text = note().replace("\n## Metadata", f"> by A ([View Tweet]({url}))\n\n## Metadata")
    assert missing(book(first), text) == [801]


def test_a_long_line_of_a_longer_highlight_is_not_that_highlight() -> None:
    longer = highlight(801, f"{TEXTS[0]}\n{TEXTS[1]}\n{TEXTS[3]}", linked=False)
    line = highlight(999, TEXTS[1], linked=False)
    assert missing(book(longer, line), note(longer)) == [999]


def test_a_few_words_within_an_owners_sentence_are_no_highlight() -> None:
    new = highlight(999, "the open window", linked=False)
    assert missing(book(new), note() + "- I went to the open window and wrote for hours about what it lets in.\n") == [
        999
    ]


def test_a_mark_alone_is_not_found_in_the_heading_of_a_section() -> None:
    one = highlight(801, "#", linked=False)
    assert find_highlights(book(one), note() + "## New highlights added May 1, 2024 at 9:00 AM\n- other words\n") == {}
