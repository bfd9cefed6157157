"""May a file, a command or a keyring give the token, and what is said of one that may not, fails or hangs?"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.credentials import LONGEST, read_token
from syncer.deadline import answer_within
from syncer.keyring_backend import OTHERWISE, OWN_NAMES, keyring_of
from tests.tokens import CANARY, python, refusal, sources, token_file

__all__ = ["token_file"]


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_reads_is_taken(mode: int, token_file: Path) -> None:
    token_file.chmod(mode)
    assert read_token(sources({"READWISE_TOKEN_FILE": str(token_file)})).reveal() == f"{CANARY}-of-file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o610])
def test_a_file_that_others_may_open_is_refused_with_the_remedy(mode: int, token_file: Path) -> None:
    token_file.chmod(mode)
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": str(token_file)})))
    assert str(error) == f"the file {token_file} can be read by others"
    assert "chmod 600" in error.hint


def test_a_file_of_somebody_else_is_refused(token_file: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(token_file, 12345, -1)
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": str(token_file)})))
    assert str(error) == f"the file {token_file} belongs to somebody else"


def test_what_is_no_file_is_refused_and_nothing_hangs(tmp_path: Path) -> None:
    pipe, folder, loop = tmp_path / "pipe", tmp_path / "folder", tmp_path / "loop"
    os.mkfifo(pipe, 0o600)
    folder.mkdir(mode=0o700)
    loop.symlink_to(loop)
    for path, told in [
        (pipe, f"the file {pipe} is not a regular file"),
        (folder, f"the file {folder} is not a regular file"),
        (loop, "the file that READWISE_TOKEN_FILE names cannot be read: too many levels of symbolic links"),
        (tmp_path / "none", "the file that READWISE_TOKEN_FILE names is not there"),
    ]:
        assert str(refusal(lambda path=path: read_token(sources({"READWISE_TOKEN_FILE": str(path)})))) == told  # type: ignore[misc]  # bound now


@pytest.mark.parametrize(
    "written", [CANARY, f"/{CANARY}", f"{CANARY}/x+q=", f"{CANARY * 40}/x", f"~{CANARY}", f"{CANARY}\0", f"./{CANARY}"]
)
def test_a_token_in_place_of_the_files_name_is_not_shown(written: str) -> None:
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": written})))
    assert str(error).startswith("the file that READWISE_TOKEN_FILE names ")
    assert CANARY not in f"{error!r} {error.hint} {error.__cause__!r}"


def test_a_file_that_is_too_long_is_no_token(token_file: Path) -> None:
    token_file.write_text("canary" * LONGEST)
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": str(token_file)})))
    assert str(error) == f"the token from the file {token_file} is too long"
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600


# ---------------------------------------------------------------- the command


def test_a_command_is_run_without_a_shell() -> None:
    assert read_token(sources(command=("echo", f"{CANARY};exit"))).reveal() == f"{CANARY};exit"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (f"import sys; print('{CANARY}'); sys.stderr.write('{CANARY}'); sys.exit(3)", "ended with code 3"),
        (f"import os; print('{CANARY}', flush=True); os.kill(os.getpid(), 9)", "ended with code -9"),
        (f"while True: print('{CANARY}')", "prints more than a token"),
        (f"print('{CANARY} {CANARY}')", "holds a blank"),
        ("pass", "is empty"),
    ],
)
def test_a_command_that_gives_no_token_is_told_without_its_output(
    code: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    error = refusal(lambda: read_token(sources(command=python(code))))
    assert "readwise.token_command" in str(error)
    assert told in str(error)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_cannot_be_started_is_told_without_its_arguments() -> None:
    error = refusal(lambda: read_token(sources(command=("/nowhere/canary", CANARY))))
    assert str(error) == "readwise.token_command cannot be started: no such file or directory"
    assert "whole path" in error.hint


def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pipe, script = tmp_path / "pipe", tmp_path / "hang"
    os.mkfifo(pipe)
    script.write_text(f"#!/bin/sh\nexec 3>{pipe}\necho started >&3\nsleep 1000 &\nexec sleep 1000\n")
    script.chmod(0o700)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    error = refusal(lambda: read_token(sources(command=(str(script),), command_limit=1.0)))
    assert str(error) == "readwise.token_command did not end within 1 s"
    os.set_blocking(reader, True)
    assert os.read(reader, 100) == b"started\n"
    assert os.read(reader, 100) == b"", "the end comes when the last of them is gone"
    os.close(reader)


@contextmanager
def leaving_something_running(tmp_path: Path, *, last: str = "") -> Iterator[Path]:
    """Give a command that prints a token and leaves a process behind, which still waits when the block ends."""
    pipe, script = tmp_path / "pipe", tmp_path / "agent"
    os.mkfifo(pipe)
    script.write_text(f"#!/bin/sh\nexec 3<>{pipe}\necho {CANARY}\nread line <&3 &\n{last}")
    script.chmod(0o700)
    yield script
    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)  # an error where what it started was ended, too
    os.write(writer, b"\n")
    os.close(writer)


def test_a_command_that_leaves_something_running_has_printed_its_token_when_it_ends(tmp_path: Path) -> None:
    with leaving_something_running(tmp_path) as script:
        found = read_token(sources(command=(str(script),), command_limit=5.0))
        assert found.reveal() == CANARY


def test_a_command_that_failed_is_told_so_whatever_it_leaves_running(tmp_path: Path) -> None:
    with leaving_something_running(tmp_path, last="exit 3\n") as script:
        error = refusal(lambda: read_token(sources(command=(str(script),), command_limit=5.0)))
        assert str(error) == "readwise.token_command ended with code 3"


# ---------------------------------------------------------------- which keyring, and how long


def test_each_platform_has_its_own_keyring() -> None:
    for platform, backend in [
        ("linux", "keyring.backends.SecretService.Keyring"),
        ("darwin", "keyring.backends.macOS.Keyring"),
        ("win32", "keyring.backends.Windows.WinVaultKeyring"),
        ("freebsd14", "keyring.backends.SecretService.Keyring"),
    ]:
        assert keyring_of({}, platform=platform).backend == backend
        assert keyring_of({"PYTHON_KEYRING_BACKEND": ""}, platform=platform).backend == backend


@pytest.mark.parametrize("backend", OWN_NAMES)
def test_a_keyring_that_is_trusted_may_be_named(backend: str) -> None:
    assert keyring_of({"PYTHON_KEYRING_BACKEND": backend}).backend == backend


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyrings.alt.file.PlaintextKeyring",
        "no.such",
        "keyring.backends.SecretService.Keyring ",
        "a\x1b[31m",
    ],
)
def test_a_keyring_that_is_not_trusted_is_refused_with_the_way_out(backend: str) -> None:
    error = refusal(lambda: read_token(sources({"PYTHON_KEYRING_BACKEND": backend})))
    assert str(error).startswith("PYTHON_KEYRING_BACKEND names ")
    assert str(error).isprintable()
    for way_out in ("unset it", OTHERWISE, "READWISE_TOKEN_FILE", "systemd credential", "token_command"):
        assert way_out in error.hint


def test_a_keyring_whose_package_is_missing_is_told_so() -> None:
    code = """
import sys
sys.modules["dbus"] = None
from syncer.errors import TokenError
from syncer.keyring_backend import keyring_of
try:
    keyring_of({"PYTHON_KEYRING_BACKEND": "keyring.backends.kwallet.DBusKeyring"}).get()
except TokenError as error:
    print(error)
"""
    done = subprocess.run(python(code), capture_output=True, text=True, check=True)
    assert done.stdout == "KWallet cannot be used from this Python\n"


def test_a_keyring_that_takes_the_token_and_forgets_it_is_told() -> None:
    code = f"""
import sys, types
class Keyring:
    def set_password(self, service, user, secret): pass
    def get_password(self, service, user): return None
sys.modules["keyring.backends.SecretService"] = types.SimpleNamespace(Keyring=Keyring)
from syncer.credentials import Sources, Token, store_token
from syncer.errors import TokenError
env = {{"PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}}
try:
    store_token(Token("{CANARY}", source="me"), Sources(env=env))
except TokenError as error:
    print(error)
"""
    done = subprocess.run(python(code), capture_output=True, text=True, check=True)
    assert done.stdout == "the Secret Service keyring took the token but does not give it back\n"


def test_a_call_that_hangs_is_left_behind_and_the_process_ends() -> None:
    code = """
import threading
from syncer.deadline import answer_within
try:
    answer_within(0.1, threading.Event().wait)
except TimeoutError:
    print("went on", flush=True)
"""
    done = subprocess.run(python(code), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "went on\n"


def test_a_call_that_answers_in_time_gives_its_value_or_its_error() -> None:
    assert answer_within(60.0, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        answer_within(60.0, lambda: 1 // 0)
