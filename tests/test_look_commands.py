"""What do the commands that only look say of a state as a crash leaves it, or that the system does not let be read?

They say what is in it, or which path is in the way and why, with the exit code of that; nothing is changed.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.daemon.facts import service_lock
from syncer.lock import hold, holder
from tests.calls import call, failing
from tests.harness import Home, home
from tests.made import book, highlight, later
from tests.states import leave_hot, unlooked_at

LOOKS = (["history"], ["verify"], ["dry-run", "--stat"])


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home whose vault was synced once."""
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(12)])]) as made:
        assert made.once().code == 0
        yield made


def state_of(user: Home) -> Path:
    (found,) = user.state.glob("*.sqlite3")
    return found


@pytest.mark.parametrize("command", [*LOOKS, ["status"]], ids=" ".join)
def test_a_state_that_a_crash_left_in_the_middle_is_told_of_as_before_it(user: Home, command: list[str]) -> None:
    before = user.run(*command)
    assert before.code == 0
    leave_hot(state_of(user))
    everything = user.everything()
    ran = user.run(*command)
    assert (ran.code, ran.out, ran.err) == (before.code, before.out, before.err)
    assert user.everything() == everything


@pytest.mark.parametrize("command", LOOKS, ids=" ".join)
def test_a_path_that_cannot_be_looked_at_is_named_with_the_cause(user: Home, command: list[str]) -> None:
    for hidden, named in ((user.state, state_of(user)), (user.vault, user.vault)):
        with unlooked_at(hidden):
            ran = user.run(*command)
        assert (ran.code, ran.out) == (74, "")
        assert ran.err.startswith(f"syncer: {named} could not be looked at: permission denied\nhint: ")


@pytest.mark.parametrize("command", LOOKS, ids=" ".join)
def test_a_state_that_cannot_be_read_is_named_with_the_cause(user: Home, command: list[str]) -> None:
    path = state_of(user)
    path.unlink()
    path.mkdir()
    ran = user.run(*command)
    assert (ran.code, ran.out) == (74, "")
    assert ran.err.startswith(f"syncer: the state {path} could not be read: is a directory\nhint: ")


def test_the_status_of_what_cannot_be_read_says_that_and_no_number(user: Home) -> None:
    path = state_of(user)
    with unlooked_at(user.state):
        hidden = user.run("status")
    path.rename(path.with_name("kept"))
    path.mkdir()
    told = f"the state {path} could not be read: is a directory"
    for ran, cause in ((hidden, f"{path} could not be looked at: permission denied"), (user.run("status"), told)):
        assert (ran.code, ran.err) == (1, "")
        lines = ran.out.splitlines()
        assert lines[2:4] == ["last sync  not known", "library    not known: the state could not be read"]
        assert lines[4] == f"needs you  {cause}"
        assert "puts it aside" not in ran.out
    document = json.loads(user.run("status", "--json").out)
    assert (document["known"], document["notes"], document["needs"][0]["what"]) == (False, 0, told)
    with unlooked_at(user.vault):
        assert f"needs you  {user.vault} could not be looked at: permission denied" in user.run("status").out


@pytest.mark.parametrize("junk", [b"no database" * 400, "cut"])
def test_history_of_a_damaged_state_says_that_it_is_damaged(user: Home, junk: bytes | str) -> None:
    path = state_of(user)
    path.write_bytes(junk if isinstance(junk, bytes) else path.read_bytes()[:40_000])
    ran = user.run("history")
    assert (ran.code, ran.out) == (74, "")
    assert ran.err.startswith(f"syncer: the state {path} is damaged: ")
    assert "the next sync puts it aside" in ran.err


def test_a_state_with_nothing_in_it_has_no_history(user: Home) -> None:
    state_of(user).write_bytes(b"")
    ran = user.run("history")
    assert (ran.code, ran.out) == (0, "there was no run yet\n")


def test_before_any_book_has_come_verify_says_that_it_can_say_nothing(tmp_path: Path) -> None:
    with home(tmp_path / "new", []) as new:
        assert new.once().code == 0
        ran = new.run("verify")
    assert (ran.code, ran.out) == (0, "nothing to hold the notes against: no book has come from Readwise yet\n")


def test_verify_says_what_a_sync_would_hold_back_and_promises_nothing_of_it(user: Home) -> None:
    note = user.vault / "Readwise/Deep Work.md"
    note.write_bytes(note.read_bytes() + b"```python\n")
    grown = [highlight(11), highlight(12), highlight(13, at=later(1))]
    user.server.serve([book(1, "Deep Work", grown)])
    assert user.once(at=later(2)).code == 74
    ran = user.run("verify", at=later(3))
    line, held, verdict = ran.out.splitlines()
    assert (ran.code, line) == (1, '"Readwise/Deep Work.md": 1 missing')
    assert "it ends inside a code fence" in held
    assert verdict == "2 highlights in 1 note; 1 missing, which `syncer once` appends when nothing holds them back"
    (hold,) = json.loads(user.run("verify", "--json", at=later(3)).out)["holds"]
    assert hold["book_id"] == 1


def test_a_state_with_nothing_in_it_verifies_as_little_as_none(user: Home) -> None:
    path = state_of(user)
    path.write_bytes(b"")
    empty = user.run("verify")
    path.unlink()
    assert user.run("verify") == empty
    assert (empty.code, empty.out) == (2, "")
    assert empty.err == "syncer: there is no state of this vault yet\nhint: run first: syncer once\n"


def test_a_state_that_cannot_be_looked_at_is_one_of_the_doctors_findings(user: Home) -> None:
    with unlooked_at(user.state):
        ran = user.run("doctor", "--no-network")
    assert ran.code == 1
    assert f"{user.state} could not be looked at: permission denied" in ran.out
    assert "a bug in syncer" not in ran.out


@pytest.mark.parametrize("name", ["lseek", "read", "close"])
def test_who_holds_the_vault_is_not_known_where_the_lock_cannot_be_read(user: Home, name: str) -> None:
    lock = service_lock(user.state, user.vault)
    with hold(lock, wait=0.0, on_wait=lambda owner: None):
        assert holder(lock) is not None
        with call(name, failing(errno.ESTALE)):
            assert holder(lock) is None
    assert lock.exists()


def test_a_configuration_that_may_be_read_but_not_looked_at_is_read(user: Home) -> None:
    with unlooked_at(user.config):
        ran = user.run("status")
    assert (ran.code, ran.err) == (0, "")
