"""Is a note read only as one save left it, and waited for while somebody writes in it?"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from syncer.model import NotePath, NoteText, Stamp
from syncer.vault import BeingEdited, Unstable, Vault
from tests.timed_vault import NOTE, Clock, clock, scan, vault, write

__all__ = ["clock", "vault"]


def test_a_note_that_is_old_is_read_without_any_wait(vault: Vault, clock: Clock) -> None:
    write(vault, b"x" * 3_000_000)
    clock.now = Path(vault.path, NOTE).stat().st_ctime + 10
    text = vault.read(NOTE)
    assert len(text.data) == text.stamp.size == 3_000_000
    assert clock.waits == []


def test_a_note_caught_while_it_is_being_saved_is_read_once_the_save_is_done(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"")
    clock.now = note.stat().st_ctime
    clock.meanwhile = [lambda: note.write_bytes(b"ha"), lambda: note.write_bytes(b"half and the rest")]
    assert vault.read(NOTE).data == b"half and the rest"


def test_a_note_that_was_just_emptied_is_not_stable(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"")
    clock.now = note.stat().st_ctime + 0.1
    with pytest.raises(Unstable, match="it became empty a moment ago"):
        vault.read(NOTE)
    clock.now += 60
    assert vault.read(NOTE).data == b""


def test_an_editor_that_saves_by_rename_during_the_read_is_noticed(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"old")
    clock.now = note.stat().st_ctime

    def save() -> None:
        (new := note.with_name("new")).write_bytes(b"new")
        new.replace(note)

    clock.meanwhile = [save]
    assert vault.read(NOTE).data == b"new"


@pytest.mark.parametrize("how", ["in place", "by rename"])
def test_no_read_ever_sees_half_a_save(tmp_path: Path, how: str) -> None:
    """Each save is 200 equal letters in two writes; a mixture or a shorter text would be half of one."""
    note = tmp_path / "note.md"
    note.write_bytes(b"a" * 200)
    stop = threading.Event()

    def edit() -> None:
        count = 0
        while not stop.wait(0.03):
            count += 1
            letter = bytes([97 + count % 26])
            target = note if how == "in place" else tmp_path / "other"
            with target.open("wb", buffering=0) as file:
                file.write(letter * 100)
                file.write(letter * 100)
            if how == "by rename":
                target.replace(note)

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        with Vault(str(tmp_path), quiet_time=0, patience=0) as vault:
            for _ in range(40):
                try:
                    data = vault.read(NotePath("note.md")).data
                except Unstable:
                    continue
                assert len(data) == 200
                assert len(set(data)) == 1
    finally:
        stop.set()
        editor.join()


def test_a_note_that_is_swapped_for_an_equal_one_while_it_is_read_does_not_count(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_bytes(b"x" * 4_000_000)
    stop = threading.Event()

    def swap() -> None:
        while not stop.wait(0.0005):
            (other := tmp_path / "other").write_bytes(b"x" * 4_000_000)
            other.replace(note)

    editor = threading.Thread(target=swap)
    editor.start()
    try:
        with Vault(str(tmp_path), quiet_time=0, patience=0) as vault:
            assert any(vault.look(NotePath("note.md")) is None for _ in range(500))
    finally:
        stop.set()
        editor.join()


def test_a_note_changed_a_moment_ago_is_waited_for_and_then_read(vault: Vault, clock: Clock) -> None:
    write(vault, b"x", changed=clock.now - 0.5)
    assert vault.read_quiet(NOTE, ours=None).data == b"x"
    assert sum(clock.waits) == pytest.approx(1.5, abs=0.2)


def test_patience_is_for_all_notes_together(vault: Vault, clock: Clock) -> None:
    write(vault, b"x", changed=clock.now - 0.1)
    vault.read_quiet(NOTE, ours=None)
    write(vault, b"x", "other.md", changed=clock.now - 0.1)
    with pytest.raises(BeingEdited):
        vault.read_quiet(NotePath("other.md"), ours=None)


def test_a_note_that_is_typed_in_again_while_we_wait_is_being_edited(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"x", changed=clock.now)

    def edit() -> None:
        note.write_bytes(note.read_bytes() + b"!")
        os.utime(note, (clock.now, clock.now))

    clock.meanwhile = [lambda: None, edit, edit, edit, edit]
    with pytest.raises(BeingEdited):
        vault.read_quiet(NOTE, ours=None)


def test_what_our_own_last_write_left_is_not_being_edited(vault: Vault, clock: Clock) -> None:
    write(vault, b"x", changed=clock.now - 0.1)
    stamp = scan(vault).stamps[NOTE]
    ours = Stamp(stamp.size, stamp.mtime_ns, 0, stamp.inode)
    assert vault.read_quiet(NOTE, ours=ours).data == b"x"
    assert sum(clock.waits) < 0.2
    with pytest.raises(BeingEdited):
        for _ in range(3):
            clock.now = stamp.mtime_ns / 1e9
            vault.read_quiet(NOTE, ours=Stamp(ours.size, ours.mtime_ns + 1, 0, ours.inode))


def test_a_note_dated_in_the_future_is_read_twice_quiet_time_apart(vault: Vault, clock: Clock) -> None:
    write(vault, b"x", changed=clock.now + 1e6)
    assert vault.read_quiet(NOTE, ours=None).data == b"x"
    assert 2.0 < sum(clock.waits) < 2.3


def test_a_note_dated_in_the_future_that_changes_in_that_time_is_being_edited(vault: Vault, clock: Clock) -> None:
    write(vault, b"x", changed=clock.now + 1e6)
    clock.meanwhile = [lambda: None, lambda: write(vault, b"y", changed=clock.now + 1e6)]
    with pytest.raises(BeingEdited):
        vault.read_quiet(NOTE, ours=None)


def test_an_empty_note_dated_in_the_future_can_be_read(vault: Vault, clock: Clock) -> None:
    write(vault, b"", changed=clock.now + 1e6)
    assert vault.read(NOTE).data == b""


def test_without_a_quiet_time_only_the_stable_read_counts(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_bytes(b"x")
    with Vault(str(tmp_path), quiet_time=0.0, patience=0.0) as vault:
        text = vault.read_quiet(NotePath("n.md"), ours=None)
    assert text == NoteText(b"x", text.stamp)
