"""What does a dry run leave behind (nothing), and is what it shows exactly what `once` then writes?

Its diff is applied by `git apply` and by `patch -p1` to a copy of the vault: the bytes must be those of the sync.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.model import Book
from tests.harness import Home, home
from tests.made import START, book, highlight, later

pytestmark = pytest.mark.slow  # whole syncs, one after the other

NOTE = "Readwise/Deep Work.md"
TITLES = (
    "Plain",
    "With  blanks, and a tab\tin it",
    "Ünïcödé – 日本 🙂",
    'It\'s "quoted" \\ twice',
    "--- a plus +++ b",
    "Empty",
    "No final newline",
    "Windows",
    "Windows without a final newline",
    "Byte order mark",
    "One line",
)


def library(*, grown: bool) -> list[Book]:
    """Return a book for each title, and when they have grown, one highlight more in each and a book in a new folder."""
    books = []
    for number, title in enumerate(TITLES, 1):
        more = [highlight(number * 100 + 1, at=later(2), text="two\nlines \\ No newline")] if grown else []
        books.append(book(number, title, [highlight(number * 100), *more]))
    return [*books, book(50, "Bränd new", [highlight(5000, at=later(2))], category="tweets")] if grown else books


def edited(user: Home) -> None:
    """Give each note what its title says."""
    folder = user.vault / "Lib/articles"

    def change(title: str, data: bytes) -> None:
        (folder / f"{title}.md").write_bytes(data)

    def note(title: str) -> bytes:
        return (folder / f"{title}.md").read_bytes()

    change("No final newline", note("No final newline").removesuffix(b"\n"))
    change("Windows", note("Windows").replace(b"\n", b"\r\n"))
    bare = note("Windows without a final newline").replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    change("Windows without a final newline", bare)
    change("Byte order mark", b"\xef\xbb\xbf" + note("Byte order mark"))
    change("One line", b"- " + highlight(TITLES.index("One line") * 100 + 100).url.encode())


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home with notes of every kind, and something new for each."""
    with home(tmp_path, library(grown=False), settings='vault.folder = "Lib/{{ category }}"') as made:
        made.once(at=START)
        edited(made)
        made.once(at=later(1))
        made.server.serve(library(grown=True))
        yield made


def all_files(user: Home) -> dict[str, tuple[int, int, bytes]]:
    """Return every file and folder of the home with its mtime, inode and bytes."""
    found = {}
    for path in sorted([user.folder, *user.folder.rglob("*")]):
        facts = path.lstat()
        found[str(path)] = (facts.st_mtime_ns, facts.st_ino, path.read_bytes() if path.is_file() else b"")
    return found


def applied(user: Home, diff: bytes, *command: str) -> dict[str, bytes]:
    """Return the files of a copy of the vault to which a tool applied the diff."""
    copy = user.folder.parent / f"copy-{command[0]}"
    shutil.copytree(user.vault, copy)
    ran = subprocess.run(command, cwd=copy, input=diff, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()}


def needs(tool: str) -> None:
    """Skip without this tool; fail where all tools must be there."""
    if shutil.which(tool) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} is not installed")
        pytest.skip(f"{tool} is not installed")


@pytest.mark.system
@pytest.mark.parametrize("command", [("git", "apply", "-"), ("patch", "-p1", "--no-backup-if-mismatch")])
def test_the_diff_applied_by_another_tool_gives_the_bytes_of_the_sync(user: Home, command: tuple[str, ...]) -> None:
    needs(command[0])
    diff = user.run("dry-run", at=later(3))
    assert diff.code == 0
    by_tool = applied(user, diff.raw, *command)
    assert user.once(at=later(3)).code == 0
    assert by_tool == {path: data for path, (data, _) in user.tree().items()}
    assert len(by_tool) == len(TITLES) + 1


def test_a_dry_run_leaves_everything_as_it_was(user: Home) -> None:
    before = all_files(user)
    for options in ([], ["--stat"], ["--json"], ["--exit-code"]):
        user.run("dry-run", *options, at=later(3))
        assert all_files(user) == before


def test_a_first_dry_run_makes_no_state_and_no_folder(tmp_path: Path) -> None:
    with home(tmp_path, library(grown=True)) as user:
        before = all_files(user)
        ran = user.run("dry-run", "--stat", at=later(3))
        assert (ran.code, ran.out.count("\n")) == (0, len(TITLES) + 1)
        assert all_files(user) == before
        assert not user.state.exists()


def test_a_dry_run_says_what_the_sync_then_does(user: Home) -> None:
    plan = json.loads(user.run("dry-run", "--json", at=later(3)).out)
    did = json.loads(user.once("--json", at=later(3)).out)
    assert plan["changes"]
    assert {key: plan[key] for key in ("changes", "holds", "summary")} == {
        key: did[key] for key in ("changes", "holds", "summary")
    }
    assert (plan["dry_run"], did["dry_run"]) == (True, False)


def test_after_a_dry_run_a_sync_still_asks_for_the_same(user: Home) -> None:
    """A dry run moves no cursor."""
    user.run("dry-run", at=later(3))
    asked = [one.query for one in user.server.requests[-2:]]
    user.once(at=later(3))
    assert [one.query for one in user.server.requests[-2:]] == asked


def test_the_pipe_gets_the_diff_alone(user: Home) -> None:
    ran = user.run("dry-run", at=later(3))
    assert ran.raw.startswith(b"--- ")
    assert all(line[:1] in b"-+@ \\" for line in ran.raw.split(b"\n"))
    assert "nothing is written" in ran.err


def test_stat_is_one_line_a_note(user: Home) -> None:
    ran = user.run("dry-run", "--stat", at=later(3))
    lines = ran.out.splitlines()
    assert lines[0] == "M     1  Lib/articles/--- a plus +++ b.md"
    assert lines[-1] == "A     1  Lib/tweets/Bränd new.md"
    assert len(lines) == len(TITLES) + 1


@pytest.mark.parametrize(("hour", "code"), [(1, 0), (3, 1)])
def test_exit_code_tells_whether_something_would_change(user: Home, hour: int, code: int) -> None:
    assert user.run("dry-run", "--exit-code", at=later(hour)).code == code


def test_what_is_held_is_told_beside_the_diff(user: Home) -> None:
    path = user.vault / "Lib/articles/Plain.md"
    path.write_bytes(path.read_bytes() + b"```\nopen\n")
    ran = user.run("dry-run", at=later(3))
    assert (ran.code, "held back" in ran.err, "held back" in ran.out) == (74, True, False)
    assert b"Plain.md" not in ran.raw
    assert len(json.loads(user.run("dry-run", "--json", at=later(3)).out)["holds"]) == 1


def test_quiet_prints_the_diff_and_nothing_else(user: Home) -> None:
    loud = user.run("dry-run", at=later(3))
    ran = user.run("-q", "dry-run", at=later(3))
    assert (ran.raw, ran.err) == (loud.raw, "")


# ---------------------------------------------------------------- a stored export


def test_a_saved_export_plans_what_the_account_would(user: Home) -> None:
    saved = user.folder / "answer.json"
    assert user.run("export", "--save", str(saved), at=later(3)).code == 0
    assert saved.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(user.state)
    diff = user.run("dry-run", at=later(3))
    assert diff.raw
    loaded = user.run("dry-run", "--load", str(saved), at=later(3))
    assert (loaded.code, loaded.raw) == (0, diff.raw)


def test_a_plan_from_a_stored_export_neither_reads_nor_makes_a_state(user: Home) -> None:
    """What was taken out of a note is known to the state alone: without it, it is missing."""
    path = user.vault / "Lib/articles/Plain.md"
    whole = path.read_bytes()
    path.write_bytes(b"".join(line for line in whole.splitlines(keepends=True) if not line.startswith(b"- z")))
    text = path.read_bytes().replace(f"- {highlight(100).text}".encode(), b"- mine").replace(b"([View", b"([Mine")
    path.write_bytes(text.replace(highlight(100).url.encode(), b"https://example.org/x"))
    user.once(at=later(1))
    saved = user.folder / "answer.json"
    user.run("export", "--save", str(saved), at=later(1))
    user.server.requests.clear()
    before = all_files(user)
    with_state = user.run("dry-run", "--stat", at=later(1))
    loaded = user.run("dry-run", "--stat", "--load", str(saved), at=later(1))
    assert (with_state.out, loaded.out) == ("", "M     1  Lib/articles/Plain.md\n")
    assert all_files(user) == before
    assert all("pageCursor" in one.query or "updatedAfter" in one.query for one in user.server.requests)


def test_a_stored_export_needs_no_token(user: Home) -> None:
    saved = user.folder / "answer.json"
    user.run("export", "--save", str(saved), at=later(3))
    del user.env["READWISE_TOKEN"]
    assert user.run("dry-run", "--load", str(saved), at=later(3)).code == 0


def test_an_export_is_never_saved_over_a_file(user: Home) -> None:
    saved = user.folder / "mine.json"
    saved.write_text("mine", encoding="utf-8")
    assert user.run("export", "--save", str(saved), at=later(3)).code == 2
    assert saved.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ["", "{", "[1, 2", '{"results": 3}'])
def test_a_file_that_is_no_export_is_wrong_use(user: Home, text: str) -> None:
    broken = user.folder / "broken.json"
    broken.write_text(text, encoding="utf-8")
    ran = user.run("dry-run", "--load", str(broken), at=later(3))
    assert (ran.code, str(broken) in ran.err) == (2, True)
