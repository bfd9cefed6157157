"""The first run, as a person goes through it on a real terminal: what is found, asked, shown, kept, and left alone.

What goes wrong on the way, or is broken off, is in test_init_trouble.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.config import load
from syncer.loopback import Loopback
from tests.init_home import (
    FOLDER,
    GO_ON,
    LOOK,
    SYNC,
    TOKEN,
    WHERE,
    demo_library,
    env,
    files,
    known_to_obsidian,
    make_vault,
    readwise,
)
from tests.terminal import REPO, Terminal

__all__ = ["env", "readwise"]

pytestmark = pytest.mark.slow


def config_file(home: Path) -> Path:
    return home / ".config" / "syncer" / "config.toml"


# ---------------------------------------------------------------- one command


def test_one_command_leads_from_an_empty_home_to_the_first_notes(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    vault = make_vault(sandbox / "Notes")
    command = [sys.executable, "-m", "syncer", "init", "--yes", "--vault", str(vault), "--base-url", readwise.url]
    done = subprocess.run(
        command,
        env={**env, "READWISE_TOKEN": TOKEN, "PYTHONPATH": str(REPO)},
        cwd=sandbox,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "5 notes made, 15 highlights" in done.stdout
    assert "would make" in done.stderr
    assert len(list(vault.glob("Readwise/*.md"))) == 5
    assert TOKEN not in done.stdout + done.stderr
    texts = [highlight["text"][-24:] for book in demo_library()["results"] for highlight in book["highlights"]]
    assert not [text for text in texts if text in done.stdout + done.stderr]
    written = load(config_file(sandbox))
    assert (written.vault.path, written.readwise.base_url) == (vault, readwise.url)
    assert config_file(sandbox).stat().st_mode & 0o777 == 0o600
    example = (REPO / "config.example.toml").read_text(encoding="utf-8")
    changed = set(config_file(sandbox).read_text(encoding="utf-8").splitlines()) - set(example.splitlines())
    assert changed == {f'path = "{vault}"', f'base_url = "{readwise.url}"'}


def test_without_input_the_configuration_alone_is_written_and_a_second_time_nothing_changes(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    known_to_obsidian(sandbox, make_vault(sandbox / "Notes"), make_vault(sandbox / "Other"))
    command = [sys.executable, "-m", "syncer", "init", "--no-input", "--base-url", readwise.url]
    whole = {**env, "READWISE_TOKEN": TOKEN, "PYTHONPATH": str(REPO)}
    first = subprocess.run(command, env=whole, cwd=sandbox, capture_output=True, text=True, timeout=60)
    assert first.returncode == 0, first.stderr
    assert load(config_file(sandbox)).vault.path == sandbox / "Notes"
    assert not list(sandbox.rglob("*.md"))
    before = files(sandbox)
    again = subprocess.run(command, env=whole, cwd=sandbox, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stderr
    assert "There is a configuration already" in again.stderr
    assert files(sandbox) == before
    other = [*command, "--vault", str(sandbox / "Other")]
    refused = subprocess.run(other, env=whole, cwd=sandbox, capture_output=True, text=True, timeout=60)
    assert (refused.returncode, files(sandbox)) == (2, before)
    assert "is for another vault" in refused.stderr


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ([], 2, "there is no terminal to ask on"),
        (["--no-input"], 2, "the vault's folder: nobody can be asked"),
        (["--no-input", "--vault", "/nowhere"], 2, "there is no folder /nowhere"),
        (["--yes", "--vault", "."], 77, "PYTHON_KEYRING_BACKEND names keyring.backends.fail.Keyring"),
        (["--yes", "--vault", ".", "--template", "sead"], 2, '--template: there is no folder "'),
        (["--yes", "--vault", ".", "--folder", "/etc"], 2, 'syncer: --folder: "/etc" is not relative to the vault'),
        (["--yes", "--vault", ".", "--folder", ".."], 2, 'syncer: --folder: ".." leads out of the vault by ..'),
        (["--yes", "--vault", ".", "--folder", "a\\b"], 2, 'syncer: --folder: "a\\b" holds a backslash'),
        (["--yes", "--vault", ".", "--folder", "R/{{ titel }}"], 2, "'titel' is undefined\nhint: did you mean title?"),
        (["--yes", "--vault", ".", "--base-url", "http://x"], 2, "syncer: --base-url: must start with https://"),
        (["--yes", "--vault", ".", "--token-command", "'x"], 2, "--token-command: has a quote that is not closed"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_left(
    options: list[str], code: int, told: str, sandbox: Path, env: dict[str, str]
) -> None:
    before = files(sandbox)
    command = [sys.executable, "-m", "syncer", "init", *options]
    done = subprocess.run(
        command,
        env={**env, "PYTHONPATH": str(REPO)},
        cwd=sandbox,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert (done.returncode, files(sandbox)) == (code, before), done.stderr
    assert told in done.stderr
    assert "hint: " in done.stderr
    assert "config.toml" not in done.stderr, "there is none"
    assert env["TMPDIR"] not in done.stderr


# ---------------------------------------------------------------- on a terminal


def test_a_home_with_two_vaults_is_asked_which(sandbox: Path, env: dict[str, str], readwise: Loopback) -> None:
    manager = sandbox / "run" / "systemd" / "private"
    manager.parent.mkdir()
    manager.touch()
    known_to_obsidian(sandbox, make_vault(sandbox / "Notes"), make_vault(sandbox / "Other"))
    options = ["init", "--base-url", readwise.url]
    with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
        one.answers(WHERE, "2")
        one.answers(LOOK, "")
        one.answers(FOLDER, "Highlights")
        one.answers(GO_ON, "")
        one.answers(SYNC, "n")
        if sys.platform == "linux":
            one.answers("Install the background service, which syncs on? [Y/n]", "n")
        assert one.end() == 0
    assert f"1  {sandbox / 'Notes'}" in one.seen
    written = load(config_file(sandbox))
    assert (written.vault.path, written.vault.folder) == (sandbox / "Other", "Highlights")
    assert not list(sandbox.rglob("*.md"))
    assert "syncer once writes it" in one.seen


def test_an_empty_home_is_asked_for_the_folder_until_there_is_one(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    (sandbox / "Notes").mkdir()
    options = ["init", "--base-url", readwise.url]
    with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
        one.answers("The vault's folder:", "~/Nots")
        one.waits_for("there is no folder")
        one.answers("The vault's folder:", "~/Notes")
        one.waits_for("has no .obsidian folder")
        one.answers(LOOK, "")
        one.answers(FOLDER, "")
        one.answers(GO_ON, "no")
        assert one.end() == 0
    assert "Nothing was written." in one.seen
    assert not config_file(sandbox).parent.exists()


def test_a_vault_that_the_plug_in_wrote_gets_its_folder_and_look_proposed(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    vault = make_vault(sandbox / "Notes")
    plugin = vault / ".obsidian" / "plugins" / "readwise-official"
    plugin.mkdir(parents=True)
    (vault / ".obsidian" / "community-plugins.json").write_text('["readwise-official"]')
    note = "RW/Articles/Reading the River Notes of a Gauge Keeper.md"
    data = {"token": "of-plugin", "readwiseDir": "RW", "frequency": "60", "booksIDsMap": {note: "901"}}
    (plugin / "data.json").write_text(json.dumps(data))
    (vault / note).parent.mkdir(parents=True)
    (vault / note).write_text(
        "# Reading the River\n\n## Metadata\n- Author: [[Ada Lindqvist]]\n- Category: #articles\n\n## Highlights\n"
        "- Read. ([View Highlight](https://read.readwise.io/read/01k9r7w2m0cq4v8n6b2t1sy3wc))\n"
    )
    known_to_obsidian(sandbox, vault)
    options = ["init", "--base-url", readwise.url]
    with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
        one.answers(WHERE, "")
        one.waits_for("1 of them written by an export")
        one.answers(f"{LOOK}: seed, readwise, or a folder [readwise]:", "")
        one.answers(f"{FOLDER} [RW/{{{{ category | capitalize }}}}]:", "")
        one.answers("lack 4 highlights. Add them?", "n")
        one.waits_for("Configure resync frequency: Manual")
        one.answers(GO_ON, "")
        one.answers(SYNC, "")
        assert one.end() == 0
    assert "of-plugin" not in one.seen
    assert load(config_file(sandbox)).vault.adopt == "skip"
    assert (vault / "RW/Tweets").is_dir()
    assert "Read. (" in (vault / note).read_text()
    assert "New highlights" not in (vault / note).read_text()


def test_a_configuration_is_replaced_only_by_a_person_and_stays_as_a_backup(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    vault = make_vault(sandbox / "Notes")
    config_file(sandbox).parent.mkdir(parents=True)
    config_file(sandbox).write_text("[vualt]\n")
    options = ["init", "--vault", str(vault), "--base-url", readwise.url]
    with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
        one.answers("Replace this configuration? It stays as a backup [y/N]", "")
        assert one.end() == 78
    assert config_file(sandbox).read_text() == "[vualt]\n"
    with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
        one.answers("Replace this configuration?", "y")
        one.answers(LOOK, "")
        one.answers(FOLDER, "")
        one.answers(GO_ON, "")
        one.answers(SYNC, "n")
        assert one.end() == 0
    (backup,) = config_file(sandbox).parent.glob("*.bak")
    assert backup.read_text() == "[vualt]\n"
    assert load(config_file(sandbox)).vault.path == vault
    assert len(list(config_file(sandbox).parent.iterdir())) == 2


def test_without_a_keyring_a_command_that_prints_the_token_may_be_named(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    vault = make_vault(sandbox / "Notes")
    kept = sandbox / "kept"
    kept.write_text(f"{TOKEN}\n")
    before = files(sandbox)
    options = ["init", "--vault", str(vault), "--base-url", readwise.url]
    question = "A command that prints the token"
    no_keyring = {name: value for name, value in env.items() if name != "PYTHON_KEYRING_BACKEND"}
    with Terminal(options, env=no_keyring, folder=sandbox) as one:
        one.answers(LOOK, "")
        one.answers(FOLDER, "")
        one.waits_for("there is no session bus, and so no keyring")
        one.answers(question, "")
        assert one.end() == 77
    assert files(sandbox) == before
    for way_out in ("systemd credential", "READWISE_TOKEN_FILE", "token_command"):
        assert way_out in one.seen
    with Terminal(options, env=no_keyring, folder=sandbox) as one:
        one.answers(LOOK, "")
        one.answers(FOLDER, "")
        one.answers(question, f"cat {kept}")
        one.waits_for("A token is there already, in readwise.token_command.")
        one.answers(GO_ON, "")
        one.answers(SYNC, "n")
        assert one.end() == 0
    assert load(config_file(sandbox)).readwise.token_command == ("cat", str(kept))
    assert TOKEN not in one.seen + config_file(sandbox).read_text()
