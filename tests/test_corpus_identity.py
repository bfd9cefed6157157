"""Does recognition hold for real notes? Runs on the folder `shared/corpus` beside the repository, where it lies."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncer.identity import Match, Shelf, find_highlights, highlight_links, read_facts
from syncer.identity.lines import text_lines
from syncer.model import Book, Highlight, HighlightId, NoteEntry, NotePath, Stamp
from tests.owner_edits import EDITS, LINK_ONLY, SEEDS, chance_of

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
NEW = HighlightId(999_999_999)
pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="there is no folder shared/corpus beside the repository"),
    pytest.mark.slow,
]


@dataclass
class Record:
    """One line of the corpus: a book and the notes that may stand for it, relative to its vault."""

    book: Book
    notes: set[str]
    kind: str


@dataclass
class Vault:
    """One vault of the corpus with its index."""

    name: str
    records: list[Record] = field(default_factory=list)

    def text(self, path: NotePath) -> str:
        return (CORPUS / "notes" / self.name / path).read_bytes().decode("utf-8-sig", "replace")

    def shelf(self) -> Shelf:
        root = CORPUS / "notes" / self.name
        entries = {}
        for at, file in enumerate(sorted(root.rglob("*.md"))):
            path = NotePath(file.relative_to(root).as_posix())
            data = file.read_bytes()
            entries[path] = NoteEntry(path, Stamp(len(data), at, 0, at + 1), read_facts(path, data=data))
        counts = Counter(
            key
            for record in self.records
            for key in {key for each in record.book.highlights for key in highlight_links(record.book, each)}
        )
        shared = {key for key, count in counts.items() if count > 1}
        return Shelf(entries, plugin_map={}, shared_links=shared, folder="")

    def best(self, record: Record) -> str:
        """Return the text of the copy that holds the most of the book."""
        texts = [self.text(NotePath(path)) for path in sorted(record.notes)]
        return texts[0] if len(texts) == 1 else max(texts, key=lambda text: _held(record.book, text))


@cache
def _held(book: Book, text: str) -> int:
    return len(find_highlights(book, text))


def made(raw: dict[str, Any]) -> Book:
    kept = {name: value for name, value in raw.items() if value is not None and name in Book.__struct_fields__}
    kept["id"] = raw["user_book_id"]
    kept["highlights"] = [
        {
            **{
                name: value for name, value in each.items() if value is not None and name in Highlight.__struct_fields__
            },
            "tags": [tag["name"] for tag in each["tags"]],
        }
        for each in raw["highlights"]
    ]
    return msgspec.convert(kept, Book)


@cache
def vaults() -> tuple[Vault, ...]:
    found: dict[str, Vault] = {folder.name: Vault(folder.name) for folder in sorted((CORPUS / "notes").iterdir())}
    for line in (CORPUS / "books.jsonl").read_text("utf-8").splitlines():
        raw = json.loads(line)
        notes = {note.partition("/")[2] for note in raw["notes"]}
        found[raw["note"].partition("/")[0]].records.append(Record(made(raw["book"]), notes, raw["class"]))
    return tuple(found.values())


def every_record() -> Iterator[tuple[Vault, Record]]:
    for vault in vaults():
        for record in vault.records:
            yield vault, record


def owner(vault: Vault) -> str:
    return vault.name.partition("@")[0]


def test_every_book_is_matched_to_its_note_and_every_highlight_found() -> None:
    rules: Counter[str] = Counter()
    wrong: list[str] = []
    for vault in vaults():
        shelf = vault.shelf()
        for record in vault.records:
            found = shelf.match(record.book, known=None, read=vault.text)
            if not isinstance(found, Match) or found.path not in record.notes:
                wrong.append(f"{record.kind}: book {record.book.id}")
                continue
            rules[found.rule] += 1
            there = {
                n for path in (found.path, *found.companions) for n in find_highlights(record.book, vault.text(path))
            }
            wrong += [f"{record.kind}: highlight {each.id}" for each in record.book.highlights if each.id not in there]
    print(f"{sum(rules.values())} books, by rule: {dict(rules)}")
    assert wrong == []
    assert sum(rules.values()) >= 200


def test_no_note_is_a_book_of_another_vault() -> None:
    pairs = 0
    for vault in vaults():
        shelf = vault.shelf()
        for other, record in every_record():
            if owner(other) != owner(vault):
                pairs += 1
                assert shelf.match(record.book, known=None, read=vault.text) is None, (record.book.id, vault.name)
    print(f"{pairs} pairs of a vault and a book that is not its own")


def test_other_files_are_nobodys() -> None:
    others: dict[str, set[str]] = defaultdict(set)
    for line in (CORPUS / "others.jsonl").read_text("utf-8").splitlines():
        name, _, path = json.loads(line)["note"].partition("/")
        others[name].add(path)
    for vault in vaults():
        shelf = vault.shelf()
        for record in vault.records:
            found = shelf.match(record.book, known=None, read=vault.text)
            assert isinstance(found, Match)
            assert others[vault.name].isdisjoint((found.path, *found.copies, *found.companions))


def inventions(record: Record, chance: random.Random) -> Iterator[str]:
    """Yield texts that share words with the note and are in it as no highlight."""
    long = [each for each in record.book.highlights if len(each.text) > 60] or list(record.book.highlights)
    words = chance.choice(long).text.split()
    stranger = [
        "no",
        "such",
        "sentence",
        "stands",
        "anywhere",
        "in",
        "this",
        "whole",
        "collection",
        "of",
        "papers",
        "and",
        "of",
        "slips",
    ]
    half = len(words) // 2
    yield " ".join(stranger)
    yield " ".join(chance.sample(words, len(words)))
    yield " ".join([*words[:half], *chance.sample(stranger, min(len(stranger), len(words) - half))])
    yield " ".join(words[1 : max(2, half)])
    yield " ".join([*words, *stranger, *stranger, *words[::-1]])
    yield "Highlights"


@pytest.mark.chance
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("edit", ["nothing", "word deleted"])
def test_a_new_highlight_is_not_found_and_hides_no_other(edit: str, linked: bool, seed: int) -> None:
    wrong: list[str] = []
    tried = 0
    for vault, record in every_record():
        chance = chance_of(record.book.id, seed)
        text = EDITS[edit](vault.best(record), chance)
        before = find_highlights(record.book, text)
        held = {"".join(text_lines(each.text)) for each in record.book.highlights}
        for invented in inventions(record, chance):
            if not invented or "".join(text_lines(invented)) in held:
                continue
            url = "https://read.readwise.io/read/01zzzzzzzzzzzzzzzzzzzzzzzz" if linked else ""
            new = Highlight(id=NEW, text=invented, location=987_654, location_type="offset", url=url)
            served = msgspec.structs.replace(record.book, highlights=(*record.book.highlights, new))
            tried += 1
            if find_highlights(served, text).keys() != before.keys():
                wrong.append(f"{record.kind}: book {record.book.id}, {len(invented)} characters")
    print(f"{tried} new highlights")
    assert wrong == []


@pytest.mark.chance
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [*EDITS, *LINK_ONLY])
def test_an_owners_edit_loses_no_highlight(name: str, seed: int) -> None:
    lost: list[str] = []
    edited = 0
    for vault, record in every_record():
        text = vault.best(record)
        changed = {**EDITS, **LINK_ONLY}[name](text, chance_of(record.book.id, seed))
        before, after = find_highlights(record.book, text), find_highlights(record.book, changed)
        edited += changed != text
        lost += [
            f"{record.kind}: highlight {number}"
            for number, how in before.items()
            if number not in after and (name in EDITS or how == "link")
        ]
    print(f"{edited} notes edited: {name}")
    assert lost == []


def test_a_highlight_whose_lines_are_taken_out_is_not_found() -> None:
    wrong: list[int] = []
    removed = 0
    for vault, record in every_record():
        parts = re.split(r"(?m)^(?=[-*] |#{1,6} )", vault.best(record))
        folded = ["".join(text_lines(re.split(r"\s*\(\[|\n\s+- (?:Note|Tags):", part)[0])) for part in parts]
        texts = Counter("".join(text_lines(each.text)) for each in record.book.highlights)
        for each in record.book.highlights[:12]:
            text = "".join(text_lines(each.text))
            at = [number for number, part in enumerate(folded) if part == text]
            if len(at) != 1 or texts[text] != 1 or each.url in "".join(parts[: at[0]] + parts[at[0] + 1 :]) != "":
                continue
            removed += 1
            if each.id in find_highlights(record.book, "".join(parts[: at[0]] + parts[at[0] + 1 :])):
                wrong.append(each.id)
    print(f"{removed} highlights taken out")
    assert wrong == []
    assert removed > 300
