"""Which facts make a note a book's? Each rule at its edge, from facts made by hand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from syncer.identity import Match, Rivals, Shelf
from syncer.model import Book, BookId, Highlight, HighlightId, NoteEntry, NoteFacts, NotePath, Rule, Stamp

URL = "https://site.example/7"
HERE = "Notes/x.md"


def made(count: int = 4, *, dead: int = 0, linked: bool = True, **fields: object) -> Book:
    """Return a book with so many highlights, whose links are `reader:m1`, `reader:m2` …"""
    highlights = tuple(
        Highlight(
            id=HighlightId(700 + at),
            text=f"Sentence number {at} of the book, long enough to tell.",
            location=at,
            url=f"https://read.readwise.io/read/m{at}" if linked else "",
            is_deleted=at > count - dead and at % 2 == 0,
            is_discard=at > count - dead and at % 2 == 1,
        )
        for at in range(1, count + 1)
    )
    book = Book(id=BookId(7), title="Of Bridges", author="N. Body", source_url=URL, highlights=highlights)
    return msgspec.structs.replace(book, **fields)


def shelf(notes: Mapping[str, NoteFacts], *, shared: frozenset[str] = frozenset(), folder: str = "/Readwise/") -> Shelf:
    entries = {
        NotePath(path): NoteEntry(NotePath(path), Stamp(9, 100 - at, 0, 1000 + at), facts)
        for at, (path, facts) in enumerate(notes.items())
    }
    return Shelf(entries, plugin_map={}, shared_links=shared, folder=folder)


def found(
    book: Book,
    notes: Mapping[str, NoteFacts],
    *,
    texts: Mapping[str, str] | None = None,
    shared: frozenset[str] = frozenset(),
    folder: str = "/Readwise/",
    known: str | None = None,
    inode: int = 0,
) -> Match | Rivals | None:
    return shelf(notes, shared=shared, folder=folder).match(
        book,
        known=NotePath(known) if known else None,
        known_stamp=Stamp(0, 0, 0, inode) if inode else None,
        read=lambda path: (texts or {}).get(path),
    )


def rule(book: Book, facts: NoteFacts, **more: object) -> Rule | None:
    """Return by which rule a note with these facts is the book's."""
    match = found(book, {HERE: facts}, **more)  # type: ignore[arg-type]  # what `found` takes by name
    assert not isinstance(match, Rivals)
    return match.rule if match else None


def links(mine: int = 0, others: int = 0, rw: int = 0) -> tuple[str, ...]:
    own, foreign = [f"reader:m{at}" for at in range(1, mine + 1)], [f"reader:f{at}" for at in range(others)]
    return (*own, *foreign, *(f"rw:{at}" for at in range(rw)))


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("book", "links", "exported", "is_its"),
    [
        (made(4), links(1, 1), True, True),
        (made(4), links(1, 2), True, False),
        (made(1), links(1, 2), True, False),
        (made(4), links(2, 5), True, True),
        (made(5), links(2, 5), True, False),
        (made(6, dead=2), links(2, 5), True, True),
        (made(9), links(2, 2), True, True),
        (made(3), links(3, 9), False, True),
        (made(4), links(2), False, False),
        (made(6), links(3), False, True),
        (made(7), links(3), False, False),
        (made(4), links(1, 1, rw=3), True, True),
        (made(4), ("rw:701", "rw:9"), True, True),
        (made(4), ("rw:701", "rw:8", "rw:9"), True, False),
    ],
)
def test_links_make_a_note_the_books_where_they_are_enough(
    book: Book, links: tuple[str, ...], exported: bool, is_its: bool
) -> None:
    assert rule(book, NoteFacts(exported=exported, links=links)) == (Rule.LINK if is_its else None)


@pytest.mark.parametrize(("mine", "exported", "is_its"), [(1, True, True), (2, False, True), (1, False, False)])
def test_a_note_of_the_books_title_needs_fewer_links(mine: int, exported: bool, is_its: bool) -> None:
    facts = NoteFacts(exported=exported, titles=("Of Bridges",), links=links(mine, 9))
    assert rule(made(4), facts) == (Rule.LINK if is_its else None)
    by_url = NoteFacts(exported=exported, titles=("Renamed",), urls=(f"{URL}?utm_source=x",), links=links(mine, 9))
    assert rule(made(4), by_url) == (Rule.LINK if is_its else None)


def test_a_third_of_the_links_is_not_enough_for_a_note_of_its_owners_own() -> None:
    assert rule(made(3), NoteFacts(titles=("Of Bridges",), links=links(1))) is None


def test_links_that_other_books_share_or_a_note_of_another_book_are_not_enough() -> None:
    shared = frozenset(links(4))
    assert rule(made(4), NoteFacts(exported=True, links=links(4)), shared=shared) is None
    assert rule(made(4), NoteFacts(exported=True, titles=("Of Bridges",), links=links(4)), shared=shared) is Rule.LINK
    assert rule(made(4), NoteFacts(exported=True, links=links(4), book_ids=(8,))) is None


def test_a_note_with_a_link_of_its_own_comes_before_those_with_shared_ones() -> None:
    agreeing = NoteFacts(exported=True, titles=("Of Bridges",), links=links(3))
    own = NoteFacts(exported=True, links=("reader:m4",))
    match = found(made(4), {"a.md": agreeing, "b.md": own}, shared=frozenset(links(3)))
    assert match == Match(NotePath("b.md"), Rule.LINK)


# ---------------------------------------------------------------- title, author and address


TITLED = NoteFacts(exported=True, titles=("Of Bridges",))


@pytest.mark.parametrize(
    ("fields", "facts", "by"),
    [
        ({}, {"urls": (URL,)}, Rule.URL),
        ({}, {"urls": (URL,), "links": links(0, 1)}, None),
        ({}, {}, Rule.TITLE),
        ({}, {"urls": ("https://other.example",)}, None),
        ({"source_url": ""}, {"urls": ("https://other.example",)}, Rule.TITLE),
        ({}, {"authors": ("N. Body", "M. Other")}, Rule.TITLE),
        ({}, {"authors": ("N. Body and M. Other",)}, Rule.TITLE),
        ({}, {"authors": ("Body",)}, Rule.TITLE),
        ({}, {"authors": ("M. Other",)}, None),
        ({}, {"authors": ("—",)}, None),
        ({}, {"authors": ("*",)}, None),
        ({"author": ""}, {"authors": ("M. Other",)}, Rule.TITLE),
        ({}, {"exported": False}, None),
        ({}, {"titles": ("Of Tunnels",)}, None),
        ({}, {"book_ids": (8,)}, None),
        ({"highlights": ()}, {"authors": ("M. Other",)}, None),
        ({}, {"links": ("url:other.example",)}, Rule.TITLE),
        ({}, {"links": ("tweet:9",)}, None),
        ({"asin": "b1"}, {"links": ("kindle:B1:9",)}, Rule.TITLE),
        ({"asin": "b1"}, {"links": ("kindle:B12:9",)}, None),
        ({}, {"links": ("reader:f1", "reader:m1")}, Rule.LINK),
        ({"readable_title": "Bridges"}, {"titles": ("Bridges",)}, Rule.TITLE),
        ({"readable_title": "Bridges"}, {"titles": ("Bridges", "Bridges: A Life")}, None),
    ],
)
def test_title_author_and_address_must_not_disagree(
    fields: dict[str, object], facts: dict[str, object], by: Rule | None
) -> None:
    assert rule(msgspec.structs.replace(made(2), **fields), msgspec.structs.replace(TITLED, **facts)) == by


def test_a_note_that_holds_half_of_the_texts_may_name_another_author() -> None:
    other = msgspec.structs.replace(TITLED, authors=("M. Other",))
    texts = {HERE: "".join(f"- {one.text}\n" for one in made(2, linked=False).highlights)}
    for count, by in ((1, Rule.TITLE), (4, Rule.TITLE), (5, None)):
        assert rule(made(count, linked=False), other, texts=texts) is by


def test_links_of_another_book_are_no_hindrance_where_this_one_has_none_and_its_texts_are_there() -> None:
    facts = msgspec.structs.replace(TITLED, links=links(0, 2))
    book = made(2, linked=False)
    assert rule(book, facts, texts={HERE: f"- {book.highlights[0].text}\n"}) is Rule.TITLE
    assert rule(book, facts, texts={HERE: "- other\n"}) is None
    assert rule(book, facts) is None
    some = msgspec.structs.replace(book, highlights=(book.highlights[0], made(2).highlights[1]))
    assert rule(some, facts, texts={HERE: f"- {book.highlights[0].text}\n"}) is None


@pytest.mark.parametrize(
    ("stem", "is_its"),
    [
        ("Of Bridges", True),
        ("Of Bridges highlights", True),
        ("Of Bridges - Highlights", True),
        ("Of Bridges-2", True),
        ("Of Bridges 12", True),
        ("Of Bridges (7)", True),
        ("Of Bridges 123", False),
        ("Of Bridges notes", False),
    ],
)
def test_a_file_name_may_be_the_title_with_what_exporters_add(stem: str, is_its: bool) -> None:
    match = found(made(2), {f"Notes/{stem}.md": NoteFacts(exported=True)})
    assert isinstance(match, Match) is is_its


# ---------------------------------------------------------------- state, ids and what is left alone


@pytest.mark.parametrize(
    ("facts", "is_its"),
    [
        (NoteFacts(titles=("Of Bridges",)), True),
        (NoteFacts(urls=(URL,)), True),
        (NoteFacts(links=links(1)), True),
        (NoteFacts(book_ids=(7,)), True),
        (NoteFacts(titles=("Mine",), links=links(0, 1), book_ids=(8,)), False),
    ],
)
def test_a_moved_note_is_known_by_its_inode_and_one_fact(facts: NoteFacts, is_its: bool) -> None:
    assert rule(made(2), facts, known="Old.md", inode=1000) == (Rule.STATE if is_its else None)


def test_an_id_in_the_name_counts_with_the_title_and_in_the_text_alone() -> None:
    assert isinstance(found(made(2), {"Of Bridges (7777).md": NoteFacts()}), Match) is False
    seven = made(2, id=BookId(7777))
    assert isinstance(found(seven, {"Of Bridges (7777).md": NoteFacts()}), Match)
    assert found(seven, {"Invoice (7777).md": NoteFacts()}) is None
    assert isinstance(found(seven, {"Invoice (1234).md": NoteFacts(book_ids=(7777,))}), Match)


def test_a_conflict_copy_is_no_note() -> None:
    assert found(made(2), {"Of Bridges.sync-conflict-20240101-000000-ABCDEFG.md": TITLED}) is None


# ---------------------------------------------------------------- several


def test_of_several_the_one_with_the_most_then_in_the_folder_then_the_older_is_taken() -> None:
    book = made(2, linked=False)
    one, both = f"- {book.highlights[0].text}\n", "".join(f"- {each.text}\n" for each in book.highlights)
    notes = {"a.md": TITLED, "Readwise/b.md": TITLED, "Readwise/c.md": TITLED, "Readwised/d.md": TITLED}

    def taken(**texts: str) -> Match | Rivals | None:
        return found(book, notes, texts={path: texts.get(NotePath(path)[-4], "") for path in notes})

    assert taken(a=both, b=one, c=one, d=one) == Match(
        NotePath("a.md"), Rule.TITLE, (NotePath("Readwise/c.md"), NotePath("Readwise/b.md"), NotePath("Readwised/d.md"))
    )
    match = taken(a=one, b=one, c=one, d=one)
    assert isinstance(match, Match)
    assert (match.path, match.copies[-1]) == ("Readwise/c.md", "a.md")
    assert taken() == Rivals(tuple(NotePath(path) for path in sorted(notes)), Rule.TITLE)
    no_folder = found(book, notes, texts=dict.fromkeys(notes, one), folder="")
    assert isinstance(no_folder, Match)
    assert no_folder.path == "Readwised/d.md"


def test_notes_that_cannot_be_read_now_are_rivals_too() -> None:
    assert isinstance(found(made(2), {"a.md": TITLED, "b.md": TITLED}), Rivals)


def test_several_that_a_sure_rule_fits_are_no_rivals() -> None:
    notes = {path: NoteFacts(exported=True, links=links(2)) for path in ("a.md", "b.md")}
    assert found(made(2), notes) == Match(NotePath("b.md"), Rule.LINK, (NotePath("a.md"),))


def test_a_section_without_a_header_is_a_companion_and_no_copy() -> None:
    headed, bare = (
        NoteFacts(exported=True, titles=("Of Bridges",), links=links(1)),
        NoteFacts(exported=True, links=("reader:m2",)),
    )
    match = found(
        made(2),
        {"a.md": headed, "b.md": bare},
        texts={"a.md": "- x ([View Highlight](https://read.readwise.io/read/m1))\n"},
    )
    assert match == Match(NotePath("a.md"), Rule.LINK, (), (NotePath("b.md"),))
    owners = msgspec.structs.replace(bare, exported=False)
    assert found(made(2), {"a.md": headed, "b.md": owners}) == Match(NotePath("a.md"), Rule.LINK)
