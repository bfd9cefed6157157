"""The service's loop, with clocks that a test sets: what signals and a changed file make it do, and whom it tells."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from syncer.daemon.child import GRACE, Child
from tests.world import EVERY_HOUR, HOUR, REFUSED, START, MadeWorld


def signals_at(world: MadeWorld, *moments: tuple[float, int]) -> None:
    """Have signals come when the loop has run for so many hours."""
    due = [(world.up + hours * HOUR, number) for hours, number in moments]

    def look() -> set[int]:
        came = {number for when, number in due if when <= world.up}
        due[:] = [one for one in due if one[0] > world.up]
        return came

    world.on_wait = look


def test_usr1_polls_now_and_the_next_hour_counts_from_there(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    signals_at(world, (0.5, signal.SIGUSR1))
    world.run(hours=2)
    assert [round(gap / 60) for gap in world.gaps()] == [30, 60]


def test_usr1_during_a_poll_is_followed_by_another(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.poll_seconds = 120.0
    signals_at(world, (0.01, signal.SIGUSR1))
    world.run(hours=0.5)
    assert len(world.polls) == 2


def test_hup_takes_the_new_schedule(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    signals_at(world, (0.1, signal.SIGHUP))
    world.run(hours=0.05)
    world.configure('schedule.every = "10m"\nschedule.jitter = "0s"')
    world.polls.clear()
    world.run(hours=1)
    assert len(world.polls) == 6


def test_a_wrong_configuration_is_told_and_the_one_from_before_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    given: list[bytes] = []
    start = world.start
    world.start = lambda data: given.append(data) or start(data)  # type: ignore[func-returns-value]  # append gives None
    right = world.config.read_bytes()

    def spoil() -> set[int]:
        if len(world.polls) == 1 and world.up > 2000:
            world.config.write_text("nonsense = 1\n")
        return set()

    world.on_wait = spoil
    world.run(hours=4)
    assert given == [right] * 4
    assert "nonsense: " in world.facts.config_problem
    assert caplog.text.count("the configuration from before is kept") == 1


def test_another_vault_ends_the_loop_with_its_configuration(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    other = tmp_path / "other"
    other.mkdir()

    def move() -> set[int]:
        world.config.write_text(f'vault.path = "{other}"\n')
        return {signal.SIGHUP}

    world.on_wait = move
    moved = world.run(hours=1)
    assert moved is not None
    assert moved.config.vault.path == other


def test_a_service_that_keeps_crashing_does_not_poll_at_each_start(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.outcome = lambda: REFUSED

    def crash() -> set[int]:
        raise MemoryError

    world.on_wait = lambda: crash() if world.facts.failures > len(crashes) else set()
    crashes: list[int] = []
    for _ in range(20):
        with pytest.raises(MemoryError):
            world.run(hours=24)
        crashes.append(1)
    assert all(later.up - former.up >= 60 for former, later in pairwise(world.polls))


def test_a_person_hears_of_it_after_three_failures_and_then_once_a_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.outcome = lambda: REFUSED
    world.run(hours=0.04)
    assert "no sync has worked" not in caplog.text
    world.run(hours=50)
    told = [record for record in caplog.records if "no sync has worked" in record.message]
    assert len(told) == 3
    assert told[0].message.endswith("readwise refused the token")


def test_the_facts_say_when_the_next_poll_is(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    kept: list[str] = []
    world.on_wait = lambda: kept.append(world.facts.next) or set()  # type: ignore[func-returns-value]  # append gives None
    world.run(hours=0.5)
    assert kept[-1].startswith((START + timedelta(hours=1)).isoformat()[:16])


def test_the_watchdog_is_not_told_of_a_poll_that_cannot_even_be_killed(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.poll_seconds = 1e9
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        told: list[float] = []

        def listen() -> set[int]:
            with suppress(BlockingIOError):
                while True:
                    told.extend([world.up] if b"WATCHDOG=1" in channel.recv(4096) else [])
            return set()

        world.on_wait = listen
        world.poll_limit = 7200.0
        world.run(hours=4, env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000000"})
    assert len(told) > 7200 / 150
    assert max(told) <= 1000 + 7200 + 60 + 100


@pytest.mark.parametrize("obeys", [True, False])
def test_a_child_beyond_its_limit_is_asked_to_end_and_then_killed(obeys: bool) -> None:
    script = "echo $$; exec sleep 1000" if obeys else "trap '' TERM; echo $$; while :; do sleep 1000; done"
    child = Child(["sh", "-c", script], env=dict(os.environ), given=b"", log=None, now=0.0, limit=10.0)
    while not child._output.seek(0, 2):  # the shell has set its trap once it has written
        os.sched_yield()
    assert child.ended(now=9.0) is None
    assert child.ended(now=11.0) is None
    assert child.is_overdue
    if not obeys:
        assert child.ended(now=12.0) is None
        assert child.ended(now=11.0 + GRACE + 1) is None
    os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)
    assert child.ended(now=20.0) == (-signal.SIGTERM if obeys else -signal.SIGKILL)
    child.printed()
