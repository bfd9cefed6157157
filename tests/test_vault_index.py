"""Which notes does the index read anew, and which entries of it may be kept for the next run?"""

from __future__ import annotations

from pathlib import Path

from syncer.model import NoteEntry, NoteFacts, NotePath
from syncer.spelling import folded
from syncer.vault import Vault, VaultIndex, build_index
from tests.timed_vault import NOTE, Clock, clock, scan, vault, write

__all__ = ["clock", "vault"]


def size_as_facts(path: str, data: bytes) -> NoteFacts:
    return NoteFacts(titles=(path,), book_ids=(len(data),))


def index(vault: Vault, cached: dict[NotePath, NoteEntry] | None = None) -> VaultIndex:
    return build_index(vault, scan(vault), cached=cached or {}, read_facts=size_as_facts)


def test_only_what_the_stamp_says_changed_is_read_anew(vault: Vault, clock: Clock) -> None:
    for number in range(5):
        write(vault, b"x" * number + b"y", f"Readwise/{number}.md")
    clock.now = Path(vault.path, "Readwise/4.md").stat().st_ctime + 10
    first = index(vault)
    assert len(first.changed) == len(first.cacheable) == len(first.notes) == 5
    assert first.notes[NotePath("Readwise/3.md")].facts == size_as_facts("Readwise/3.md", b"1234")
    write(vault, b"other size", "Readwise/2.md")
    Path(vault.path, "Readwise/3.md").unlink()
    second = index(vault, first.notes)
    assert second.changed == {"Readwise/2.md"}
    assert sorted(second.notes) == [f"Readwise/{number}.md" for number in (0, 1, 2, 4)]
    assert second.notes[NotePath("Readwise/2.md")].facts.book_ids == (10,)


def test_a_change_that_keeps_size_and_mtime_is_seen_by_its_ctime(vault: Vault, clock: Clock) -> None:
    write(vault, b"aaaa")
    clock.now = Path(vault.path, NOTE).stat().st_ctime + 10
    first = index(vault)
    write(vault, b"bbbb")
    assert index(vault, first.notes).changed == {NOTE}


def test_a_note_changed_a_moment_before_it_was_read_is_not_cacheable(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"x", changed=clock.now)
    clock.now = note.stat().st_ctime
    found = index(vault)
    assert found.changed == {NOTE}
    assert found.cacheable == frozenset()


def test_many_young_notes_cost_one_wait(vault: Vault, clock: Clock) -> None:
    for number in range(20):
        note = write(vault, b"x", f"{number}.md")
    clock.now = note.stat().st_ctime
    assert len(index(vault).notes) == 20
    assert len(clock.waits) == 1


def test_a_young_note_that_changes_between_the_two_looks_is_read_again(vault: Vault, clock: Clock) -> None:
    note = write(vault, b"half")
    clock.now = note.stat().st_ctime
    clock.meanwhile = [lambda: note.write_bytes(b"half and half")]
    assert index(vault).notes[NOTE].facts.book_ids == (13,)


def test_a_note_that_vanished_since_the_scan_is_no_error(vault: Vault) -> None:
    note = write(vault, b"x")
    found = scan(vault)
    note.unlink()
    made = build_index(vault, found, cached={}, read_facts=size_as_facts)
    assert (made.notes, made.unread) == ({}, ())


def test_folder_names_are_folded_as_a_disk_that_ignores_case_does(vault: Vault) -> None:
    write(vault, b"x", "Readwise/Cafe\u0301 GROẞ.md")
    assert folded("CAFÉ gross.md") in vault.folder_names("Readwise")
    assert vault.folder_names("Missing") == set()
    assert "readwise" in vault.folder_names("")
