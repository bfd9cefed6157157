"""What do recovering and taking back do where a call fails, or somebody else acts between two of their calls?"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.vault import Vault
from syncer.writer import Done, Failed, Fate, Refused, recover, take_back
from tests.calls import call, failing, half_and_then
from tests.written import (
    NOTE,
    OLD,
    SECTION,
    held_open,
    intent_to_append,
    intent_to_create,
    is_folder,
    on_disk,
    typing,
    vault,
    write,
)

__all__ = ["vault"]


def test_recovering_leaves_alone_what_leads_outside_by_now(vault: Vault, tmp_path: Path) -> None:
    (outside := tmp_path / "outside.md").write_bytes(OLD + SECTION[:50])
    on_disk(vault).symlink_to(outside)
    assert recover(vault, intent_to_append()).fate in {Fate.LEFT, Fate.LATER}
    assert outside.read_bytes() == OLD + SECTION[:50]


@pytest.mark.parametrize("tail", [SECTION[:50], bytes(50)], ids=["cut short", "zeros"])
def test_recovering_touches_nothing_where_the_note_is_saved_a_moment_before(vault: Vault, tail: bytes) -> None:
    """It is saved right after the look that says what is missing, before it is opened to be completed."""
    note = write(vault, OLD + tail)

    def opened_to_write(real: Callable[..., object]) -> Callable[..., object]:
        def made(path: str, flags: int, *arguments: object, **options: object) -> object:
            if flags & os.O_RDWR:
                note.unlink()
                note.write_bytes(b"theirs")
            return real(path, flags, *arguments, **options)

        return made

    with call("open", opened_to_write):
        assert recover(vault, intent_to_append()).fate is Fate.LEFT
    assert note.read_bytes() == b"theirs"


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_zeros_in_a_note_that_another_program_has_open_are_left_for_the_next_run(vault: Vault) -> None:
    note = write(vault, OLD + bytes(50))
    with held_open(note):
        found = recover(vault, intent_to_append())
    assert (found.fate, found.why) == (Fate.LATER, "it could not be finished: another program has the note open")
    assert note.read_bytes() == OLD + bytes(50)
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED


def test_who_writes_between_two_parts_of_a_recovery_is_noticed_and_loses_nothing(vault: Vault) -> None:
    with (
        write(vault, OLD + SECTION[:50]).open("ab", buffering=0) as theirs,
        call("write", half_and_then(typing(theirs))),
    ):
        found = recover(vault, intent_to_append())
    assert (found.fate, found.why) == (Fate.LEFT, "it has changed since it was read")
    assert on_disk(vault).read_bytes().endswith(b"theirs")
    assert on_disk(vault).read_bytes().startswith(OLD + SECTION[:51])


def test_a_new_note_whose_folder_is_gone_is_absent(vault: Vault) -> None:
    on_disk(vault, "Readwise").rmdir()
    assert recover(vault, intent_to_create()).fate is Fate.ABSENT


def test_a_torn_section_below_what_was_typed_before_it_is_completed(vault: Vault) -> None:
    section = b"\n## New highlights added October 14, 2024 at 9:56 AM\n" + SECTION
    note = write(vault, b"typed" + OLD + section[:90])
    assert recover(vault, intent_to_append(data=section)).fate is Fate.COMPLETED
    assert note.read_bytes() == b"typed" + OLD + section


def test_a_recovery_whose_folder_cannot_be_synced_is_finished_later(vault: Vault) -> None:
    write(vault, OLD + SECTION[:50])
    with call("fsync", failing(errno.EIO, when=is_folder)):
        assert recover(vault, intent_to_append()).fate is Fate.LATER
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED


@pytest.mark.parametrize(("data", "fate"), [(b"theirs", Fate.LEFT), (None, Fate.LEFT)])
def test_a_recovery_that_is_saved_over_is_no_recovery(vault: Vault, data: bytes | None, fate: Fate) -> None:
    note = write(vault, OLD + SECTION[:50])

    def saved_over(descriptor: int) -> bool:
        if is_folder(descriptor) and note.exists():
            note.unlink()
            if data is not None:
                note.write_bytes(data)
        return False

    with call("fsync", failing(errno.EIO, when=saved_over)):
        assert recover(vault, intent_to_append()).fate is fate


def test_a_recovery_that_cannot_be_read_back_is_told_by_the_next_run(vault: Vault) -> None:
    note = write(vault, OLD + SECTION[:50])
    finished = False

    def is_finished(*_: object) -> bool:
        return finished

    def synced(descriptor: int) -> bool:
        nonlocal finished
        finished = finished or is_folder(descriptor)
        return False

    with call("fsync", failing(errno.EIO, when=synced)), call("read", failing(errno.EIO, when=is_finished)):
        assert recover(vault, intent_to_append()).fate is Fate.LATER
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED
    assert note.read_bytes() == OLD + SECTION


def test_what_leads_outside_by_now_is_not_taken_back(vault: Vault, tmp_path: Path) -> None:
    (outside := tmp_path / "outside.md").write_bytes(OLD + SECTION)
    on_disk(vault).symlink_to(outside)
    assert isinstance(take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False), Refused)
    assert outside.read_bytes() == OLD + SECTION


def test_an_addition_to_a_note_that_is_gone_is_gone(vault: Vault) -> None:
    assert take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False) == Refused("it is gone")
    assert isinstance(take_back(vault, NOTE, size=0, tail=SECTION, created=True), Done)


def test_an_addition_that_the_system_does_not_cut_off_stays(vault: Vault) -> None:
    note = write(vault, OLD + SECTION)
    with call("ftruncate", failing(errno.EIO)):
        outcome = take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False)
    assert isinstance(outcome, Failed) and outcome.what == "take the addition back"
    assert note.read_bytes() == OLD + SECTION
