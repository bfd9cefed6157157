"""When does `syncer status` ask for a person: after which failures, and of which notes and folders?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Home, home
from tests.made import book, highlight, later


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as made:
        assert made.once().code == 0
        yield made


def test_three_syncs_by_hand_that_failed_need_a_person_and_one_that_works_ends_that(user: Home) -> None:
    text = user.config.read_text(encoding="utf-8")
    user.unanswered()
    codes = []
    for hour in (1, 2, 3):
        assert user.once(at=later(hour)).code == 69
        codes.append(user.run("status", at=later(hour)).code)
    assert codes == [0, 0, 1]
    told = user.run("status", at=later(3)).out
    assert "needs you  the last sync failed (3 times in a row): readwise " in told
    user.config.write_text(text, encoding="utf-8")
    assert user.once(at=later(4)).code == 0
    assert user.run("status", at=later(4)).out.endswith("all is well\n")


def test_a_note_behind_a_link_out_of_the_vault_needs_a_person_who_is_told_the_way_on(user: Home) -> None:
    note = user.vault / "Readwise/Deep.md"
    note.rename(user.folder / "Deep.md")
    note.symlink_to(user.folder / "Deep.md")
    user.server.serve([book(1, "Deep", [highlight(1), highlight(2, at=later(1))])])
    assert user.once(at=later(2)).code == 74
    ran = user.run("status", at=later(2))
    hint = "make it readable again (its permissions, its link, its bytes on this disk); syncer doctor tells more"
    assert (ran.code, ran.out.splitlines()[-1]) == (1, f"           hint: {hint}")


@pytest.fixture
def modes_count(tmp_path: Path) -> None:
    (closed := tmp_path / "closed").touch(mode=0)
    if os.access(closed, os.R_OK):
        pytest.skip("this user may read and write everything, whatever its mode")


@pytest.mark.usefixtures("modes_count")
@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (0o000, "cannot open the vault {}: Permission denied"),
        (0o500, "the vault {} may not be written"),
    ],
)
def test_a_vault_that_may_not_be_read_or_written_needs_a_person(user: Home, mode: int, told: str) -> None:
    (user.vault / "Readwise").chmod(mode)
    user.vault.chmod(mode)
    try:
        ran = user.run("status", at=later(2))
    finally:
        user.vault.chmod(0o700)
        (user.vault / "Readwise").chmod(0o700)
    assert (ran.code, f"needs you  {told.format(user.vault)}" in ran.out.splitlines()) == (1, True)


@pytest.mark.usefixtures("modes_count")
def test_a_vault_of_which_one_folder_may_be_written_is_synced_and_needs_nobody(user: Home) -> None:
    user.server.serve([book(1, "Deep", [highlight(1), highlight(2, at=later(1))])])
    user.vault.chmod(0o500)
    try:
        codes = [user.run(command, at=later(2)).code for command in ("once", "status")]
    finally:
        user.vault.chmod(0o700)
    assert codes == [0, 0]


@pytest.mark.usefixtures("modes_count")
def test_a_state_that_may_not_be_written_needs_a_person(user: Home) -> None:
    (state,) = user.state.glob("*.sqlite3")
    state.chmod(0o400)
    ran = user.run("status", at=later(2))
    assert (ran.code, f"needs you  the state {state} may not be written" in ran.out) == (1, True)
