"""What becomes of a command whose standard streams are closed, full, or read by nobody any more?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import schema
from tests.harness import Home, home
from tests.made import book, highlight, words

pytestmark = pytest.mark.slow

REPO = Path(__file__).resolve().parents[1]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
NO_ROOM = (
    "syncer: standard output cannot be written: no space left on device\n"
    "hint: the command went on without it; send its output somewhere else\n"
)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as made:
        yield made


def ran(
    user: Home, streams: str, *words: str, token: str = "", out: int = subprocess.PIPE, err: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does that has redirected its streams."""
    env = {**os.environ, **user.env} | ({"READWISE_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "syncer", "--config", str(user.config), *words]
    shell = ["sh", "-c", f'exec "$@" {streams}', "sh", *command]
    return subprocess.run(
        shell, env=env, cwd=REPO, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True, timeout=60, check=False
    )


@contextmanager
def left() -> Iterator[int]:
    """Give the end of a pipe whose reader went away."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_one_that_nobody_reads(user: Home, streams: str) -> None:
    told = ran(user, streams, "-v", "once")
    assert (told.returncode, len(user.tree())) == (0, 1)
    assert user.run("verify").code == 0, "no note got the number of a stream, and its lines"
    assert "Traceback" not in told.stderr
    assert ran(user, streams, "--version").returncode == 0
    user.config.unlink()
    missing = ran(user, streams, "status")
    assert (missing.returncode, missing.stdout) == (78, "")
    assert ("there is no such file" in missing.stderr) == ("2>" not in streams)


@pytest.mark.parametrize("closed", ["<&-", "0>/dev/null"])
@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        ("token set", 77, "syncer: the token from what was entered is empty\n"),
        ("init", 2, "syncer: there is no terminal to ask on\n"),
        ("undo", 2, "syncer: undo asks before it takes anything back, and there is no terminal\n"),
    ],
)
def test_an_input_that_cannot_be_read_is_at_its_end(user: Home, closed: str, typed: str, code: int, told: str) -> None:
    user.once()
    asked = ran(user, closed, *typed.split())
    assert (asked.returncode, told in asked.stderr) == (code, True), asked.stderr


@needs_full
@pytest.mark.parametrize(
    "typed", ["--help", "--version", "status", "doctor", "history", "verify", "template show", "completion bash"]
)
def test_an_output_that_cannot_be_written_is_told_at_the_end(user: Home, typed: str) -> None:
    user.once()
    told = ran(user, f">{FULL}", *typed.split())
    assert (told.returncode, told.stderr) == (74, NO_ROOM)


@needs_full
def test_a_sync_whose_report_cannot_be_written_is_done_all_the_same(user: Home) -> None:
    dry = ran(user, f">{FULL}", "dry-run")
    assert (dry.returncode, dry.stderr.endswith(f"run: syncer once\n{NO_ROOM}")) == (74, True)
    told = ran(user, f">{FULL}", "once")
    assert (told.returncode, told.stderr, len(user.tree())) == (74, NO_ROOM, 1)


@needs_full
def test_a_document_that_cannot_be_written_is_told_as_one(user: Home) -> None:
    for typed in (["once", "--json"], ["status", "--json"]):
        told = ran(user, f">{FULL}", *typed)
        schema.holds(typed, told.stdout, told.stderr)
        error = json.loads(told.stderr)
        assert (told.returncode, error["exit_code"]) == (74, 74)
        assert error["message"] == "standard output cannot be written: no space left on device"


@needs_full
def test_what_is_worse_than_a_lost_line_decides_the_exit_code(user: Home) -> None:
    told = ran(user, f">{FULL}", "token", "status", token="refused")
    assert (told.returncode, told.stderr.startswith("syncer: readwise refused the token\n")) == (77, True)
    assert told.stderr.endswith(NO_ROOM)


@needs_full
def test_complaints_that_cannot_be_written_show_in_the_exit_code(user: Home) -> None:
    told = ran(user, f"2>{FULL}", "dry-run")
    assert (told.returncode, "+++ " in told.stdout) == (74, True)
    user.config.unlink()
    assert ran(user, f"2>{FULL}", "status").returncode == 78


@pytest.mark.parametrize("typed", ["--help", "status", "status --json"])
def test_a_reader_that_went_away_is_no_reason_for_a_word(user: Home, typed: str) -> None:
    user.once()
    with left() as pipe:
        told = ran(user, "", *typed.split(), out=pipe)
    assert (told.returncode, told.stderr) == (0, "")


def test_who_reads_no_complaints_gets_the_exit_code(user: Home) -> None:
    user.config.unlink()
    with left() as pipe:
        assert ran(user, "", "status", err=pipe).returncode == 78


def test_a_pipe_that_its_maker_never_waits_for_gets_everything(user: Home) -> None:
    user.server.serve([book(1, "Long", [highlight(1, text=words(1, 60_000))])])
    read, write = os.pipe()
    os.set_blocking(write, False)
    command = [sys.executable, "-m", "syncer", "--config", str(user.config), "dry-run"]
    with subprocess.Popen(command, env={**os.environ, **user.env}, cwd=REPO, stdout=write) as child:
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read()
    assert (child.returncode, words(1, 60_000).encode() in told) == (0, True)
