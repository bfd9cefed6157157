"""Does the writer add exactly its bytes, or nothing, whatever the note and the folder look like?

What it makes of what a crash left, and how it takes back what it added, is in test_writer_recover.py.
"""

from __future__ import annotations

import os
import stat
import struct
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath, NoteText
from syncer.vault import Vault
from syncer.writer import (
    Done,
    Failed,
    Fate,
    Intent,
    Refused,
    append,
    confirm,
    create,
    recover,
    sync_folders,
    take_back,
)
from syncer.writer.append import read_back
from tests.written import NOTE, OLD, SECTION, TEMP, everything, limited_file_size, on_disk, vault, write

__all__ = ["vault"]

# ---------------------------------------------------------------- append

ACL = "system.posix_acl_access"
ENTRIES = ((1, 6, 0xFFFFFFFF), (2, 4, 7), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
READABLE_BY_7 = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in ENTRIES)
"""An access control list as Linux keeps it: owner, user 7, group, mask, others."""


def birth_of(note: Path) -> str:
    """Return when the file was made, in seconds; Python cannot tell on Linux before 3.15."""
    return subprocess.run(["stat", "-c", "%W", note], capture_output=True, text=True, check=True).stdout.strip()


def test_an_append_adds_its_bytes_and_keeps_every_fact_of_the_file(vault: Vault) -> None:
    note = write(vault, b"\xef\xbb\xbfwith a BOM\r\nand CRLF, no line end")
    note.chmod(0o640)
    (other := note.with_name("Hard link.md")).hardlink_to(note)
    os.setxattr(note, "user.colour", b"red")
    os.setxattr(note, ACL, READABLE_BY_7)
    if os.geteuid() == 0:
        os.chown(note, 4711, 4712)
    before, birth = note.stat(), birth_of(note)
    outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(note.read_bytes()))
    after = note.stat()
    assert isinstance(outcome, Done)
    assert note.read_bytes() == b"\xef\xbb\xbfwith a BOM\r\nand CRLF, no line end" + SECTION == other.read_bytes()
    facts = ("st_ino", "st_mode", "st_uid", "st_gid", "st_nlink")
    assert [getattr(before, fact) for fact in facts] == [getattr(after, fact) for fact in facts]
    assert os.getxattr(note, "user.colour") == b"red"
    assert os.getxattr(note, ACL) == READABLE_BY_7
    assert birth_of(note) == birth != "0"
    assert outcome.fingerprint == Fingerprint.of(note.read_bytes())
    assert outcome.stamp.size == after.st_size
    assert outcome.stamp.mtime_ns == after.st_mtime_ns


def test_a_symlinked_note_is_appended_to_at_its_target_and_stays_a_link(vault: Vault) -> None:
    target = write(vault, OLD, "Readwise/Target.md")
    on_disk(vault).symlink_to("Target.md")
    assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Done)
    assert target.read_bytes() == OLD + SECTION
    assert on_disk(vault).is_symlink()


@pytest.mark.parametrize("now", [b"", OLD + b"!", OLD[:-1], OLD.replace(b"x", b"y")])
def test_a_note_that_changed_since_the_plan_is_not_touched(vault: Vault, now: bytes) -> None:
    note = write(vault, now)
    assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Refused)
    assert note.read_bytes() == now


@pytest.mark.parametrize("path", ["../out.md", "/etc/x.md", "a//b.md", "Readwise/.hidden.md", ".obsidian/x.md", ""])
def test_no_path_leads_out_of_the_vault_or_into_a_hidden_folder(vault: Vault, path: str) -> None:
    before = everything(vault)
    assert isinstance(append(vault, NotePath(path), SECTION, before=Fingerprint.of(b"")), Refused)
    assert isinstance(create(vault, NotePath(path), SECTION, temp_name=TEMP), Refused)
    assert everything(vault) == before


def test_a_note_in_a_hidden_folder_is_never_written_by_its_own_path_or_through_a_link(vault: Vault) -> None:
    on_disk(vault, ".git").mkdir()
    hidden = write(vault, OLD, ".git/Note.md")
    on_disk(vault).symlink_to("../.git/Note.md")
    on_disk(vault, "Folder").symlink_to(".git")
    for path in (".git/Note.md", NOTE, "Folder/Note.md"):
        assert isinstance(append(vault, NotePath(path), SECTION, before=Fingerprint.of(OLD)), Refused)
        assert isinstance(take_back(vault, NotePath(path), size=0, tail=OLD, created=False), Refused)
    intent = Intent(kind="append", path=NOTE, before=Fingerprint.of(OLD[:9]), data=OLD[9:] + SECTION)
    assert recover(vault, intent).fate is Fate.LEFT
    assert isinstance(create(vault, NotePath("Folder/New/Note.md"), SECTION, temp_name=TEMP), Refused)
    assert hidden.read_bytes() == OLD
    assert [path.name for path in hidden.parent.iterdir()] == ["Note.md"]


def test_a_link_out_of_the_vault_is_never_followed_by_a_write(vault: Vault, tmp_path: Path) -> None:
    (outside := tmp_path / "bashrc").write_bytes(OLD)
    on_disk(vault).symlink_to(outside)
    (tmp_path / "elsewhere").mkdir()
    on_disk(vault, "Folder").symlink_to(tmp_path / "elsewhere")
    assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Refused)
    assert isinstance(create(vault, NotePath("Folder/Note.md"), SECTION, temp_name=TEMP), Refused)
    assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Refused)
    assert outside.read_bytes() == OLD
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_write_that_the_system_cuts_short_leaves_the_note_as_it_was(vault: Vault) -> None:
    note = write(vault, OLD)
    with limited_file_size(len(OLD) + 100):
        outcome = append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    assert isinstance(outcome, Failed)
    assert outcome.path == NOTE
    assert note.read_bytes() == OLD


def test_a_note_that_is_gone_is_refused(vault: Vault) -> None:
    assert append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)) == Refused("it is gone")


@pytest.mark.parametrize("now", [b"", OLD, b"edited " + OLD + SECTION, OLD + SECTION + b"!", None])
def test_what_is_read_back_must_be_exactly_what_was_written(vault: Vault, now: bytes | None) -> None:
    if now is not None:
        write(vault, now)
    assert isinstance(read_back(vault, NOTE, OLD + SECTION, folder="Readwise"), Refused)


class LateTimes(Vault):
    """A vault on a network: what was just made seems to change while it is looked at the first time."""

    looks = 0

    def look(self, path: NotePath) -> NoteText | None:
        """Read the note, and say the first time that it changed meanwhile."""
        self.looks += 1
        return super().look(path) if self.looks > 1 else None


def test_a_note_whose_times_come_one_look_late_is_done(tmp_path: Path) -> None:
    (tmp_path / "Readwise").mkdir()
    with closing(LateTimes(str(tmp_path), quiet_time=0.0, patience=0.0)) as vault:
        assert isinstance(create(vault, NOTE, OLD, temp_name=TEMP), Done)
        vault.looks = 0
        assert isinstance(append(vault, NOTE, SECTION, before=Fingerprint.of(OLD)), Done)
        assert on_disk(vault).read_bytes() == OLD + SECTION


def test_confirm_finds_the_section_until_an_editor_saves_a_stale_copy_over_it(vault: Vault) -> None:
    note = write(vault, OLD)
    append(vault, NOTE, SECTION, before=Fingerprint.of(OLD))
    assert confirm(vault, NOTE, data=SECTION)
    note.write_bytes(b"edited " + OLD + SECTION)
    assert confirm(vault, NOTE, data=SECTION)
    note.write_bytes(OLD)
    assert not confirm(vault, NOTE, data=SECTION)
    note.unlink()
    assert not confirm(vault, NOTE, data=SECTION)


def test_confirm_costs_no_wait_where_the_section_stands(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_bytes(OLD + SECTION)
    waits: list[float] = []
    with Vault(str(tmp_path), quiet_time=0, patience=0, wait=waits.append) as vault:
        assert confirm(vault, NotePath("n.md"), data=SECTION)
        assert waits == []
        assert not confirm(vault, NotePath("n.md"), data=b"absent")


# ---------------------------------------------------------------- create


def test_a_new_note_has_its_bytes_its_folders_and_no_temporary_file(vault: Vault) -> None:
    outcome = create(vault, NotePath("Readwise/A/B/Note.md"), SECTION, temp_name=TEMP)
    assert isinstance(outcome, Done)
    assert outcome.folder == "Readwise/A/B"
    assert sync_folders(vault, {outcome.folder}) == {}
    assert everything(vault) == {
        "Readwise": None,
        "Readwise/A": None,
        "Readwise/A/B": None,
        "Readwise/A/B/Note.md": SECTION,
    }


@pytest.mark.parametrize("there", ["file", "folder", "link", "dangling link"])
def test_a_name_that_is_taken_by_anything_is_never_overwritten(vault: Vault, there: str) -> None:
    note = on_disk(vault)
    match there:
        case "file":
            note.write_bytes(b"")
        case "folder":
            note.mkdir()
        case "link":
            note.symlink_to(write(vault, OLD, "Readwise/Target.md"))
        case _:
            note.symlink_to("Nowhere.md")
    before = everything(vault)
    assert isinstance(create(vault, NOTE, SECTION, temp_name=TEMP), Refused)
    assert everything(vault) == before


def test_a_new_note_has_the_mode_of_its_neighbours_whatever_the_umask(vault: Vault) -> None:
    for number in range(3):
        write(vault, b"x", f"Readwise/{number}.md").chmod(0o664)
    write(vault, b"x", "Readwise/odd.md").chmod(0o600)
    old = os.umask(0o077)
    try:
        create(vault, NOTE, SECTION, temp_name=TEMP)
        create(vault, NotePath("New/Note.md"), SECTION, temp_name=TEMP)
    finally:
        os.umask(old)
    assert stat.S_IMODE(on_disk(vault).stat().st_mode) == 0o664
    assert stat.S_IMODE(on_disk(vault, "New/Note.md").stat().st_mode) == 0o644
    assert stat.S_IMODE(on_disk(vault, "New").stat().st_mode) == stat.S_IMODE(Path(vault.path).stat().st_mode)


def test_a_new_note_that_the_disk_has_no_room_for_leaves_nothing(vault: Vault) -> None:
    with limited_file_size(100):
        outcome = create(vault, NOTE, SECTION, temp_name=TEMP)
    assert isinstance(outcome, Failed)
    assert everything(vault) == {"Readwise": None}


def test_a_folder_that_cannot_be_synced_is_named_with_all_below_it(vault: Vault) -> None:
    failures = sync_folders(vault, {"Readwise", "Nowhere/Below"})
    assert list(failures) == ["Nowhere/Below"]
