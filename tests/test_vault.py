"""Does a scan list every note there is, once, and name everything that it could not read?

How one note is read is in test_vault_reading.py, what the index reads anew in test_vault_index.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.errors import VaultError
from syncer.model import NotePath
from syncer.spelling import folded
from syncer.vault import NotANote, Scan, Vault
from syncer.vault.root import LeadsOutside, Root, bytes_are_elsewhere
from tests.timed_vault import clock, scan, vault, write

__all__ = ["clock", "vault"]


def listed(found: Scan) -> list[str]:
    return sorted(found.stamps)


def reasons(found: Scan) -> dict[str, str]:
    return {one.path: one.reason for one in found.unread}


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
