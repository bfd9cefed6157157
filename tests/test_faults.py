"""Does the writer come through kills, errors, power cuts and editors, and is a writer that does not caught?

A few points of each; `python -m tests.faults` tries all of them.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model import NotePath
from syncer.vault import Vault
from tests.faults.changes import Op, record
from tests.faults.command_line import scenario_of, site
from tests.faults.crashstates import Tree, crash, snapshot, trees
from tests.faults.driver import NAIVE
from tests.faults.editors import by_writer, naively, race
from tests.faults.points import spread
from tests.faults.scenario import OLD, REPOSITORY, SECTION, Scenario, scenarios_of_driver
from tests.faults.sweep import points_of, sweep, watched_calls
from tests.faults.trace import CHANGES, Call, has_strace, parsed, traced

EVERY_TREE = 1_000


@pytest.fixture
def needs_strace() -> None:
    if has_strace():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("strace is missing, or may not trace, where it must not be")
    pytest.skip("strace is not there, or may not trace")


def one(scenarios: list[Scenario], name: str) -> Scenario:
    return next(scenario for scenario in scenarios if scenario.name == name)


# ---------------------------------------------------------------- with strace


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize("name", ["syncer append", "syncer create"])
def test_the_writer_survives_faults_at_its_calls(tmp_path: Path, name: str) -> None:
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), name)
    tally = sweep([scenario], spread(points_of(scenario).faults, 8))
    assert tally.failures == []
    assert tally.passed >= 7


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize("name", ["syncer append", "syncer create"])
def test_the_writer_puts_right_what_a_power_cut_leaves(tmp_path: Path, name: str) -> None:
    passed, failures = crash([one(scenarios_of_driver(tmp_path, way="syncer"), name)], most=EVERY_TREE)
    assert failures == []
    assert passed > 15


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize("way", NAIVE)
def test_a_naive_way_of_writing_is_caught_by_a_power_cut(tmp_path: Path, way: str) -> None:
    assert crash([one(scenarios_of_driver(tmp_path, way=way), f"{way} append")], most=12)[1]


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
def test_a_naive_way_of_writing_is_caught_by_a_kill(tmp_path: Path) -> None:
    scenario = one(scenarios_of_driver(tmp_path, way="rewrite"), "rewrite append")
    kills = [fault for fault in points_of(scenario).faults if fault.what == "KILL" and fault.call.name == "write"]
    assert sweep([scenario], kills).failures


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize(
    ("fallback", "inject"),
    [
        ("a rename that never overwrites", ["linkat:error=EPERM:when=1+"]),
        ("its own name, opened exclusively", ["linkat:error=ENOSYS:when=1+", "renameat2:error=EINVAL:when=1+"]),
    ],
)
def test_a_note_is_made_where_the_file_system_has_no_links(tmp_path: Path, fallback: str, inject: list[str]) -> None:
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), "syncer create")
    scenario.reset()
    ran = traced(scenario, CHANGES, inject=inject)
    assert ran.exit_code == 0, fallback
    assert sum(call.injected for call in ran.calls) == len(inject)
    assert scenario.final() == []


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize(("name", "at"), [("write", 0), ("fsync", 0), ("fsync", 1)])
def test_a_note_under_its_own_name_is_made_whole_after_a_kill(tmp_path: Path, name: str, at: int) -> None:
    """But for a kill before its first byte: an empty file may be its owner's (tests/test_writer_recover.py)."""
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), "syncer create")
    scenario.reset()
    no_links = ["linkat:error=ENOSYS:when=1+", "renameat2:error=EINVAL:when=1+"]
    plain = traced(scenario, CHANGES, inject=no_links)
    nths = [call.nth for call in plain.calls if call.name == name and "/Sub/" in call.text]
    assert len(nths) == 2  # the temporary file's, and the note's own
    scenario.reset()
    killed = traced(scenario, CHANGES, inject=[*no_links, f"{name}:signal=KILL:when={nths[at]}"])
    assert killed.exit_code in (-9, 137)
    assert scenario.heal() == []


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
def test_a_note_that_is_there_is_only_ever_opened_to_append_and_written_once(tmp_path: Path) -> None:
    """The position of an appending write is the system's: whatever was saved before it, nothing is written over."""
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), "syncer append")
    scenario.reset()
    calls = traced(scenario, CHANGES).calls
    opened = [call.text for call in calls if call.name == "openat" and call.result_path.endswith("/Old.md")]
    writes = [call for call in calls if call.name in ("write", "pwrite64") and "/Old.md" in call.text]
    assert opened
    assert all("O_APPEND" in text or "O_RDONLY" in text for text in opened)
    assert not any("O_TRUNC" in text or "O_CREAT" in text for text in opened)
    assert len(writes) == 1


# ---------------------------------------------------------------- editors


def save_in_place(note: Path) -> None:
    note.write_bytes(b"edited " + OLD)


def save_by_rename(note: Path) -> None:
    (new := note.with_name(".swap")).write_bytes(b"edited " + OLD)
    new.replace(note)


def is_held(note: Path) -> bool:
    """Tell whether somebody has a lease on the note: between its second look and its write."""
    inode = str(note.stat().st_ino)
    lines = Path("/proc/locks").read_text().splitlines()
    return any("LEASE" in line and f":{inode} " in line for line in lines)


def has_grown(note: Path) -> bool:
    """Tell whether the section is written: its fsync is next."""
    return note.stat().st_size > len(OLD)


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize("save", [save_in_place, save_by_rename])
@pytest.mark.parametrize(("call", "window"), [("write", is_held), ("fsync", has_grown)])
def test_a_save_in_the_middle_of_an_append_keeps_its_text_and_the_section_follows(
    tmp_path: Path, save: Callable[[Path], None], call: str, window: Callable[[Path], bool]
) -> None:
    """The writer is held for a second in each window; the editor saves a copy that it read before.

    Who opens a note while it is held waits for the write: so the writer is held before its fsync each time, too.
    """
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), "syncer append")
    scenario.reset()
    plain = traced(scenario, CHANGES)
    first = {one.name: one.nth for one in reversed(plain.calls) if "/Old.md" in one.text}
    holds = [f"{name}:delay_enter=1000000:when={first[name]}" for name in {call, "fsync"}]
    scenario.reset()
    note = scenario.watch[0] / "Old.md"
    ended = threading.Event()
    saved = threading.Event()

    def edit() -> None:
        while not ended.wait(0.001):
            if window(note):
                save(note)
                saved.set()
                return

    editor = threading.Thread(target=edit)
    editor.start()
    ran = traced(scenario, CHANGES, inject=holds)
    ended.set()
    editor.join()
    assert saved.is_set()
    assert ran.exit_code == 1
    assert note.read_bytes() == b"edited " + OLD
    assert scenario.run().exit_code == 0
    assert note.read_bytes() == b"edited " + OLD + SECTION


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["in-place", "rename"])
def test_nothing_is_lost_while_an_editor_saves_the_note_again_and_again(tmp_path: Path, kind: str) -> None:
    with Vault(str(tmp_path), quiet_time=0.0, patience=0.0) as vault:
        found = race(tmp_path / "note.md", by_writer(vault, NotePath("note.md")), kind=kind, seconds=2)
    assert found.is_clean, found
    assert found.saves > 20
    assert found.sections > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["in-place", "rename"])
def test_a_naive_way_of_writing_is_caught_by_an_editor(tmp_path: Path, kind: str) -> None:
    note = tmp_path / "note.md"
    assert not race(note, naively(note), kind=kind, seconds=1).is_clean


# ---------------------------------------------------------------- the harness itself


def test_straces_lines_are_read_with_calls_that_overlap() -> None:
    log = (
        '7 openat(5</v>, "a"..., O_RDONLY) = 6</v/a>\n'
        '8 write(3</v/b>, ""..., 2 <unfinished ...>\n'
        '7 write(6</v/a>, ""..., 3) = -1 ENOSPC (No space left on device) (INJECTED)\n'
        "8 <... write resumed>) = 2\n"
        "7 fsync(6</v/a>"
    )
    calls = parsed(log)
    assert [(call.thread, call.name, call.nth, call.result, call.injected) for call in calls] == [
        (7, "openat", 1, 6, False),
        (7, "write", 1, -1, True),
        (8, "write", 1, 2, False),
        (7, "fsync", 1, None, False),
    ]
    assert calls[2].touches([Path("/v/b")])
    assert not Call(1, "write", 1, "3</w/b>", 2, False).touches([Path("/v")])


def test_the_model_keeps_what_is_synced_and_may_lose_the_rest() -> None:
    start: Tree = {"/v": None, "/v/a": b"old"}
    write, sync = Op("write", "/v/a", data=b"new!"), Op("sync", "/v/a")
    left = [tree["/v/a"] for _, tree in trees([write], start)]
    assert left == [b"old", b"oldnew!", b"oldne", b"old\0\0\0\0"]
    synced = [tree["/v/a"] for label, tree in trees([write, sync], start) if "cut after 2" in label]
    assert synced == []  # nothing new: after the fsync only the whole is left, and that was there before


def test_the_model_may_lose_a_new_name_until_its_folder_is_synced() -> None:
    start: Tree = {"/v": None}
    made = [Op("open", "/v/a"), Op("write", "/v/a", data=b"x"), Op("sync", "/v/a")]
    lost = [tree for label, tree in trees(made, start) if "/v/a" not in tree]
    assert lost == [start]
    after = [tree for _, tree in trees([*made, Op("sync", "/v"), Op("open", "/v/b")], start) if "/v/b" in tree]
    assert after == [{"/v": None, "/v/a": b"x", "/v/b": b""}]


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
def test_a_recorded_run_replayed_in_full_is_what_the_run_left(tmp_path: Path) -> None:
    scenario = one(scenarios_of_driver(tmp_path, way="syncer"), "syncer both")
    scenario.reset()
    start = snapshot(scenario.watch)
    ops = record(scenario)
    *_, last = [tree for label, tree in trees(ops, start) if "all kept" in label]
    assert last == snapshot(scenario.watch)


@pytest.mark.system
@pytest.mark.usefixtures("needs_strace")
@pytest.mark.parametrize("plot", ["mixed", "undo"])
def test_a_command_that_starts_warm_makes_the_same_calls_on_the_watched_folders(tmp_path: Path, plot: str) -> None:
    with site(tmp_path / "home", tree=REPOSITORY) as here:
        cold = scenario_of(here, plot)
        with cold.warmed() as started:
            calls = [_calls_of(each) for each in (cold, started)]
            if calls[0] != calls[1]:  # on a busy machine a note is young in one of the two runs, and is read again
                calls = [_calls_of(each.aged()) for each in (cold, started)]
    assert len(calls[0]) > 300
    assert calls[0] == calls[1]


def _calls_of(scenario: Scenario) -> list[str]:
    return [_without_numbers(call) for call in watched_calls(scenario)]


def _without_numbers(call: Call) -> str:
    """Return a call without its descriptors, inodes, times, process and the random parts of names."""
    return re.sub(r"0x[0-9a-f]+|\d+", "0", " ".join([call.name, *call.text.split()]))


def test_every_tree_is_tried_once() -> None:
    ops = [Op("write", "/v/a", data=b"12"), Op("write", "/v/a", data=b"34"), Op("folder", "/v/f")]
    found = [str(sorted(tree.items(), key=str)) for _, tree in trees(ops, {"/v": None, "/v/a": b""})]
    assert len(found) == len(set(found)) < EVERY_TREE
