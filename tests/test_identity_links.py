"""Which links are the same target?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.identity import highlight_links, link_key
from syncer.identity.links import links_in, source_key
from syncer.model import Book, BookId, Highlight, HighlightId

SAME = [
    (
        "https://read.readwise.io/read/01J9XCY14S3NBEHBHTSTXNM3SC",
        "https://read.readwise.io/new/read/01j9xcy14s3nbehbhtstxnm3sc",
    ),
    (
        "https://read.readwise.io/later/read/01j9xcy14s3nbehbhtstxnm3sc",
        "http://read.readwise.io/read/01j9xcy14s3nbehbhtstxnm3sc/",
    ),
    ("https://readwise.io/open/801", "http://www.readwise.io/open/801/"),
    (
        "https://readwise.io/to_kindle?action=open&asin=B0AAAAAAAA&location=12",
        "kindle://book?action=open&asin=b0aaaaaaaa&location=12",
    ),
    (
        "https://readwise.io/to_kindle?action=open&amp;asin=B0AAAAAAAA&amp;location=12",
        "kindle://book?asin=B0AAAAAAAA&location=12",
    ),
    ("https://twitter.com/a/status/7", "https://x.com/b/status/7?s=20"),
    ("https://mobile.twitter.com/a/status/7", "https://twitter.com/i/web/status/7"),
    ("http://www.site.example/a/?utm_source=mail&b=2&a=1", "https://site.example/a?a=1&b=2&fbclid=x"),
    ("https://site.example/a#:~:text=words", "https://site.example/a"),
    ("https://site.example/caf%C3%A9", "https://site.example/café"),
    ("https://x.com/Somebody", "https://twitter.com/somebody/"),
]
DIFFERENT = [
    ("https://read.readwise.io/read/01j9a", "https://read.readwise.io/read/01j9b"),
    ("https://readwise.io/open/80", "https://readwise.io/open/801"),
    (
        "https://readwise.io/to_kindle?asin=B0AAAAAAAA&location=12",
        "https://readwise.io/to_kindle?asin=B0AAAAAAAA&location=123",
    ),
    ("https://twitter.com/a/status/7", "https://twitter.com/a/status/8"),
    ("https://site.example/watch?v=1", "https://site.example/watch?v=2"),
    ("https://site.example/a#chapter-1", "https://site.example/a#chapter-2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_links_to_the_same_target_have_the_same_key(one: str, other: str) -> None:
    assert link_key(one) == link_key(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_links_to_different_targets_have_different_keys(one: str, other: str) -> None:
    assert link_key(one) != link_key(other)


def test_no_link_has_no_key() -> None:
    assert link_key("") == link_key("  ") == ""


@given(st.text())
def test_no_text_breaks_a_key(text: str) -> None:
    for url in (text, f"https://{text}", f"https://site.example/{text}", f"https://[{text}"):
        assert link_key(url) == link_key(url)
        source_key(url)
    links_in(f"({text}https://{text})")


def test_a_kindle_highlight_is_linked_by_book_and_place() -> None:
    highlight = Highlight(id=HighlightId(801), text="x", location=12, location_type="location")
    book = Book(id=BookId(1), title="T", asin="b0aaaaaaaa", highlights=(highlight,))
    assert highlight_links(book, highlight) == ("kindle:B0AAAAAAAA:12", "rw:801")


def test_a_link_in_brackets_and_a_mark_after_it_are_both_found() -> None:
    line = "- text ([View Highlight](https://site.example/a_(b)_c)) and https://readwise.io/open/7. ^rw801"
    assert links_in(line) == ["url:site.example/a_(b)_c", "rw:7", "rw:801"]
