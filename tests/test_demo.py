"""`syncer demo`: the vault that it makes, and the folders that it leaves alone.

The finished vault is kept, byte for byte, in `notes/demo/`: whoever changes what a note looks like sees it there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from syncer.cli import main
from syncer.demo import BRIDGES, BRIDGES_MOVED, CLOCKS, DELETED, OWN_LINE, RIVER, make
from syncer.demo_folder import OWN
from syncer.errors import UsageError, VaultError
from syncer.export_file import parse_export
from syncer.model import Decision, NotePath, Placed
from syncer.verify import verify_book

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "notes" / "demo"


def notes(folder: Path) -> dict[str, bytes]:
    """Return every file of the folder outside the demo's hidden one."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if OWN not in path.parts}


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file below the folder with its bytes and its mtime in nanoseconds."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_the_finished_vault_is_the_one_that_is_kept_here(tmp_path: Path) -> None:
    said: list[str] = []
    make(tmp_path / "demo", say=said.append)
    assert notes(tmp_path / "demo") == notes(GOLDEN)
    assert any("syncer once" in line for line in said)
    assert said[-1] == "For your own highlights: syncer init"


def test_what_the_owner_did_in_between_has_survived() -> None:
    river = (GOLDEN / RIVER).read_text(encoding="utf-8")
    assert river.count(OWN_LINE) == 1
    assert river.index(OWN_LINE) < river.index("## New highlights added November 11, 2026 at 6:45 PM")
    assert river.index("November 11, 2026 at 6:45 PM") < river.index("November 14, 2026 at 9:12 PM")
    assert DELETED not in (GOLDEN / CLOCKS).read_text(encoding="utf-8")
    assert (GOLDEN / BRIDGES_MOVED).exists()
    assert not (GOLDEN / BRIDGES).exists()


def test_verify_finds_no_highlight_twice_in_the_finished_vault() -> None:
    books = parse_export((ROOT / "syncer" / "demo_library.json").read_bytes()).books
    texts = {path: data.decode() for path, data in notes(GOLDEN).items()}
    for book in books:
        (path,) = (path for path, text in texts.items() if f"- Full Title: {book.title}\n" in text)
        decision = Decision(book_id=book.id, title=book.title, path=NotePath(path))
        found = verify_book(book, Placed(), decision, text=texts[path], linked={})
        assert (found.twice, found.present) == ((), len(book.highlights) - (path == CLOCKS))


@pytest.mark.slow
def test_a_second_demo_makes_the_same_vault_again_and_leaves_obsidians_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make(folder, say=print)
    (folder / ".obsidian").mkdir()
    (folder / ".obsidian" / "app.json").write_text("{}")
    make(folder, say=print)
    assert notes(folder) == {**notes(GOLDEN), ".obsidian/app.json": b"{}"}


@pytest.mark.parametrize("name", ["mine.md", ".hidden", "Readwise/mine.md", f"{OWN}/mine", f"{OWN}/made.json"])
def test_a_folder_with_anything_in_it_is_refused_and_not_touched(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine" / name).parent.mkdir(parents=True)
    (tmp_path / "mine" / name).write_text("{}")
    before = everything(tmp_path)
    assert main(["demo", str(tmp_path / "mine")], env=os.environ, now=datetime.now) == 2
    assert capsys.readouterr().err == (
        f"syncer: {tmp_path / 'mine'} holds something that is no earlier demo; nothing was touched\n"
        "hint: name a folder that is not there yet: syncer demo FOLDER\n"
    )
    assert everything(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("change", ["edited", "added", "removed", "linked"])
def test_a_demo_that_somebody_works_in_is_refused_and_not_touched(tmp_path: Path, change: str) -> None:
    folder = tmp_path / "demo"
    make(folder, say=print)
    note = folder / RIVER
    match change:
        case "edited":
            note.write_bytes(note.read_bytes() + b"mine\n")
        case "added":
            (folder / "Mine.md").write_bytes(b"mine\n")
        case "removed":
            note.unlink()
        case _:
            note.rename(tmp_path / "kept.md")
            note.symlink_to(tmp_path / "kept.md")
    before = everything(tmp_path)
    with pytest.raises(UsageError, match="is not as the demo left it; nothing was touched"):
        make(folder, say=print)
    assert everything(tmp_path) == before


def test_a_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(UsageError, match="is not a folder"):
        make(tmp_path / "demo", say=print)
    assert (tmp_path / "demo").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named_with_the_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(VaultError, match=r"the demo could not be made in .*file/demo: not a directory"):
        make(tmp_path / "file" / "demo", say=print)


def test_a_listener_that_went_away_is_no_fault_of_the_folder(tmp_path: Path) -> None:
    def say(_: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        make(tmp_path / "demo", say=say)


@pytest.mark.slow
def test_nothing_outside_of_the_folder_is_touched(tmp_path: Path, sandbox: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "syncer", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["syncer-demo"]
    assert everything(sandbox) == {}
    assert "The vault is finished: syncer-demo" in ran.stdout.splitlines()
