"""The doctor, shown a healthy set-up and one with each of its faults: what it says, and what it says mends it.

Answers that are odd or do not come are in test_doctor_answers.py, what is wrong with a machine in
test_doctor_machine.py.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from syncer.doctor import State
from syncer.library import Library, Run, find_state
from syncer.model import Status
from tests.examined import SECRET_TEXT, assert_private, in_config, look, one, unit
from tests.harness import TOKEN, Home

__all__ = ["one"]

pytestmark = pytest.mark.slow  # a machine is looked over each time


def test_a_healthy_set_up_has_no_problem(one: Home) -> None:
    looked = look(one)
    assert (looked.problems, looked.code) == ([], 0)
    assert not {fault.name for fault in FAULTS} & looked.found.keys()
    ran = one.run("doctor")
    assert ran.out.endswith("no problem found\n")
    assert {line.split()[0] for line in ran.out.splitlines()[:-1]} <= {"ok", "note", "→"}
    for check in ("config", "templates", "token", "readwise", "clock", "vault", "state"):
        assert f"ok       {check}" in ran.out


def test_looking_changes_nothing(one: Home) -> None:
    before = one.everything()
    look(one)
    one.run("doctor", "--report")
    assert one.everything() == before


# ---------------------------------------------------------------- planted faults


class Fault(NamedTuple):
    """One thing that is wrong: how it comes about, what the doctor calls it, and a piece of the remedy."""

    plant: Callable[[Home], object]
    name: str
    remedy: str
    state: State = State.PROBLEM
    options: tuple[str, ...] = ()


def settings(text: str) -> Callable[[Home], None]:
    return lambda one: one.configure(text)


def variables(**changed: str) -> Callable[[Home], None]:
    return lambda one: one.env.update(changed)


def state_of(one: Home) -> Path:
    return find_state(one.state, one.vault)


def in_state(change: Callable[[Library], object]) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        with Library.open(state_of(one)) as library, library.transaction():
            change(library)

    return plant


def last_run(**fields: object) -> Callable[[Home], None]:
    run = Run(id=9, started="2024-10-14T07:00:00Z", finished="2024-10-14T07:00:01Z")
    return in_state(lambda library: library.journal.keep_run(msgspec.structs.replace(run, **fields)))


def old_success(library: Library) -> None:
    for run in library.journal.runs(newest=-1):
        library.journal.keep_run(msgspec.structs.replace(run, finished="2024-10-01T07:00:01.000Z"))


def another_writer(library: Library) -> None:
    placed = library.ledger.placed(1)
    added = msgspec.structs.replace(placed.highlights[11], status=Status.FOUND, run=7)
    changed = msgspec.structs.replace(placed, highlights={**placed.highlights, 13: added})
    library.ledger.record(1, changed, settled=0)


def damage(one: Home) -> None:
    with closing(sqlite3.connect(state_of(one))) as connection, connection:
        connection.execute("UPDATE books SET value = x'00112233'")


def folder_for_a_state(one: Home) -> None:
    state_of(one).unlink()
    state_of(one).mkdir()


def newer(one: Home) -> None:
    with closing(sqlite3.connect(state_of(one))) as connection, connection:
        connection.execute("PRAGMA user_version = 99")


def state_in_vault(one: Home) -> None:
    one.env["XDG_STATE_HOME"] = str(one.vault / "state")
    (one.vault / "state" / "syncer").mkdir(parents=True)


def file_in(path: str, text: str = "") -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        (one.vault / path).parent.mkdir(parents=True, exist_ok=True)
        (one.vault / path).write_text(text)

    return plant


def plugin(**settings: object) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        file_in(".obsidian/community-plugins.json", '["readwise-official"]')(one)
        file_in(".obsidian/plugins/readwise-official/data.json", json.dumps({"token": TOKEN, **settings}))(one)

    return plant


def another_program(one: Home) -> None:
    (one.folder / "bin").mkdir()
    (one.folder / "bin" / "syncer").write_text("#!/bin/sh\n")
    (one.folder / "bin" / "syncer").chmod(0o755)
    one.env["PATH"] = str(one.folder / "bin")


def wrong_template(one: Home) -> None:
    (one.folder / "mine").mkdir()
    (one.folder / "mine" / "highlight.md").write_text("- {{ higlight_text }}")
    one.configure('note.template = "mine"')


FAULTS = [
    Fault(lambda one: one.config.unlink(), "config.missing", "syncer init", options=("--no-network",)),
    Fault(settings('vault.adpot = "skip"'), "config.wrong", "config.toml", options=("--no-network",)),
    Fault(wrong_template, "templates.wrong", "syncer template check "),
    Fault(settings('vault.folder = "{{ categry }}"'), "templates.path", "config.toml:9"),
    Fault(settings('updates.mode = "append"\nvault.file_name = "{{ titel }}"'), "templates.path", "config.toml:10"),
    Fault(another_program, "program.another", "which -a syncer", State.NOTE),
    Fault(lambda one: (one.folder / "token").chmod(0o644), "token.mode", "chmod 600 "),
    Fault(lambda one: (one.folder / "token").unlink(), "token.unusable", "READWISE_TOKEN_FILE"),
    Fault(
        lambda one: (variables(READWISE_TOKEN_FILE="")(one), settings('readwise.token_command = "false"')(one)),
        "token.command",
        "run it in a terminal",
    ),
    Fault(
        variables(READWISE_TOKEN_FILE="", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"),
        "keyring.refused",
        "unset PYTHON_KEYRING_BACKEND",
    ),
    Fault(variables(READWISE_TOKEN_FILE=""), "keyring.no-bus", "READWISE_TOKEN_FILE"),
    Fault(lambda one: one.server.__setattr__("tokens", {"another"}), "token.refused", "syncer token set"),
    Fault(in_config("http:", "https:", 'readwise.ca = "token"'), "readwise.settings", "PEM"),
    Fault(in_config("http:", "https:", ""), "readwise.unreachable", "curl "),
    Fault(lambda one: one.vault.rename(one.folder / "moved"), "vault.missing", "mount its disk"),
    Fault(lambda one: (one.vault / ".obsidian").rmdir(), "vault.no-obsidian", "", State.NOTE),
    Fault(lambda one: shutil.rmtree(one.vault / "Readwise"), "vault.empty", "", State.NOTE),
    Fault(folder_for_a_state, "state.unreadable", "ls -la "),
    Fault(lambda one: (file_in("a-file")(one), settings('vault.folder = "a-file"')(one)), "vault.folder", "ls -l "),
    Fault(file_in("Readwise/.Gone.md.icloud"), "vault.cloud", "Keep Downloaded"),
    Fault(lambda one: (one.vault / "x.md").symlink_to("x.md"), "vault.unread", "ls -ld "),
    Fault(lambda one: (one.vault / ".stfolder").mkdir(), "neighbour.syncthing", "", State.NOTE),
    Fault(file_in(".obsidian/core-plugins.json", '{"sync": true}'), "neighbour.obsidian-sync", "", State.NOTE),
    Fault(plugin(frequency="60"), "plugin.automatic", "Manual"),
    Fault(plugin(frequency="0", triggerOnLoad=False, isSyncing=True), "plugin.syncing", "", State.NOTE),
    Fault(damage, "state.damaged", "syncer once"),
    Fault(newer, "state.newer", "pipx upgrade syncer"),
    Fault(lambda one: state_of(one).chmod(0o644), "state.mode", "chmod 600 "),
    Fault(state_in_vault, "state.in-vault", "unset XDG_STATE_HOME"),
    Fault(last_run(exit_code=69, message="readwise was silent"), "state.last-failed", "syncer once"),
    Fault(last_run(exit_code=74, holds=(("Deep.md", "it has conflict markers"),)), "state.held", "syncer dry-run"),
    Fault(in_state(old_success), "state.old", "syncer once", State.NOTE),
    Fault(in_state(another_writer), "writer.another", "syncer verify", State.NOTE),
    Fault(lambda one: (one.state / "x.damaged-1").touch(), "state.aside", "ls -l ", State.NOTE),
    Fault(lambda one: shutil.rmtree(one.state), "state.none", "syncer once", State.NOTE),
    Fault(unit("[Service]\nExecStart=/bin/sh -m syncer\n"), "service.stopped", "syncer service restart"),
    Fault(unit('[Service]\nExecStart="/gone/python" -m syncer\n'), "service.program", "syncer service install"),
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_and_its_remedy_named(fault: Fault, one: Home) -> None:
    fault.plant(one)
    looked = look(one, *fault.options)
    assert fault.name in looked.found, looked.printed
    finding = looked.found[fault.name]
    assert finding.state is fault.state
    assert fault.remedy in finding.remedy
    assert bool(finding.remedy) or fault.state is State.NOTE
    assert looked.code == (1 if fault.state is State.PROBLEM else 0), looked.problems


def test_at_least_twenty_five_faults_are_planted() -> None:
    assert len({fault.name for fault in FAULTS}) >= 25


# ---------------------------------------------------------------- the report


def test_the_report_for_a_bug_has_numbers_and_names_and_nothing_private(one: Home) -> None:
    plugin(frequency="60")(one)
    last_run(exit_code=69, message=f"{SECRET_TEXT} {TOKEN} /home/me")(one)
    (one.state / "bug-1.txt").write_text(
        f"syncer 0.1.0, Python 3.11.7, linux\ncommand: once\nKeyError\n  syncer/plan.py:1 in f\n{SECRET_TEXT} of me\n"
    )
    one.config.write_text(one.config.read_text() + f'[filter.take]\nauthors = ["me@example.org", "{SECRET_TEXT}"]\n')
    ran = one.run("doctor", "--report")
    assert_private(ran.out + ran.err)
    for private in (str(one.folder), "me@", "/home", "of-plugin", "Deep", "127.0.0.1"):
        assert private not in ran.out
    for told in ("plugin.automatic problem", "config: vault.path is set", "1 books, 2 highlights", "69 0", "KeyError"):
        assert told in ran.out
    assert "syncer/plan.py:1 in f" in ran.out
