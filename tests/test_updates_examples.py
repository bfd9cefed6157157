"""What does a note look like when its highlights change at Readwise, step by step?

    tests/updates/<sentence>/
        settings.toml       more of the configuration than updates.mode = "append" and deleted = "mention", if any
        templates/          templates of the user's own, if any
        1/export.json       what Readwise has before the first sync; without it nothing changed. A step is a day
        2/owner/…           the vault as its owner leaves it before the second; without it as it was
        2/after/…           the vault after the second sync, byte for byte

After each step a further sync changes nothing, and so does, at the end, one that has lost its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncer.wire import parse_page
from tests.direct import Direct

pytestmark = pytest.mark.slow  # whole syncs, one after the other

FOLDER = Path(__file__).parent / "updates"
START = datetime.fromisoformat("2024-10-11T21:56:00+02:00")
EXAMPLES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
USUAL = 'updates.mode = "append"\nupdates.deleted = "mention"\n'


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by path."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def left_by_owner(vault: Path, wanted: Mapping[str, bytes]) -> None:
    """Have the vault hold these files, touching only what is different."""
    there = files(vault)
    for path in there.keys() - wanted.keys():
        (vault / path).unlink()
    for path, data in wanted.items():
        if there.get(path) != data:
            (vault / path).parent.mkdir(parents=True, exist_ok=True)
            (vault / path).write_bytes(data)


def settings(example: Path) -> str:
    """Return the configuration of an example."""
    own = example / "settings.toml"
    text = USUAL + (own.read_text(encoding="utf-8") if own.exists() else "")
    return text + (f'note.template = "{example / "templates"}"\n' if (example / "templates").exists() else "")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_update_is_added_once_and_takes_no_byte_away(tmp_path: Path, example: Path) -> None:
    user = Direct(tmp_path / "home", settings=settings(example))
    steps = sorted(path for path in example.iterdir() if path.name.isdecimal())
    for number, step in enumerate(steps):
        at = START + timedelta(days=number)
        if (step / "export.json").exists():
            user.books = list(parse_page((step / "export.json").read_bytes()).books)
        if (step / "owner").exists():
            left_by_owner(user.vault, files(step / "owner"))
        before = user.text()
        report = user.sync(at=at)
        assert (report.holds, report.failures) == ([], [])
        after = user.tree()
        assert {path: data for path, (data, _) in after.items()} == files(step / "after")
        assert all(after[path][0].startswith(data) for path, data in before.items())
        user.sync(at=at + timedelta(minutes=1))
        assert user.tree() == after
    user.forget()
    user.sync(at=at + timedelta(minutes=2))
    assert user.tree() == after


def test_there_is_an_example_of_each_kind_of_update() -> None:
    assert len(EXAMPLES) >= 15
