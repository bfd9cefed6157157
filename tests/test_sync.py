"""What does a sync write: all of a new note, one section under an old one, and nothing where nothing is missing?

The whole program, from the command line to the files, against a real server on loopback; only the clock is given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from syncer.model import Book, HighlightId
from tests.harness import Home, home
from tests.made import START, book, changed, highlight, later, line, section, words

NOTE = "Readwise/Deep Work.md"


def deep_work(*numbers: int, new: int | None = None) -> Book:
    """Return a book with these highlights, and one that appears two hours later."""
    highlights = [highlight(number) for number in numbers]
    return book(1, "Deep Work", [*highlights, highlight(new, at=later(2))] if new else highlights)


def test_a_first_sync_makes_a_note_with_all_highlights_in_document_order(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(13, 11, 12)]) as user:
        ran = user.once(at=START)
        assert (ran.code, ran.err) == (0, "")
        body = user.note(NOTE).decode().partition("## Highlights\n")[2]
        assert body == line(highlight(11)) + line(highlight(12)) + line(highlight(13))


def test_a_second_sync_changes_no_byte_and_no_mtime(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12), book(2, "Slow", [highlight(21)])]) as user:
        user.once(at=START)
        before = user.tree()
        assert user.once(at=later(1)).out.startswith("nothing added")
        assert user.tree() == before


def test_a_new_highlight_adds_exactly_one_section(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, new=10)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        assert user.once(at=later(3)).code == 0
        assert user.note(NOTE) == before + section(later(3), highlight(10))


def test_one_new_highlight_in_a_book_of_500_adds_that_one(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(*range(1000, 1500), new=999)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        user.once(at=later(3))
        assert user.note(NOTE) == before + section(later(3), highlight(999))
        assert "updatedAfter" in user.server.requests[-1].query


def test_a_book_that_an_increment_brings_is_fetched_whole_before_its_note_is_made(tmp_path: Path) -> None:
    """Its older highlights did not change, so the increment alone does not hold them."""
    with home(tmp_path, [deep_work(11)]) as user:
        user.once(at=START)
        old = [highlight(number, at=later(-100)) for number in (21, 22)]
        user.server.serve([deep_work(11), book(2, "Slow", [*old, highlight(23, at=later(1))])])
        user.once(at=later(2))
        assert user.server.requests[-1].query["ids"] == "2"
        body = user.note("Readwise/Slow.md").decode().partition("## Highlights\n")[2]
        assert body == line(old[0]) + line(old[1]) + line(highlight(23))


def test_two_books_in_one_note_share_one_section(tmp_path: Path) -> None:
    first, second = deep_work(11, new=12), book(2, "Slow", [highlight(21), highlight(22, at=later(2))])
    with home(tmp_path, [first, second]) as user:
        user.once(at=START)
        slow = user.note("Readwise/Slow.md")
        (user.vault / "Readwise/Slow.md").unlink()
        with (user.vault / NOTE).open("ab") as note:
            note.write(slow)
        assert user.run("adopt", "2", NOTE).code == 0
        before = user.note(NOTE)
        assert user.once(at=later(3)).code == 0
        assert user.note(NOTE) == before + section(later(3), highlight(12), highlight(22))
        assert sorted(user.tree()) == [NOTE]


@pytest.mark.parametrize(
    ("edit", "end"),
    [
        pytest.param(lambda note: note.replace(b"\n", b"\r\n"), b"\r\n", id="crlf"),
        pytest.param(lambda note: b"\xef\xbb\xbf" + note, b"\n", id="byte order mark"),
        pytest.param(lambda note: note + b"\n## Mine\n\n- my own thought\n\n---\n", b"\n", id="own tail"),
        pytest.param(lambda note: note + b"   \n\n\n", b"\n", id="blank lines last"),
        pytest.param(lambda note: note + b"\xff\xfe no UTF-8 \x80\n", b"\n", id="bytes that are no text"),
        pytest.param(lambda note: note.replace(b"## Highlights\n", b"## Highlights\n\nMy view.\n"), b"\n", id="middle"),
        pytest.param(lambda note: b"- before all\n" + note, b"\n", id="no front matter at the start"),
    ],
)
def test_a_section_goes_to_the_end_of_whatever_its_owner_made_of_the_note(
    tmp_path: Path, edit: object, end: bytes
) -> None:
    assert callable(edit)
    with home(tmp_path, [deep_work(11, 12, new=13)]) as user:
        user.once(at=START)
        edited = edit(user.note(NOTE))
        (user.vault / NOTE).write_bytes(edited)
        assert user.once(at=later(3)).code == 0
        assert user.note(NOTE) == edited + section(later(3), highlight(13)).replace(b"\n", end)


def test_a_missing_final_newline_is_added_before_the_section(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, new=12)]) as user:
        user.once(at=START)
        bare = user.note(NOTE).removesuffix(b"\n")
        (user.vault / NOTE).write_bytes(bare)
        user.once(at=later(3))
        assert user.note(NOTE) == bare + b"\n" + section(later(3), highlight(12))


@pytest.mark.parametrize("name", ["Readwise/Renamed.md", "Archive/2024/Deep Work.md", "Ünder «way».md"])
def test_a_note_that_was_renamed_or_moved_is_extended_where_it_is_now(tmp_path: Path, name: str) -> None:
    with home(tmp_path, [deep_work(11, new=12)]) as user:
        user.once(at=START)
        target = user.vault / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (user.vault / NOTE).rename(target)
        user.once(at=later(1))
        assert list(user.tree()) == [name]
        before = user.note(name)
        assert user.once(at=later(3)).code == 0
        assert user.note(name) == before + section(later(3), highlight(12))
        assert list(user.tree()) == [name]


def test_a_note_that_a_sync_tool_replaced_is_still_the_books(tmp_path: Path) -> None:
    """Another inode under another name: the links tell."""
    with home(tmp_path, [deep_work(11, 12, new=13)]) as user:
        user.once(at=START)
        bytes_then = user.note(NOTE)
        (user.vault / "Copied.md").write_bytes(bytes_then)
        (user.vault / NOTE).unlink()
        user.once(at=later(3))
        assert list(user.tree()) == ["Copied.md"]
        assert user.note("Copied.md") == bytes_then + section(later(3), highlight(13))


def test_two_syncs_of_one_minute_share_a_heading(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, new=12)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        user.once(at=later(3))
        user.server.serve([book(1, "Deep Work", [highlight(11), highlight(12), highlight(13, at=later(2))])])
        user.once(at=later(3).replace(second=40))
        assert user.note(NOTE) == before + section(later(3), highlight(12), highlight(13))


def test_a_note_edited_at_its_end_gets_a_heading_of_its_own_in_the_same_minute(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, new=12)]) as user:
        user.once(at=START)
        user.once(at=later(3))
        edited = user.note(NOTE) + b"my own line\n"
        (user.vault / NOTE).write_bytes(edited)
        user.server.serve([book(1, "Deep Work", [highlight(11), highlight(12), highlight(13, at=later(2))])])
        user.once(at=later(3).replace(second=40))
        assert user.note(NOTE) == edited + section(later(3), highlight(13))


def test_a_title_that_changes_at_readwise_leaves_the_note_where_it_is(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        renamed = msgspec.structs.replace(deep_work(11, new=12), title="Deeper Work", readable_title="Deeper Work")
        user.server.serve([renamed])
        user.once(at=later(3))
        assert user.note(NOTE) == before + section(later(3), highlight(12))
        assert list(user.tree()) == [NOTE]


def test_a_book_made_anew_at_readwise_goes_on_in_its_old_note(tmp_path: Path) -> None:
    """A source imported again comes with new ids and the same links."""
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        again = [changed(highlight(number), id=HighlightId(number + 500)) for number in (11, 12)]
        old = msgspec.structs.replace(deep_work(11, 12), is_deleted=True)
        user.server.serve([old, book(9, "Deep Work", [*again, highlight(13, at=later(1))], source_url=old.source_url)])
        assert user.once(at=later(200)).code == 0
        assert user.note(NOTE) == before + section(later(200), highlight(13))
        assert list(user.tree()) == [NOTE]


def test_twins_are_written_once(tmp_path: Path) -> None:
    """The same link and text under two ids, as when a source was imported twice."""
    twin = changed(highlight(11), id=HighlightId(77))
    bare = highlight(12, linked=False)
    bare_twin = changed(bare, id=HighlightId(78))
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), twin, bare, bare_twin])]) as user:
        user.once(at=START)
        assert user.note(NOTE).count(words(11).encode()) == 1
        assert user.note(NOTE).count(words(12).encode()) == 1
        before = user.tree()
        user.once(at=later(200))
        assert user.tree() == before


def test_a_short_text_at_two_locations_is_written_twice(tmp_path: Path) -> None:
    both = [changed(highlight(number, linked=False), text="Yes") for number in (11, 12)]
    with home(tmp_path, [book(1, "Deep Work", both)]) as user:
        user.once(at=START)
        assert user.note(NOTE).count(b"- Yes\n") == 2
        before = user.tree()
        user.once(at=later(200))
        shutil.rmtree(user.state)
        user.once(at=later(400))
        assert user.tree() == before


def test_what_is_deleted_or_discarded_at_readwise_is_never_written(tmp_path: Path) -> None:
    gone = [changed(highlight(12), is_deleted=True), changed(highlight(13), is_discard=True)]
    whole = book(2, "Gone", [highlight(21)], is_deleted=True)
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), *gone]), whole]) as user:
        user.once(at=START)
        assert list(user.tree()) == [NOTE]
        body = user.note(NOTE).decode().partition("## Highlights\n")[2]
        assert body == line(highlight(11))


def test_a_highlight_deleted_at_readwise_stays_in_its_note(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=START)
        before = user.tree()
        user.server.serve([book(1, "Deep Work", [highlight(11), changed(highlight(12, at=later(1)), is_deleted=True)])])
        assert user.once(at=later(2)).code == 0
        user.server.serve([deep_work(11)])
        assert user.once(at=later(200)).code == 0
        assert user.tree() == before


def _syncing_elsewhere(user: Home, *strace: str) -> subprocess.CompletedProcess[str]:
    """Sync in a process of its own, with the real clock."""
    command = [*strace, sys.executable, "-m", "syncer", "--config", str(user.config), "once"]
    env = {**os.environ, **user.env}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.system
def test_a_sync_with_nothing_to_do_opens_no_note_for_writing(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        if os.environ.get("CI") == "true":
            pytest.fail("strace is not installed")
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    with home(tmp_path / "home", [deep_work(11, 12), book(2, "Slow", [highlight(21)])]) as user:
        user.once(at=START)
        before = user.tree()
        calls = "trace=open,openat,creat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,truncate,mkdir,mkdirat"
        ran = _syncing_elsewhere(user, strace, "-f", "-y", "-o", str(trace), "-e", calls)
        assert (ran.returncode, ran.stderr) == (0, "")
        inside = [one for one in trace.read_text(encoding="utf-8").splitlines() if f"{user.vault}" in one]
        assert any("O_RDONLY" in one for one in inside), "the trace does not show the vault at all"
        writing = [one for one in inside if "O_RDONLY" not in one and "O_PATH" not in one]
        assert writing == []
        assert user.tree() == before
