"""What is planned where a note or a folder that could be listed a moment ago cannot be read any more?"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.report import Report
from tests.calls import Stead, call
from tests.direct import Direct
from tests.made import START, book, highlight, later

NOTE = "Readwise/Deep Work.md"


@pytest.fixture
def user(tmp_path: Path) -> Direct:
    """A user whose note was made and then edited, and whose book has a new highlight."""
    made = Direct(tmp_path / "home")
    made.books = [book(1, "Deep Work", [highlight(11)])]
    made.sync(at=START)
    with (made.vault / NOTE).open("ab") as note:
        note.write(b"mine\n")
    made.books = [book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])]
    return made


def at_its_second_opening(act: Callable[[], object]) -> Stead:
    """Return an `open` that lets others act right before a note is opened again, after it was indexed."""

    def stead(real: Callable[..., object]) -> Callable[..., object]:
        seen: list[str] = []

        def made(path: str, *arguments: object, **options: object) -> object:
            seen.extend([path] if path == "Deep Work.md" else [])
            if len(seen) == 2:
                seen.append("")
                act()
            return real(path, *arguments, **options)

        return made

    return stead


def failed(number: int) -> Callable[[], object]:
    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


def only_hold(report: Report) -> tuple[str, bool]:
    (hold,) = report.holds
    return hold.reason, hold.soon


def test_a_note_that_cannot_be_read_any_more_is_held_with_the_systems_reason(user: Direct) -> None:
    before = user.text()
    with call("open", at_its_second_opening(failed(errno.EIO))):
        assert only_hold(user.sync(at=later(2))) == ("it could not be read: input/output error", False)
    assert user.text() == before
    assert user.sync(at=later(3)).exit_code == 0
    assert user.text()[NOTE].startswith(before[NOTE])
    assert user.text()[NOTE].count(b"## New highlights added") == 1


def test_a_note_that_is_a_pipe_by_now_is_held(user: Direct) -> None:
    def piped() -> None:
        (user.vault / NOTE).rename(user.vault / "kept")
        os.mkfifo(user.vault / NOTE)

    with call("open", at_its_second_opening(piped)):
        reason, _ = only_hold(user.sync(at=later(2)))
    assert "file" in reason
    assert [path.name for path in (user.vault / "Readwise").iterdir()] == ["Deep Work.md"]


def test_a_folder_that_leads_out_of_the_vault_by_now_gets_no_note(user: Direct, tmp_path: Path) -> None:
    """It is swapped for a link between the look at the vault and the search for a free name in it."""
    user.books = [*user.books, book(2, "Slow", [highlight(21)])]

    def swapped() -> None:
        (user.vault / "Readwise").rename(tmp_path / "outside")
        (user.vault / "Readwise").symlink_to(tmp_path / "outside")

    with call("open", at_its_second_opening(swapped)):
        report = user.sync(at=later(2))
    assert {hold.reason.partition(":")[0] for hold in report.holds} >= {'the folder "Readwise" could not be listed'}
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["Deep Work.md"]


def test_a_folder_that_cannot_be_listed_any_more_gets_no_note_this_time(user: Direct) -> None:
    user.books = [*user.books, book(2, "Slow", [highlight(21)])]

    def stead(real: Callable[..., object]) -> Callable[..., object]:
        def made(where: object) -> object:
            if isinstance(where, int) and "scanned" in asked and Path(f"/proc/self/fd/{where}").resolve() == folder:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            asked.add(
                "scanned" if isinstance(where, int) and Path(f"/proc/self/fd/{where}").resolve() == folder else ""
            )
            return real(where)

        return made

    asked: set[str] = set()
    folder = (user.vault / "Readwise").resolve()
    with call("scandir", stead):
        report = user.sync(at=later(2))
    assert only_hold(report) == ('the folder "Readwise" could not be listed: input/output error', False)
    assert sorted(user.text()) == [NOTE]
