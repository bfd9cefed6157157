"""What do plan and writer make of each example: a note that is not there yet, or one that its owner had a hand in?

    tests/notes/<sentence>/
        export.json     what Readwise has
        before.md       the note as it is; without it there is none
        after.md        the note after the sync, byte for byte
        now.txt         when, if not at NOW
        held.txt        a part of the reason why nothing may be written to it; without it nothing is held

After the first sync each example is synced again, and once more without a state: nothing may change any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncer.wire import parse_page
from tests.direct import Direct

NOTES = Path(__file__).parent / "notes"
NOW = datetime.fromisoformat("2024-10-14T09:56:00+02:00")
EXAMPLES = sorted(path.parent for path in NOTES.glob("*/after.md"))
EXISTING = [folder for folder in EXAMPLES if (folder / "before.md").exists()]
OWN = "Somewhere else/My own name.md"
"""Where an existing note lies: neither its folder nor its name says whose it is."""


def text(folder: Path, name: str, otherwise: str) -> str:
    """Return what a small file of an example says."""
    path = folder / name
    return path.read_text(encoding="utf-8").strip() if path.exists() else otherwise


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_is_synced_byte_for_byte_and_a_second_sync_changes_nothing(tmp_path: Path, folder: Path) -> None:
    now = datetime.fromisoformat(text(folder, "now.txt", NOW.isoformat()))
    user = Direct(tmp_path / "home")
    user.books = list(parse_page((folder / "export.json").read_bytes()).books)
    if folder in EXISTING:
        (user.vault / OWN).parent.mkdir()
        (user.vault / OWN).write_bytes((folder / "before.md").read_bytes())
    held = text(folder, "held.txt", "")
    for passed in range(3):
        report = user.sync(at=now + timedelta(minutes=passed))
        assert [held in one.reason for one in report.holds] == ([True] if held else [])
        (after,) = user.text().values()
        assert after == (folder / "after.md").read_bytes()
        if passed == 0:
            before = user.tree()
        assert user.tree() == before
        if passed == 1:
            user.forget()


@pytest.mark.parametrize("folder", EXISTING, ids=lambda folder: folder.name)
def test_every_byte_of_an_existing_note_stays_where_it_was(folder: Path) -> None:
    before, after = ((folder / name).read_bytes() for name in ("before.md", "after.md"))
    assert after.startswith(before)
    assert after == before or not (folder / "held.txt").exists()


def test_each_folder_says_what_comes_of_it() -> None:
    folders = {path.parent for path in NOTES.glob("*/export.json")}
    assert folders == set(EXAMPLES)


def test_there_is_an_example_for_each_rule_of_existing_notes() -> None:
    assert len(EXISTING) >= 29
