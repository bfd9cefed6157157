"""Which highlights are in a note, and which are not?

Texts that are written in another way are in test_identity_find_spelling.py, highlights that claim the same text or link
in test_identity_find_twins.py.
"""

from __future__ import annotations

import random

import msgspec
import pytest

from syncer.identity import find_highlights
from syncer.model import Highlight, How
from tests.bridges import TEXTS, book, bullet, highlight, missing, note
from tests.owner_edits import EDITS, LINK_ONLY


def some(*, linked: bool) -> list[Highlight]:
    return [highlight(number, text, linked=linked) for number, text in enumerate(TEXTS, start=801)]


def test_a_link_alone_is_enough() -> None:
    every = some(linked=True)
    text = note() + "".join(f"- in my own words ([View Highlight]({each.url}))\n" for each in every)
    assert set(find_highlights(book(*every), text).values()) == {How.LINK}
    assert missing(book(*every), text) == []


def test_text_without_links_is_found_as_whole_lines() -> None:
    every = some(linked=False)
    assert find_highlights(book(*every), note(*every)) == {each.id: How.TEXT for each in every}


def test_a_highlight_that_is_not_there_is_not_found() -> None:
    every = some(linked=True)
    for gone in every:
        text = note(*(each for each in every if each is not gone))
        assert missing(book(*every), text) == [gone.id]


@pytest.mark.parametrize(
    "mark", ["^rw801", "rw801", "https://readwise.io/open/801", "[Open](https://readwise.io/open/801)"]
)
def test_a_mark_with_the_highlights_id_is_its_link(mark: str) -> None:
    one = highlight(801, "Entirely rewritten since.", linked=False)
    assert find_highlights(book(one), note() + f"- other words {mark}\n") == {801: How.LINK}


def test_a_heading_with_the_highlights_id_is_its_link() -> None:
    one = highlight(2582960801, "Entirely rewritten since.", linked=False)
    assert find_highlights(book(one), note() + "### id2582960801\n\n> other words\n") == {2582960801: How.LINK}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("linked", [True, False])
def test_an_owners_edit_loses_nothing_and_finds_nothing_new(name: str, linked: bool) -> None:
    every = some(linked=linked)
    new = highlight(999, "Nobody at all had explained the window to the committee in one breath.", linked=linked)
    for seed in range(20):
        edited = EDITS[name](note(*every), random.Random(seed))  # noqa: S311  chance for made-up edits, no secret
        assert missing(book(*every, new), edited) == [999], edited


def test_a_rewrite_that_keeps_only_links_loses_nothing() -> None:
    every = some(linked=True)
    new = highlight(999, "Something else.")
    assert missing(book(*every, new), LINK_ONLY["rewritten"](note(*every), random.Random(1))) == [999]  # noqa: S311  chance for made-up edits, no secret


def test_a_text_inside_a_longer_highlight_is_not_that_highlight() -> None:
    longer = highlight(801, "Intro line of it.\nA plan nobody can explain.\nLast line of it.", linked=False)
    inside = [
        highlight(802, "A plan nobody can explain.", linked=False),
        highlight(803, "Intro line of it.", linked=False),
        highlight(804, "nobody can explain", linked=False),
    ]
    assert missing(book(longer, *inside), note(longer)) == [802, 803, 804]
    assert missing(book(longer, *inside), note(longer, *inside)) == []


@pytest.mark.parametrize("linked", [True, False])
def test_a_new_highlight_that_spans_two_others_is_not_found(linked: bool) -> None:
    one, two = some(linked=linked)[:2]
    both = highlight(999, f"{one.text} {two.text}", linked=linked)
    assert missing(book(one, two, both), note(one, two)) == [999]
    assert missing(book(one, two, both), note(both)) == [801, 802]


def test_a_tweet_linked_in_the_header_alone_is_not_found() -> None:
    url = "https://twitter.com/a/status/7"
    first = highlight(801, "The first of a thread, not in this note.", url=url)
    text = note().replace("https://site.example/bridges", url)
    assert missing(book(first, source_url=url), text) == [801]
    assert missing(book(first, source_url=url), text + bullet(first, "View Tweet")) == []


def test_a_tweet_quoted_in_another_highlight_is_not_found() -> None:
    quoted = highlight(802, "The quoted one.", url="https://x.com/b/status/8")
    quoting = highlight(801, "Look at this: https://twitter.com/b/status/8", url="https://x.com/a/status/7")
    assert missing(book(quoting, quoted), note(quoting)) == [802]


def test_notes_and_tags_below_a_highlight_are_not_highlights() -> None:
    one = highlight(801, TEXTS[0], linked=False)
    other = highlight(802, "Window management is a discipline", linked=False)
    text = (
        note(one)
        + "    - Tags: [[Window management is a discipline]] \n    - Note: Window management is a discipline\n"
    )
    assert missing(book(one, other), text) == [802]


def test_the_header_is_no_highlight() -> None:
    every = [highlight(801, "Of Bridges", linked=False), highlight(802, "N. Body", linked=False)]
    every += [highlight(803, "Highlights", linked=False), highlight(804, "Metadata", linked=False)]
    assert missing(book(*every), note()) == [801, 802, 803, 804]


def test_two_documents_in_one_file_keep_their_highlights_apart() -> None:
    mine, theirs = some(linked=True)[:2], highlight(901, "Exactly.")
    text = note(*mine) + "\n" + note(theirs).partition("---\n# ")[2]
    also_mine = highlight(803, "Exactly.")
    assert missing(book(*mine, also_mine), text) == [803]


def test_a_section_that_is_glued_to_the_last_line_is_read() -> None:
    every = some(linked=False)
    text = (
        note(*every[:2]).rstrip("\n")
        + "## New highlights added March 2, 2024 at 7:01 AM\n"
        + "".join(map(bullet, every[2:]))
    )
    assert missing(book(*every), text) == []


def test_an_outline_with_properties_is_read() -> None:
    every = some(linked=False)
    text = (
        "title:: Of Bridges\nauthor:: [[N. Body]]\nfull-title:: Of Bridges\ncategory:: #articles\n\n- ## Highlights\n"
    )
    text += "".join(f"\t- {' '.join(each.text.split())}\n\t  id:: 63-{each.id}\n" for each in every)
    new = highlight(999, "Winter is a guess about wool and whole numbers.", linked=False)
    assert missing(book(*every, new), text) == [999]


def test_deleted_highlights_keep_their_lines() -> None:
    gone = msgspec.structs.replace(highlight(801, "Intro.\nExactly.\nOutro.", linked=False), is_deleted=True)
    new = highlight(802, "Exactly.", linked=False)
    assert missing(book(gone, new), note(gone)) == [802]


def test_one_page_linked_by_thousands_of_highlights_is_read_by_their_texts() -> None:
    url = "https://site.example/episode"
    every = [
        highlight(number, f"Speaker 1 said number {number} of the evening", url=url) for number in range(1000, 4000)
    ]
    left_out = every[7::10]
    present = [each for each in every if each not in left_out]
    assert missing(book(*every), note(*present)) == [each.id for each in left_out]


@pytest.mark.slow
def test_five_thousand_edited_texts_are_compared_with_few() -> None:
    chance = random.Random(3)  # noqa: S311  chance for made-up edits, no secret
    vocabulary = ["".join(chance.choices("abcdefghijklmnoprstuvwz", k=6)) for _ in range(3000)]
    every = [highlight(n, " ".join(chance.choices(vocabulary, k=30)), linked=False) for n in range(5000)]
    lines = [f"- {' '.join(each.text.split()[:12] + each.text.split()[13:])}\n" for each in every]
    chance.shuffle(lines)
    assert missing(book(*every), note() + "".join(lines)) == []
