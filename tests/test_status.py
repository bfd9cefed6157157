"""`syncer status`: what it says, from what lies on the disk, and when it asks for a person."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.config import load
from syncer.daemon.facts import Facts, Tried, facts_file, keep_facts, service_lock
from syncer.daemon.outcome import HeldBack, Outcome
from syncer.instants import written
from syncer.library import Library, Run, find_state, state_name
from syncer.lock import hold
from syncer.service.job import Ran, job_of, write
from syncer.service.systemd import Systemd
from tests.harness import NOW, Home, home
from tests.made import book, highlight

HOUR = timedelta(hours=1)
BEGAN = written(NOW - HOUR)
WELL = Tried(began=BEGAN, ended=BEGAN, outcome=Outcome(exit_code=0, summary="1 note made, 2 highlights"))
RUNS = Facts(since=written(NOW - 5 * HOUR), next=written(NOW + HOUR / 2), last=WELL, success=BEGAN)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "The Quiet Harbour", [highlight(1), highlight(2)])]) as made:
        yield made


@pytest.fixture
def service(at: Home) -> Iterator[None]:
    """A service of this home that holds its lock."""
    with hold(service_lock(at.state, at.vault), wait=0.0, on_wait=lambda owner: None):
        yield


def leave(at: Home, facts: Facts) -> None:
    """Leave the facts of a service."""
    keep_facts(facts_file(at.state, at.vault), facts)


def failed(code: int, message: str, *, hint: str = "") -> Tried:
    """Return a poll that failed."""
    return Tried(began=BEGAN, ended=BEGAN, outcome=Outcome(exit_code=code, message=message, hint=hint))


def test_before_anything_ran_all_is_well_and_nothing_is_written(at: Home) -> None:
    before = at.everything()
    ran = at.run("status")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"vault      {at.vault}",
        "service    none has run for this vault; install it with: syncer service install",
        "last sync  never",
        "library    0 notes, 0 books, 0 highlights",
        "all is well",
    ]
    assert at.everything() == before


def test_after_a_sync_by_hand_it_tells_of_that(at: Home) -> None:
    assert at.once().code == 0
    before = at.everything()
    ran = at.run("status")
    assert "last sync  09:56: 1 note made, 2 highlights" in ran.out.splitlines()
    assert "library    1 note, 1 book, 2 highlights" in ran.out.splitlines()
    assert at.everything() == before


def test_a_sync_that_was_cut_short_is_told_as_such_and_one_that_goes_on_is_not(at: Home) -> None:
    assert at.once().code == 0
    with Library.open(find_state(at.state, at.vault)) as library, library.transaction():
        library.journal.keep_run(Run(id=library.journal.next_run(), started=written(NOW + HOUR)))
    ran = at.run("status", at=NOW + 2 * HOUR)
    told = "last sync  10:56: was cut short; the next one finishes it or decides it anew"
    assert (ran.code, told in ran.out.splitlines()) == (0, True)
    with hold(at.state / f"{state_name(at.vault)}.lock", wait=0.0, on_wait=lambda owner: None):
        ran = at.run("status", at=NOW + 2 * HOUR)
    assert "last sync  09:56: 1 note made, 2 highlights" in ran.out.splitlines()


def test_after_a_sync_by_hand_that_readwise_did_not_answer_all_is_not_well(at: Home) -> None:
    assert at.once().code == 0
    at.unanswered()
    assert at.once(at=NOW + HOUR).code == 69
    ran = at.run("status", at=NOW + HOUR)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "nothing needs you: the next sync tries again")


@pytest.mark.usefixtures("service")
def test_a_service_that_runs_is_told_with_its_next_sync(at: Home) -> None:
    leave(at, RUNS)
    ran = at.run("status")
    assert ran.out.splitlines() == [
        f"vault      {at.vault}",
        f"service    runs since 04:56 (process {os.getpid()})",
        "last sync  08:56: 1 note made, 2 highlights",
        "next sync  10:26",
        "library    0 notes, 0 books, 0 highlights",
        "all is well",
    ]
    assert ran.code == 0


def timer_for(config: Path, at: Home) -> None:
    """Install the timer's units for a configuration, without a systemd."""
    job = job_of(load(config), state=at.state, env=at.env)
    systemd = Systemd(lambda words: Ran(0, ""), env=at.env, home=at.folder, is_timer=True)
    for path, data in systemd.files(job).items():
        write(path, data)


def test_a_timer_is_told_and_needs_no_service(at: Home) -> None:
    timer_for(at.config, at)
    leave(at, RUNS)
    assert at.once().code == 0
    ran = at.run("status")
    assert (ran.code, ran.err) == (0, "")
    assert "service    a timer syncs: syncer-once.timer" in ran.out.splitlines()
    assert "last sync  09:56: 1 note made, 2 highlights" in ran.out.splitlines()


def test_a_timer_of_another_configuration_is_not_told(at: Home) -> None:
    another = at.config.with_name("another.toml")
    another.write_bytes(at.config.read_bytes())
    timer_for(another, at)
    assert "service    none has run for this vault" in at.run("status").out


def test_a_service_that_ended_by_itself_needs_a_person_and_one_that_was_stopped_does_not(at: Home) -> None:
    leave(at, RUNS)
    ran = at.run("status")
    assert ran.code == 1
    assert "needs you  the service has ended without being stopped" in ran.out.splitlines()
    leave(at, Facts(since=RUNS.since, stopped=BEGAN, last=WELL, success=BEGAN))
    ran = at.run("status")
    assert ran.code == 0
    assert "service    stopped at 08:56" in ran.out.splitlines()


@pytest.mark.usefixtures("service")
def test_one_failure_of_the_network_needs_nobody_and_three_do(at: Home) -> None:
    tried = failed(69, "readwise could not be reached")
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=tried, failures=1, failing_since=BEGAN))
    assert at.run("status").code == 0
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=tried, failures=3, failing_since=BEGAN))
    ran = at.run("status")
    assert ran.code == 1
    told = "needs you  the last sync failed (3 times in a row): readwise could not be reached"
    assert told in ran.out.splitlines()


@pytest.mark.usefixtures("service")
def test_a_refused_token_needs_a_person_at_once(at: Home) -> None:
    tried = failed(77, "the token was refused by Readwise", hint="keep a new one with: syncer token set")
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=tried, failures=1, failing_since=BEGAN))
    ran = at.run("status")
    assert ran.code == 1
    assert ran.out.splitlines()[-2:] == [
        "needs you  the last sync failed: the token was refused by Readwise",
        "           hint: keep a new one with: syncer token set",
    ]


@pytest.mark.usefixtures("service")
def test_a_failure_of_several_lines_is_told_in_one(at: Home) -> None:
    tried = failed(78, "mine: template a.md: x is undefined\nmine: template b.md: y is undefined")
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=tried, failures=1, failing_since=BEGAN))
    ran = at.run("status")
    told = "the last sync failed: mine: template a.md: x is undefined; mine: template b.md: y is undefined"
    assert ran.out.splitlines()[-1] == f"needs you  {told}"


@pytest.mark.usefixtures("service")
def test_what_is_held_back_needs_a_person_unless_it_passes(at: Home) -> None:
    edited = HeldBack(where="a.md", reason="it is being edited", soon=True)
    outcome = Outcome(exit_code=74, holds=(edited,), summary="nothing added; 1 held back")
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=Tried(began=BEGAN, ended=BEGAN, outcome=outcome)))
    ran = at.run("status")
    assert ran.code == 0
    assert 'waits      "a.md": it is being edited' in ran.out.splitlines()
    held = HeldBack(where="b\x1b.md", reason="two notes fit equally well", hint="decide with: syncer adopt")
    outcome = Outcome(exit_code=74, holds=(edited, held), summary="nothing added; 2 held back")
    leave(at, Facts(since=RUNS.since, next=RUNS.next, last=Tried(began=BEGAN, ended=BEGAN, outcome=outcome)))
    ran = at.run("status")
    assert ran.code == 1
    assert ran.out.splitlines()[-2:] == [
        r'needs you  held back: "b\x1b.md": two notes fit equally well',
        "           hint: decide with: syncer adopt",
    ]


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (Facts(since=RUNS.since, next=written(NOW - 3 * HOUR)), "the service is late and does not sync"),
        (Facts(since=RUNS.since, next=RUNS.next, config_problem="c.toml:1: oops: unknown key"), "c.toml:1: oops"),
    ],
    ids=["late", "configuration"],
)
def test_trouble_of_the_service_itself_needs_a_person(at: Home, facts: Facts, told: str) -> None:
    leave(at, facts)
    ran = at.run("status")
    assert ran.code == 1
    assert f"needs you  {told}" in ran.out


def test_a_vault_that_is_gone_and_a_damaged_state_need_a_person(at: Home) -> None:
    at.once()
    (state,) = at.state.glob("*.sqlite3")
    state.write_bytes(b"not a database, but long enough to be looked at" * 20)
    for path in sorted(at.vault.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    at.vault.rmdir()
    ran = at.run("status")
    assert ran.code == 1
    assert f"needs you  the vault {at.vault} is not there" in ran.out
    assert "is damaged: file is not a database" in ran.out


@pytest.mark.usefixtures("service")
def test_json_has_it_all(at: Home) -> None:
    at.once()
    leave(at, RUNS)
    document = json.loads(at.run("status", "--json").out)
    assert document["schema"] == 1
    known = {"is_running": True, "pid": os.getpid(), "since": RUNS.since, "stopped": "", "timer": ""}
    assert document["service"] == known
    assert (document["next"], document["needs"], document["failures"]) == (RUNS.next, [], 0)
    assert (document["notes"], document["books"], document["highlights"]) == (1, 1, 2)
    assert document["last"]["text"] == "1 note made, 2 highlights"


def test_damaged_facts_are_as_good_as_none(at: Home) -> None:
    path = facts_file(at.state, at.vault)
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"since": 3')
    assert at.run("status").code == 0
