"""What a saved export holds, in each of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.errors import UsageError
from syncer.export_file import parse_export, read_export
from syncer.wire import encode_book
from tests.recorded import INNER, RECORDED, page

BOOKS = page(RECORDED, {**RECORDED, "user_book_id": 2, "title": "Zwei 😀\nlines", "highlights": []}).books


@pytest.mark.parametrize(
    "data",
    [
        b"\n".join(map(encode_book, BOOKS)),
        b"\r\n\n".join(map(encode_book, BOOKS)) + b"\n",
        b"[" + b",".join(map(encode_book, BOOKS)) + b"]",
        b'{"results": [' + b",".join(map(encode_book, BOOKS)) + b"]}",
        json.dumps(
            {"count": 1, "nextPageCursor": None, "results": [json.loads(encode_book(b)) for b in BOOKS]}, indent=2
        ).encode(),
        b"\n".join(b'{"nextPageCursor": 5, "results": [' + encode_book(b) + b"]}" for b in BOOKS),
        b"\n".join(b"[" + encode_book(b) + b"]" for b in BOOKS),
    ],
    ids=["lines", "lines with gaps", "list", "envelope", "printed envelope", "lines of envelopes", "lines of lists"],
)
def test_a_saved_export_is_read_in_each_of_its_forms(tmp_path: Path, data: bytes) -> None:
    assert parse_export(data).books == BOOKS
    file = tmp_path / "export.json"
    file.write_bytes(data)
    assert tuple(one for got in read_export(file) for one in got.books) == BOOKS


def test_one_book_alone_is_an_export() -> None:
    assert parse_export(encode_book(BOOKS[0])).books == BOOKS[:1]


def test_a_saved_book_has_the_api_s_own_fields_and_nothing_else() -> None:
    saved = json.loads(encode_book(BOOKS[0]))
    assert set(saved) <= set(RECORDED)
    assert set(saved["highlights"][0]) <= set(INNER)
    assert saved["book_tags"] == [{"name": "ai"}]


def test_a_file_that_is_no_export_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("secret words")
    with pytest.raises(UsageError, match=r"notes\.txt is no saved export: it is not JSON"):
        list(read_export(file))


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be read: No such file"):
        list(read_export(tmp_path / "gone.json"))
