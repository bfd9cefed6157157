"""Real notes of public vaults, where they lie beside this checkout: what a first sync does to them."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from syncer.model import Book, HighlightId
from syncer.wire import parse_saved
from tests.harness import CEST, Home, home

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the real notes are not beside this checkout")
LATER = datetime(2026, 6, 1, 9, 30, tzinfo=CEST)
NEW = "A sentence about lighthouses that nobody has highlighted before, number "


def vaults() -> dict[str, list[tuple[Book, list[str]]]]:
    """Return each vault's books with the notes that may stand for them."""
    found: dict[str, list[tuple[Book, list[str]]]] = defaultdict(list)
    for line in (CORPUS / "books.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        name = row["note"].partition("/")[0]
        book = parse_saved(json.dumps(row["book"]).encode()).books[0]
        found[name].append((book, [note.partition("/")[2] for note in row["notes"]]))
    return found


VAULTS = vaults() if CORPUS.is_dir() else {}


def with_new(book: Book, number: int) -> Book:
    """Return the book with highlights that were made after its note."""
    last = max((highlight.location or 0 for highlight in book.highlights), default=0)
    new = tuple(
        msgspec.structs.replace(
            book.highlights[0],
            id=HighlightId(990_000_000 + book.id % 1_000_000 * 10 + each),
            text=f"{NEW}{book.id} {each}",
            note="",
            tags=(),
            url=f"https://read.readwise.io/read/01zz{book.id:012}{each:010}" if book.highlights[0].url else "",
            location=last + 1 + each,
            is_deleted=False,
            is_discard=False,
        )
        for each in range(number)
    )
    return msgspec.structs.replace(book, highlights=(*book.highlights, *new))


def moved_in(user: Home, name: str) -> None:
    shutil.copytree(CORPUS / "notes" / name, user.vault, dirs_exist_ok=True)
    for path in user.vault.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("name", sorted(VAULTS))
def test_a_first_sync_of_what_the_notes_hold_changes_no_byte(name: str, tmp_path: Path) -> None:
    with home(tmp_path, [book for book, _ in VAULTS[name]]) as user:
        moved_in(user, name)
        before = user.tree()
        ran = user.once(at=LATER)
        assert ran.code == 0, ran.err
        assert user.tree() == before, ran.out


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", sorted(VAULTS))
def test_new_highlights_add_one_section_to_each_note_and_nothing_else(name: str, number: int, tmp_path: Path) -> None:
    books = [with_new(book, number) for book, _ in VAULTS[name]]
    with home(tmp_path, books) as user:
        moved_in(user, name)
        before = user.tree()
        ran = user.once("--accept-large", at=LATER)
        assert ran.code == 0, ran.err
        after = user.tree()
        assert set(after) == set(before), ran.out
        added = {path: data[len(before[path][0]) :] for path, (data, _) in after.items()}
        assert all(after[path][0].startswith(before[path][0]) for path in before)
        for book, notes in VAULTS[name]:
            holding = [path for path in notes if path in added and f"{NEW}{book.id} 0".encode() in added[path]]
            assert len(holding) == 1, (book.title, notes)
        assert sum(NEW.encode() in data for data in added.values()) == len({p for p in added if added[p]})
        again = user.tree()
        assert user.once("--accept-large", at=LATER).code == 0
        assert user.tree() == again
