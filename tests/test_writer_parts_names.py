"""Does a new note get its name, its mode and its folders, and does no other file lose any of these?"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath
from syncer.vault import Vault
from syncer.writer import Done, Failed, Refused, append, create, recover, sync_folders, take_back
from syncer.writer.create import _make, remove_ours
from syncer.writer.disk import _rename, place, write_some
from syncer.writer.outcome import is_torn, parent
from tests.calls import after, call, failing, half_and_then
from tests.written import (
    CHANGED,
    NOTE,
    OLD,
    SECTION,
    TEMP,
    everything,
    held_open,
    intent_to_append,
    intent_to_create,
    needs_leases,
    on_disk,
    vault,
    write,
)

__all__ = ["vault"]


def test_a_name_that_is_taken_at_the_last_moment_stays_and_leaves_nothing(vault: Vault) -> None:
    write(vault, b"the owner's")
    with vault.root.spot(NOTE, follow=False) as spot:
        assert not _make(vault, spot, SECTION, TEMP, mode=0o644)
    assert everything(vault) == {"Readwise": None, NOTE: b"the owner's"}


def test_a_temporary_name_that_is_there_already_is_not_ours(vault: Vault) -> None:
    write(vault, b"another's", f"Readwise/{TEMP}")
    assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Failed)
    assert everything(vault) == {"Readwise": None, f"Readwise/{TEMP}": b"another's"}


def mode_of_new(folder: Path, name: str = "New.md", *, by_descriptor: bool = True) -> int:
    with Vault(str(folder), quiet_time=0.0, patience=0.0, by_descriptor=by_descriptor) as vault:
        assert isinstance(create(vault, NotePath(f"Readwise/{name}"), b"x", temp_name=TEMP), Done)
        return stat.S_IMODE(on_disk(vault, f"Readwise/{name}").stat().st_mode)


@pytest.mark.parametrize("neighbour", [0o640, 0o644, 0o646, 0o664, 0o666, 0o600])
def test_a_new_note_has_its_neighbours_mode_and_can_never_be_run(tmp_path: Path, neighbour: int) -> None:
    (tmp_path / "Readwise").mkdir()
    (tmp_path / "Readwise" / "a.md").touch()
    (tmp_path / "Readwise" / "a.md").chmod(neighbour | 0o111)
    assert mode_of_new(tmp_path) == neighbour
    assert mode_of_new(tmp_path, "Other.md", by_descriptor=False) == neighbour


def test_only_notes_are_neighbours(tmp_path: Path) -> None:
    folder = tmp_path / "Readwise"
    for name in ("b.txt", "c.txt"):
        folder.mkdir(exist_ok=True)
        (folder / name).touch()
        (folder / name).chmod(0o666)
    (folder / "a.md").touch()
    (folder / "a.md").chmod(0o640)
    for name in ("d.md", "e.md"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
        (folder / f"link-{name}").symlink_to("b.txt")
    assert mode_of_new(tmp_path) == 0o640


def test_the_mode_that_most_of_twenty_notes_have_is_the_usual_one(tmp_path: Path) -> None:
    folder = tmp_path / "Readwise"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.md").touch()
        (folder / f"{number}.md").chmod(0o640 if number % 5 else 0o666)
    assert mode_of_new(tmp_path) == 0o640


def test_who_makes_many_notes_asks_once_for_the_mode_of_a_folder(vault: Vault) -> None:
    write(vault, b"", "Readwise/a.md").chmod(0o640)
    modes: dict[str, int] = {}
    assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP, modes=modes), Done)
    assert modes == {"Readwise": 0o640}
    modes["Readwise"] = 0o600
    assert isinstance(create(vault, NotePath("Readwise/b.md"), SECTION, temp_name=TEMP, modes=modes), Done)
    assert stat.S_IMODE(on_disk(vault, "Readwise/b.md").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("now", "whole", "removed"),
    [
        (SECTION, True, True),
        (SECTION, False, True),
        (SECTION[:50], True, False),
        (SECTION[:50], False, True),
        (bytes(50), False, True),
        (b"the owner's", False, False),
        (b"the owner's", True, False),
        (None, True, True),
    ],
)
def test_a_note_is_removed_only_while_it_is_ours(vault: Vault, now: bytes | None, whole: bool, removed: bool) -> None:
    if now is not None:
        write(vault, now)
    with vault.root.spot(NOTE, follow=False) as spot:
        assert remove_ours(vault, spot, data=SECTION, whole=whole) is removed
    assert everything(vault) == {"Readwise": None} | ({} if removed or now is None else {NOTE: now})


@needs_leases
def test_a_note_that_another_program_has_open_is_not_removed(vault: Vault) -> None:
    note = write(vault, SECTION)
    with held_open(note):
        assert take_back(vault, NOTE, size=0, tail=SECTION, created=True) == Refused(CHANGED)
    assert isinstance(take_back(vault, NOTE, size=0, tail=SECTION, created=True), Done)


def test_a_note_that_took_the_place_of_ours_is_not_removed(vault: Vault) -> None:
    note, other = write(vault, SECTION), write(vault, SECTION, "Readwise/Other.md")
    with call("fstat", after(lambda: other.replace(note))):
        assert take_back(vault, NOTE, size=0, tail=SECTION, created=True) == Refused(CHANGED)
    assert note.read_bytes() == SECTION


def test_a_new_note_is_whole_though_the_system_takes_it_in_parts(vault: Vault) -> None:
    with call("write", half_and_then(lambda: None)):
        assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Done)
    assert everything(vault) == {"Readwise": None, NOTE: SECTION}


@pytest.mark.skipif(sys.platform != "linux", reason="open descriptors are counted in /proc")
def test_no_descriptor_is_left_open(vault: Vault) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    create(vault, NOTE, OLD, temp_name=TEMP)
    create(vault, NOTE, OLD, temp_name=TEMP)
    append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    write(vault, OLD + SECTION[:50])
    recover(vault, intent_to_append())
    write(vault, SECTION[:50], f"Readwise/{TEMP}")
    recover(vault, intent_to_create())
    take_back(vault, NOTE, size=len(OLD), tail=b"?", created=False)
    take_back(vault, NOTE, size=len(OLD), tail=SECTION, created=False)
    take_back(vault, NOTE, size=0, tail=b"?", created=True)
    take_back(vault, NOTE, size=0, tail=OLD, created=True)
    assert count() == before


def test_a_file_gets_its_name_and_never_anothers(vault: Vault) -> None:
    write(vault, SECTION, f"Readwise/{TEMP}")
    with vault.root.spot(NOTE, follow=False) as spot:
        assert place(spot, TEMP)
        with pytest.raises(FileExistsError):
            place(spot, TEMP)
        with pytest.raises(FileNotFoundError):
            place(spot, ".absent.tmp")


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_a_rename_never_overwrites(tmp_path: Path, by_descriptor: bool) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    folder = os.open(tmp_path, os.O_RDONLY) if by_descriptor else None
    before = "" if by_descriptor else f"{tmp_path}/"
    with pytest.raises(FileExistsError) as taken:
        _rename(folder, f"{before}a", f"{before}b")
    assert taken.value.filename == f"{before}b"
    assert _rename(folder, f"{before}a", f"{before}c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    (tmp_path / "d").mkdir()
    assert not _rename(folder, f"{before}d", f"{before}d/e")
    if folder is not None:
        os.close(folder)


def test_a_write_that_takes_nothing_is_an_error(vault: Vault) -> None:
    descriptor = os.open(write(vault, b""), os.O_RDWR)
    with pytest.raises(OSError, match="the disk takes no more bytes") as error:
        write_some(descriptor, b"")
    assert error.value.errno == errno.EIO
    assert write_some(descriptor, b"x") == 1
    os.close(descriptor)


def test_folders_that_cannot_be_synced_are_told_with_the_first_that_failed(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    on_disk(vault, "Link").symlink_to(tmp_path / "outside")
    failures = sync_folders(vault, {"Readwise", "", "Nowhere/Below", "Link/x", "Readwise/Gone"})
    told = {folder: (error.errno, error.filename) for folder, error in failures.items()}
    assert told == {
        "Nowhere/Below": (errno.ENOENT, "Nowhere"),
        "Link/x": (errno.EXDEV, "Link"),
        "Readwise/Gone": (errno.ENOENT, "Readwise/Gone"),
    }
    assert failures["Link/x"].strerror == "a link leads out of the vault"


def test_the_vaults_own_folder_is_told_by_its_path(vault: Vault) -> None:
    with call("fsync", failing(errno.EIO)):
        failures = sync_folders(vault, {""})
    assert (failures[""].errno, failures[""].filename) == (errno.EIO, vault.path)


def test_the_folder_of_a_path_and_a_torn_copy_are_told() -> None:
    assert [parent(path) for path in ("a/b/c.md", "c.md")] == ["a/b", ""]
    torn = [b"", b"ab", b"abc", b"a\0c", bytes(3), b"a\0"]
    assert [is_torn(found, b"abc") for found in torn] == [True] * 6
    assert [is_torn(found, b"abc") for found in (b"b", b"abcd", b"\0\0\0\0", b"a\0d")] == [False] * 4
