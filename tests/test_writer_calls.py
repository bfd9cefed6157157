"""What does the writer do where a call of the system fails, or somebody else acts between two of its calls?

The same for what a crash left and for what is taken back is in test_writer_calls_recover.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncer.model import Fingerprint, NotePath
from syncer.vault import Vault
from syncer.vault.root import Spot
from syncer.writer import Done, Failed, Fate, Refused, append, confirm, create, recover, sync_folders
from syncer.writer.append import read_back
from syncer.writer.lease import Access, alone
from tests.calls import Stead, after, call, failing, half_and_then
from tests.written import (
    NOTE,
    OLD,
    SECTION,
    TEMP,
    everything,
    held_open,
    intent_to_append,
    is_folder,
    limited_file_size,
    on_disk,
    typing,
    vault,
    write,
)

__all__ = ["vault"]


def is_note(descriptor: int) -> bool:
    return not is_folder(descriptor)


# ---------------------------------------------------------------- append


def test_a_note_that_does_not_fit_at_first_is_looked_at_again(vault: Vault) -> None:
    write(vault, OLD + b"typed")
    looks = iter([False, False, True])
    outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(OLD), still_fits=lambda now: next(looks))
    assert isinstance(outcome, Done)
    assert on_disk(vault).read_bytes() == OLD + b"typed" + SECTION


def test_who_writes_between_two_parts_of_an_append_is_noticed_and_loses_nothing(vault: Vault) -> None:
    with write(vault, OLD).open("ab", buffering=0) as theirs, call("write", half_and_then(typing(theirs))):
        outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    assert outcome == Refused("somebody else saved it at the same moment")
    assert on_disk(vault).read_bytes() == OLD + SECTION[: len(SECTION) // 2] + b"theirs"


def test_an_append_that_the_system_takes_in_two_parts_is_whole(vault: Vault) -> None:
    write(vault, OLD)
    with call("write", half_and_then(lambda: None)):
        assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Done)
    assert on_disk(vault).read_bytes() == OLD + SECTION


def test_what_cannot_be_put_on_the_disk_is_taken_back(vault: Vault) -> None:
    write(vault, OLD)
    with call("fsync", failing(errno.EIO, when=is_note)):
        outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    assert isinstance(outcome, Failed) and outcome.error.errno == errno.EIO
    assert on_disk(vault).read_bytes() == OLD


def test_what_cannot_be_put_on_the_disk_stays_where_its_owner_has_gone_on(vault: Vault) -> None:
    write(vault, OLD)

    def stead(real: Callable[..., object]) -> Callable[..., object]:
        def made(descriptor: int) -> None:
            with on_disk(vault).open("ab") as theirs:
                theirs.write(b"theirs")
            raise OSError(errno.EIO, "")

        return made

    with call("fsync", stead):
        assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Failed)
    assert on_disk(vault).read_bytes() == OLD + SECTION + b"theirs"


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_torn_append_to_a_note_that_another_program_has_open_is_left_to_recover(vault: Vault) -> None:
    write(vault, OLD)
    with held_open(on_disk(vault)), limited_file_size(len(OLD) + 100):
        assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Failed)
    assert on_disk(vault).read_bytes() == OLD + SECTION[:100]
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED
    assert on_disk(vault).read_bytes() == OLD + SECTION


def test_a_call_that_takes_no_byte_is_an_error_and_no_endless_loop(vault: Vault) -> None:
    write(vault, OLD)
    with call("write", lambda real: lambda descriptor, data: 0):
        outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    assert isinstance(outcome, Failed) and outcome.error.strerror == "the disk takes no more bytes"


def test_a_note_that_changes_while_it_is_confirmed_is_looked_at_once_more(vault: Vault) -> None:
    note = write(vault, OLD + SECTION)
    with note.open("ab", buffering=0) as theirs, call("read", after(typing(theirs))):
        assert confirm(vault, NOTE, data=SECTION)
    assert note.read_bytes() == OLD + SECTION + b"theirs"


# ---------------------------------------------------------------- create


def test_a_name_that_is_taken_a_moment_before_is_not_overwritten(vault: Vault) -> None:
    with call("link", after(lambda: write(vault, b"theirs"))):
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Refused)
    assert everything(vault) == {"Readwise": None, NOTE: b"theirs"}


def test_a_name_that_cannot_be_given_leaves_nothing(vault: Vault) -> None:
    with call("link", failing(errno.EIO)):
        outcome = create(vault, NOTE, SECTION, temp_name=TEMP)
    assert isinstance(outcome, Failed) and outcome.error.errno == errno.EIO
    assert everything(vault) == {"Readwise": None}


def renames(number: int | None) -> Stead:
    """Return a C library whose rename fails with this error, or that has none."""

    def rename(*_: object) -> int:
        ctypes.set_errno(number or 0)
        return -1

    return lambda real: lambda *_, **__: SimpleNamespace(**({"renameat2": rename} if number else {}))


@pytest.mark.skipif(sys.platform != "linux", reason="the rename is Linux's")
@pytest.mark.parametrize("number", [None, errno.EINVAL, errno.ENOSYS])
def test_without_links_and_renames_a_note_is_made_under_its_own_name(vault: Vault, number: int | None) -> None:
    with call("link", failing(errno.EPERM)), call("CDLL", renames(number), of=ctypes):
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Done)
    assert everything(vault) == {"Readwise": None, NOTE: SECTION}


@pytest.mark.skipif(sys.platform != "linux", reason="the rename is Linux's")
def test_without_links_a_note_gets_its_name_by_a_rename_that_overwrites_nothing(vault: Vault) -> None:
    with call("link", failing(errno.EPERM)):
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Done)
        write(vault, b"theirs")
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Refused)
    assert everything(vault) == {"Readwise": None, NOTE: b"theirs"}


@pytest.mark.skipif(sys.platform != "linux", reason="the rename is Linux's")
def test_a_rename_that_fails_leaves_nothing(vault: Vault) -> None:
    with call("link", failing(errno.EPERM)), call("CDLL", renames(errno.EIO), of=ctypes):
        outcome = create(vault, NOTE, SECTION, temp_name=TEMP)
    assert isinstance(outcome, Failed) and outcome.error.errno == errno.EIO
    assert everything(vault) == {"Readwise": None}


def test_without_links_and_renames_a_name_that_is_taken_is_not_overwritten(vault: Vault) -> None:
    """The name is taken while the temporary name is being removed, right before the note would get its own."""
    with (
        call("link", failing(errno.EPERM)),
        call("CDLL", renames(None), of=ctypes),
        call("unlink", after(lambda: write(vault, b"theirs"))),
    ):
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Refused)
    assert everything(vault) == {"Readwise": None, NOTE: b"theirs"}


@pytest.mark.skipif(sys.platform != "linux", reason="the rename is Linux's")
def test_without_links_and_renames_a_disk_that_is_full_in_the_middle_of_a_note_leaves_nothing(vault: Vault) -> None:
    """The temporary file still had room; the note under its own name has room for half of it."""

    def half(real: Callable[..., object]) -> Callable[..., object]:
        def made(descriptor: int, data: bytes) -> object:
            if not on_disk(vault).exists():
                return real(descriptor, data)
            if os.fstat(descriptor).st_size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(descriptor, data[: len(data) // 2])

        return made

    with call("link", failing(errno.EPERM)), call("CDLL", renames(None), of=ctypes), call("write", half):
        outcome = create(vault, NOTE, SECTION, temp_name=TEMP)
    assert isinstance(outcome, Failed) and outcome.error.errno == errno.ENOSPC
    assert everything(vault) == {"Readwise": None}


# ---------------------------------------------------------------- folders


def test_a_folder_that_leads_outside_cannot_be_synced(vault: Vault, tmp_path: Path) -> None:
    on_disk(vault, "Out").symlink_to(tmp_path)
    failures = sync_folders(vault, {"Out", "Readwise"})
    assert {folder: error.errno for folder, error in failures.items()} == {"Out": errno.EXDEV}


@pytest.mark.parametrize(("number", "failed"), [(errno.EINVAL, []), (errno.EIO, ["", "Readwise"])])
def test_a_file_system_that_syncs_no_folders_is_no_failure(vault: Vault, number: int, failed: list[str]) -> None:
    with call("fsync", failing(number)):
        assert sorted(sync_folders(vault, {"", "Readwise"})) == failed


def test_where_folders_cannot_be_opened_there_is_nothing_to_sync(vault: Vault) -> None:
    class Plain(Vault):
        """A vault on a system without descriptors of folders."""

        @contextlib.contextmanager
        def in_folder(self, folder: str) -> Iterator[Spot]:
            yield Spot(None, self.path, "", NotePath(folder))

    with Plain(vault.path, quiet_time=0.0, patience=0.0) as plain, call("fsync", failing(errno.EIO)):
        assert sync_folders(plain, {"Readwise"}) == {}


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_what_has_no_leases_is_said_to_be_unguarded() -> None:
    reading, writing = os.pipe()
    try:
        with alone(reading, pause=lambda: None) as access:
            assert access is Access.UNGUARDED
    finally:
        os.close(reading)
        os.close(writing)


def test_a_note_whose_times_change_at_every_look_is_not_called_written(vault: Vault) -> None:
    note = write(vault, OLD)
    clock = iter(range(10**9, 2 * 10**9))

    def changing(real: Callable[..., object]) -> Callable[..., object]:
        def made(*arguments: object) -> object:
            os.utime(note, ns=(next(clock), next(clock)))
            return real(*arguments)

        return made

    with call("read", changing):
        assert isinstance(read_back(vault, NOTE, OLD, folder="Readwise"), Refused)
    assert isinstance(read_back(vault, NOTE, OLD, folder="Readwise"), Done)
