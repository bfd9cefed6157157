"""What a run from cron says: nothing, until something needs a person."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import TOKEN, Home, home
from tests.made import book, highlight

ROOT = Path(__file__).resolve().parents[1]


def quietly(user: Home) -> subprocess.CompletedProcess[str]:
    """Run `syncer -q once` as a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "READWISE_TOKEN": TOKEN, "XDG_STATE_HOME": str(user.folder / "state")}
    command = [sys.executable, "-m", "syncer", "-q", "--config", str(user.config), "once"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_a_sync_that_went_well_says_nothing(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        ran = quietly(user)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert [path.name for path in user.vault.rglob("*.md")] == ["Deep Work.md"]


@pytest.mark.slow
def test_without_a_network_it_says_so_once_and_nothing_of_its_tries(tmp_path: Path) -> None:
    with home(tmp_path, []) as user:
        text = user.config.read_text(encoding="utf-8")
    user.config.write_text(text.replace('retry_deadline = "30s"', 'retry_deadline = "100ms"'), encoding="utf-8")
    ran = quietly(user)
    assert (ran.returncode, ran.stdout) == (69, "")
    assert ran.stderr == (
        "syncer: readwise gave no complete answer: no connection to 127.0.0.1\n"
        "hint: nothing was taken over; the next sync tries again\n"
    )
