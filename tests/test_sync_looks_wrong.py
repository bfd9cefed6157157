"""When does a vault or a plan look so wrong that a sync ends before it writes anything, and when does it go on?

Where the vault looks wrong, `--accept-missing` goes on; where the plan looks wrong, `--accept-large`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model import Highlight
from tests.harness import Home, home
from tests.made import START, book, highlight, later, line, section, words
from tests.thirty_notes import SHELF, outside_the_state, shelf, user

__all__ = ["user"]

pytestmark = pytest.mark.slow  # whole syncs, one after the other


# ---------------------------------------------------------------- a vault that is not all there


def empty_it(user: Home) -> None:
    for path in user.vault.iterdir():
        shutil.rmtree(path)


def lose_obsidian(user: Home) -> None:
    (user.vault / ".obsidian").rmdir()


def lose_seven(user: Home) -> None:
    for number in range(1, 8):
        (user.vault / f"Readwise/Book {number}.md").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("lose", [empty_it, lose_obsidian, lose_seven])
def test_a_vault_that_is_not_all_there_is_left_alone(user: Home, lose: Callable[[Home], None]) -> None:
    lose(user)
    user.server.serve(shelf(grown=True))
    before = outside_the_state(user)
    for hour in (3, 4, 300):
        ran = user.once(at=later(hour))
        assert (ran.code, ran.out) == (74, "")
        assert ran.err.startswith("syncer: nothing was written: ")
        assert "--accept-missing" in ran.err
        assert outside_the_state(user) == before
    assert user.run("dry-run", at=later(301)).code == 74
    assert user.once("--accept-missing", at=later(302)).code == 0
    assert user.once(at=later(303)).out.startswith("nothing added")


@pytest.mark.parametrize(("lose", "lost"), [(empty_it, SHELF), (lose_seven, 7)])
def test_what_was_accepted_as_gone_is_said_and_stops_no_later_sync(
    user: Home, lose: Callable[[Home], None], lost: int
) -> None:
    lose(user)
    left = SHELF - lost
    warned = (
        f"warning: {lost} known notes are gone from the vault and stay away: a note is made again when its book "
        "gets a new highlight, or with: syncer restore NOTE\n"
    )
    shown = user.run("dry-run", "--accept-missing", at=later(3))
    assert (shown.code, shown.err) == (0, f"{warned}nothing to add: {lost} known notes are gone\n")
    done = user.once("--accept-missing", at=later(3))
    assert (done.code, done.out, done.err) == (0, f"nothing added: {lost} known notes are gone\n", warned)
    assert user.once(at=later(4)).out == "nothing added: nothing is missing\n"
    assert len(user.tree()) == left
    user.server.serve(shelf(grown=True))
    assert user.once(at=later(5)).code == 0
    assert len(user.tree()) == SHELF
    lose(user)
    assert user.once(at=later(6)).code == 74


def test_notes_that_go_a_few_at_a_time_are_an_owners_work(user: Home) -> None:
    for number in range(1, 11):
        (user.vault / f"Readwise/Book {number}.md").unlink()
        assert user.once(at=later(2 + number)).code == 0
    for number in range(11, 17):
        (user.vault / f"Readwise/Book {number}.md").unlink()
    assert user.once(at=later(13)).code == 74


def test_six_of_thirty_notes_deleted_are_an_owners_work(user: Home) -> None:
    for number in range(1, 7):
        (user.vault / f"Readwise/Book {number}.md").unlink()
    assert user.once(at=later(3)).code == 0
    assert len(user.tree()) == SHELF - 6


def test_all_of_five_notes_deleted_in_a_vault_with_other_notes_are_an_owners_work(tmp_path: Path) -> None:
    with home(tmp_path, shelf()[:5]) as user:
        user.once(at=START)
        (user.vault / "Mine.md").write_text("mine\n", encoding="utf-8")
        shutil.rmtree(user.vault / "Readwise")
        assert user.once(at=later(3)).code == 0
        assert list(user.tree()) == ["Mine.md"]


def test_a_folder_that_was_renamed_is_not_gone(user: Home) -> None:
    (user.vault / "Readwise").rename(user.vault / "Reading")
    user.server.serve(shelf(grown=True))
    assert user.once(at=later(3)).code == 0
    assert {path.split("/")[0] for path in user.tree()} == {"Reading"}
    assert len(user.tree()) == SHELF
    assert user.note("Reading/Book 1.md").endswith(section(later(3), highlight(104)))


def test_a_folder_that_a_sync_tool_moved_with_new_inodes_is_not_gone(user: Home) -> None:
    shutil.copytree(user.vault / "Readwise", user.vault / "Books/Reading")
    shutil.rmtree(user.vault / "Readwise")
    user.server.serve(shelf(grown=True))
    assert user.once(at=later(3)).code == 0
    assert len(user.tree()) == SHELF


# ---------------------------------------------------------------- a plan that looks wrong


def spoil(user: Home) -> None:
    """Make every note one in which nothing is recognised: another text under the same title, the state lost."""
    for number in range(1, SHELF + 1):
        path = user.vault / f"Readwise/Book {number}.md"
        text = path.read_text(encoding="utf-8")
        for place in range(4):
            text = text.replace(line(highlight(number * 100 + place)), f"- {words(9_000_000 + number * 100 + place)}\n")
        path.write_text(text, encoding="utf-8")
    shutil.rmtree(user.state)


@pytest.mark.slow
def test_a_plan_that_would_write_everything_again_is_not_carried_out(user: Home) -> None:
    spoil(user)
    before = outside_the_state(user)
    for command in ("once", "dry-run"):
        ran = user.run(command, at=later(3))
        assert (ran.code, ran.out) == (74, "")
        assert ran.err.startswith("syncer: nothing was written: 30 existing notes ")
        assert all(part in ran.err for part in ("120 of the library's 120", "20 notes", "30%", "--accept-large"))
        assert "Readwise/Book 1.md" in ran.err
        assert outside_the_state(user) == before
    assert user.run("dry-run", "--accept-large", at=later(3)).code == 0
    assert user.once("--accept-large", at=later(3)).code == 0
    assert user.note("Readwise/Book 1.md").count(words(100).encode()) == 1
    assert user.once(at=later(4)).out.startswith("nothing added")


def test_honest_growth_of_every_note_is_carried_out(user: Home) -> None:
    """Four highlights in each note, and ten new ones: most of them are younger than the notes."""
    grown = [
        book(number, f"Book {number}", [highlight(number * 100 + place) for place in range(4)] + _much(number))
        for number in range(1, SHELF + 1)
    ]
    user.server.serve(grown)
    assert user.once(at=later(24 * 365 * 9)).code == 0


def _much(number: int) -> list[Highlight]:
    return [highlight(number * 100 + 10 + place, at=later(24 * 365 * 8)) for place in range(10)]


def test_a_first_sync_of_many_books_is_no_plan_that_looks_wrong(tmp_path: Path) -> None:
    with home(tmp_path, shelf()) as user:
        assert user.once(at=START).code == 0
        assert len(user.tree()) == SHELF
