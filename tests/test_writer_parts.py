"""Does each part of the writer say exactly what became of a write, and leave alone what is not its own?"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath, Stamp
from syncer.vault import Vault
from syncer.writer import (
    Done,
    Failed,
    Fate,
    Intent,
    Outcome,
    Recovered,
    Refused,
    append,
    create,
    recover,
    sync_folders,
    take_back,
)
from syncer.writer.append import Interfered, _cut_torn_tail, add_at_end, read_back
from syncer.writer.create import _make, remove_ours
from syncer.writer.disk import _rename, place, write_some
from syncer.writer.lease import Access, alone
from syncer.writer.outcome import is_torn, parent
from tests.calls import after, call, failing, half_and_then
from tests.test_writer import (
    NOTE,
    OLD,
    SECTION,
    TEMP,
    everything,
    intent_to_append,
    intent_to_create,
    limited_file_size,
    on_disk,
    vault,
    write,
)
from tests.test_writer_calls import held_open

__all__ = ["vault"]

CHANGED = "it has changed since it was read"
SAVED_OVER = "somebody else saved it at the same moment"
LONG = NotePath(f"Readwise/{'x' * 300}.md")
needs_leases = pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")


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


# ---------------------------------------------------------------- create


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


# ---------------------------------------------------------------- names and folders


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


# ---------------------------------------------------------------- recover


def test_what_recovery_left_says_why(vault: Vault) -> None:
    left = Recovered(Fate.LEFT, CHANGED)
    write(vault, OLD[:-1] + b"!" + SECTION[:20])
    assert recover(vault, intent_to_append()) == left
    write(vault, OLD + b"typed")
    assert recover(vault, intent_to_append()) == left
    write(vault, OLD)
    assert recover(vault, intent_to_append()) == Recovered(Fate.ABSENT)
    later = recover(vault, Intent(kind="append", path=LONG, before=Fingerprint.of(b""), data=b"x"))
    assert (later.fate, later.why) == (Fate.LATER, "it could not be finished: file name too long")
    assert later.error is not None


def test_recovery_follows_no_link_out_of_the_vault_and_says_so(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_bytes(OLD + SECTION[:50])
    on_disk(vault).symlink_to(tmp_path / "outside.md")
    on_disk(vault, "Folder").symlink_to(tmp_path)
    why = "a link leads out of the vault"
    assert recover(vault, intent_to_append()) == Recovered(Fate.LATER, why)
    made = Intent(kind="create", path=NotePath("Folder/New.md"), temp=TEMP, data=SECTION)
    assert recover(vault, made) == Recovered(Fate.LEFT, f"Folder/New.md: {why}")
    assert (tmp_path / "outside.md").read_bytes() == OLD + SECTION[:50]


def test_an_error_without_words_is_told_as_one(vault: Vault) -> None:
    def without_words(*_: object) -> object:
        raise OSError

    write(vault, OLD + SECTION[:50])
    with call("fsync", lambda _: without_words):
        assert recover(vault, intent_to_append()).why == "it could not be finished: the system gives no reason"


def test_a_temporary_name_is_looked_for_beside_the_name_and_not_where_a_link_leads(vault: Vault) -> None:
    on_disk(vault, "Elsewhere").mkdir()
    write(vault, b"theirs", "Elsewhere/T.md")
    on_disk(vault).symlink_to("../Elsewhere/T.md")
    temp = write(vault, SECTION, f"Readwise/{TEMP}")
    assert recover(vault, intent_to_create()) == Recovered(Fate.LEFT, CHANGED)
    assert not temp.exists()


def test_a_blank_first_line_proves_nothing(vault: Vault) -> None:
    data = b"\n\n## New highlights added May 1\n- one\n"
    write(vault, b"edited " + OLD + data[:-3])
    assert recover(vault, intent_to_append(data=data)) == Recovered(Fate.LEFT, CHANGED)


def test_a_new_note_that_is_torn_is_not_taken_back(vault: Vault) -> None:
    write(vault, SECTION[:50])
    assert take_back(vault, NOTE, size=0, tail=SECTION, created=True) == Refused(CHANGED)


def test_a_section_whose_first_line_is_whole_is_ours_though_the_note_changed_before_it(vault: Vault) -> None:
    heading = b"\n## New highlights added May 1\n"
    data = heading + b"- one\n- two\n"
    intent = intent_to_append(data=data)
    for reach, completed in ((len(heading) - 1, False), (len(heading), True), (len(data) - 1, True), (len(data), True)):
        write(vault, b"edited " + OLD + data[:reach])
        found = recover(vault, intent)
        assert (found.fate, found.why) == ((Fate.COMPLETED, "") if completed else (Fate.LEFT, CHANGED))
        assert on_disk(vault).read_bytes() == b"edited " + OLD + data[: len(data) if completed else reach]


@pytest.mark.parametrize(("size", "fate"), [(23, Fate.LEFT), (24, Fate.COMPLETED)])
def test_a_first_line_of_twenty_four_bytes_proves_whose_it_is(vault: Vault, size: int, fate: Fate) -> None:
    data = b"\n" + b"x" * (size - 2) + b"\n- one\n"
    write(vault, b"edited " + OLD + data[:-3])
    assert recover(vault, intent_to_append(data=data)).fate is fate


@needs_leases
def test_zeros_are_not_filled_while_another_program_has_the_note_open(vault: Vault) -> None:
    note = write(vault, OLD + bytes(len(SECTION)))
    with held_open(note):
        found = recover(vault, intent_to_append())
    assert (found.fate, found.why) == (Fate.LATER, "it could not be finished: another program has the note open")
    assert found.error is not None
    assert found.error.errno == errno.EBUSY
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED
    assert note.read_bytes() == OLD + SECTION


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
