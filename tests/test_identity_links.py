"""Which links are the same target?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.identity import highlight_links, link_key
from syncer.identity.links import OWN_LINK, is_own_link, is_sure, links_in, marks, shared_keys, source_key
from syncer.model import Book, BookId, Highlight, HighlightId
from syncer.values import link_address

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


KEYS = {
    "https://readwise.io/open/0801": "rw:801",
    f"https://readwise.io/open/0{'1' * 18}": f"rw:{'1' * 18}",
    f"https://readwise.io/open/{'0' * 20}": f"rw:{'0' * 20}",
    "https://readwise.io/to_kindle?asin=b01": "kindle:B01:",
    "https://read.amazon.com/?asin=B01&location=007": "kindle:B01:7",
    f"kindle://book?asin=B01&location={'1' * 30}": f"kindle:B01:{'1' * 18}",
    "https://shop.example/?asin=B1": "url:shop.example?asin=B1",
    "https://a.example/#x&utm_source=1": "url:a.example",
    "https://readwise.io/to_kindle": "url:readwise.io/to_kindle",
    "kindle://book?x=1": "url:kindle://book?x=1",
    "ftp://Site.example/a": "url:ftp://Site.example/a",
    "ftp://site.example/a/": "url:ftp://site.example/a",
    "mailto:A@b.example": "url:mailto:A@b.example",
    "HTTPS://Site.example:443/A/?b=&a=1": "url:site.example/A?a=1&b=",
    "http://site.example:80": "url:site.example",
    "https://site.example/a%20b/": "url:site.example/a b",
    "https://site.example/?UTM_x=1&Ref=2&q=é": "url:site.example?q=%C3%A9",
    "https://x.com/A/": "url:twitter.com/a",
    "https://m.twitter.com/A": "url:twitter.com/a",
    "https://x.com/a/statuses/9": "tweet:9",
    "https://a.example/#:~:text=x": "url:a.example",
    "https://[x": "url:https://[x",
    "//a.example/b": "url:a.example/b",
    " https://a.example/b&amp;c ": "url:a.example/b&c",
}


@pytest.mark.parametrize("url", KEYS)
def test_a_target_has_this_key(url: str) -> None:
    assert link_key(url) == KEYS[url]


def test_a_page_is_compared_without_its_fragment_unless_that_names_the_page() -> None:
    assert source_key("https://a.example/b#c") == "url:a.example/b"
    assert source_key("https://a.example/#/b") == "url:a.example#/b"
    assert source_key("https://a.example/#!b") == "url:a.example#!b"
    assert source_key("https://a.example/b#c#d") == "url:a.example/b"


TRACKING = """
    fbclid gclid dclid msclkid yclid twclid mc_cid mc_eid igsh igshid ref ref_ ref_src ref_url source referrer cmdid
    cmpid ncid mkt_tok vero_id _hsenc _hsmi __hstc __hssc s_cid spm smid utm_anything
    """


@pytest.mark.parametrize("name", TRACKING.split())
def test_what_only_tracks_a_reader_is_no_part_of_the_address(name: str) -> None:
    assert link_key(f"https://a.example/b?{name}=x&c=1&{name.upper()}=y") == "url:a.example/b?c=1"


@pytest.mark.parametrize("host", ["twitter.com", "x.com", "mobile.twitter.com", "mobile.x.com", "m.twitter.com"])
def test_twitter_has_many_names(host: str) -> None:
    assert link_key(f"https://{host}/Somebody") == "url:twitter.com/somebody"


@pytest.mark.parametrize(
    ("asin", "urls", "keys"),
    [
        ("", ("https://a.example/x", ""), {"url:a.example/x"}),
        ("", ("https://readwise.io/open/801", "https://a.example/x"), {"url:a.example/x"}),
        ("", ("https://readwise.io/open/900", ""), {"rw:900"}),
        ("B1", ("https://a.example/x", ""), {"url:a.example/x", "kindle:B1:801", "kindle:B1:802"}),
    ],
)
def test_the_links_that_another_book_may_have_are_all_but_those_of_the_ids(
    asin: str, urls: tuple[str, ...], keys: set[str]
) -> None:
    made = tuple(
        Highlight(id=HighlightId(number), text="x", location=number, location_type="location", url=url)
        for number, url in enumerate(urls, 801)
    )
    assert shared_keys(Book(id=BookId(1), title="T", asin=asin, highlights=made), made) == keys


LINES = {
    "(https://a.example/b).": ["url:a.example/b"],
    "https://a.example/b?!, kindle://book?asin=b1&location=2 ^rw0801": ["url:a.example/b", "kindle:B1:2", "rw:801"],
    "https://a.example/(b": ["url:a.example/(b"],
    "https://a.example/b)c": ["url:a.example/b"],
    "https://a.example/.b.": ["url:a.example/.b"],
    "^rw12 rw00801x xrw801 ^rw801": ["rw:801"],
    "rw8010": ["rw:8010"],
    "### id02582960": ["rw:2582960"],
    "> ## id258296 x": ["rw:258296"],
    "### id25829": [],
    "### id258296x": [],
    "x ### id258296": [],
    "no link": [],
}


@pytest.mark.parametrize("line", LINES)
def test_a_lines_links_and_marks_are_read(line: str) -> None:
    assert links_in(line) == LINES[line]
    assert marks(line) == [key for key in LINES[line] if key.startswith("rw:")]


OWN = {
    "[View Highlight](https://a.example)": True,
    "([Location\xa012](https://a.example/x))": True,
    "[Location\xa01,204 and on](https://a.example/x)": True,
    "[Loc. 12](https://a.example)": True,
    "[Page iv](https://a.example)": True,
    "[None](https://a.example)": True,
    "[Open in Reader](https://a.example)": True,
    "[View\xa0Tweet](https://x.com/a/status/1)": True,
    "[Open](obsidian://x?u=https://a.example)": False,
    "[words](https://a.example)": False,
    "[view of the sea](https://a.example)": False,
    "[words](https://read.readwise.io/read/01ab)": True,
    "[words](https://readwise.io/open/1)": True,
    "[words](https://www.instapaper.com/read/1)": True,
    "[words](https://readwise.io/to_kindle?asin=B1)": True,
    "[words](https://x.com/a/status/1)": False,
    "[](https://a.example)": False,
}


@pytest.mark.parametrize("text", OWN)
def test_a_highlights_own_link_is_told_by_its_label_or_its_target(text: str) -> None:
    found = OWN_LINK.fullmatch(text)
    assert found is not None
    assert is_own_link(found) is OWN[text]


def test_a_picture_and_a_link_to_something_else_are_no_own_link() -> None:
    assert OWN_LINK.search("![View Highlight](https://a.example)") is None
    assert OWN_LINK.search("[View Highlight]()") is None


@pytest.mark.parametrize(
    ("text", "is_own"),
    [
        ("([View Highlight](zotero://select/items/1))", True),
        ("([View Tweet](mailto:a@b.example))", True),
        ("([Location\u00a012](ibooks://assetid/1))", True),
        ("([Page 3](%25%25))", True),
        ("[View Highlight](zotero://select/items/1)", False),
        ("([View Highlight too](zotero://select/items/1))", False),
        ("([Open](zotero://select/items/1))", False),
        ("([my notes](Notes/mine.md))", False),
    ],
)
def test_a_link_that_leads_to_no_page_is_own_where_it_is_written_as_readwise_writes_its_own(
    text: str, is_own: bool
) -> None:
    found = OWN_LINK.fullmatch(text)
    assert found is not None
    assert is_own_link(found) is is_own


@pytest.mark.parametrize("url", ["zotero://select/items/1", "javascript:alert(1)", "java\tscript:x", "a b", "x:%28/"])
def test_an_address_of_any_kind_has_the_key_of_what_a_note_has_of_it(url: str) -> None:
    for safe in (True, False):
        assert link_key(link_address(url, safe=safe)) == link_key(url) != ""


def test_a_tweet_or_a_page_may_be_linked_for_other_reasons() -> None:
    keys = ("reader:a", "rw:1", "kindle:B:1", "tweet:1", "url:a", "url:rw:")
    assert [key for key in keys if is_sure(key)] == ["reader:a", "rw:1", "kindle:B:1"]


@pytest.mark.parametrize(
    ("asin", "place", "url", "keys"),
    [
        ("b0", (12, ""), "", ("kindle:B0:12", "rw:801")),
        ("b0", (0, "location"), "https://readwise.io/to_kindle?asin=b0&location=0", ("kindle:B0:0", "rw:801")),
        ("b0", (12, "page"), "", ("rw:801",)),
        ("b0", (None, "location"), "", ("rw:801",)),
        ("", (12, "location"), "", ("rw:801",)),
        ("", (12, "offset"), "https://a.example/x", ("url:a.example/x", "rw:801")),
        ("", (None, ""), "https://readwise.io/open/801", ("rw:801",)),
        ("", (None, ""), " ", ("rw:801",)),
    ],
)
def test_a_highlight_may_be_linked_under_these_keys(
    asin: str, place: tuple[int | None, str], url: str, keys: tuple[str, ...]
) -> None:
    highlight = Highlight(id=HighlightId(801), text="x", location=place[0], location_type=place[1], url=url)
    book = Book(id=BookId(1), title="T", asin=asin, highlights=(highlight,))
    assert highlight_links(book, highlight) == keys
