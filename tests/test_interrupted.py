"""Does Ctrl-C or SIGTERM end a command at once that waits for something which may never come?

What waits for Readwise is in test_readwise.py, what asks a person in test_questions.py, the service in test_run.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.library import state_name
from syncer.lock import hold
from tests.harness import Home, home
from tests.made import book, highlight

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals and FIFOs are those of POSIX"),
    pytest.mark.parametrize("number", SIGNALS),
]


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as made:
        yield made


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(made := tmp_path / "fifo")
    return made


@contextmanager
def running(user: Home, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "syncer", *arguments]
    env = {**os.environ, **user.env}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ended_by(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Return the exit code and the messages after one signal."""
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


@pytest.mark.parametrize("command", [("once",), ("undo", "--yes")], ids=" ".join)
def test_a_wait_for_another_sync(user: Home, command: tuple[str, ...], number: signal.Signals) -> None:
    user.state.mkdir(parents=True)
    lock = user.state / f"{state_name(user.vault)}.lock"
    with (
        hold(lock, wait=0.0, on_wait=lambda owner: None),
        running(user, "--config", str(user.config), *command, "--wait", "1h") as process,
    ):
        assert process.stderr is not None
        assert "another sync holds the vault" in process.stderr.readline()
        code, told = ended_by(process, number)
    assert (code, told) == (
        SIGNALS[number],
        "syncer: stopped while waiting for another sync; nothing was written\n",
    )


def test_a_command_that_never_hands_out_the_token(user: Home, fifo: Path, number: signal.Signals) -> None:
    user.configure(f"readwise.token_command = \"sh -c 'echo > {fifo}; exec sleep 600'\"")
    del user.env["READWISE_TOKEN"]
    with running(user, "--config", str(user.config), "once") as process:
        fifo.read_bytes()
        code, told = ended_by(process, number)
    assert (code, told) == (SIGNALS[number], "syncer: stopped while readwise.token_command ran\n")


@pytest.mark.parametrize("way", ["--config", "--load"])
def test_a_pipe_into_which_nobody_writes(user: Home, fifo: Path, way: str, number: signal.Signals) -> None:
    named = ["--config", str(fifo), "once"]
    if way == "--load":
        named = ["--config", str(user.config), "dry-run", "--load", str(fifo)]
    with running(user, *named) as process, fifo.open("wb"):  # it opens once somebody reads
        code, _ = ended_by(process, number)
    assert code == SIGNALS[number]
