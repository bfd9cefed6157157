"""When is a change at Readwise written, told, counted as told, taken back, or left to rest?

What an updated section looks like is in test_updates_examples.py, what the commands say of it in
test_updates_commands.py; that no order of events breaks it, in test_updates_property.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.instants import written
from syncer.report import told_sentences
from tests.annotated import ANNOTATED, APPEND, FIRST, NOTE, REPORT, SECOND, THIRD, at, section
from tests.direct import Direct, Killed
from tests.made import book, changed, highlight, later, line

pytestmark = pytest.mark.slow  # whole syncs, one after the other


@pytest.fixture
def user(tmp_path: Path) -> Direct:
    """Return somebody whose note has two highlights, of which one was annotated two hours later."""
    made = Direct(tmp_path / "home", settings=APPEND)
    made.books = [book(1, "Deep Work", [FIRST, SECOND])]
    made.sync(at=later(1))
    made.books = [book(1, "Deep Work", [ANNOTATED, SECOND])]
    return made


# ---------------------------------------------------------------- report


def test_with_report_no_byte_is_written_and_the_change_is_told_once(user: Direct) -> None:
    user.config = user.configured(REPORT)
    before = user.tree()
    told = [list(told_sentences(user.sync(at=later(hours)).decisions)) for hours in (2.4, 2.6, 3)]
    assert told == [[], [f'changed at Readwise, and not written to "{NOTE}": 1 highlight (note 1)'], []]
    assert user.tree() == before


def test_a_deletion_is_told_and_not_mentioned_unless_that_is_asked_for(user: Direct) -> None:
    user.books = [book(1, "Deep Work", [FIRST, at(2, SECOND, is_deleted=True)])]
    before = user.tree()
    (told,) = told_sentences(user.sync(at=later(3)).decisions)
    assert "1 highlight (deleted 1)" in told
    assert user.tree() == before


# ---------------------------------------------------------------- settling


def test_a_change_rests_and_a_new_highlight_does_not_wait_for_it(user: Direct) -> None:
    user.books = [book(1, "Deep Work", [ANNOTATED, SECOND, highlight(13, at=later(2.1))])]
    before = user.text()[NOTE]
    user.sync(at=later(2.25))
    assert user.text()[NOTE] == before + f"## New highlights added October 11, 2024 at 11:15 AM\n{line(THIRD)}".encode()
    middle = user.text()[NOTE]
    user.sync(at=later(2.5))
    assert user.text()[NOTE] == middle + section("11:30 AM")


def test_an_evening_of_annotating_is_one_section(user: Direct) -> None:
    before = user.text()[NOTE]
    for hours in (2.1, 2.2, 2.3, 2.4):
        user.books = [book(1, "Deep Work", [at(hours, FIRST, note=f"draft {hours}"), SECOND])]
        user.sync(at=later(hours))
    user.books = [book(1, "Deep Work", [at(2.45, FIRST, note="mine"), at(2.45, SECOND, tags=("a",))])]
    user.sync(at=later(3))
    added = user.text()[NOTE].removeprefix(before).decode()
    assert added == section("12:00 PM").decode() + line(SECOND) + "    - Tags: [[a]] \n"


def test_a_change_without_a_time_does_not_wait(user: Direct) -> None:
    user.books = [book(1, "Deep Work", [changed(FIRST, note="mine", updated_at=""), SECOND])]
    before = user.text()[NOTE]
    user.sync(at=later(3))
    assert user.text()[NOTE] == before + section("12:00 PM")


# ---------------------------------------------------------------- switching


def test_what_was_known_before_the_mode_was_append_does_not_come_all_at_once(user: Direct) -> None:
    user.config = user.configured(REPORT)
    user.sync(at=later(3))
    user.config = user.configured(APPEND)
    before = user.tree()
    user.sync(at=later(4))
    assert user.tree() == before
    user.books = [book(1, "Deep Work", [ANNOTATED, at(5, SECOND, note="later")])]
    user.sync(at=later(6))
    assert user.text()[NOTE].count(b"Note: later") == 1
    assert b"Note: mine" not in user.text()[NOTE]


def test_what_still_rested_before_the_switch_is_known_and_does_not_come(user: Direct) -> None:
    user.config = user.configured(REPORT)
    user.sync(at=later(2.1))
    user.config = user.configured(APPEND)
    before = user.tree()
    user.sync(at=later(3))
    assert user.tree() == before


def test_off_means_off_also_after_it_was_on(user: Direct) -> None:
    user.sync(at=later(3))
    after = user.tree()
    user.config = user.configured(REPORT)
    user.books = [book(1, "Deep Work", [at(4, FIRST, note="other"), SECOND])]
    user.sync(at=later(5))
    user.config = user.configured(APPEND)
    user.sync(at=later(6))
    assert user.tree() == after


# ---------------------------------------------------------------- once and no more


def test_a_run_that_was_killed_after_the_write_does_not_write_the_update_again(user: Direct) -> None:
    before = user.text()[NOTE]
    user.killed = (1, 0.155)
    with pytest.raises(Killed):
        user.sync(at=later(3))
    assert user.text()[NOTE] == before + section("12:00 PM")
    after = user.tree()
    user.killed = (0, 0.0)
    for hours in (4.0, 5.0):
        user.sync(at=later(hours))
        assert user.tree() == after


def test_what_was_changed_back_after_such_a_kill_comes_as_it_is_now(user: Direct) -> None:
    user.killed = (1, 0.155)
    with pytest.raises(Killed):
        user.sync(at=later(3))
    middle = user.text()[NOTE]
    user.killed = (0, 0.0)
    user.books = [book(1, "Deep Work", [at(3.1, FIRST), SECOND])]
    user.sync(at=later(4))
    heading = "## Updated highlights October 11, 2024 at 1:00 PM\n"
    assert user.text()[NOTE] == middle + f"{heading}{line(FIRST)}".encode()


def test_what_changed_back_comes_again_since_the_last_place_counts(user: Direct) -> None:
    for hours, note in ((2.5, "one"), (4, "two"), (6, "one")):
        noted = changed(highlight(41), note=note, updated_at=written(later(hours)))
        user.books = [book(4, "Back", [noted])]
        user.sync(at=later(hours + 1))
    text = user.text()["Readwise/Back.md"]
    assert [text.count(f"Note: {note}".encode()) for note in ("one", "two")] == [2, 1]


def test_what_its_owner_took_out_just_before_gets_no_update(user: Direct) -> None:
    path = user.vault / NOTE
    path.write_bytes(path.read_bytes().replace(line(FIRST).encode(), b""))
    before = user.tree()
    user.sync(at=later(3))
    assert user.tree() == before


def test_another_machine_with_a_state_of_its_own_sees_that_the_note_has_the_update(
    user: Direct, tmp_path: Path
) -> None:
    other = tmp_path / "home" / "other"
    mine, user.state = user.state, other
    user.books = [book(1, "Deep Work", [FIRST, SECOND])]
    user.sync(at=later(1.5))
    user.state = mine
    user.books = [book(1, "Deep Work", [ANNOTATED, SECOND])]
    user.sync(at=later(3))
    after = user.tree()
    user.state = other
    user.sync(at=later(4))
    assert user.tree() == after
    assert not any(one.updated or one.shown for one in user.sync(at=later(5)).decisions)


def test_of_twins_that_changed_alike_one_is_written(user: Direct) -> None:
    twins = [highlight(21), changed(highlight(22), text=highlight(21).text, url=highlight(21).url, location=21)]
    user.books = [book(2, "Twice", twins)]
    user.sync(at=later(3))
    user.books = [book(2, "Twice", [at(4, one, note="mine") for one in twins])]
    for hours in (5, 6):
        user.sync(at=later(hours))
        assert user.text()["Readwise/Twice.md"].count(b"Note: mine") == 1


def test_two_updates_in_one_minute_stand_under_one_heading(user: Direct) -> None:
    user.sync(at=later(3))
    user.books = [book(1, "Deep Work", [ANNOTATED, at(2.1, SECOND, tags=("a",)), highlight(13, at=later(2.1))])]
    user.sync(at=later(3))
    new = f"## New highlights added October 11, 2024 at 12:00 PM\n{line(THIRD)}"
    again = f"## Updated highlights October 11, 2024 at 12:00 PM\n{line(SECOND)}    - Tags: [[a]] \n"
    assert user.text()[NOTE].endswith(section("12:00 PM") + f"{new}{again}".encode())
    user.books = [book(1, "Deep Work", [ANNOTATED, at(2.2, SECOND, tags=("a", "b")), highlight(13, at=later(2.1))])]
    user.sync(at=later(3))
    more = f"{line(SECOND)}    - Tags: [[a]] [[b]] \n"
    assert user.text()[NOTE].endswith(f"{new}{again}{more}".encode())


def test_a_new_highlight_is_not_taken_for_the_update_of_one_with_the_same_text(user: Direct) -> None:
    yes = highlight(31, text="Yes", linked=False)
    noted = at(4, yes, note="mine")
    other = changed(highlight(32, text="Yes", linked=False), updated_at=written(later(6)))
    for hours, shown in ((3.5, [yes]), (5, [noted]), (7, [noted, other]), (8, [noted, other])):
        user.books = [book(3, "Answers", shown)]
        user.sync(at=later(hours))
    assert user.text()["Readwise/Answers.md"].count(b"- Yes\n") == 3


def test_a_new_highlight_that_is_like_an_updated_one_is_written(user: Direct) -> None:
    said = "The gauge was read at seven in the morning, and the keeper wrote {} into the book before the mill opened."
    first = highlight(31, text=said.format(412), linked=False)
    user.books = [book(3, "Gauges", [first])]
    user.sync(at=later(1))
    noted = changed(first, note="mine", updated_at=written(later(2)))
    user.books = [book(3, "Gauges", [noted])]
    user.sync(at=later(3))
    other = highlight(32, text=said.format(397), linked=False, at=later(4))
    user.books = [book(3, "Gauges", [noted, other])]
    for hour in (5, 6):
        user.sync(at=later(hour))
        assert user.text()["Readwise/Gauges.md"].count(b"wrote 397 into") == 1


def test_a_filter_holds_for_updates_too(user: Direct) -> None:
    user.config = user.configured(f'{APPEND}filter.leave.tags = ["private"]\n')
    user.books = [book(1, "Deep Work", [at(2, FIRST, tags=("private",)), SECOND])]
    before = user.tree()
    (told,) = told_sentences(user.sync(at=later(3)).decisions)
    assert "(tags 1)" in told
    assert user.tree() == before


def test_an_update_for_a_note_that_cannot_be_appended_to_is_held_back_and_comes_later(user: Direct) -> None:
    path = user.vault / NOTE
    whole = path.read_bytes()
    path.write_bytes(whole + b"```\nopen")
    (held,) = user.sync(at=later(3)).holds
    assert held.paths == (NOTE,)
    path.write_bytes(whole)
    user.sync(at=later(4))
    assert user.text()[NOTE] == whole + section("1:00 PM")


def test_a_source_that_was_deleted_is_one_line(user: Direct) -> None:
    user.config = user.configured(f'{APPEND}updates.deleted = "mention"\n')
    user.books = [book(1, "Deep Work", [FIRST, SECOND], is_deleted=True)]
    before = user.text()[NOTE]
    for hours in (200.0, 201.0):
        user.sync(at=later(hours))
    heading = b"## Updated highlights October 19, 2024 at 5:00 PM\n"
    assert user.text()[NOTE] == before + heading + b"- Changed at Readwise: deleted there\n"
