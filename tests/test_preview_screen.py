"""What does a person at a terminal see of a plan: the summary, the changes, how wide, how coloured, how much?

What a pipe gets instead is test_dry_run.py's.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from syncer.cli.preview_screen import FOLDED_AFTER, NOTES_LISTED, Sheet
from syncer.model import BookId, HighlightId, NotePath, Part, Received
from syncer.report import Line, Report
from tests.harness import Home, home
from tests.made import START, book, highlight, later
from tests.terminal import Terminal

LONG = "[/red] :smile: [link] " + "many words " * 120
CODES = re.compile(r"\x1b\[[0-9;]*m")


def a_line(path: str, *, created: bool = False, number: int = 1) -> Line:
    """Return a line of a report."""
    part = Part(BookId(1), "Deep", tuple(HighlightId(one) for one in range(number)))
    return Line(path=NotePath(path), created=created, parts=(part,))


def a_diff(*lines: str) -> bytes:
    """Return a diff with this body."""
    return "\n".join(["--- a/x", "+++ b/x", "@@ -1 +1 @@", *lines, ""]).encode("utf-8", "surrogatepass")


def sheet_of(*lines: str, columns: int = 80, has_colour: bool = False) -> list[str]:
    """Return what is shown of a diff, without its heading."""
    sheet = Sheet(columns=columns, has_colour=has_colour)
    sheet.change(a_line("Deep.md"), a_diff(*lines))
    return sheet.text().split("\n")[2:-1]


# ---------------------------------------------------------------- one change


def test_what_is_added_is_marked_and_what_is_there_is_not() -> None:
    assert sheet_of(" old", "-", "+new") == ["   old", " -", " + new"]
    coloured = sheet_of(" old", "+new", has_colour=True)
    assert ["\x1b[2m" in coloured[0], "\x1b[32m" in coloured[1]] == [True, True]


def test_a_long_line_is_folded_and_says_how_much_is_left_out() -> None:
    seen = sheet_of("+" + LONG)
    assert len(seen) == FOLDED_AFTER + 1
    kept = sum(len(one) - 3 for one in seen[:-1])
    left = int(re.sub(r"\D", "", seen[-1]))
    assert abs(kept + left - len(LONG)) <= FOLDED_AFTER, "but for the blanks at which it was broken"
    assert seen[-1].endswith(" more characters")


@pytest.mark.parametrize("text", ["[/red]", "[bold]x", ":smile:", "[link=https://x]y[/link]", "{x}", "\\[x]"])
def test_data_is_never_markup(text: str) -> None:
    assert sheet_of("+" + text) == [f" + {text}"]


@given(st.text(max_size=300), st.integers(min_value=40, max_value=200))
def test_no_control_character_gets_through_and_no_line_is_wider_than_the_terminal(text: str, columns: int) -> None:
    seen = sheet_of("+" + text.replace("\n", " "), columns=columns)
    assert all(cell_len(one) <= columns for one in seen)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", "".join(seen))


# ---------------------------------------------------------------- the summary


def test_a_long_list_of_notes_is_counted_not_shown() -> None:
    lines = [a_line(f"Note {number}.md", created=True) for number in range(NOTES_LISTED + 5)]
    received = Received(full=True, books=0, highlights=0, changed=0, warnings=())
    report = Report(
        dry=True,
        received=received,
        decisions=(),
        lines=lines,
        holds=[],
        failures=[],
        warnings=["a warning of \x1b[31m"],
        plugin_active=False,
    )
    sheet = Sheet(columns=80, has_colour=False)
    sheet.summary(report)
    seen = sheet.text().splitlines()
    assert seen[0] == "25 notes to make, 25 highlights"
    assert "warning  a warning of \\x1b[31m" in seen
    assert seen[-2:] == ["  new     +1  Note 19.md", "      and 5 more notes"]


# ---------------------------------------------------------------- the command, on a real terminal


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home with two notes, one of them held back, and highlights for both."""
    old = [
        book(1, "Deep [bold]", [highlight(1)]),
        book(2, "静かな書庫", [highlight(2)]),
        book(3, "Held", [highlight(3)]),
    ]
    grown = [
        book(1, "Deep [bold]", [highlight(1), highlight(11, at=later(1), text=LONG)]),
        book(2, "静かな書庫", [highlight(2), highlight(12, at=later(1), text="静かな" * 90)]),
        book(3, "Held", [highlight(3), highlight(13, at=later(1))]),
        book(4, "New", [highlight(4, at=later(1))]),
    ]
    with home(tmp_path, old) as made:
        made.once(at=START)
        note = made.vault / "Readwise/Held.md"
        note.write_bytes(note.read_bytes() + b"```\nopen\n")
        made.server.serve(grown)
        made.server.now = later(2)
        made.env |= {"PYTHONUTF8": "1", "PAGER": ""}
        yield made


def screen_of(
    user: Home, *arguments: str, size: tuple[int, int] = (80, 24), term: str = "xterm-256color", **env: str
) -> str:
    """Return what is on a terminal after a dry run."""
    command = ["--config", str(user.config), *arguments]
    with Terminal(command, env={**user.env, **env}, folder=user.folder, size=size, term=term) as one:
        one.end()
    return one.left


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 200])
def test_the_summary_comes_first_and_nothing_is_wider_than_the_terminal(user: Home, columns: int) -> None:
    seen = screen_of(user, "dry-run", size=(columns, 24))
    plain = CODES.sub("", seen)
    assert plain.startswith("1 note to make, 2 notes to extend, 3 highlights; 1 held back\n")
    assert max(cell_len(one) for one in plain.splitlines()) <= columns
    assert plain.index("held back  ") < plain.index("── ")
    assert "── Readwise/Deep [bold].md  +1\n" in plain
    assert " + - [/red] :smile: [link] many words" in plain
    assert plain.endswith("this was a dry run: nothing is written; to do it, run: syncer once\n")
    assert "\x1b[32m" in seen
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"terminal-{columns}.txt").write_text(seen, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "term"), [("NO_COLOR", "1", "xterm"), ("CLICOLOR", "0", "xterm"), ("X", "", "dumb")]
)
def test_who_wants_no_colour_gets_none(user: Home, name: str, value: str, term: str) -> None:
    user.env[name] = value
    seen = screen_of(user, "dry-run", term=term)
    assert "\x1b" not in seen
    assert " + ## New highlights added" in seen


@pytest.mark.slow
def test_the_notes_to_show_can_be_chosen(user: Home) -> None:
    seen = CODES.sub("", screen_of(user, "dry-run", "--note", "*deep*"))
    assert re.findall(r"^── (.*?)  ", seen, re.MULTILINE) == ["Readwise/Deep [bold].md"]
    assert seen.startswith("1 note to make, 2 notes to extend"), "the sum is that of the whole plan"
    assert CODES.sub("", screen_of(user, "dry-run", "--limit", "2")).count("\n── ") == 2
    assert user.run("dry-run", "--stat", "--note", "new", at=later(2)).out == "A     1  Readwise/New.md\n"
    assert user.run("dry-run", "--limit", "1", at=later(2)).raw.count(b"\n@@ ") == 1


@pytest.mark.parametrize("options", [["--json", "--note", "x"], ["--json", "--limit", "1"], ["--limit", "0"]])
def test_a_choice_that_makes_no_sense_is_wrong_use(user: Home, options: list[str]) -> None:
    assert user.run("dry-run", *options, at=later(2)).code == 2


@pytest.mark.slow
def test_quiet_shows_the_changes_and_what_went_wrong(user: Home) -> None:
    seen = CODES.sub("", screen_of(user, "-q", "dry-run"))
    assert "notes to extend" not in seen
    assert seen.count("── ") == 3
    assert 'held back: "Readwise/Held.md"' in seen


# ---------------------------------------------------------------- the pager


def pager(folder: Path, code: str) -> str:
    """Return the command of a pager that does this."""
    script = folder / "pager.py"
    script.write_text(f"import sys, os\n{code}\n", encoding="utf-8")
    return shlex.join([sys.executable, str(script)])


@pytest.mark.slow
def test_what_is_longer_than_the_terminal_goes_through_the_pager(user: Home, tmp_path: Path) -> None:
    command = pager(tmp_path, "data = sys.stdin.read(); print('paged', data.count('── '), os.environ['LESS'])")
    assert "paged 3 FRX\n" in screen_of(user, "dry-run", PAGER=command)
    assert "paged" not in screen_of(user, "dry-run", size=(80, 200), PAGER=command)


@pytest.mark.slow
def test_a_pager_that_is_left_early_or_is_not_there_is_no_error(user: Home, tmp_path: Path) -> None:
    left = screen_of(user, "dry-run", PAGER=pager(tmp_path, "os.close(0)"))
    assert "bug" not in left
    for none in ("cat", "", "no-such-pager -x", '"'):
        assert CODES.sub("", screen_of(user, "dry-run", PAGER=none)).count("── ") == 3


def test_a_pipe_never_meets_the_pager(user: Home, tmp_path: Path) -> None:
    user.env["PAGER"] = pager(tmp_path, "print('paged')")
    ran = user.run("dry-run", at=later(2))
    assert (ran.raw[:4], b"paged" in ran.raw) == (b"--- ", False)
