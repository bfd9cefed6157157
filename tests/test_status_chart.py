"""What do the last 30 days look like in `syncer status`, as a row of bars and as JSON?"""

from __future__ import annotations

import json
from pathlib import Path

from syncer.cli.status_command import chart
from syncer.status import Day
from tests.harness import home
from tests.made import START, book, highlight, later


def days(*highlights: int) -> list[Day]:
    """Return days on which so many were added."""
    return [Day(day=f"2024-10-{place:02d}", highlights=number, runs=1) for place, number in enumerate(highlights, 1)]


def test_a_day_is_a_bar_as_high_as_what_was_added_on_it() -> None:
    assert chart(days(0, 1, 8, 4, 2)) == "·▁█▄▂  15 highlights, at most 8 a day"


def test_little_beside_much_is_still_seen() -> None:
    assert chart(days(1, 0, 5000)) == "▁·█  5,001 highlights, at most 5,000 a day"


def test_each_run_counts_on_its_day_in_the_zone_of_the_notes(tmp_path: Path) -> None:
    made = [highlight(1), highlight(2, at=later(23)), highlight(3, at=later(39)), highlight(4, at=later(40))]
    with home(tmp_path, [book(1, "The Quiet Harbour", made)]) as user:
        for hour in (0, 24, 39, 40):
            assert user.once(at=later(hour)).code == 0
        found = json.loads(user.run("status", "--json", at=later(41)).out)["days"]
        shown = user.run("status", at=later(41)).out
    assert len(found) == 30
    assert found[-3:] == [
        {"day": f"{START:%Y-%m-%d}", "highlights": 1, "runs": 1},
        {"day": "2024-10-12", "highlights": 1, "runs": 1},
        {"day": "2024-10-13", "highlights": 2, "runs": 2},
    ]
    assert f"30 days    {'·' * 27}▄▄█  4 highlights, at most 2 a day\n" in shown


def test_before_anything_was_added_there_is_no_chart(tmp_path: Path) -> None:
    with home(tmp_path, []) as user:
        user.once()
        assert "30 days" not in user.run("status").out
