"""How far has it come: a bar on a terminal when it takes long, a line now and then in a log, and nothing in a pipe."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from syncer.cli.progress import PAUSE, Bar, Steps, sentence
from syncer.cli.screen import Screen, wants_colour
from syncer.sync import once
from tests.direct import Direct
from tests.harness import home
from tests.made import START, book, highlight, later
from tests.terminal import Terminal

NEVER = 3600.0


def drawn_by(act: Callable[[Bar, io.StringIO], None], *, has_colour: bool = False) -> str:
    """Return what is on a terminal after a bar has begun and this was done with it."""
    file = io.StringIO()
    bar = Bar(file, has_colour=has_colour, patience=0.0)
    assert bar.begun.wait(60)
    act(bar, file)
    bar.end()
    return file.getvalue()


def test_what_is_done_soon_draws_nothing() -> None:
    file = io.StringIO()
    bar = Bar(file, has_colour=True, patience=NEVER)
    bar.step("writing", 1, 2)
    with bar.aside():
        file.write("a line\n")
    bar.end()
    assert file.getvalue() == "a line\n"


def test_a_bar_says_what_is_done_and_how_far_it_has_come() -> None:
    seen = drawn_by(lambda bar, file: bar.step("writing [bold]", 12, 83))
    assert "writing [bold]" in seen
    assert "12 of 83" in seen
    assert "4,000 highlights" in drawn_by(lambda bar, file: bar.step("fetching", 4000, 0))


def test_a_line_that_is_printed_meanwhile_is_whole_and_the_bar_goes_at_the_end() -> None:
    def act(bar: Bar, file: io.StringIO) -> None:
        bar.step("writing", 1, 2)
        with bar.aside():
            file.write("a line\n")

    seen = drawn_by(act)
    assert re.search(r"(\x1b\[2K|\r)[^\n]*a line\n", seen)
    assert seen.rstrip().endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A"))


def test_a_bar_has_no_colour_where_none_is_wanted() -> None:
    colour = re.compile(r"\x1b\[[0-9;]*m")
    assert colour.search(drawn_by(lambda bar, file: bar.step("writing", 1, 2), has_colour=True))
    assert not colour.search(drawn_by(lambda bar, file: bar.step("writing", 1, 2)))


def test_a_log_gets_a_line_every_ten_seconds_and_none_before() -> None:
    told: list[str] = []
    times = iter([0.0, 1.0, PAUSE, PAUSE + 9, 2 * PAUSE + 1])
    steps = Steps(told.append, clock=lambda: next(times))
    for done in (1, 2, 3, 4):
        steps.step("writing", done, 5)
    assert told == ["writing: 2 of 5", "writing: 4 of 5"]
    assert sentence("fetching", 1200, 0) == "fetching: 1,200 highlights"


def test_a_pipe_gets_nothing(tmp_path: Path) -> None:
    screen = Screen(io.StringIO(), io.StringIO(), env={}, quiet=False, verbose=0)
    screen.step("writing", 1, 2)
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as user:
        assert user.once(at=START).err == ""


def test_a_pass_tells_each_of_its_steps(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    user = Direct(tmp_path)
    user.books = [
        book(number, f"Note {number}", [highlight(number), highlight(number + 10, at=later(1))]) for number in (1, 2)
    ]
    user.sync(at=START)
    (user.vault / "mine.md").write_text("# mine\n", encoding="utf-8")
    setup = msgspec.structs.replace(user.setup(later(2)), on_step=lambda *step: heard.append(step))
    once(setup)
    assert heard[0] == ("fetching", 0, 0)
    assert ("reading notes", 1, 1) in heard
    assert heard[-2:] == [("writing", 1, 2), ("writing", 2, 2)]


def test_a_bar_leaves_nothing_of_itself_on_a_real_terminal(tmp_path: Path) -> None:
    code = (
        "import sys; from syncer.cli.progress import Bar; bar = Bar(sys.stderr, has_colour=True, patience=0.0); "
        "bar.begun.wait(60); bar.step('writing', 1, 2); bar.end(); print('the result')"
    )
    with Terminal([], env={}, folder=tmp_path, term="xterm-256color", program=("-c", code)) as one:
        assert one.end() == 0
    assert ("1 of 2" in one.seen, one.left) == (True, "the result\n")


@pytest.mark.slow
def test_a_sync_on_a_terminal_leaves_no_trace_of_a_bar(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as user:
        user.server.now = START
        with Terminal(["--config", str(user.config), "once"], env=user.env, folder=tmp_path) as one:
            assert one.end() == 0
        assert one.seen.splitlines() == ['made "Readwise/Deep.md" with 1 highlight', "1 note made, 1 highlight"]


@pytest.mark.parametrize(
    ("env", "is_terminal", "has_colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"CLICOLOR": "0"}, True, False),
        ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0", "TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_for_terminals_whose_owner_wants_it(env: dict[str, str], is_terminal: bool, has_colour: bool) -> None:
    assert wants_colour(env, is_terminal=is_terminal) is has_colour
