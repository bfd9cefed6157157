"""`token set`, `status` and `delete`: what a person sees, what is kept where, and that the token is never shown."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.cli.arguments import build_parser
from syncer.cli.commands import Call
from syncer.cli.connecting import CHECK_SECONDS, connect
from syncer.cli.screen import Screen
from syncer.config import load
from syncer.credentials import Token
from syncer.errors import ReadwiseError
from syncer.loopback import Loopback
from tests.fake_readwise import FakeReadwise
from tests.harness import home
from tests.readwise_faults import status
from tests.secret_service import secret_service
from tests.terminal import REPO, Terminal

TOKEN = "tok-3f81c2e97ab04d65"
SECRET = "Readwise token (it is not shown):"


@pytest.fixture
def readwise() -> Iterator[Loopback]:
    with Loopback([], tokens={TOKEN}, now=datetime(2026, 11, 30, tzinfo=UTC)) as server:
        yield server


def settings(folder: Path, url: str, more: str = "") -> Path:
    file = folder / "config.toml"
    file.write_text(f'vault.path = "{folder}"\nreadwise.base_url = "{url}"\n{more}\n')
    return file


def syncer(config: Path, *words: str, env: dict[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command with something on its standard input; nothing that it prints may hold a part of the token."""
    command = [sys.executable, "-m", "syncer", "--config", str(config), *words]
    done = subprocess.run(command, env=env, cwd=REPO, input=typed, capture_output=True, text=True, timeout=60)
    assert TOKEN[4:12] not in done.stdout + done.stderr
    return done


@pytest.mark.system
def test_a_token_is_set_from_standard_input_told_and_deleted(tmp_path: Path, readwise: Loopback) -> None:
    config = settings(tmp_path, readwise.url)
    with secret_service("unlocked", tmp_path) as env:
        refused = syncer(config, "token", "set", env=env, typed="wrong\n")
        assert (refused.returncode, refused.stderr.splitlines()[0]) == (77, "syncer: readwise refused the token")
        assert syncer(config, "token", "status", env=env).returncode == 77
        kept = syncer(config, "token", "set", env=env, typed=f"{TOKEN}\n")
        assert kept.stdout == "Readwise takes the token; it is kept in the Secret Service keyring\n"
        told = syncer(config, "token", "status", env=env)
        assert told.stdout.splitlines() == [
            "the token is kept in the Secret Service keyring (service syncer, user readwise)",
            "Readwise takes it",
        ]
        readwise.tokens = set()
        revoked = syncer(config, "token", "status", env=env)
        assert (revoked.returncode, len(revoked.stdout.splitlines())) == (77, 1)
        deleted = syncer(config, "token", "delete", env=env)
        assert (deleted.returncode, deleted.stdout) == (0, "the token is removed from the keyring\n")
        assert syncer(config, "token", "delete", env=env).stdout == "the keyring held no token of syncer's\n"


@pytest.mark.system
def test_a_token_is_typed_without_being_shown_and_ctrl_c_keeps_nothing(tmp_path: Path, readwise: Loopback) -> None:
    config = ["--config", str(settings(tmp_path, readwise.url))]
    with secret_service("unlocked", tmp_path) as env:
        with Terminal([*config, "token", "set"], env=env, folder=tmp_path) as one:
            one.interrupts(SECRET)
            assert one.end() == 130
        with Terminal([*config, "token", "set"], env=env, folder=tmp_path) as one:
            one.answers(SECRET, TOKEN)
            assert one.end() == 0
    assert "it is kept in the Secret Service keyring" in one.seen
    assert TOKEN not in one.seen


def test_what_remains_after_a_deletion_is_said(tmp_path: Path, readwise: Loopback) -> None:
    data = tmp_path / ".obsidian" / "plugins" / "readwise-official" / "data.json"
    data.parent.mkdir(parents=True)
    data.write_text(json.dumps({"token": "of-the-plug-in"}))
    config = settings(tmp_path, readwise.url, 'readwise.token_command = "pass show readwise"')
    env = {**os.environ, "READWISE_TOKEN": TOKEN, "READWISE_TOKEN_FILE": "/somewhere"}
    done = syncer(config, "token", "delete", env=env)
    assert done.returncode == 77, "the sandbox's keyring is refused, and what remains is told all the same"
    for told in (
        "the environment variable READWISE_TOKEN still counts",
        "the file that READWISE_TOKEN_FILE names still counts",
        "readwise.token_command still hands out a token",
        f"{data} of Readwise's own plug-in holds a token in plain text",
        "until you revoke it at https://readwise.io/access_token",
    ):
        assert told in done.stderr
    assert "of-the-plug-in" not in done.stderr
    data.write_text(json.dumps({"token": ""}))
    assert "data.json" not in syncer(config, "token", "delete", env=env).stderr


@pytest.mark.parametrize("words", [["token", "set"], ["token", "set", "--token"], ["init", "--token"]])
def test_no_command_takes_a_token_as_an_argument(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args([*words, TOKEN])
    assert TOKEN not in capsys.readouterr().err


def test_a_readwise_that_keeps_failing_ends_a_check_long_before_a_fetch_would(tmp_path: Path) -> None:
    with FakeReadwise() as failing, home(tmp_path, []) as one, ExitStack() as stack:
        failing.misbehave(status(503), times=None)
        one.config.write_text(f'vault.path = "x"\nreadwise.base_url = "{failing.url}"\nreadwise.retry_deadline = "1h"')
        screen = Screen(io.StringIO(), io.StringIO(), env={}, quiet=True, verbose=0)
        call = Call(argparse.Namespace(), env={}, now=datetime.now, screen=screen)
        client = connect(call, load(one.config), stack, token=Token(TOKEN, source="me"), longest=0.2)
        with pytest.raises(ReadwiseError, match="readwise answered 503"):
            client.check_token()
    assert CHECK_SECONDS <= 20
