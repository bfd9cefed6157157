"""What does the command line say and do on a disk that is read-only, held by another sync, or fails in the wrong place?

The faults of whole sweeps that once did harm are tried here each, by name; `python -m tests.faults` tries all others.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.account import tokens
from tests.faults.command_line import Site, scenario_of, site
from tests.faults.disks import reason_not_to_run
from tests.faults.scenario import REPOSITORY, Scenario
from tests.faults.trace import CHANGES, LOOKS, Call, has_strace, traced

TRIES = 5  # two runs do not always make the same calls, so the last of one may not be there in the other


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "home", tree=REPOSITORY) as made:
        yield made


def skip_or_fail(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.system
def test_a_read_only_vault_is_told_before_anything_is_fetched(here: Site) -> None:
    if reason := reason_not_to_run("full"):
        pytest.skip(reason)  # no package would help
    scenario_of(here, "append")
    asked, before = len(here.readwise.requests), here.notes()
    mounted = f"mount --bind {here.vault} {here.vault} && mount -o remount,ro,bind {here.vault}"
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mounted} && exec "$@"', "sh", *here.command("once")],
        env=here.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 74, ran.stderr
    assert ran.stderr.splitlines()[0] == f"syncer: nothing was written: the vault {here.vault} is read-only"
    assert len(here.readwise.requests) == asked
    assert here.notes() == before


def folder_that_cannot_be_listed(call: Call) -> bool:
    return call.name == "fcntl" and "F_GETFL" in call.text and "/vault/Readwise>" in call.text


def read_of_the_state_that_fails(call: Call) -> bool:
    return call.name == "pread64" and ".sqlite3>" in call.text


def look_at_what_was_written(call: Call) -> bool:
    return call.name == "close" and call.text.endswith("/Book 1.md>")


def a_call_failed(scenario: Scenario, which: Callable[[Call], bool], place: int, error: str) -> bool:
    """Run the command as it is, and again with the call at that place failing; tell whether it was made again."""
    scenario.reset()
    calls = [call for call in traced(scenario, (*CHANGES, *LOOKS)).calls if which(call)]
    scenario.reset()
    failing = f"{calls[place].name}:error={error}:when={calls[place].nth}"
    return any(call.injected for call in traced(scenario, [calls[place].name], inject=[failing]).calls)


@pytest.mark.system
@pytest.mark.parametrize("plot", ["append", "recovery"])
@pytest.mark.parametrize(
    ("error", "which"),
    [
        ("EPERM", folder_that_cannot_be_listed),
        ("EIO", read_of_the_state_that_fails),
        ("ENOSPC", look_at_what_was_written),
    ],
)
def test_a_call_that_fails_doubles_nothing_and_loses_no_state(
    here: Site, plot: str, error: str, which: Callable[[Call], bool]
) -> None:
    """The last of these calls, and the first: a folder taken for empty had its book's note made a second time."""
    if not has_strace():
        skip_or_fail("strace is not there, or may not trace")
    scenario = scenario_of(here, plot)
    for place in (0, -1):
        assert any(a_call_failed(scenario, which, place, error) for _ in range(TRIES))
        found = [token for data in here.notes().values() for token in tokens(data)]
        assert len(found) == len(set(found))
        assert scenario.heal() == []


@pytest.mark.system
def test_the_state_s_folder_is_on_the_disk_before_the_first_note_is_written(here: Site) -> None:
    """A power cut took the folder away, and with it the journal; what had been begun in the vault was left behind."""
    if not has_strace():
        skip_or_fail("strace is not there, or may not trace")
    scenario = scenario_of(here, "create")
    scenario.reset()
    calls = [f"{call.name} {call.text}" for call in traced(scenario, CHANGES).calls]
    made = next(place for place, call in enumerate(calls) if "mkdir" in call and "/state/syncer" in call)
    synced = next(place for place, call in enumerate(calls) if "fsync" in call and call.endswith(f"<{here.state}>"))
    begun = next(place for place, call in enumerate(calls) if "O_CREAT" in call and "/vault" in call)
    assert made < synced < begun


@pytest.mark.system
@pytest.mark.parametrize("plot", ["append", "mixed"])
def test_a_run_costs_one_fsync_a_note_one_a_folder_and_two_transactions_more_however_many_notes(
    here: Site, plot: str
) -> None:
    """Besides: what was fetched, which books were fetched whole, what was read of the notes, and what is remembered."""
    if not has_strace():
        skip_or_fail("strace is not there, or may not trace")
    scenario = scenario_of(here, plot)
    scenario.reset()
    before = here.notes()
    calls = traced(scenario, ("fsync", "fdatasync", "unlink")).calls
    touched = [path for path, data in here.notes().items() if data != before.get(path)]
    synced = [call.text.rpartition("<")[2].rstrip(">") for call in calls if call.name != "unlink"]
    in_vault = [path for path in synced if path.startswith(f"{here.vault}/") or path == str(here.vault)]
    folders = [path for path in in_vault if Path(path).is_dir()]
    assert len(touched) == (1 if plot == "append" else 15)
    assert len(in_vault) - len(folders) == len(touched)
    assert len(folders) == len(set(folders)) <= 3
    assert sum(call.name == "unlink" and "-journal" in call.text for call in calls) <= 2 + 4
