"""Does the index hold every note there is, read stably, once, and name everything that it could not read?"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.errors import VaultError
from syncer.model import NoteEntry, NoteFacts, NotePath, NoteText, Stamp
from syncer.spelling import folded
from syncer.vault import BeingEdited, NotANote, Scan, Unstable, Vault, VaultIndex, build_index
from syncer.vault.root import LeadsOutside, Root, bytes_are_elsewhere

NOTE = NotePath("Readwise/State of AI.md")
LONG_AGO = 1_700_000_000.0


class Clock:
    """A clock that a test moves, and that waiting moves; `meanwhile` happens in the next wait."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.waits: list[float] = []
        self.meanwhile: list[Callable[[], object]] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def clock() -> Clock:
    return Clock(LONG_AGO + 1000)


@pytest.fixture(params=["descriptors", "plain paths"])
def vault(tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Vault]:
    (tmp_path / "Vault" / "Readwise").mkdir(parents=True)
    with Vault(
        str(tmp_path / "Vault"),
        quiet_time=2.0,
        patience=3.0,
        clock=clock,
        wait=clock.wait,
        by_descriptor=request.param == "descriptors",
    ) as opened:
        yield opened


def write(vault: Vault, data: bytes, path: str = NOTE, *, changed: float = LONG_AGO) -> Path:
    note = Path(vault.path, path)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_bytes(data)
    os.utime(note, (changed, changed))
    return note


def scan(vault: Vault, *search: str) -> Scan:
    return vault.scan(search or [""], leave_alone=lambda path: "sync-conflict" in path)


def listed(found: Scan) -> list[str]:
    return sorted(found.stamps)


def reasons(found: Scan) -> dict[str, str]:
    return {one.path: one.reason for one in found.unread}


def size_as_facts(path: str, data: bytes) -> NoteFacts:
    return NoteFacts(titles=(path,), book_ids=(len(data),))


def index(vault: Vault, cached: dict[NotePath, NoteEntry] | None = None) -> VaultIndex:
    return build_index(vault, scan(vault), cached=cached or {}, read_facts=size_as_facts)


# ---------------------------------------------------------------- which notes there are


def test_notes_are_listed_and_what_is_none_is_passed_over(vault: Vault) -> None:
    for path in ("a.md", "Readwise/Ünïcode.md", "Readwise/deep/er/B.MD", "folder.md/in.md"):
        write(vault, b"x", path)
    for path in (
        "a.txt",
        ".obsidian/x.md",
        ".trash/x.md",
        "Readwise/.hidden.md",
        "Readwise/x.sync-conflict-1.md",
        ".a.md.swp",
    ):
        write(vault, b"x", path)
    found = scan(vault)
    assert listed(found) == ["Readwise/deep/er/B.MD", "Readwise/Ünïcode.md", "a.md", "folder.md/in.md"]
    assert found.unread == ()
    assert found.stamps[NotePath("a.md")].inode == Path(vault.path, "a.md").stat().st_ino


def test_only_the_searched_folders_are_listed_and_overlaps_once(vault: Vault) -> None:
    for path in ("a.md", "Readwise/b.md", "Readwise/deep/c.md", "Other/d.md"):
        write(vault, b"x", path)
    assert listed(scan(vault, "Readwise/deep", "Readwise", "Missing")) == ["Readwise/b.md", "Readwise/deep/c.md"]


def test_a_note_that_icloud_evicted_is_unread_and_its_name_is_taken(vault: Vault) -> None:
    write(vault, b"x", "Readwise/.Straße.md.icloud")
    assert list(reasons(scan(vault))) == ["Readwise/Straße.md"]
    assert folded("STRASSE.md") in vault.folder_names("Readwise")


def test_flags_of_cloud_files_are_known() -> None:
    assert bytes_are_elsewhere(0x40000000 | 1, 0)
    assert bytes_are_elsewhere(0, 0x400000)
    assert bytes_are_elsewhere(0, 0x1000)
    assert not bytes_are_elsewhere(0x20, 0x20)


def test_what_is_no_file_or_has_no_valid_name_is_unread_with_the_reason(vault: Vault) -> None:
    os.mkfifo(Path(vault.path, "pipe.md"))
    Path(os.fsdecode(os.fsencode(vault.path) + b"/bad\xff.md")).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(vault.path) + b"/folder\xff")).mkdir()
    assert reasons(scan(vault)) == {
        "pipe.md": "it is no regular file",
        "bad\ufffd.md": "its name is not valid UTF-8",
        "folder\ufffd": "its name is not valid UTF-8",
    }
    with pytest.raises(NotANote):
        vault.read(NotePath("pipe.md"))


def test_links_inside_the_vault_are_followed_and_each_note_is_listed_once(vault: Vault, tmp_path: Path) -> None:
    write(vault, b"x", "Archive/Real.md")
    root = Path(vault.path)
    (root / "Readwise" / "Link.md").symlink_to("../Archive/Real.md")
    (root / "Also").symlink_to("Archive")
    assert listed(scan(vault)) == ["Archive/Real.md"]
    assert listed(scan(vault, "Readwise")) == ["Readwise/Link.md"]
    assert listed(scan(vault, "Also")) == ["Also/Real.md"]
    assert vault.read(NotePath("Readwise/Link.md")).data == vault.read(NotePath("Also/Real.md")).data == b"x"


def test_links_that_lead_out_of_the_vault_or_nowhere_are_unread_with_the_reason(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_bytes(b"secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.md").write_bytes(b"secret")
    (tmp_path / "VaultXReadwise").mkdir()
    write(vault, b"x", ".git/x.md")
    root = Path(vault.path)
    for name, target in {
        "abs.md": str(tmp_path / "outside.md"),
        "rel.md": "../outside.md",
        "folder": "../outside",
        "prefix": "../VaultXReadwise",
        "loop.md": "loop.md",
        "round": "around",
        "around": "round",
        "gone.md": "gone",
        "hidden.md": ".git/x.md",
        "picture.png": str(tmp_path / "outside.md"),
    }.items():
        (root / name).symlink_to(target)
    found = scan(vault)
    assert listed(found) == []
    assert sorted(reasons(found)) == [
        *("abs.md", "around", "folder", "gone.md", "hidden.md", "loop.md", "prefix", "rel.md", "round")
    ]
    assert reasons(found)["folder"] == "a link leads out of the vault"
    for path in ("abs.md", "rel.md", "folder/x.md", "loop.md", "../outside.md", "/etc/passwd"):
        with pytest.raises(NotANote):
            vault.read(NotePath(path))


def test_a_folder_without_permission_is_unread_and_the_rest_is_listed(tmp_path: Path) -> None:
    """In a process of another user: root may read everything."""
    for folder in ("Vault/Open", "Vault/Shut"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.md").write_bytes(b"x")
    (tmp_path / "Vault/Open/shut.md").write_bytes(b"x")
    (tmp_path / "Vault/Open/shut.md").chmod(0)
    (tmp_path / "Vault/Shut").chmod(0)
    for above in (tmp_path, *list(tmp_path.parents)[:3]):
        above.chmod(above.stat().st_mode | 0o055)
    code = (
        "import os, sys\n"
        "from syncer.model import NoteFacts\n"
        "from syncer.vault import Vault, build_index\n"
        "if os.getuid() == 0: os.setgroups([]); os.setuid(65534)\n"
        "vault = Vault(sys.argv[1], quiet_time=0, patience=0)\n"
        "found = vault.scan([''], leave_alone=lambda path: False)\n"
        "index = build_index(vault, found, cached={}, read_facts=lambda path, data: NoteFacts())\n"
        "print(sorted(index.notes), [(one.path, one.reason) for one in index.unread])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "Vault")], capture_output=True, text=True, check=False
    )
    denied = "permission denied"
    assert ran.stdout.strip() == f"['Open/a.md'] [('Open/shut.md', '{denied}'), ('Shut', '{denied}')]", ran.stderr


def test_a_vault_deeper_than_pythons_stack_is_listed(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 250)
    deep.mkdir(parents=True)
    (deep / "x.md").write_bytes(b"x")
    code = (
        "import sys\n"
        "from syncer.vault import Vault\n"
        "vault = Vault(sys.argv[1], quiet_time=0, patience=0)\n"
        "sys.setrecursionlimit(60)\n"
        "print(*vault.scan([''], leave_alone=lambda path: False).stamps)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "d/" * 250 + "x.md", ran.stderr


def test_a_vault_that_is_missing_or_no_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("missing", "file"):
        with pytest.raises(VaultError, match="cannot open the vault"):
            Vault(str(tmp_path / name), quiet_time=0, patience=0)


def test_a_vault_that_vanishes_while_it_is_open_is_an_error_and_not_an_empty_vault(vault: Vault) -> None:
    Path(vault.path).rename(vault.path + " moved")
    with pytest.raises(OSError, match="No such file"):
        scan(vault)


def test_what_a_vault_is_like(vault: Vault) -> None:
    root = Path(vault.path)
    assert not vault.is_empty()
    assert vault.writable()
    (root / "Readwise").rmdir()
    (root / ".DS_Store").write_bytes(b"")
    assert vault.is_empty()
    assert not vault.has_obsidian()
    (root / ".obsidian").mkdir()
    assert vault.has_obsidian()
    assert (vault.dev, vault.inode) == (root.stat().st_dev, root.stat().st_ino)


def test_a_folder_swapped_for_a_link_while_a_path_is_open_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "Vault/Readwise").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    root = Root(str(tmp_path / "Vault"))
    with root.spot("Readwise/a.md", follow=True) as spot:
        (tmp_path / "Vault/Readwise").rename(tmp_path / "Vault/moved")
        (tmp_path / "Vault/Readwise").symlink_to(tmp_path / "outside")
        os.close(spot.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    assert list((tmp_path / "outside").iterdir()) == []
    assert (tmp_path / "Vault/moved/a.md").exists()
    with pytest.raises(LeadsOutside), root.spot("Readwise/a.md", follow=True):
        pass
    root.close()


# ---------------------------------------------------------------- stable reads


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
    with pytest.raises(Unstable):
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


# ---------------------------------------------------------------- quiet reads


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


# ---------------------------------------------------------------- the index


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
