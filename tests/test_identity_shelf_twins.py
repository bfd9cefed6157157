"""Which note is whose, where books share a title, a page or a text, and notes are copies of each other?"""

from __future__ import annotations

import msgspec
import pytest

from syncer.identity import Match, Rivals
from syncer.model import BookId, NotePath, Rule
from tests.shelved import SENTENCES, Vault, bullets, export, make


def test_books_of_one_title_keep_their_own_notes() -> None:
    one, two = make(7, "Of Bridges"), make(8, "Of Bridges", texts=SENTENCES[::-1])
    vault = Vault({"Of Bridges.md": export(one), "Of Bridges-2.md": export(two)}, one, two)
    assert (vault.path(one), vault.path(two)) == ("Of Bridges.md", "Of Bridges-2.md")
    assert Vault({"Of Bridges.md": export(one)}, one, two).path(two) is None


def test_a_page_imported_twice_is_told_apart_by_the_id_of_its_highlights() -> None:
    one, two = (
        make(7, "Of Bridges", linked=False),
        make(8, "Of Bridges", linked=False, source_url="https://site.example/7"),
    )
    marked = {
        path: export(msgspec.structs.replace(book, highlights=()))
        + "".join(
            f"- {each.text} [None](https://readwise.io/open/{each.id}) ^rw{each.id}\n" for each in book.highlights
        )
        for path, book in (("X.md", one), ("X-2.md", two))
    }
    vault = Vault(marked, one, two)
    assert (vault.path(one), vault.path(two)) == ("X.md", "X-2.md")


@pytest.mark.parametrize("address", ["https://site.example/7", "", "https://site.example/8"])
def test_a_page_imported_twice_is_told_apart_by_its_texts_where_all_links_are_the_pages(address: str) -> None:
    one, two = (
        msgspec.structs.replace(
            made,
            highlights=tuple(msgspec.structs.replace(each, url="https://site.example") for each in made.highlights),
        )
        for made in (
            make(7, "Of Bridges", source_url="https://site.example/7" if address else ""),
            make(
                8, "Of Bridges", texts=("Nobody counts a lighthouse's steps twice.", "Salt is found in every ledger.")
            ),
        )
    )
    two = msgspec.structs.replace(two, source_url=address)
    vault = Vault({"X.md": export(one), "X-2.md": export(two)}, one, two)
    assert [vault.match(book) for book in (one, two)] == [
        Match(NotePath("X.md"), Rule.LINK),
        Match(NotePath("X-2.md"), Rule.LINK),
    ]


def test_titles_that_differ_by_case_or_emoji_are_different_books() -> None:
    plain, cased, smiling = (
        make(n, t, linked=False, source_url="") for n, t in ((7, "go on"), (8, "Go On"), (9, "go on 🙂"))
    )
    vault = Vault({"a.md": export(plain), "b.md": export(cased), "c.md": export(smiling)})
    assert [vault.path(book) for book in (plain, cased, smiling)] == ["a.md", "b.md", "c.md"]


def test_tweets_of_a_thread_that_are_liked_too_stay_in_their_notes() -> None:
    thread = make(7, "A thread on bridges…", source_url="https://x.com/a/status/700")
    thread = msgspec.structs.replace(
        thread,
        highlights=tuple(
            msgspec.structs.replace(each, url=f"https://twitter.com/a/status/{each.id}") for each in thread.highlights
        ),
    )
    liked = msgspec.structs.replace(thread, id=BookId(8), title="Liked Tweets", author="", source_url="")
    notes = {"Thread.md": export(thread), "Liked Tweets.md": export(liked, author="", url="")}
    vault = Vault(notes, thread, liked)
    assert (vault.path(thread), vault.path(liked)) == ("Thread.md", "Liked Tweets.md")
    assert Vault({"Liked Tweets.md": notes["Liked Tweets.md"]}, thread, liked).path(thread) is None


def test_copies_are_told_by_highlights_then_folder_then_age() -> None:
    book = make(7, "Of Bridges")
    full, half = export(book), export(msgspec.structs.replace(book, highlights=book.highlights[:2]))
    assert Vault({"Readwise/Of Bridges 1.md": half, "Old/Of Bridges.md": full}, book).path(book) == "Old/Of Bridges.md"
    assert (
        Vault({"Old/Of Bridges.md": full, "Readwise/Of Bridges 1.md": full}, book).path(book)
        == "Readwise/Of Bridges 1.md"
    )
    found = Vault({"Readwise/b.md": full, "Readwise/a.md": full}, book).match(book)
    assert found == Match(NotePath("Readwise/b.md"), Rule.LINK, (NotePath("Readwise/a.md"),))


def test_notes_that_fit_equally_and_hold_nothing_are_rivals() -> None:
    book = make(7, "Of Bridges", linked=False)
    empty = export(msgspec.structs.replace(book, highlights=()))
    found = Vault({"b.md": empty, "a.md": empty}, book).match(book)
    assert found == Rivals((NotePath("a.md"), NotePath("b.md")), Rule.URL)


def test_a_headless_note_beside_the_books_own_is_its_companion() -> None:
    book = make(7, "Of Bridges")
    own = export(msgspec.structs.replace(book, highlights=book.highlights[:3]))
    section = "## New highlights added March 2, 2024 at 7:01 AM\n" + bullets(
        msgspec.structs.replace(book, highlights=book.highlights[3:])
    )
    vault = Vault({"Readwise/Of Bridges.md": section, "Books/Of Bridges.md": own}, book)
    found = vault.match(book)
    assert isinstance(found, Match)
    assert (found.path, found.companions) == ("Books/Of Bridges.md", ("Readwise/Of Bridges.md",))
    assert found.copies == ()  # it holds what the book's own note lacks


def test_of_notes_that_hold_as_much_of_the_books_own_the_one_with_more_shared_links_is_its_note() -> None:
    book, other = make(7, "Of Bridges"), make(8, "Of Wires")
    shared = tuple(
        msgspec.structs.replace(each, url=twin.url)
        for each, twin in zip(other.highlights[:2], book.highlights[:2], strict=True)
    )
    other = msgspec.structs.replace(other, highlights=shared)
    least = export(msgspec.structs.replace(book, highlights=book.highlights[2:]))
    reworded = tuple(msgspec.structs.replace(each, text="In my own words.") for each in book.highlights[:2])
    most = least + bullets(msgspec.structs.replace(book, highlights=reworded))
    assert Vault({"Readwise/a.md": least, "b.md": most}, book, other).path(book) == "b.md"


def test_one_article_under_two_addresses_is_told_by_its_texts() -> None:
    book = make(7, "Of Bridges", linked=False)
    text = export(book, url="https://short.example/x", author="Nobody, N.")
    assert Vault({"a.md": text}).path(book) == "a.md"
    other = make(8, "Of Bridges", linked=False, texts=("Wool keeps the hours.", "Sheep do not."))
    assert Vault({"a.md": text}).path(other) is None


def test_a_short_title_is_no_match_for_another_long_one() -> None:
    book = make(7, "Screens: The Sequence", linked=False, source_url="", readable_title="Screens")
    other = make(8, "Screens: A History", linked=False, source_url="", readable_title="Screens")
    vault = Vault({"a.md": export(other)})
    assert (vault.path(book), vault.path(other)) == (None, "a.md")
    assert Vault({"b.md": export(book, title="Screens")}).path(book) == "b.md"


def test_two_documents_of_one_title_share_their_file() -> None:
    one, two = make(7, "Of Bridges"), make(8, "Of Bridges", texts=SENTENCES[:2])
    vault = Vault({"Of Bridges.md": export(one) + export(two)}, one, two)
    assert vault.path(one) == vault.path(two) == "Of Bridges.md"
