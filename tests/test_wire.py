"""What Readwise's bytes mean: strict on shape, lenient on content, and nothing lost on the way round."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.export_file import parse_export
from syncer.model import Book, BookId, Highlight, HighlightId, Page
from syncer.wire import LENIENT_BYTES, UNTITLED, NotAPage, encode_book, parse_page
from tests.any_json import JSON
from tests.recorded import FIELDS, INNER, RECORDED, book, highlight, page


def test_a_page_as_readwise_sends_it_is_read_whole() -> None:
    assert page(RECORDED, cursor=49244648, count=1) == Page(
        books=(
            Book(
                id=BookId(60110123),
                title="State of AI",
                readable_title="State of AI",
                source="reader",
                category="articles",
                cover_image_url="https://example.org/a.png",
                readwise_url="https://readwise.io/bookreview/60110123",
                source_url="https://example.org/",
                external_id="01j9",
                tags=("ai",),
                highlights=(
                    Highlight(
                        id=HighlightId(801),
                        text="First line\n\nsecond",
                        location=120,
                        location_type="offset",
                        created_at="2024-10-11T08:01:12.345Z",
                        updated_at="2024-10-11T08:01:12.345Z",
                        url="https://read.readwise.io/read/01j9",
                        tags=("favorite",),
                        is_favorite=True,
                    ),
                ),
            ),
        ),
        next="49244648",
    )


@pytest.mark.parametrize(("cursor", "then"), [(None, None), ("", None), (0, "0"), (5, "5"), ("a+/=", "a+/=")])
def test_a_cursor_is_opaque_and_null_ends(cursor: object, then: str | None) -> None:
    assert page(cursor=cursor).next == then


@pytest.mark.parametrize("value", [..., None, "", [], {}, 5, 1.5, True, "x"], ids=repr)
@pytest.mark.parametrize("field", sorted(set(RECORDED) - {"user_book_id", "highlights"}))
def test_every_field_of_a_book_may_be_absent_or_of_any_type(field: str, value: object) -> None:
    changed = {**RECORDED, field: value}
    if value is ...:
        del changed[field]
    got = page(changed)
    assert [(one.id, len(one.highlights)) for one in got.books] == [(60110123, 1)]
    assert not got.warnings


@pytest.mark.parametrize("value", [..., None, "", [], {}, 5, 1.5, True, "x"], ids=repr)
@pytest.mark.parametrize("field", sorted(set(RECORDED["highlights"][0]) - {"id", "text"}))  # type: ignore[index]  # a list
def test_every_field_of_a_highlight_may_be_absent_or_of_any_type(field: str, value: object) -> None:
    changed: dict[str, Any] = {"id": 1, "text": "words", field: value}
    if value is ...:
        del changed[field]
    got = page({**RECORDED, "highlights": [changed]})
    assert [(one.id, one.text) for one in got.books[0].highlights] == [(1, "words")]
    assert not got.warnings


@pytest.mark.parametrize("value", [None, {}, "x", 5], ids=repr)
def test_a_book_without_a_list_of_highlights_has_none(value: object) -> None:
    assert book(highlights=value).highlights == ()


@pytest.mark.parametrize("usable", [None, "", " \n", 5])
def test_a_book_without_a_title_takes_the_readable_one_or_says_so(usable: object) -> None:
    assert book(title=usable, readable_title="Readable").title == "Readable"
    assert book(title=usable, readable_title=usable).title == UNTITLED


@pytest.mark.parametrize("bad", [None, "7", 7.5, 0, -1, True, 2**63, 10**30, [7], {}], ids=repr)
def test_a_book_without_a_usable_id_is_one_warning_that_quotes_nothing(bad: object) -> None:
    got = page({"user_book_id": bad, "title": "secret", "highlights": [{"id": 1, "text": "secret"}]}, RECORDED)
    assert [one.id for one in got.books] == [60110123]
    assert len(got.warnings) == 1
    assert "secret" not in got.warnings[0]


@pytest.mark.parametrize("bad", [None, "secret", 5, [], ["secret"]], ids=repr)
def test_a_result_that_is_no_object_is_one_warning(bad: object) -> None:
    got = page(RECORDED, bad)
    assert len(got.books) == 1
    assert got.warnings == ("result 2 of a page left out: it has no usable user_book_id",)


@pytest.mark.parametrize("bad", [None, "1", 1.5, 0, -1, True, 2**63], ids=repr)
def test_highlights_without_a_usable_id_are_one_warning_a_book(bad: object) -> None:
    broken = {"id": bad, "text": "secret"}
    got = page({"user_book_id": 7, "title": "T", "highlights": [broken, {"id": 2, "text": "kept"}, broken]})
    assert [one.text for one in got.books[0].highlights] == ["kept"]
    assert got.warnings == ("book 7: 2 highlights without a usable id left out",)


@pytest.mark.parametrize("text", [None, "", "  \n", 5], ids=repr)
def test_highlights_without_a_text_are_one_warning_a_book_unless_they_are_gone(text: object) -> None:
    got = page(
        {
            "user_book_id": 7,
            "title": "T",
            "highlights": [
                {"id": 1, "text": text, "note": "secret"},
                {"id": 2, "text": text, "is_deleted": True},
                {"id": 3, "text": text, "tags": ["discard"]},
            ],
        }
    )
    assert [one.id for one in got.books[0].highlights] == [2, 3]
    assert got.warnings == ("book 7: 1 highlight without a text left out",)


@pytest.mark.parametrize(
    "tags",
    [
        [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        ["a", "b", "a"],
        [" a ", {"name": "b"}, "", {"name": None}, {}],
        ["a", 5, None, {"name": 5}, {"name": "b"}, ["c"]],
    ],
    ids=repr,
)
def test_tags_are_objects_or_bare_names_each_once(tags: object) -> None:
    assert highlight(tags=tags).tags == ("a", "b")
    assert book(book_tags=tags).tags == ("a", "b")


@pytest.mark.parametrize("odd", [[], [5]], ids=["typed", "lenient"])
def test_favourites_and_discards_are_known_by_field_or_by_tag(odd: list[object]) -> None:
    assert highlight(is_favorite=True, tags=odd).is_favorite
    assert highlight(tags=["favorite", *odd]).is_favorite
    assert highlight(is_discard=True, tags=odd).is_discard
    got = highlight(tags=["x", "discard", *odd])
    assert got.is_discard
    assert got.tags == ("x", "discard")
    assert not highlight(tags=odd).is_discard


@pytest.mark.parametrize("yes", [True, 1, "1", "true", "True"], ids=repr)
def test_a_deletion_counts_however_it_is_written(yes: object) -> None:
    assert highlight(is_deleted=yes).is_deleted
    assert book(is_deleted=yes).is_deleted


@pytest.mark.parametrize(
    ("value", "place"), [(12, 12), ("12", 12), (12.0, 12), (None, None), (2**70, None), ("p. 3", None)]
)
def test_a_location_is_a_number_of_64_bits_or_none(value: object, place: int | None) -> None:
    assert highlight(location=value).location == place


def test_unknown_fields_categories_and_location_types_are_borne() -> None:
    assert book(category="holograms", brand_new={"deep": [1, {"x": None}]}).category == "holograms"
    assert highlight(location_type="none", brand_new=[[]]).location_type == "none"


def test_lone_surrogates_become_the_replacement_character_and_pairs_stay() -> None:
    body = rb'{"results":[{"user_book_id":7,"title":"a\ud83d b\ud83d\ude00","highlights":[{"id":1,"text":"\udc00"}]}],"nextPageCursor":null}'  # noqa: E501  one literal
    (only,) = parse_page(body).books
    assert only.title == "a\ufffd b😀"
    assert only.highlights[0].text == "\ufffd"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "1." + "9" * 5000])
def test_numbers_that_no_field_can_hold_are_as_if_absent(number: str) -> None:
    text = json.dumps({"results": [RECORDED], "nextPageCursor": None, "x": 0})
    got = parse_page(text.replace("120", number).replace('"x": 0', f'"x": {number}').encode())
    assert got.books[0].highlights[0].location is None or number.startswith("1.")
    assert not got.warnings


def test_a_byte_order_mark_is_borne() -> None:
    assert parse_page(b'\xef\xbb\xbf{"results": [], "nextPageCursor": null}').books == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[]",
        b"null",
        b"{}",
        b'"results"',
        b"<html></html>",
        b'{"detail": "x"}',
        b'{"results": [], "nextPageCursor": true}',
        b'{"results": [], "nextPageCursor": 1.5}',
        b'{"results": [], "nextPageCursor": []}',
        b'{"results": []}',
        b'{"results": null, "nextPageCursor": null}',
        b'{"results": {}, "nextPageCursor": null}',
        b'{"results": [], "nextPageCursor": null} more',
        b'{"results": ["\xff"], "nextPageCursor": null}',
        b"[" * 200_000,
        b'{"results": ' + b'[{"a":' * 100_000,
        b'{"results": [], "nextPageCursor": null, "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"results": [' + b"[]," * (LENIENT_BYTES // 3) + b'[]], "nextPageCursor": null}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_page_is_refused_whatever_its_size(body: bytes) -> None:
    with pytest.raises(NotAPage):
        parse_page(body)


def test_a_title_of_a_megabyte_is_a_title() -> None:
    assert len(book(title="x" * 2**20).title) == 2**20


WILD_HIGHLIGHT = st.dictionaries(st.sampled_from(INNER), JSON | st.text(min_size=1)) | JSON
WILD_BOOK = st.builds(
    lambda fields, highlights: {**fields, "highlights": highlights},
    st.fixed_dictionaries({"user_book_id": st.integers(1, 2**63 - 1) | JSON}).flatmap(
        lambda known: st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda more: {**more, **known})
    ),
    st.lists(WILD_HIGHLIGHT | st.builds(lambda n, t: {"id": n, "text": t}, st.integers(1), st.text()), max_size=4)
    | JSON,
)


@given(st.lists(WILD_BOOK | JSON, max_size=4))
def test_whatever_the_results_hold_each_is_a_book_or_a_warning_and_survives_a_round_trip(
    results: list[object],
) -> None:
    got = page(*results)
    lost = [warning for warning in got.warnings if warning.startswith("result ")]
    assert len(got.books) + len(lost) == len(results)
    again = parse_export(b"\n".join(map(encode_book, got.books)) or b"[]")
    assert again.books == got.books
    assert not again.warnings


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_page_or_refused(body: bytes) -> None:
    for parse in (parse_page, parse_export):
        with suppress(NotAPage):
            assert isinstance(parse(body), Page)
