"""When does a sync end before it writes anything, with which exit code, and what does it say?

Nothing written means: no file of the home has other bytes or another mtime, the state aside. A vault or a plan that
looks wrong is in test_sync_looks_wrong.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fake_readwise import FakeReadwise
from tests.harness import NOW, Home, home
from tests.made import START, later
from tests.readwise_faults import FINAL, PASSING
from tests.thirty_notes import outside_the_state, shelf, user

__all__ = ["user"]

pytestmark = pytest.mark.slow  # whole syncs, one after the other


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
    user.unanswered()
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
