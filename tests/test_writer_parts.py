"""Does each part of the writer say exactly what became of a write, and leave alone what is not its own?

Here: what is said of a write, appends and leases. Names, modes and folders are in test_writer_parts_names.py, what
recovery proves and says in test_writer_parts_recover.py.
"""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath, Stamp
from syncer.vault import Vault
from syncer.writer import Done, Failed, Outcome, Refused, append, create, take_back
from syncer.writer.append import Interfered, _cut_torn_tail, add_at_end, read_back
from syncer.writer.lease import Access, alone
from tests.written import (
    CHANGED,
    LONG,
    NOTE,
    OLD,
    SECTION,
    TEMP,
    held_open,
    limited_file_size,
    needs_leases,
    on_disk,
    vault,
    write,
)

__all__ = ["vault"]

SAVED_OVER = "somebody else saved it at the same moment"


# ---------------------------------------------------------------- what is said


def test_each_refusal_says_why(vault: Vault) -> None:
    write(vault, b"other")
    assert append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)) == Refused(CHANGED)
    assert read_back(vault, NOTE, OLD, folder="Readwise") == Refused(SAVED_OVER)
    assert create(vault, NOTE, SECTION, temp_name=TEMP) == Refused("a file of this name is there already")
    assert take_back(vault, NOTE, size=5, tail=SECTION, created=False) == Refused(CHANGED)
    assert take_back(vault, NOTE, size=0, tail=SECTION, created=True) == Refused(CHANGED)
    assert take_back(vault, NotePath("Gone.md"), size=0, tail=b"x", created=False) == Refused("it is gone")


def test_each_failure_says_what_was_being_done(vault: Vault) -> None:
    def what(outcome: Outcome) -> tuple[int | None, str, str]:
        assert isinstance(outcome, Failed)
        return outcome.error.errno, outcome.path, outcome.what

    too_long = errno.ENAMETOOLONG
    assert what(append(vault, LONG, b"x", before=Fingerprint.of(b""))) == (too_long, LONG, "add to the note")
    assert what(create(vault, LONG, b"x", temp_name=TEMP)) == (too_long, LONG, "make the note")
    assert what(take_back(vault, LONG, size=0, tail=b"", created=False)) == (too_long, LONG, "take the addition back")
    assert what(read_back(vault, LONG, b"", folder="")) == (too_long, LONG, "read the note back")


def test_what_is_done_has_the_stamp_the_fingerprint_and_the_folder(vault: Vault) -> None:
    made = create(vault, NOTE, OLD, temp_name=TEMP)
    now = on_disk(vault).stat()
    assert isinstance(made, Done)
    assert (made.stamp.size, made.stamp.inode, made.fingerprint, made.folder) == (
        *(len(OLD), now.st_ino, Fingerprint.of(OLD), "Readwise"),
    )
    gone = take_back(vault, NOTE, size=0, tail=OLD, created=True)
    assert isinstance(gone, Done)
    assert (gone.stamp, gone.fingerprint, gone.folder) == (Stamp(0, 0, 0, 0), Fingerprint.of(b""), "Readwise")
    assert isinstance(take_back(vault, NOTE, size=0, tail=OLD, created=True), Done)


# ---------------------------------------------------------------- append


def looked_again(folder: Path, fits: list[bool], *, path: str = NOTE) -> tuple[Outcome, int, int]:
    """Return the outcome for a note that has changed and fits or not at each look, the looks and the waits."""
    waits: list[float] = []
    looks: list[bytes] = []

    def still_fits(head: bytes) -> bool:
        looks.append(head)
        return fits[min(len(looks), len(fits)) - 1]

    with Vault(str(folder), quiet_time=0.0, patience=0.0, wait=waits.append) as vault:
        outcome = append(vault, NotePath(path), SECTION, before=Fingerprint.of(OLD), still_fits=still_fits)
    return outcome, len(looks), len(waits)


def test_a_note_that_is_saved_again_and_again_is_looked_at_again(vault: Vault) -> None:
    note = write(vault, b"saved meanwhile")
    outcome, looks, waits = looked_again(Path(vault.path), [False, False, True])
    assert isinstance(outcome, Done)
    assert (looks, waits) == (3, 2)
    assert note.read_bytes() == b"saved meanwhile" + SECTION


def test_a_note_that_never_fits_is_looked_at_sixty_times_more(vault: Vault) -> None:
    write(vault, b"other")
    assert looked_again(Path(vault.path), [False]) == (Refused(CHANGED), 61, 60)


def test_what_does_not_pass_by_itself_is_not_looked_at_again(vault: Vault) -> None:
    write(vault, b"other")
    waits: list[float] = []
    with Vault(vault.path, quiet_time=0.0, patience=0.0, wait=waits.append) as patient:
        assert append(patient, NOTE, SECTION, before=Fingerprint.of(OLD)) == Refused(CHANGED)
    assert waits == []
    on_disk(vault, ".hidden").mkdir()
    write(vault, OLD, ".hidden/Note.md")
    assert looked_again(Path(vault.path), [True], path=".hidden/Note.md")[2] == 0
    assert looked_again(Path(vault.path), [True], path=LONG)[2] == 0


def test_a_note_that_another_took_the_place_of_is_not_written_to(vault: Vault) -> None:
    note = write(vault, OLD)
    on_disk(vault, "Readwise/Kept.md").hardlink_to(note)
    other = write(vault, b"saved by rename", "Readwise/Other.md")

    def still_fits(head: bytes) -> bool:
        if other.exists():
            other.replace(note)
        return True

    assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(b"other"), still_fits=still_fits), Done)
    assert on_disk(vault, "Readwise/Kept.md").read_bytes() == OLD
    assert note.read_bytes() == b"saved by rename" + SECTION


@needs_leases
def test_a_note_that_another_program_has_open_must_be_exactly_what_the_plan_saw(vault: Vault) -> None:
    note = write(vault, OLD)
    with held_open(note):
        assert looked_again(Path(vault.path), [True])[0] != Refused(CHANGED)
        note.write_bytes(b"other")
        assert looked_again(Path(vault.path), [True])[:2] == (Refused(CHANGED), 0)
    assert isinstance(looked_again(Path(vault.path), [True])[0], Done)


def test_a_write_between_two_parts_of_ours_is_noticed(vault: Vault) -> None:
    note = write(vault, OLD)
    descriptor = os.open(note, os.O_RDWR | os.O_APPEND)
    try:
        with limited_file_size(len(OLD) + 100), pytest.raises(Interfered):
            add_at_end(descriptor, SECTION, size=len(OLD) - 1)
        os.ftruncate(descriptor, len(OLD))
        with limited_file_size(len(OLD) + 100), pytest.raises(OSError, match="too large"):
            add_at_end(descriptor, SECTION, size=len(OLD))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("now", "access", "after"),
    [
        (OLD + SECTION[:50], Access.ALONE, OLD),
        (OLD + SECTION[:50], Access.UNGUARDED, OLD),
        (OLD + SECTION[:50], Access.BUSY, OLD + SECTION[:50]),
        (OLD + SECTION, Access.ALONE, OLD),
        (OLD + b"typed", Access.ALONE, OLD + b"typed"),
        (OLD[:-1] + b"?" + SECTION[:50], Access.ALONE, OLD[:-1] + b"?" + SECTION[:50]),
        (OLD[:9], Access.ALONE, OLD[:9]),
    ],
)
def test_only_a_tail_that_is_ours_alone_is_cut(vault: Vault, now: bytes, access: Access, after: bytes) -> None:
    note = write(vault, now)
    descriptor = os.open(note, os.O_RDWR)
    _cut_torn_tail(descriptor, OLD, SECTION, access)
    os.close(descriptor)
    assert note.read_bytes() == after


# ---------------------------------------------------------------- leases


@needs_leases
def test_who_cannot_have_the_note_alone_asks_eight_times(vault: Vault) -> None:
    note = write(vault, OLD)
    waits: list[None] = []
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGIO})
    descriptor = os.open(note, os.O_RDWR)
    with held_open(note), alone(descriptor, pause=lambda: waits.append(None)) as access:
        assert access is Access.BUSY
    assert len(waits) == 8
    with alone(descriptor, pause=lambda: waits.append(None)) as access:
        assert access is Access.ALONE
    assert len(waits) == 8
    os.close(descriptor)
    reader, writer = os.pipe()
    with alone(reader, pause=lambda: waits.append(None)) as access:
        assert access is Access.UNGUARDED
    assert len(waits) == 8
    os.close(reader)
    os.close(writer)
    assert signal.SIGIO not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
