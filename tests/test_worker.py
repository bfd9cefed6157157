"""The service's loop, with clocks that a test sets: when it polls, whatever clocks and polls do.

What signals, a new configuration and crashes do to it, and whom it tells, is in test_worker_told.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from syncer.daemon.outcome import HeldBack, Outcome
from tests.world import EVERY_HOUR, HOUR, REFUSED, MadeWorld

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
