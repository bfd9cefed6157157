"""Real notes of public vaults, where they lie beside this checkout: what a first sync does to them."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from syncer.model import Book, HighlightId
from syncer.wire import parse_saved
from tests.harness import CEST, Home, home
from tests.owner_edits import EDITS, SEEDS, chance_of

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the real notes are not beside this checkout"),
    pytest.mark.slow,
]
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
            created_at="2026-06-01T07:00:00.000Z",
            updated_at="2026-06-01T07:00:00.000Z",
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


@pytest.mark.parametrize("name", sorted(VAULTS))
def test_what_comes_again_unchanged_is_no_update(name: str, tmp_path: Path) -> None:
    with home(tmp_path, [book for book, _ in VAULTS[name]], settings='updates.mode = "append"') as user:
        moved_in(user, name)
        assert user.once(at=LATER).code == 0
        before = user.tree()
        user.server.serve([touched(book) for book, _ in VAULTS[name]])
        told = json.loads(user.once("--json", at=LATER + timedelta(hours=2)).out)
        assert (told["received"]["changed"], told["updates_told"]) == (len(VAULTS[name]), [])
        assert user.tree() == before


def touched(book: Book) -> Book:
    """Return the book as Readwise has it after it went over its highlights: other times, other blanks."""
    at = "2026-06-01T07:31:00.000Z"
    again = (
        msgspec.structs.replace(one, text=f" {one.text.replace(' ', '  ')}\n", tags=one.tags[::-1], updated_at=at)
        for one in book.highlights
    )
    return msgspec.structs.replace(book, highlights=tuple(again))


def grown(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> dict[str, bytes]:
    """Return what each note gained at its end; every byte that was there must be there still."""
    assert set(after) == set(before)
    assert all(data.startswith(before[path][0]) for path, (data, _) in after.items())
    return {path: data[len(before[path][0]) :] for path, (data, _) in after.items() if data != before[path][0]}


def hold_each_new_highlight_once(books: list[tuple[Book, list[str]]], added: dict[str, bytes]) -> None:
    """Check that each book's new highlights stand in one note that may stand for it, and in no other."""
    for book, notes in books:
        mark = f"{NEW}{book.id} ".encode()
        holding = [path for path, data in added.items() if mark in data]
        assert len(holding) == 1, (book.title, holding)
        assert holding[0] in notes, (book.title, holding, notes)


@pytest.mark.chance
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", sorted(VAULTS))
def test_new_highlights_add_one_section_to_each_note_and_nothing_else(name: str, seed: int, tmp_path: Path) -> None:
    chance = chance_of(name, seed)
    books = [with_new(book, chance.randint(1, 3)) for book, _ in VAULTS[name]]
    with home(tmp_path, books) as user:
        moved_in(user, name)
        before = user.tree()
        ran = user.once("--accept-large", at=LATER)
        assert ran.code == 0, ran.err
        after = user.tree()
        added = grown(before, after)
        hold_each_new_highlight_once(VAULTS[name], added)
        assert all(data.count(b"New highlights added") == 1 for data in added.values())
        assert user.once("--accept-large", at=LATER).code == 0
        assert user.tree() == after


@pytest.mark.chance
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", sorted(VAULTS))
def test_new_highlights_find_their_note_after_its_owner_edited_renamed_and_moved_it(
    name: str, seed: int, tmp_path: Path
) -> None:
    chance = chance_of(name, seed)
    with home(tmp_path, [book for book, _ in VAULTS[name]]) as user:
        moved_in(user, name)
        assert user.once(at=LATER).code == 0
        moves = {path: edited(user, path, chance) for path in sorted(user.tree())}
        before = user.tree()
        user.server.serve([with_new(book, 2) for book, _ in VAULTS[name]])
        ran = user.once("--accept-large", "--accept-missing", at=LATER + timedelta(hours=2))
        assert ran.code == 0, ran.err
        books = [(book, [moves[note] for note in notes]) for book, notes in VAULTS[name]]
        hold_each_new_highlight_once(books, grown(before, user.tree()))


def edited(user: Home, path: str, chance: random.Random) -> str:
    """Let the owner edit a note, and sometimes rename or move it; return where it is then."""
    note = user.vault / path
    text = note.read_bytes().decode("utf-8", "surrogateescape")
    edit = EDITS[chance.choice(sorted(EDITS))](text, chance)
    note.write_bytes(edit.encode("utf-8", "surrogateescape"))
    if chance.random() < 0.6 or not path.endswith(".md"):
        return path
    moved = chance.choice(
        [f"Archive {chance.randint(1, 3)}/{note.name}", str(Path(path).with_name(f"Mine {note.name}"))]
    )
    if (user.vault / moved).exists():
        return path
    (user.vault / moved).parent.mkdir(parents=True, exist_ok=True)
    note.rename(user.vault / moved)
    return moved


@pytest.mark.parametrize("name", sorted(VAULTS))
def test_books_of_another_vault_never_reach_a_foreign_note(name: str, tmp_path: Path) -> None:
    names = sorted(VAULTS)
    other = next(
        one for one in names[names.index(name) + 1 :] + names if one.partition("@")[0] != name.partition("@")[0]
    )
    mine = {(book.title, book.source_url) for book, _ in VAULTS[name]}
    foreign = [book for book, _ in VAULTS[other] if (book.title, book.source_url) not in mine]
    with home(tmp_path, foreign, settings='vault.folder = "Made by syncer"') as user:
        moved_in(user, name)
        before = user.tree()
        assert user.once("--accept-large", at=LATER).code == 0
        after = user.tree()
        assert {path: after[path] for path in before} == before
        assert all(path.startswith("Made by syncer/") for path in after.keys() - before.keys())
