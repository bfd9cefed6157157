"""Which highlights are in a note, and which are not?"""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.identity import find_highlights
from syncer.identity.lines import text_lines
from syncer.model import Book, BookId, Highlight, HighlightId, How
from syncer.note import render_section
from tests.owner_edits import EDITS, LINK_ONLY
from tests.test_note import NOW, style

TEXTS = (
    "The committee had argued for eleven hours before anybody noticed that the window stood open.",
    "A plan that nobody can explain in one breath will be carried out by nobody at all.",
    "Rivers keep their own calendars\n\nand every bridge is a guess about the worst of their Mondays.",
    "Whoever counts the sheep twice a night ends up believing in whole numbers more than in wool.",
    "Copper wires remember the winter longer than the men who hung them between the poles.",
)


def reader_url(number: int) -> str:
    return f"https://read.readwise.io/read/01h{number:023d}"


def highlight(number: int, text: str, *, linked: bool = True, location: int | None = None, url: str = "") -> Highlight:
    return Highlight(
        id=HighlightId(number),
        text=text,
        location=number if location is None else location,
        location_type="offset",
        url=url or (reader_url(number) if linked else ""),
    )


def book(*highlights: Highlight, title: str = "Of Bridges", **more: object) -> Book:
    made = Book(
        id=BookId(60), title=title, author="N. Body", source_url="https://site.example/bridges", highlights=highlights
    )
    return msgspec.structs.replace(made, **more)


def bullet(each: Highlight, label: str = "View Highlight") -> str:
    text = "\n  ".join(line.lstrip() for line in each.text.splitlines() if line.strip())
    return f"- {text} ([{label}]({each.url}))\n" if each.url else f"- {text}\n"


def note(*highlights: Highlight, title: str = "Of Bridges") -> str:
    head = f"---\nauthor: '[[N. Body]]'\ntitle: {title}\ndate: 2024-01-02\n---\n# {title}\n"
    head += "\n## Metadata\n- Author: [[N. Body]]\n"
    head += f"- Full Title: {title}\n- URL: https://site.example/bridges\n\n## Highlights\n"
    return head + "".join(map(bullet, highlights))


def some(*, linked: bool) -> list[Highlight]:
    return [highlight(number, text, linked=linked) for number, text in enumerate(TEXTS, start=801)]


def missing(made: Book, text: str) -> list[int]:
    found = find_highlights(made, text)
    return [each.id for each in made.highlights if each.id not in found]


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


def unlinked(*texts: str) -> list[Highlight]:
    return [highlight(number, text, linked=False) for number, text in enumerate(texts, 801)]


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
