"""A day of the service against a Readwise that fails at random, and 500 polls: nothing lost, doubled or grown."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from syncer.cli import main
from syncer.daemon.outcome import decode
from syncer.loopback import Exchange, Loopback, Seen
from tests.harness import TOKEN
from tests.made import book, highlight
from tests.world import START, Begun, MadePoll, MadeWorld

pytestmark = pytest.mark.slow

REPO = Path(__file__).resolve().parents[1]
WISH = 1200
"""Seconds that the server asks to be left alone, now and then."""
QUICK = '[readwise]\nretry_first_wait = "1ms"\nretry_max_wait = "2ms"\nretry_deadline = "30s"\ntimeout = "30s"\n'


class Failing(Loopback):
    """A Readwise that fails at random, until it is told to be well."""

    def __init__(self, *, seed: int) -> None:
        made = [highlight(number, at=START + timedelta(minutes=30 * number)) for number in range(1, 41)]
        books = [book(number + 1, f"Book {number}", made[number::3]) for number in range(3)]
        super().__init__(books, tokens={TOKEN}, now=START, page_size=7)
        self.chance = random.Random(seed)  # noqa: S311 - the same failures each time
        self.is_well = False
        self.not_before = START
        self.impolite = 0

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        self.impolite += self.now < self.not_before
        roll = 1.0 if self.is_well else self.chance.random()
        if roll < 0.1:
            self.not_before = self.now + timedelta(seconds=WISH)
            exchange.send(429, b"{}", headers={"Retry-After": str(WISH)})
        elif roll < 0.4:
            exchange.send(503, b"{}")
        elif roll < 0.55:
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{")
            exchange.close_connection = True
        else:
            super().answer(seen, exchange)


def test_after_a_day_of_failures_each_highlight_is_there_once(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings="")
    env = {"READWISE_TOKEN": TOKEN, "XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    with Failing(seed=1) as server:
        world.configure(
            f'vault.quiet_time = "0s"\nschedule.every = "1h"\nnote.timezone = "UTC"\n{QUICK}base_url = "{server.url}"\n'
        )

        def poll(data: bytes) -> MadePoll:
            world.polls.append(Begun(world.up, world.now))
            server.now = world.now
            server.is_well = world.up > 1000 + 22 * 3600

            def now(zone: tzinfo) -> datetime:
                return world.now.astimezone(zone)

            printed = io.TextIOWrapper(io.BytesIO())
            with pytest.MonkeyPatch.context() as streams:
                streams.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
                streams.setattr(sys, "stdout", printed)
                code = main(["--config", str(world.config), "once", "--from-service"], env=env, now=now)
            printed.flush()
            told = decode(printed.buffer.getvalue(), code=code)
            return MadePoll(told, until=world.up + 5)

        world.start = poll
        world.run(hours=24)
    notes = "".join(path.read_text() for path in world.vault.rglob("*.md"))
    links = [f"01h{number:023d})" for number in range(1, 41)]
    assert [notes.count(link) for link in links] == [1] * 40
    assert world.gaps() != sorted(world.gaps()), "nothing failed"
    assert server.impolite == 0
    assert len(server.requests) < 24 * 60
    assert world.facts.failures == 0


LONG_RUN = """
import json, os, sys, time
from datetime import timedelta
from pathlib import Path
from syncer.daemon.child import Child
from tests.world import MadeWorld

OUTCOME = '{"exit_code":0,"summary":"nothing added"}'
memory, children = [], []
world = MadeWorld(Path(sys.argv[1]), settings='schedule.every = "1m"\\nschedule.jitter = "0s"')

def start(data):
    world.polls.append(world.up)
    child = Child(["printf", OUTCOME], env=dict(os.environ), given=data, log=None, now=world.up)
    children[:] = [child]
    if len(world.polls) in (50, 550):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return child

def wait_for_the_child():
    if children:
        os.waitid(os.P_PID, children.pop()._process.pid, os.WEXITED | os.WNOWAIT)
    return set()

world.start, world.on_wait = start, wait_for_the_child
world.run(hours=560 / 60)
polls = len(world.polls)
world.configure('schedule.every = "3d"')
began, turns = time.process_time(), world.waits
world.run(hours=24)
print(json.dumps([polls, memory, time.process_time() - began, world.waits - turns]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_five_hundred_polls_leave_the_service_as_small_as_it_was(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", LONG_RUN, str(tmp_path)], env=env, cwd=REPO, capture_output=True, text=True, check=True
    )
    polls, (first, last), idle, turns = json.loads(done.stdout)
    assert polls >= 550
    assert last - first < 1.0, f"it grew from {first:.1f} to {last:.1f} MiB"
    assert turns <= 24 * 121
    assert idle < 0.001 * 24 * 3600, f"{idle:.1f} s of CPU in an idle day"
