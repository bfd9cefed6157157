"""Does an undo lose nothing when it is cut short, meets an error, or comes after a run that was cut short?

Each begins with two notes that a second run has added to, and one that it made.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.errors import UsageError, VaultError
from syncer.model import AppendSection, Book, BookId, Highlight, HighlightId
from syncer.offline import verify
from syncer.undo import Piece, look, take_back_all
from tests.calls import call, failing
from tests.direct import Direct, Killed
from tests.harness import NOW, home
from tests.made import changed

LATER = NOW + timedelta(hours=2)
LAST = NOW + timedelta(hours=4)
MADE = "Readwise/C.md"


def highlight(number: int, *, note: str = "", day: int = 1) -> Highlight:
    moment = f"2024-10-{day:02}T08:00:00.000Z"
    return Highlight(
        id=HighlightId(number),
        text=f"Sentence number {number} says something of its own",
        note=note,
        location=number,
        location_type="offset",
        url=f"https://read.readwise.io/read/01jabc{number:020}",
        created_at=moment,
        updated_at=moment,
    )


def book(number: int, title: str, *highlights: Highlight) -> Book:
    return Book(id=BookId(number), title=title, author="A. Keeper", category="articles", highlights=highlights)


BEFORE = [book(1, "A", highlight(11)), book(2, "B", highlight(21))]
AFTER = [
    book(1, "A", highlight(11, note="a thought", day=14), highlight(12, day=14)),
    book(2, "B", highlight(21), highlight(22, day=14)),
    book(3, "C", highlight(31, day=14)),
]


@pytest.fixture
def user(tmp_path: Path) -> Direct:
    """A vault of which a second run has extended two notes, one of them by an update, too, and made a third."""
    made = Direct(tmp_path, settings='updates.mode = "append"\nupdates.settle = "0s"')
    made.books = BEFORE
    assert made.sync(at=NOW).exit_code == 0
    made.books = AFTER
    assert made.sync(at=LATER).exit_code == 0
    return made


def undo(user: Direct, *, forget: bool = False, run: int = 2) -> list[Piece]:
    return take_back_all(user.setup(LATER), run=run, forget=forget)


def whole(user: Direct) -> dict[str, list[bytes]]:
    """Return each note's lines without its headings: a section that comes again comes at another time."""
    return {path: [one for one in data.splitlines() if one[:2] != b"##"] for path, data in user.text().items()}


def is_folder(descriptor: int) -> bool:
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


def is_note(descriptor: int) -> bool:
    return not is_folder(descriptor)


def killing(real: Callable[..., object]) -> Callable[..., object]:
    """Stand in for a call at which the process ends."""

    def made(*_: object, **__: object) -> object:
        raise Killed

    return made


def opens(name: str) -> Callable[..., bool]:
    return lambda path, *_: path == name


def additions(user: Direct, run: int = 2) -> list[str]:
    return [piece.path for piece in look(user.setup(LATER), run=run)[1]]


# ---------------------------------------------------------------- cut short, and begun again


def test_an_undo_that_was_cut_short_and_is_begun_again_loses_nothing(user: Direct) -> None:
    before = whole(user)
    with pytest.raises(Killed), call("fsync", killing):
        undo(user, forget=True)
    assert [piece.path for piece in undo(user, forget=True)] == ["Readwise/B.md", MADE]
    assert user.sync(at=LAST).exit_code == 0
    assert whole(user) == before


@pytest.mark.parametrize("forget", [False, True])
def test_a_preview_and_verify_know_what_an_undo_had_taken_out_when_it_was_cut_short(
    user: Direct, *, forget: bool
) -> None:
    with pytest.raises(Killed), call("fsync", killing):
        undo(user, forget=forget)
    files = user.tree()
    would = {one.path: one.data for one, _ in user.shown(at=LAST) if isinstance(one, AppendSection)}
    with verify(user.setup(LAST)) as (_, findings):
        missing = [len(one.missing) for one in findings]
    assert user.tree() == files
    user.sync(at=LAST)
    assert {path: user.text()[path] for path in would} == {path: files[path][0] + data for path, data in would.items()}
    assert (len(would), sum(missing) > 0) == (1 if forget else 0, forget)


def test_what_an_undo_was_to_leave_alone_is_not_taken_for_its_work_after_a_crash(user: Direct) -> None:
    """Its owner took the text out of the note: that it may come again was said of what undo takes out."""
    note = user.vault / "Readwise/A.md"
    note.write_bytes(note.read_bytes()[: note.read_bytes().index(b"## New")])
    with pytest.raises(Killed), call("fsync", killing):
        undo(user, forget=True)
    user.sync(at=LAST)
    assert b"number 12" not in note.read_bytes()
    assert b"number 22" in user.text()["Readwise/B.md"]


@pytest.mark.parametrize("forget", [False, True])
def test_what_cannot_be_read_after_an_undo_was_cut_short_stays_open(user: Direct, *, forget: bool) -> None:
    before = whole(user)
    with pytest.raises(Killed), call("unlink", killing):
        undo(user, forget=forget)
    with call("open", failing(errno.EACCES, when=opens("C.md"))):
        report = user.sync(at=LAST)
        with pytest.raises(VaultError, match=r'nothing was taken back: "Readwise/C.md": an earlier undo'):
            look(user.setup(LAST), run=None)
    assert [held.paths for held in report.holds] == [(MADE,)]
    assert user.sync(at=LAST).exit_code == 0
    assert additions(user) == [MADE]
    undo(user, forget=True)
    user.sync(at=LAST)
    assert (whole(user) == before) is forget


def test_a_note_that_the_cloud_has_taken_is_not_taken_for_removed(user: Direct) -> None:
    with pytest.raises(Killed), call("unlink", killing):
        undo(user)
    stub = user.vault / "Readwise/.C.md.icloud"
    (user.vault / MADE).rename(stub)
    assert user.sync(at=LAST).exit_code == 74
    stub.rename(user.vault / MADE)
    user.sync(at=LAST)
    assert additions(user) == [MADE]


def test_what_an_undo_had_taken_out_when_it_was_cut_short_stays_out(user: Direct) -> None:
    with pytest.raises(Killed), call("fsync", killing):
        undo(user)
    before = user.text()
    user.sync(at=LAST)
    assert user.text() == before
    assert b"number 12" not in before["Readwise/A.md"]


# ---------------------------------------------------------------- an error of the disk


def test_what_is_out_although_the_disk_failed_is_remembered_and_told(user: Direct) -> None:
    before = whole(user)
    with call("fsync", failing(errno.EIO, when=is_note)):
        pieces = undo(user, forget=True)
    why = "could not bring it to the disk: Input/output error"
    assert [(piece.taken, piece.is_done, piece.why) for piece in pieces[:2]] == [(True, False, why)] * 2
    assert user.sync(at=LAST).exit_code == 0
    assert whole(user) == before


def test_what_failed_and_cannot_be_read_stays_open(user: Direct) -> None:
    before = whole(user)
    failed: list[int] = []

    def after_a_failure(descriptor: int, *_: object) -> bool:
        return bool(failed) and descriptor >= 0

    def fails(descriptor: int) -> bool:
        failed.append(descriptor)
        return is_note(descriptor)

    with call("fsync", failing(errno.EIO, when=fails)), call("read", failing(errno.EIO, when=after_a_failure)):
        pieces = undo(user, forget=True)
    assert pieces[0].open
    assert not pieces[0].taken
    assert pieces[0].why.endswith("; it could not be read: input/output error; the next sync looks again")
    assert user.sync(at=LAST).exit_code == 0
    assert [one for one in whole(user)["Readwise/A.md"] if one not in before["Readwise/A.md"]] == []
    assert b"number 12" in user.text()["Readwise/A.md"]


def test_a_folder_that_cannot_be_brought_to_the_disk_is_told(tmp_path: Path) -> None:
    with home(tmp_path, AFTER) as user:
        assert user.once(at=LATER).code == 0
        with call("fsync", failing(errno.EIO, when=is_folder)):
            ran = user.run("undo", "--yes", at=LATER)
    assert ran.code == 74
    assert "3 additions of run 1 taken back\n" in ran.out
    what = 'taken back, but look at it: "Readwise/C.md": could not bring its folder to the disk: Input/output error\n'
    assert what in ran.err


# ---------------------------------------------------------------- after a run that was cut short


@pytest.fixture
def cut_short(tmp_path: Path) -> Direct:
    """A vault in which a second run was killed once it had written its notes, before it remembered that."""
    made = Direct(tmp_path)
    made.books = BEFORE
    made.sync(at=NOW)
    made.books = AFTER
    made.killed = (1, 0.1)
    with pytest.raises(Killed):
        made.sync(at=LATER)
    made.killed = (0, 0.0)
    return made


def test_a_preview_and_verify_say_that_a_run_was_cut_short_and_finish_nothing(cut_short: Direct) -> None:
    files = cut_short.tree()
    cut_short.shown(at=LATER)
    with verify(cut_short.setup(LATER)) as (_, findings):
        list(findings)
    assert cut_short.tree() == files
    assert [text[:29] for kind, text in cut_short.heard if kind == "warning"] == ["an earlier run was cut short "] * 2


@pytest.mark.parametrize("forget", [False, True])
def test_the_last_run_is_the_one_that_was_cut_short(cut_short: Direct, *, forget: bool) -> None:
    written = whole(cut_short)
    run, pieces = look(cut_short.setup(LATER), run=None)
    assert (run, [piece.path for piece in pieces]) == (2, ["Readwise/A.md", "Readwise/B.md", MADE])
    assert all(piece.is_done for piece in undo(cut_short, forget=forget))
    assert [path for path, data in cut_short.text().items() if b"number" in data] == ["Readwise/A.md", "Readwise/B.md"]
    left = whole(cut_short)
    assert left != written
    cut_short.sync(at=LAST)
    assert whole(cut_short) == (written if forget else left)


def test_a_run_of_which_a_note_cannot_be_read_is_not_taken_for_an_older_one(cut_short: Direct) -> None:
    before = cut_short.text()
    with call("open", failing(errno.EACCES, when=opens("A.md"))):
        with pytest.raises(VaultError, match=r'"Readwise/A.md": an earlier run was writing it, and it could not'):
            look(cut_short.setup(LATER), run=None)
        with pytest.raises(VaultError, match="nothing was taken back"):
            undo(cut_short)
        assert look(cut_short.setup(LATER), run=1)[0] == 1
    assert cut_short.text() == before
    assert look(cut_short.setup(LATER), run=None)[0] == 2


def test_a_vault_that_is_not_there_is_refused_before_anything_is_forgotten(user: Direct) -> None:
    with pytest.raises(Killed), call("fsync", killing):
        undo(user)
    away = user.folder / "away"
    user.vault.rename(away)
    user.vault.mkdir()
    with pytest.raises(VaultError, match="is empty, and 3 notes were known in it"):
        look(user.setup(LATER), run=None)
    user.vault.rmdir()
    away.rename(user.vault)
    assert additions(user) == ["Readwise/B.md", MADE]


def test_one_that_was_imported_twice_comes_again_when_it_is_forgotten(tmp_path: Path) -> None:
    user = Direct(tmp_path)
    user.books = BEFORE
    user.sync(at=NOW)
    one = highlight(12, day=14)
    user.books = [book(1, "A", highlight(11), one, changed(one, id=HighlightId(13)))]
    user.sync(at=LATER)
    before = whole(user)
    undo(user, forget=True)
    with pytest.raises(UsageError, match="added nothing"):
        look(user.setup(LATER), run=2)
    user.sync(at=LAST)
    assert whole(user) == before
