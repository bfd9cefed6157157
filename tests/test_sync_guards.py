"""When does a sync end before it writes anything, with which exit code, and what does it say?

Nothing written means: no file of the home has other bytes or another mtime, the state aside. Where the vault looks
wrong, `--accept-missing` goes on; where the plan looks wrong, `--accept-large`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.model import Book, Highlight
from tests.fake_readwise import FakeReadwise
from tests.harness import NOW, Home, home
from tests.made import START, book, highlight, later, line, section, words
from tests.readwise_faults import FINAL, PASSING

pytestmark = pytest.mark.slow  # whole syncs, one after the other

SHELF = 30
"""Books; enough that a fifth of their notes is more than five."""


def shelf(*, grown: bool = False, linked: bool = True) -> list[Book]:
    """Return books of four highlights, and one more in each when they have grown."""
    count = 5 if grown else 4
    return [
        book(number, f"Book {number}", [_one(number, place, linked=linked) for place in range(count)])
        for number in range(1, SHELF + 1)
    ]


def _one(number: int, place: int, *, linked: bool) -> Highlight:
    return highlight(number * 100 + place, at=later(2) if place == 4 else START, linked=linked)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home with thirty notes."""
    with home(tmp_path, shelf()) as made:
        (made.vault / ".obsidian").mkdir()
        made.once(at=START)
        assert len(made.tree()) == SHELF
        yield made


def outside_the_state(user: Home) -> dict[str, tuple[bytes, int]]:
    """Return every file of the home but those of the state."""
    return {path: seen for path, seen in user.everything().items() if not path.startswith("state/")}


# ---------------------------------------------------------------- before anything is fetched


def test_without_a_configuration_the_exit_code_is_78(user: Home) -> None:
    user.config.unlink()
    before = user.everything()
    ran = user.once(at=later(3))
    assert (ran.code, str(user.config) in ran.err) == (78, True)
    assert user.everything() == before


@pytest.mark.parametrize(
    ("settings", "named"),
    [("vault.pth = 'x'", 'did you mean "path"?'), ("note.neutralise = 3", "note.neutralise"), ("[[", "TOML")],
)
def test_a_wrong_configuration_is_told_with_file_and_key(user: Home, settings: str, named: str) -> None:
    user.configure(settings)
    before = user.everything()
    ran = user.once(at=later(3))
    assert ran.code == 78
    assert str(user.config) in ran.err
    assert named in ran.err
    assert user.everything() == before


def test_a_vault_that_never_was_there_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    with home(tmp_path, shelf()) as user:
        user.vault.rmdir()
        before = user.everything()
        ran = user.once(at=START)
        assert (ran.code, str(user.vault) in ran.err) == (78, True)
        assert user.everything() == before
        assert not user.vault.exists()


def test_a_vault_that_is_gone_writes_nothing_and_makes_no_folder(user: Home) -> None:
    shutil.rmtree(user.vault)
    user.server.requests.clear()
    ran = user.once(at=later(3))
    assert (ran.code, str(user.vault) in ran.err) == (74, True)
    assert not user.vault.exists()
    assert user.server.requests == []


def test_an_unknown_option_is_wrong_use(user: Home) -> None:
    before = user.everything()
    assert user.run("once", "--now").code == 2
    assert user.everything() == before


# ---------------------------------------------------------------- Readwise


def test_a_wrong_token_is_77_and_writes_nothing(user: Home) -> None:
    user.server.serve(shelf(grown=True))
    user.env["READWISE_TOKEN"] = "tok-wrong-0000"
    before = outside_the_state(user)
    ran = user.once(at=later(3))
    assert ran.code == 77
    assert "tok-wrong" not in ran.err + ran.out
    assert outside_the_state(user) == before


def test_no_token_at_all_is_77_and_says_how_to_give_one(user: Home) -> None:
    del user.env["READWISE_TOKEN"]
    before = outside_the_state(user)
    ran = user.once(at=later(3))
    assert (ran.code, "\nhint: " in ran.err) == (77, True)
    assert outside_the_state(user) == before


def test_a_server_that_is_down_is_69_and_writes_nothing(user: Home) -> None:
    text = user.config.read_text(encoding="utf-8").replace(user.server.url, "http://127.0.0.1:9")
    user.config.write_text(text.replace('retry_deadline = "30s"', 'retry_deadline = "100ms"'), encoding="utf-8")
    before = outside_the_state(user)
    assert user.once(at=later(3)).code == 69
    assert outside_the_state(user) == before


FAULTS = {
    **{name: (PASSING[name], 69) for name in ("500", "cut in body", "deep JSON", "HTML instead of JSON", "bad gzip")},
    **{name: (FINAL[name][0], FINAL[name][1].exit_code) for name in ("302", "400", "401", "404")},
}


@pytest.mark.slow
@pytest.mark.parametrize("page", [0, 2])
@pytest.mark.parametrize("name", FAULTS)
def test_an_answer_that_is_not_whole_writes_nothing_and_the_next_sync_heals(
    tmp_path: Path, name: str, page: int
) -> None:
    fault, code = FAULTS[name]
    readwise = FakeReadwise()
    with home(tmp_path, []) as user, readwise:
        text = user.config.read_text(encoding="utf-8").replace(user.server.url, readwise.url)
        text = text.replace('retry_deadline = "30s"', 'retry_deadline = "200ms"')
        user.config.write_text(text, encoding="utf-8")
        user.env["READWISE_TOKEN"] = next(iter(readwise.tokens))
        readwise.misbehave(fault, page=page, times=None)
        before = outside_the_state(user)
        assert user.once(at=NOW).code == code
        assert outside_the_state(user) == before
        readwise.behave()
        user.config.write_text(text.replace('retry_deadline = "200ms"', 'retry_deadline = "60s"'), encoding="utf-8")
        assert user.once(at=NOW).code == 0
        assert "updatedAfter" not in readwise.requests[0].query
        assert len(user.tree()) == 3


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
