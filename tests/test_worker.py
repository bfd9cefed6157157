"""The service's loop, with clocks that a test sets: when it polls, whatever clocks, polls and signals do."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from syncer.daemon.child import GRACE, Child
from syncer.daemon.outcome import HeldBack, Outcome
from tests.world import START, MadeWorld

HOUR = 3600.0
EVERY_HOUR = 'schedule.every = "1h"\nschedule.jitter = "0s"'
REFUSED = Outcome(exit_code=77, message="readwise refused the token")
UNREACHABLE = Outcome(exit_code=69, message="readwise could not be reached")
EDITED = Outcome(exit_code=74, holds=(HeldBack(where="a.md", reason="it is being edited", soon=True),))
AMBIGUOUS = Outcome(exit_code=74, holds=(HeldBack(where="a.md", reason="two notes fit equally well"),))


def once_at(world: MadeWorld, after: float, deed: str, /, **how: float) -> None:
    """Have a deed done once, when the loop has run for so many hours."""
    when = world.up + after * HOUR
    done: list[str] = []

    def look() -> set[int]:
        if world.up >= when and not done:
            done.append(deed)
            getattr(world, deed)(**how)
        return set()

    world.on_wait = look


def signals_at(world: MadeWorld, *moments: tuple[float, int]) -> None:
    """Have signals come when the loop has run for so many hours."""
    due = [(world.up + hours * HOUR, number) for hours, number in moments]

    def look() -> set[int]:
        came = {number for when, number in due if when <= world.up}
        due[:] = [one for one in due if one[0] > world.up]
        return came

    world.on_wait = look


def test_it_polls_at_the_start_and_then_once_an_hour(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.run(hours=24)
    assert [round(poll.up - 1000) for poll in world.polls] == [number * 3600 for number in range(24)]
    assert world.facts.failures == 0
    assert world.facts.stopped


def test_an_idle_hour_costs_a_hundred_and_twenty_turns(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings='schedule.every = "2d"')
    world.run(hours=24)
    assert world.waits <= 24 * 121


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    [
        {"hours": -1.0},
        {"days": 1.0},
        {"days": -9000.0},
        {"days": 20000.0},
        {"minutes": -30.0},
        {"minutes": 30.0},
        {"hours": 0.999},
    ],
    ids=str,
)
@pytest.mark.parametrize("moment", [0.001, 0.5, 0.99])
def test_a_step_of_the_clock_neither_delays_nor_doubles_a_poll(
    tmp_path: Path, step: dict[str, float], moment: float
) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    once_at(world, 3 + moment, "set_clock", **step)
    world.run(hours=10)
    assert len(world.polls) == 10
    assert all(HOUR - 1 <= gap <= HOUR + 60 for gap in world.gaps())


def test_a_clock_that_was_wrong_at_boot_leaves_no_backlog(tmp_path: Path) -> None:
    world = MadeWorld(
        tmp_path, settings='schedule.every = "1m"\nschedule.jitter = "0s"', now=datetime(1970, 1, 1, tzinfo=UTC)
    )
    once_at(world, 0.1, "set_clock", days=20_000)
    world.run(hours=1)
    assert len(world.polls) == 60


def test_a_suspend_of_eight_hours_is_followed_by_one_poll_at_once(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    once_at(world, 2.5, "suspend", hours=8)
    world.run(hours=13)
    woken = 1000 + 10.5 * HOUR
    after = [poll.up for poll in world.polls if poll.up > 1000 + 2.5 * HOUR]
    assert woken <= after[0] <= woken + 60
    assert after[1] - after[0] >= HOUR


@pytest.mark.slow
@pytest.mark.parametrize(
    "start",
    [datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 10, 24, 12, 0, tzinfo=UTC)],
    ids=["spring", "autumn"],
)
def test_daylight_saving_neither_stops_nor_doubles_a_time_of_the_day(tmp_path: Path, start: datetime) -> None:
    settings = 'schedule.at = ["02:30", "07:00"]\nschedule.jitter = "0s"\nnote.timezone = "Europe/Berlin"'
    world = MadeWorld(tmp_path, settings=settings, now=start)
    world.run(hours=72)
    local = [poll.now.astimezone(ZoneInfo("Europe/Berlin")) for poll in world.polls[1:]]
    days = sorted({moment.date() for moment in local})
    assert len(days) == 3
    for day in days:
        times = [f"{moment:%H:%M}" for moment in local if moment.date() == day]
        assert times in (["02:30", "07:00"], ["03:30", "07:00"])  # 02:30 is not there on one day of the year


@pytest.mark.slow
def test_times_of_the_day_come_once_however_the_clock_is_set(tmp_path: Path) -> None:
    settings = 'schedule.at = ["12:00"]\nschedule.jitter = "0s"\nnote.timezone = "UTC"'
    for number, hours in enumerate((-1.0, 1.0, -24.0, 24.0)):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = MadeWorld(folder, settings=settings)
        once_at(world, 3.05, "set_clock", hours=hours)  # at 12:03
        world.run(hours=72)
        assert all(HOUR < gap <= 25 * HOUR for gap in world.gaps()[1:])
        assert 3 <= len(world.polls) <= 6


def test_a_time_of_the_day_that_was_slept_through_is_made_up_for_once(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings='schedule.at = ["12:00"]\nschedule.jitter = "0s"\nnote.timezone = "UTC"')
    once_at(world, 1, "suspend", hours=8)
    world.run(hours=12)
    assert [f"{poll.now:%H}" for poll in world.polls] == ["09", "18"]


def test_after_failures_the_wait_grows_up_to_the_interval(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.outcome = lambda: UNREACHABLE
    world.run(hours=12)
    minutes = [round((gap - 5) / 60, 1) for gap in world.gaps()]
    assert minutes[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(minutes[7:]) == {60}


def test_with_a_short_interval_failures_make_it_longer(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings='schedule.every = "1m"\nschedule.jitter = "0s"')
    world.outcome = lambda: REFUSED
    world.run(hours=24)
    assert len(world.polls) < 24 * 4 + 10


def test_what_readwise_wishes_counts_more(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings='schedule.every = "5m"\nschedule.jitter = "0s"')
    world.outcome = lambda: Outcome(exit_code=69, message="readwise answered 429", wish=1800.0)
    world.run(hours=6)
    assert all(gap >= 900 for gap in world.gaps())
    hourly = MadeWorld(tmp_path, settings=EVERY_HOUR)
    hourly.outcome = lambda: Outcome(exit_code=69, message="readwise answered 429", wish=1800.0)
    hourly.run(hours=2)
    assert hourly.gaps()[0] >= 1800


def test_a_note_that_is_being_edited_is_tried_again_within_two_minutes(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    outcomes = iter([EDITED, EDITED, EDITED])
    world.outcome = lambda: next(outcomes, Outcome(exit_code=0))
    world.run(hours=1)
    assert [round(gap) for gap in world.gaps()] == [65, 125, 125]
    assert world.facts.failures == 0


def test_what_is_held_back_for_a_person_is_not_tried_again_early(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings=EVERY_HOUR)
    world.outcome = lambda: AMBIGUOUS
    world.run(hours=3)
    assert len(world.polls) == 3
    assert world.facts.success


def test_a_poll_that_takes_longer_than_the_interval_is_followed_by_a_rest(tmp_path: Path) -> None:
    world = MadeWorld(tmp_path, settings='schedule.every = "10m"\nschedule.jitter = "0s"')
    world.poll_seconds = 1500.0
    world.run(hours=4)
    assert {round(gap) for gap in world.gaps()} == {1530}


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
