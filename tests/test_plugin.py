"""Is what Readwise's own plug-in left read as it stands, whole or cut off, and never its token?"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.plugin import DATA, SWITCHED_ON, PluginState, plugin_map
from syncer.vault import Vault

TOKEN = "kept-in-plain-text"
STATE: dict[str, object] = {
    "token": TOKEN,
    "readwiseDir": "Readwise",
    "isSyncing": False,
    "booksIDsMap": {
        "Readwise/Articles/State of AI.md": "60110123",
        "Readwise/Articles//State of AI.md": "7",
        'Readwise/„Quo\\"ted“ \u65e5.md': 8,
        "Readwise/Full Document Contents/x.md": "readerdocument:01j9",
        "../outside.md": "9",
        "/etc/passwd": "10",
        "": "11",
        "Readwise/none.md": None,
    },
    "lastSavedStatusID": 5,
}
PATHS = {"Readwise/Articles/State of AI.md": (60110123, 7), 'Readwise/„Quo\\"ted“ 日.md': (8,)}


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    (tmp_path / DATA).parent.mkdir(parents=True)
    with Vault(str(tmp_path), quiet_time=0, patience=0, clock=lambda: time.time() + 60) as opened:
        yield opened


def keep(vault: Vault, data: bytes) -> None:
    Path(vault.path, DATA).write_bytes(data)
    os.utime(Path(vault.path, DATA), (1.7e9, 1.7e9))


def test_the_map_holds_books_of_paths_inside_the_vault_only(vault: Vault) -> None:
    keep(vault, json.dumps(STATE).encode())
    assert plugin_map(vault) == PluginState(PATHS, None, active=False, folder="Readwise", has_token=True)


def test_a_vault_without_the_plug_in_has_no_state(vault: Vault) -> None:
    assert plugin_map(vault) == PluginState({}, None, active=False)


def test_the_plug_in_is_active_when_obsidian_has_switched_it_on(vault: Vault) -> None:
    Path(vault.path, SWITCHED_ON).write_text('["dataview", "readwise-official"]')
    assert plugin_map(vault).active
    Path(vault.path, SWITCHED_ON).write_text('["dataview"')
    assert not plugin_map(vault).active


def test_a_sync_of_the_plug_in_has_begun_when_its_file_was_written(vault: Vault) -> None:
    keep(vault, json.dumps(STATE | {"isSyncing": True}).encode())
    assert plugin_map(vault).is_syncing_since == 1.7e9


def test_a_file_cut_off_at_any_byte_gives_what_is_whole_in_it_and_never_the_token(vault: Vault) -> None:
    whole = json.dumps(STATE, ensure_ascii=False).encode()
    most = 0
    for cut in range(len(whole)):
        keep(vault, whole[:cut])
        found = plugin_map(vault)
        assert TOKEN not in repr(found)
        assert all(book in PATHS[path] for path, books in found.paths.items() for book in books)
        assert len(found.paths) >= most
        most = len(found.paths)
    assert most == len(PATHS)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'{"booksIDsMap": 3}', b"\xff\xfe", b"[" * 100_000])
def test_a_file_of_another_shape_is_no_map(vault: Vault, data: bytes) -> None:
    keep(vault, data)
    assert plugin_map(vault).paths == {}


def test_a_file_that_is_being_written_means_that_the_plug_in_is_at_work(vault: Vault) -> None:
    Path(vault.path, DATA).write_bytes(b"")
    with Vault(vault.path, quiet_time=0, patience=0) as now:
        assert plugin_map(now).is_syncing_since is not None


@pytest.mark.parametrize(
    ("settings", "automatic"),
    [
        ({}, True),
        ({"frequency": "0", "triggerOnLoad": True}, True),
        ({"frequency": "60", "triggerOnLoad": False}, True),
        ({"frequency": "0", "triggerOnLoad": False}, False),
    ],
)
def test_a_plug_in_that_syncs_without_being_asked_is_told_from_one_that_waits(
    settings: dict[str, object], automatic: bool, vault: Vault
) -> None:
    Path(vault.path, SWITCHED_ON).write_text('["readwise-official"]')
    keep(vault, json.dumps({"token": "", "readwiseDir": "Notes/RW", **settings}).encode())
    found = plugin_map(vault)
    assert (found.automatic, found.folder, found.has_token) == (automatic, "Notes/RW", False)
    Path(vault.path, SWITCHED_ON).unlink()
    assert not plugin_map(vault).automatic
