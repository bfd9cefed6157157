"""What happens where more than one syncer is at work: twenty at once on one machine, or two machines with one vault?

The tools that carry the vault are in sync_tools.py; delays are steps, nothing sleeps: 0 s (delivered after each run),
5 s (both machines run in between), 10 min (both run twice, and Readwise has more to say in between).
"""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncer.model import Book
from syncer.offline import verify
from tests.direct import Direct
from tests.faults.account import books, tokens, tokens_of
from tests.faults.command_line import site
from tests.faults.scenario import REPOSITORY
from tests.made import book, highlight, later
from tests.sync_tools import Merge, Pair, deliver, git, obsidian_sync, syncthing

NOTE = "Readwise/Deep Work.md"
TOGETHER = 20


@pytest.mark.slow
def test_twenty_syncs_started_together_give_one_clean_result(tmp_path: Path) -> None:
    with site(tmp_path / "home", tree=REPOSITORY) as here:
        here.vault.mkdir(parents=True)
        here.readwise.serve(books([2, 3, 1]))
        command = here.command("once")
        running = [
            subprocess.Popen(command, env=here.environment(), cwd=here.home, stdout=-3, stderr=-1, text=True)
            for _ in range(TOGETHER)
        ]
        said = [one.communicate()[1] for one in running]
        assert [one.returncode for one in running] == [0] * TOGETHER, said
        found = Counter(token for data in here.notes().values() for token in tokens(data))
        assert found == Counter(tokens_of(books([2, 3, 1])))
        assert len(here.notes()) == 3
        assert any("another sync holds the vault: process" in text for text in said), said


def library(count: int) -> list[Book]:
    """Return what Readwise holds after so many steps."""
    return [book(1, "Deep Work", [highlight(number, at=later(number - 11)) for number in range(11, 12 + count)])]


class Machines:
    """Two machines with one account, whose vaults a tool keeps alike."""

    def __init__(self, folder: Path, tool: Merge) -> None:
        self.both = [Direct(folder / "left"), Direct(folder / "right")]
        self.pair = Pair(self.both[0].vault, self.both[1].vault)
        self.tool = tool

    def run(self, machine: int, count: int, *, at: datetime) -> int:
        """Sync one of them, the right one a few minutes later; return how many changes it made."""
        at += timedelta(minutes=machine * 5)
        user = self.both[machine]
        user.books = library(count)
        report = user.sync(at=at)
        self.pair.look(at=at)
        return len(report.lines)

    def deliver(self, *, at: datetime) -> None:
        """Have the tool do its work."""
        deliver(self.pair, self.tool, at=at)

    def twice(self) -> set[int]:
        """Return the highlights that stand more than once in the note."""
        path = self.pair.left / NOTE
        data = path.read_bytes() if path.exists() else b""
        return {number for number in range(11, 20) if data.count(highlight(number).url.encode()) > 1}

    def reported(self, machine: int, *, at: datetime) -> set[int]:
        """Return the highlights of which `verify` says that they stand there twice."""
        with verify(self.both[machine].setup(at)) as (_, findings):
            return {int(number) for finding in findings for number in finding.twice}


def settle(machines: Machines, count: int, *, at: float) -> None:
    """Deliver, run and deliver again, until nothing moves any more; fail where that does not come."""
    for step in range(6):
        moment = later(at + step / 10)
        machines.deliver(at=moment)
        if machines.run(0, count, at=moment) + machines.run(1, count, at=moment) == 0:
            machines.deliver(at=moment)
            return
    pytest.fail("the machines extend the note again and again")


@pytest.mark.slow
@pytest.mark.parametrize("tool", [syncthing, obsidian_sync, git])
@pytest.mark.parametrize("delay", ["0 s", "5 s", "10 min"])
@pytest.mark.parametrize("shared", [True, False], ids=["one has made the note", "both make the note"])
def test_two_machines_with_one_vault_double_nothing_that_verify_does_not_report(
    tmp_path: Path, tool: Merge, delay: str, shared: bool
) -> None:
    machines = Machines(tmp_path, tool)
    machines.run(0, 0, at=later(0))
    if shared:
        machines.deliver(at=later(0))
    machines.run(1, 0, at=later(0))
    for count, hour in ((1, 1.0), (2, 2.0)):
        machines.run(0, count, at=later(hour))
        if delay == "0 s":
            machines.deliver(at=later(hour))
        machines.run(1, count, at=later(hour))
        if delay != "10 min":
            machines.deliver(at=later(hour))
    settle(machines, 2, at=3.0)
    for machine in (0, 1):
        assert machines.reported(machine, at=later(4)) == machines.twice()
    if delay == "0 s" and shared:
        assert machines.twice() == set()
    before = machines.both[0].tree()
    for hour in (5, 200):
        assert machines.run(0, 2, at=later(hour)) + machines.run(1, 2, at=later(hour)) == 0
    assert machines.both[0].tree() == before


def test_what_two_machines_have_both_added_is_reported(tmp_path: Path) -> None:
    machines = Machines(tmp_path, obsidian_sync)
    machines.run(0, 0, at=later(0))
    machines.deliver(at=later(0))
    for machine in (0, 1):
        machines.run(machine, 1, at=later(1))
    machines.deliver(at=later(1))
    assert machines.twice() == {12}
    assert machines.reported(0, at=later(2)) == {12}
