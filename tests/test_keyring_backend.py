"""The keyring, a real one: gnome-keyring on a private bus, asked by child processes as syncer asks it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.secret_service import Mode, secret_service

pytestmark = pytest.mark.system

CANARY = "canary0123456789"

ASK = """
import os, sys
from syncer import credentials
from syncer.errors import TokenError
sources = credentials.Sources(env=os.environ, keyring_deadline=float(sys.argv[2]))
try:
    match sys.argv[1]:
        case "read": print("read", credentials.read_token(sources).reveal() == "canary0123456789")
        case "where": print(credentials.where_is_token(sources))
        case "store": print(credentials.store_token(credentials.Token("canary0123456789", source="me"), sources))
        case "delete": print("deleted", credentials.delete_token(sources))
except TokenError as error:
    print(f"TokenError: {error}\\nhint: {error.hint}")
print("keyrings.alt" in sys.modules)
"""


def ask(question: str, env: dict[str, str], *, deadline: float = 30.0) -> str:
    """Return what a child says; nothing that it says may hold a part of the token, nor may it load keyrings.alt."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, question, str(deadline)],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "canary" not in done.stdout + done.stderr
    said, loaded = done.stdout.removesuffix("\n").rsplit("\n", 1)
    assert loaded == "False"
    return said


def test_a_token_is_kept_found_and_deleted(tmp_path: Path) -> None:
    with secret_service("unlocked", tmp_path) as env:
        assert ask("read", env).startswith("TokenError: there is no Readwise token\nhint: get one at")
        assert ask("delete", env) == "deleted False"
        assert ask("store", env) == "the Secret Service keyring"
        assert ask("read", env) == "read True"
        assert ask("where", env) == "the Secret Service keyring (service syncer, user readwise)"
        assert ask("store", env) == "the Secret Service keyring"
        assert ask("delete", env) == "deleted True"
        assert ask("read", env).startswith("TokenError: there is no Readwise token")


def test_the_token_is_not_in_clear_text_anywhere(tmp_path: Path, sandbox: Path) -> None:
    with secret_service("unlocked", tmp_path) as env:
        ask("store", env)
        kept = [file for folder in (tmp_path, sandbox) for file in folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".keyring" for file in kept)
    assert not any(CANARY.encode() in file.read_bytes() for file in kept)


FAILURES: list[tuple[Mode, str]] = [
    ("locked", "TokenError: the Secret Service keyring is locked"),
    ("frozen", "TokenError: the Secret Service keyring did not answer within 0.5 s"),
    ("no_service", "TokenError: no keyring answers on the session bus"),
    ("no_bus", "TokenError: there is no session bus, and so no keyring"),
]


@pytest.mark.parametrize(("mode", "told"), FAILURES)
@pytest.mark.parametrize("question", ["read", "store", "delete"])
def test_a_keyring_that_does_not_give_is_told_with_the_way_out(
    question: str, mode: Mode, told: str, tmp_path: Path
) -> None:
    with secret_service(mode, tmp_path) as env:
        error, hint = ask(question, env, deadline=0.5 if mode == "frozen" else 30.0).split("\n")
    assert error == told
    for way_out in ("systemd credential", "0600", "READWISE_TOKEN_FILE", "readwise.token_command"):
        assert way_out in hint


def test_an_earlier_place_counts_although_the_keyring_is_frozen(tmp_path: Path) -> None:
    with secret_service("frozen", tmp_path) as env:
        assert ask("read", {**env, "READWISE_TOKEN": CANARY}) == "read True"


def test_a_keyring_that_forgets_is_refused_before_it_is_given_the_token(tmp_path: Path) -> None:
    with secret_service("unlocked", tmp_path) as env:
        said = ask("store", {**env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})
    assert said.startswith("TokenError: PYTHON_KEYRING_BACKEND names keyring.backends.null.Keyring")


PLAIN = '''
import pathlib
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    """Keeps everything in a plain file, as the one that people have."""

    priority = 50
    file = pathlib.Path.home() / "plain.txt"

    def get_password(self, service, username):
        return self.file.read_text() if self.file.exists() else None

    def set_password(self, service, username, password):
        self.file.write_text(password)
'''


@pytest.fixture
def plain_text_keyring(tmp_path: Path, sandbox: Path) -> Path:
    """Install a keyring that writes plain text, found by entry point and named by a `keyringrc.cfg`."""
    package = tmp_path / "site" / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(PLAIN)
    facts = tmp_path / "site" / "keyrings_alt-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")
    settings = sandbox / ".config" / "python_keyring"
    settings.mkdir(parents=True)
    (settings / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyrings.alt.file.PlaintextKeyring\n")
    return tmp_path / "site"


@pytest.mark.parametrize("mode", ["no_bus", "unlocked"])
def test_a_plain_text_keyring_that_the_search_would_take_is_never_asked(
    mode: Mode, tmp_path: Path, sandbox: Path, plain_text_keyring: Path
) -> None:
    with secret_service(mode, tmp_path) as env:
        env = {**env, "PYTHONPATH": str(plain_text_keyring)}
        taken = subprocess.run(
            [sys.executable, "-c", "import keyring; print(keyring.get_keyring())"],
            env=env,
            capture_output=True,
            text=True,
        )
        assert "PlaintextKeyring" in taken.stdout, "the search would take it, else this test shows nothing"
        said = ask("store", env)
    assert said.startswith("TokenError: there is no session bus" if mode == "no_bus" else "the Secret Service keyring")
    assert not (sandbox / "plain.txt").exists()
