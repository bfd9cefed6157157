"""Which file does a sync write to, and which does it leave alone: names that are taken, rivals, obstacles, a plug-in?

A hold names the note, the cause and the way out, and the exit code is 74; the other notes are still written.
"""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from pathlib import Path

import msgspec
import pytest

from tests.direct import Direct
from tests.harness import Home, home
from tests.made import START, book, highlight, later, line, section, words

pytestmark = pytest.mark.slow  # whole syncs, one after the other

NOTE = "Readwise/Deep Work.md"
PLUGIN = ".obsidian/plugins/readwise-official/data.json"


def put(user: Home, path: str, data: bytes | str) -> Path:
    """Write a file of the vault, with the folders above it."""
    target = user.vault / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data.encode() if isinstance(data, str) else data)
    return target


def exported(title: str, author: str, *texts: str, url: str = "") -> str:
    """Return a note as Readwise's export writes it, without links."""
    source = f"- URL: {url}\n" if url else ""
    lines = "".join(f"- {text}\n" for text in texts)
    return f"# {title}\n\n## Metadata\n- Author: [[{author}]]\n- Full Title: {title}\n{source}\n## Highlights\n{lines}"


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("title", ["A conflict copy 2", "Notes (conflicted copy) and more", "a.syncthing.b"])
def test_a_title_like_a_conflict_copys_name_makes_one_note_that_is_found_again(tmp_path: Path, title: str) -> None:
    with home(tmp_path, [book(1, title, [highlight(11), highlight(12, at=later(2))])]) as user:
        user.once(at=START)
        (path,) = user.tree()
        user.once(at=later(3))
        assert list(user.tree()) == [path]
        assert user.note(path).endswith(section(later(3), highlight(12)))


def test_a_highlight_with_an_address_of_another_program_is_written_once(tmp_path: Path) -> None:
    short = [msgspec.structs.replace(highlight(n), text="Yes.", url=f"zotero://select/items/{n}") for n in (11, 12)]
    with home(tmp_path, [book(1, "Deep Work", short)]) as user:
        assert user.once(at=START).code == 0
        before = user.tree()
        assert user.note(NOTE).decode().count("- Yes. ([View Highlight](zotero://select/items/") == 2
        shutil.rmtree(user.state)
        assert user.once(at=later(1)).code == 0
        assert user.tree() == before


def test_two_books_of_one_title_are_two_notes(tmp_path: Path) -> None:
    books = [book(1, "Deep Work", [highlight(11)]), book(2, "Deep Work", [highlight(21)], author="Someone Else")]
    with home(tmp_path, books) as user:
        user.once(at=START)
        assert list(user.tree()) == ["Readwise/Deep Work (2).md", NOTE]
        assert line(highlight(11)).encode() in user.note(NOTE)
        assert line(highlight(21)).encode() in user.note("Readwise/Deep Work (2).md")
        before = user.tree()
        for copy in user.state.iterdir():
            copy.unlink()
        user.once(at=later(1))
        assert user.tree() == before


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("Deep Work", "DEEP WORK"), ("Deep Work", "DEEP WORK (2)")),
        (("Straße", "STRASSE"), ("Straße", "STRASSE (2)")),
        (("Café", unicodedata.normalize("NFD", "café")), ("Café", "café (2)")),
    ],
)
def test_titles_that_some_disks_take_for_one_are_two_names(
    tmp_path: Path, titles: tuple[str, str], names: tuple[str, str]
) -> None:
    books = [book(number, title, [highlight(number * 10)]) for number, title in enumerate(titles, 1)]
    with home(tmp_path, books) as user:
        user.once(at=START)
        assert set(user.tree()) == {f"Readwise/{name}.md" for name in names}


@pytest.mark.parametrize("name", ["Deep Work.md", "deep work.MD", "DEEP WORK.md"])
def test_a_users_own_file_of_that_name_is_left_alone(tmp_path: Path, name: str) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])]) as user:
        own = put(user, f"Readwise/{name}", "My own thoughts about focus.\n")
        before = own.read_bytes(), own.stat().st_mtime_ns
        assert user.once(at=START).code == 0
        assert set(user.tree()) == {f"Readwise/{name}", "Readwise/Deep Work (1).md"}
        made = user.note("Readwise/Deep Work (1).md")
        user.once(at=later(2))
        assert user.note("Readwise/Deep Work (1).md") == made + section(later(2), highlight(12))
        assert (own.read_bytes(), own.stat().st_mtime_ns) == before


def test_where_both_names_are_taken_the_book_is_held(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)]), book(2, "Slow", [highlight(21)])]) as user:
        put(user, NOTE, "mine\n")
        put(user, "Readwise/Deep Work (1).md", "mine too\n")
        ran = user.once(at=START)
        assert ran.code == 74
        assert "Deep Work (1).md" in ran.err
        assert set(user.tree()) == {NOTE, "Readwise/Deep Work (1).md", "Readwise/Slow.md"}


def test_an_empty_file_of_the_notes_name_that_was_just_saved_is_held(tmp_path: Path) -> None:
    """An editor empties a file a moment before it saves it."""
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        put(user, NOTE, b"")
        ran = user.once(at=START)
        assert (ran.code, NOTE in ran.err) == (74, True)
        assert [(path, data) for path, (data, _) in user.tree().items()] == [(NOTE, b"")]


def test_a_copy_of_a_note_is_told_once_and_not_written(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12), highlight(13, at=later(2))])]) as user:
        user.once(at=START)
        whole = user.note(NOTE)
        for copy in user.state.iterdir():
            copy.unlink()
        put(user, "Readwise/Deep Work 1.md", whole.replace(line(highlight(12)).encode(), b""))
        ran = user.once(at=later(1))
        assert (ran.code, ran.err.count("Deep Work 1.md")) == (0, 1)
        before = user.tree()
        ran = user.once(at=later(3))
        assert user.note(NOTE) == whole + section(later(3), highlight(13))
        assert user.tree()["Readwise/Deep Work 1.md"] == before["Readwise/Deep Work 1.md"]
        assert (ran.code, ran.err) == (0, "")


# ---------------------------------------------------------------- whose note


def test_the_plugins_map_says_which_note_is_a_books(tmp_path: Path) -> None:
    """Nothing else does: another title, another author, no link."""
    bare = [highlight(11, linked=False), highlight(12, linked=False, at=later(2))]
    with home(tmp_path, [book(1, "Deep Work", bare)]) as user:
        note = exported("Focus", "A. Person", words(11)).encode()
        put(user, "Books/Focus.md", note)
        put(user, PLUGIN, json.dumps({"token": "secret", "isSyncing": False, "booksIDsMap": {"Books/Focus.md": "1"}}))
        user.once(at=START)
        assert set(user.tree()) == {"Books/Focus.md", PLUGIN}
        user.once(at=later(3))
        assert user.note("Books/Focus.md") == note + section(later(3), bare[1])


def test_while_the_plugin_syncs_nothing_is_written(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        data = put(user, PLUGIN, json.dumps({"isSyncing": True, "booksIDsMap": {}}))
        os.utime(data, (START.timestamp(), START.timestamp()))
        ran = user.once(at=later(0.1))
        assert ran.code == 74
        assert "plug-in" in ran.err
        assert list(user.tree()) == [PLUGIN]
        assert user.once(at=later(0.3)).code == 0
        assert set(user.tree()) == {PLUGIN, NOTE}


def test_while_the_plugin_syncs_a_vault_with_nothing_to_add_is_no_hold(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        user.once(at=START)
        data = put(user, PLUGIN, json.dumps({"isSyncing": True, "booksIDsMap": {}}))
        os.utime(data, (later(1).timestamp(), later(1).timestamp()))
        assert user.once(at=later(1)).code == 0


def test_two_notes_that_fit_equally_well_hold_the_book_and_both_are_named(tmp_path: Path) -> None:
    bare = [highlight(11, linked=False), highlight(12, linked=False)]
    with home(tmp_path, [book(1, "Deep Work", bare, source_url=""), book(2, "Slow", [highlight(21)])]) as user:
        for path in ("A/Deep Work.md", "B/Deep Work.md"):
            put(user, path, exported("Deep Work", "Ada Lovelace", "something of my own that is no highlight"))
        ran = user.once(at=START)
        assert ran.code == 74
        assert all(part in ran.err for part in ("A/Deep Work.md", "B/Deep Work.md", "syncer adopt 1"))
        assert set(user.tree()) == {"A/Deep Work.md", "B/Deep Work.md", "Readwise/Slow.md"}
        before = user.note("B/Deep Work.md")
        assert user.run("adopt", "1", "B/Deep Work.md").code == 0
        assert user.once(at=later(1)).code == 0
        assert user.note("B/Deep Work.md") == before + section(later(1), *bare)


def test_a_note_that_merely_quotes_a_highlight_is_not_the_books(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12), highlight(13)])]) as user:
        own = put(user, "Essay.md", f"# My essay\n\nAs Ada says:\n\n> {words(11)} [source]({highlight(11).url})\n")
        before = own.read_bytes()
        user.once(at=START)
        assert set(user.tree()) == {"Essay.md", NOTE}
        assert own.read_bytes() == before


# ---------------------------------------------------------------- what is in the way

OBSTACLES = {
    "a fence": "\n```python\nprint(1)\n",
    "a comment": "\n<!-- to do\n",
    "an Obsidian comment": "\n%%\nhidden\n",
    "a formula": "\n$$\nx = 1\n",
    "conflict markers": "\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> main\n",
}


@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES.keys())
def test_an_obstacle_holds_a_note_only_when_something_is_to_be_written(tmp_path: Path, obstacle: str) -> None:
    deep = book(1, "Deep Work", [highlight(11), highlight(12, at=later(3))])
    with home(tmp_path, [deep, book(2, "Slow", [highlight(21), highlight(22, at=later(3))])]) as user:
        user.once(at=START)
        edited = user.note(NOTE) + obstacle.encode()
        put(user, NOTE, edited)
        assert user.once(at=later(1)).code == 0
        slow = user.note("Readwise/Slow.md")
        ran = user.once(at=later(4))
        assert ran.code == 74
        assert NOTE in ran.err
        assert "line" in ran.err
        assert user.note(NOTE) == edited
        assert user.note("Readwise/Slow.md") == slow + section(later(4), highlight(22))
        mended = edited.removesuffix(obstacle.encode()) + b"\nmended\n"
        put(user, NOTE, mended)
        assert user.once(at=later(5)).code == 0
        assert user.note(NOTE) == mended + section(later(5), highlight(12))


def test_a_note_that_is_no_utf8_text_is_held(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])]) as user:
        user.once(at=START)
        wide = user.note(NOTE).decode().encode("utf-16")
        put(user, NOTE, wide)
        ran = user.once(at=later(2))
        assert (ran.code, NOTE in ran.err) == (74, True)
        assert user.note(NOTE) == wide


def test_a_note_being_edited_is_held_and_written_by_the_next_sync(tmp_path: Path) -> None:
    user = Direct(tmp_path / "home")
    user.books = [book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])]
    user.sync(at=START)
    saved = user.text()[NOTE] + b"just typed"
    (user.vault / NOTE).write_bytes(saved)
    user.config = user.configured(quiet_time="1h")
    report = user.sync(at=later(2))
    assert (report.exit_code, ["being edited" in held.reason for held in report.holds]) == (74, [True])
    assert user.text() == {NOTE: saved}
    user.config = user.configured()
    assert user.sync(at=later(3)).exit_code == 0
    assert user.text() == {NOTE: saved + b"\n" + section(later(3), highlight(12))}


def test_what_a_book_lacks_although_readwise_says_nothing_new_is_written_by_the_next_sync(tmp_path: Path) -> None:
    """A hold is not forgotten with the increment that brought it."""
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12, at=later(1))])]) as user:
        user.once(at=START)
        whole = user.note(NOTE)
        put(user, NOTE, whole + b"```\nopen\n")
        assert user.once(at=later(2)).code == 74
        user.server.serve([])
        assert user.once(at=later(3)).code == 74
        put(user, NOTE, whole)
        assert user.once(at=later(4)).code == 0
        assert user.note(NOTE) == whole + section(later(4), highlight(12))


def test_new_notes_go_to_the_folder_and_name_that_the_templates_say(tmp_path: Path) -> None:
    settings = 'vault.folder = "Lib/{{ category }}"\nvault.file_name = "{{ author }} - {{ title }}"'
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])], settings=settings) as user:
        user.once(at=START)
        (path,) = user.tree()
        assert path.startswith("Lib/")
        assert path.endswith("/Ada Lovelace - Deep Work.md")


def test_a_book_that_comes_later_with_the_title_of_another_gets_a_note_of_its_own(tmp_path: Path) -> None:
    older = book(1, "Poems", [highlight(11, linked=False)], source_url="")
    newer = book(2, "Poems", [highlight(21, linked=False, at=later(1))], source_url="")
    with home(tmp_path, [older]) as user:
        assert user.once(at=later(0)).code == 0
        before = user.tree()
        user.server.serve([older, newer])
        assert user.once(at=later(2)).code == 0
        assert user.tree().keys() - before.keys() == {"Readwise/Poems (2).md"}
        assert user.tree()["Readwise/Poems.md"] == before["Readwise/Poems.md"]
