"""What the first run finds and writes, without a terminal: Obsidian's vaults, earlier exports, the configuration."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import ConfigError, UsageError
from syncer.first_run import draft, example, filled, keep, quoted, take_back
from syncer.model import NotePath
from syncer.obsidian import known_vaults, vault_lists
from syncer.survey import BY_CATEGORY, look_of, proposed_folder, survey
from syncer.vault import Vault

STAMP = "20241014T095600"
SEED = (Path(__file__).parent / "notes" / "demo" / "Readwise" / "How a Lighthouse Goes Quiet.md").read_text("utf-8")
STOCK = "# Deep\n\n## Metadata\n- Author: [[A]]\n- Category: #books\n\n## Highlights\n- One.\n"


# ---------------------------------------------------------------- Obsidian's vaults


@pytest.mark.parametrize(
    ("platform", "env", "path"),
    [
        ("linux", {}, ".config/obsidian/obsidian.json"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, ".config/obsidian/obsidian.json"),
        ("linux", {}, ".var/app/md.obsidian.Obsidian/config/obsidian/obsidian.json"),
        ("linux", {}, "snap/obsidian/current/.config/obsidian/obsidian.json"),
        ("darwin", {}, "Library/Application Support/obsidian/obsidian.json"),
        ("win32", {}, "AppData/Roaming/obsidian/obsidian.json"),
    ],
)
def test_vaults_are_found_where_each_obsidian_lists_them(
    platform: str, env: dict[str, str], path: str, tmp_path: Path
) -> None:
    (tmp_path / "Notes").mkdir()
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"vaults": {"1": {"path": str(tmp_path / "Notes")}}, "frame": "native"}))
    assert known_vaults(env, home=tmp_path, platform=platform) == [tmp_path / "Notes"]


def test_variables_that_move_the_list_count(tmp_path: Path) -> None:
    moved = {"XDG_CONFIG_HOME": str(tmp_path / "x"), "APPDATA": str(tmp_path / "y")}
    assert vault_lists(moved, home=Path("/h"), platform="linux")[0] == tmp_path / "x/obsidian/obsidian.json"
    assert vault_lists(moved, home=Path("/h"), platform="win32") == [tmp_path / "y/obsidian/obsidian.json"]


def test_the_open_vault_comes_first_then_the_last_used_and_each_once(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("b")
    (tmp_path / "file").touch()
    names = {"a": (1, False), "b": (2, False), "c": (0, True), "link": (1, False), "gone": (9, True), "file": (9, True)}
    vaults = {name: {"path": str(tmp_path / name), "ts": ts, "open": open_} for name, (ts, open_) in names.items()}
    vaults["portal"] = {"path": "/run/user/1000/doc/x", "ts": 9, "open": True}
    vaults["relative"] = {"path": ".", "ts": 9, "open": True}
    file = tmp_path / ".config" / "obsidian" / "obsidian.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"vaults": vaults}))
    assert [path.name for path in known_vaults({}, home=tmp_path, platform="linux")] == ["c", "b", "a"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"vaults": []}', '{"vaults": {"1": {}}}', "\ud800", "[" * 100_000])
def test_a_list_that_cannot_be_read_counts_as_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".config" / "obsidian" / "obsidian.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert known_vaults({}, home=tmp_path, platform="linux") == []


# ---------------------------------------------------------------- what earlier exports left


@pytest.mark.parametrize(
    ("text", "look"),
    [
        (SEED, "seed"),
        (SEED.replace("\n", "\r\n"), "seed"),
        (STOCK, "readwise"),
        (f"\ufeff{STOCK}", "readwise"),
        (f"---\ntitle: x\n---\n{STOCK}", "own"),
        (STOCK.replace("- Category: #books\n", ""), "own"),
        ("> [!quote] a callout\n", "own"),
    ],
)
def test_the_look_of_a_note_is_recognised(text: str, look: str) -> None:
    assert look_of(text) == look


@pytest.mark.parametrize(
    ("paths", "plugin", "folder"),
    [
        ([], "", "Readwise"),
        (["Readwise/a.md", "Readwise/b.md", "c.md"], "", "Readwise"),
        (["RW/Articles/a.md", "RW/Books/b.md", "RW/x.md"], "", f"RW/{BY_CATEGORY}"),
        (["RW/Notes/Articles/a.md"], "RW/Notes", f"RW/Notes/{BY_CATEGORY}"),
        (["3 Resources/Readwise/a.md", "3 Resources/Readwise/b.md", "x.md"], "", "3 Resources/Readwise"),
        (["Articles/a.md", "Articles/b.md"], "", BY_CATEGORY),
        (["RW/Notes/a.md"], "RW/Notes/", "RW/Notes"),
        (["a/x.md", "b/x.md", "c/x.md"], "", "Readwise"),
        (["x.md", "y.md"], "", "Readwise"),
        (["x.md"], ".hidden", "Readwise"),
        (["x.md"], "odd {{ name", "Readwise"),
    ],
)
def test_the_folder_is_where_the_exports_lie(paths: list[str], plugin: str, folder: str) -> None:
    assert proposed_folder([NotePath(path) for path in paths], plugin_folder=plugin) == folder


@pytest.mark.slow
def test_a_large_vault_is_looked_through_without_being_read_whole(tmp_path: Path) -> None:
    for number in range(4_100):
        name = tmp_path / "Readwise" / f"{number}.md"
        name.parent.mkdir(exist_ok=True)
        name.write_text(STOCK if number % 2 else SEED if number < 50 else STOCK)
    with Vault(str(tmp_path), quiet_time=0, patience=0) as vault:
        found = survey(vault)
    assert (found.notes, found.look, found.folder) == (4_100, "readwise", "Readwise")
    assert 3_900 <= found.exported <= 4_200


# ---------------------------------------------------------------- the configuration


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_reads_back_from_toml(text: str) -> None:
    assert tomllib.loads(f"key = {quoted(text)}") == {"key": text}


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid UTF-8"):
        quoted(os.fsdecode(b"/home/me/\xff"))


def test_only_what_is_asked_changes_in_the_example() -> None:
    values = {
        "vault.path": 'C:\\Notes "x"',
        "vault.folder": "RW/{{ category }}",
        "vault.adopt": "skip",
        "note.template": "readwise",
        "readwise.token_command": "pass show readwise",
        "readwise.base_url": "http://127.0.0.1:1",
    }
    text = filled(example(), values)
    tree = tomllib.loads(text)
    for key, value in values.items():
        table, _, name = key.rpartition(".")
        assert tree[table][name] == value
    changed = [(old, new) for old, new in zip(example().splitlines(), text.splitlines(), strict=True) if old != new]
    assert len(changed) == len(values)
    assert filled(example(), {}) == example()
    with pytest.raises(ConfigError, match=r"no line for vault\.nothing"):
        filled(example(), {"vault.nothing": "x"})


def test_a_configuration_is_kept_private_and_taken_back_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    text = filled(example(), {"vault.path": str(tmp_path)})
    kept = keep(path, text, stamp=STAMP)
    assert path.read_text() == text
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]
    take_back(kept)
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_is_there_stays_whatever_happens(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    text = filled(example(), {"vault.path": str(tmp_path)})
    with pytest.raises(ConfigError, match="could not be written: file exists"):
        keep(path, text, stamp=STAMP)
    with pytest.raises(ConfigError, match="unknown table"):
        keep(path, "[vualt]\n", stamp=STAMP, replace=True)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("config.toml", "mine")]
    kept = keep(path, text, stamp=STAMP, replace=True)
    assert kept.backup == tmp_path / f"config.toml.{STAMP}.bak"
    assert (kept.backup.read_text(), path.read_text()) == ("mine", text)
    take_back(kept)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("config.toml", "mine")]


def test_a_configuration_that_is_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    target, path = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    target.write_text("mine")
    path.symlink_to(target)
    kept = keep(path, filled(example(), {"vault.path": "/x"}), stamp=STAMP, replace=True)
    assert target.read_text() == "mine"
    assert not path.is_symlink()
    take_back(kept)
    assert path.is_symlink()


def test_a_draft_is_that_of_the_real_file_of_which_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    (tmp_path / "mine").mkdir()
    config = draft(path, {"vault.path": "/x", "note.template": "mine"})
    assert (config.file, str(config.vault.path)) == (path, "/x")
    with pytest.raises(ConfigError, match=rf"^{re.escape(str(path))}:\d+: note.template: there is no folder"):
        draft(path, {"note.template": "another"})
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
