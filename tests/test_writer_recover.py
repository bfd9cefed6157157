"""Does the writer finish what a crash has cut, or take back what it added, and touch nothing that is not its own?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model import Fingerprint
from syncer.vault import Vault
from syncer.writer import Done, Failed, Fate, Refused, append, create, recover, take_back
from tests.written import (
    HOLDER,
    NOTE,
    OLD,
    SECTION,
    TEMP,
    everything,
    intent_to_append,
    intent_to_create,
    limited_file_size,
    on_disk,
    open_vault,
    vault,
    write,
)

__all__ = ["vault"]


@given(cut=st.integers(1, len(SECTION)), zeros=st.lists(st.integers(0, len(SECTION) - 1), max_size=40))
def test_a_torn_append_is_completed_wherever_it_was_torn(
    tmp_path_factory: pytest.TempPathFactory, cut: int, zeros: list[int]
) -> None:
    (folder := tmp_path_factory.mktemp("v") / "Readwise").mkdir()
    tail = bytearray(SECTION[:cut])
    for place in zeros:
        tail[place:cut] = bytes(max(0, cut - place))
    (folder / "State of AI.md").write_bytes(OLD + tail)
    with open_vault(folder.parent) as vault:
        found = recover(vault, intent_to_append())
        assert found.fate is Fate.COMPLETED
        assert on_disk(vault).read_bytes() == OLD + SECTION
        assert found.done is not None
        assert found.done.fingerprint == Fingerprint.of(OLD + SECTION)
        assert recover(vault, intent_to_append()).fate is Fate.COMPLETED


@pytest.mark.parametrize(
    ("now", "fate"),
    [
        (OLD, Fate.ABSENT),
        (OLD + SECTION, Fate.COMPLETED),
        (OLD + SECTION + b"typed since", Fate.LEFT),
        (OLD + SECTION[:50] + b"typed since", Fate.LEFT),
        (OLD[:-1] + b"!" + SECTION[:50], Fate.LEFT),
        (OLD[:10], Fate.LEFT),
        (b"typed since" + OLD + SECTION, Fate.LEFT),
        (None, Fate.ABSENT),
    ],
)
def test_recovering_an_append_never_touches_a_note_that_is_not_provably_ours(
    vault: Vault, now: bytes | None, fate: Fate
) -> None:
    if now is not None:
        write(vault, now)
    before = everything(vault)
    assert recover(vault, intent_to_append()).fate is fate
    assert everything(vault) == before


@pytest.mark.parametrize(
    ("temp", "now", "fate", "after"),
    [
        (None, None, Fate.ABSENT, None),
        (SECTION[:99], None, Fate.ABSENT, None),
        (b"", None, Fate.ABSENT, None),
        (SECTION, SECTION, Fate.COMPLETED, SECTION),
        (None, SECTION[:99], Fate.COMPLETED, SECTION),
        (None, bytes(99), Fate.COMPLETED, SECTION),
        (None, SECTION + b"typed since", Fate.LEFT, SECTION + b"typed since"),
        (None, b"the owner's", Fate.LEFT, b"the owner's"),
    ],
)
def test_recovering_a_new_note_removes_the_temporary_file_and_finishes_only_our_own(
    vault: Vault, temp: bytes | None, now: bytes | None, fate: Fate, after: bytes | None
) -> None:
    if temp is not None:
        write(vault, temp, f"Readwise/{TEMP}")
    if now is not None:
        write(vault, now)
    assert recover(vault, intent_to_create()).fate is fate
    assert everything(vault) == {"Readwise": None} | ({NOTE: after} if after is not None else {})


def test_an_empty_note_in_the_place_of_a_new_one_is_its_owners(vault: Vault) -> None:
    os.utime(write(vault, b""), (1e9, 1e9))
    recover(vault, intent_to_create())
    assert on_disk(vault).read_bytes() == b""


def test_a_temporary_name_that_holds_something_else_is_not_removed(vault: Vault) -> None:
    write(vault, b"not ours", f"Readwise/{TEMP}")
    assert recover(vault, intent_to_create()).fate is Fate.ABSENT
    assert on_disk(vault, f"Readwise/{TEMP}").read_bytes() == b"not ours"


@pytest.mark.parametrize("left", [b"", OLD[:9], OLD])
def test_a_temporary_file_of_a_run_whose_state_is_lost_is_no_obstacle(vault: Vault, left: bytes) -> None:
    write(vault, left, f"Readwise/{TEMP}")
    assert isinstance(create(vault, NOTE, OLD, temp_name=TEMP), Done)
    assert everything(vault) == {"Readwise": None, NOTE: OLD}


def test_a_temporary_name_that_is_somebody_elses_is_left_alone(vault: Vault) -> None:
    write(vault, b"not ours", f"Readwise/{TEMP}")
    assert isinstance(create(vault, NOTE, OLD, temp_name=TEMP), Failed)
    assert everything(vault) == {"Readwise": None, f"Readwise/{TEMP}": b"not ours"}


def test_a_note_edited_before_its_temporary_name_went_loses_that_name_alone(vault: Vault) -> None:
    write(vault, b"edited since", f"Readwise/{TEMP}")
    on_disk(vault).hardlink_to(on_disk(vault, f"Readwise/{TEMP}"))
    assert recover(vault, intent_to_create()).fate is Fate.LEFT
    assert everything(vault) == {"Readwise": None, NOTE: b"edited since"}


def test_a_new_note_that_somebody_has_open_is_whole_and_leaves_no_temporary_name(vault: Vault) -> None:
    """An indexer opens a note the moment its name appears, while the temporary name is still there."""
    write(vault, SECTION, f"Readwise/{TEMP}")
    on_disk(vault).hardlink_to(on_disk(vault, f"Readwise/{TEMP}"))
    with on_disk(vault).open("r+b"):
        assert recover(vault, intent_to_create()).fate is Fate.COMPLETED
    assert everything(vault) == {"Readwise": None, NOTE: SECTION}


def test_a_recovery_that_the_disk_has_no_room_for_is_kept_for_later_and_then_finished(vault: Vault) -> None:
    write(vault, OLD + SECTION[:50])
    with limited_file_size(len(OLD) + 100):
        assert recover(vault, intent_to_append()).fate is Fate.LATER
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED
    assert on_disk(vault).read_bytes() == OLD + SECTION


def test_taking_an_addition_back_restores_every_byte(vault: Vault) -> None:
    note = write(vault, OLD)
    inode = note.stat().st_ino
    append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    outcome = take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False)
    assert isinstance(outcome, Done)
    assert (note.read_bytes(), note.stat().st_ino) == (OLD, inode)


def test_taking_a_new_note_back_removes_it_unless_its_owner_wrote_in_it(vault: Vault) -> None:
    create(vault, NOTE, SECTION, temp_name=TEMP)
    with on_disk(vault).open("ab") as note:
        note.write(b"mine")
    assert isinstance(take_back(vault, NOTE, size=0, tail=SECTION, created=True), Refused)
    on_disk(vault).write_bytes(SECTION)
    assert isinstance(take_back(vault, NOTE, size=0, tail=SECTION, created=True), Done)
    assert everything(vault) == {"Readwise": None}


@pytest.mark.parametrize("now", [OLD, OLD + SECTION + b"mine", OLD + b"!" + SECTION, OLD + SECTION[:-1] + b"?"])
def test_an_addition_that_changed_or_is_followed_by_anything_stays(vault: Vault, now: bytes) -> None:
    note = write(vault, now)
    assert isinstance(take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False), Refused)
    assert note.read_bytes() == now


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_note_that_another_program_has_open_is_not_cut(vault: Vault) -> None:
    note = write(vault, OLD + SECTION)
    with subprocess.Popen([sys.executable, "-c", HOLDER, note], stdin=-1, stdout=-1) as editor:
        assert editor.stdout and editor.stdout.readline() == b"open\n"
        outcome = take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False)
        assert outcome == Refused("another program has it open")
        assert note.read_bytes() == OLD + SECTION
        editor.communicate()
    assert isinstance(take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False), Done)


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_save_during_a_cut_waits_for_it_and_nobody_is_killed_by_the_signal(vault: Vault) -> None:
    from syncer.writer.lease import Access, alone

    note = write(vault, OLD)
    descriptor = os.open(note, os.O_RDWR)
    saved = threading.Event()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set())

    def save() -> None:
        note.write_bytes(b"saved")
        saved.set()

    with alone(descriptor, pause=vault.pause) as access:
        assert access is Access.ALONE
        editor = threading.Thread(target=save)
        editor.start()
        assert not saved.wait(0.2)
        assert note.stat().st_size == len(OLD)
    assert saved.wait(30)
    editor.join()
    os.close(descriptor)
    assert note.read_bytes() == b"saved"
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == mask
