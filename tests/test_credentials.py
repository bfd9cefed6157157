"""The token: from the first place that has one, usable or refused aloud, and shown by nothing."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.credentials import LONGEST, Sources, Token, read_token, where_is_token
from syncer.deadline import answer_within
from syncer.errors import TokenError
from syncer.keyring_backend import OTHERWISE, OWN_NAMES, keyring_of

CANARY = "canary0123456789"


def sources(
    env: dict[str, str] | None = None, *, command: tuple[str, ...] = (), command_limit: float = 30.0
) -> Sources:
    return Sources(env={"PATH": os.environ["PATH"], **(env or {})}, command=command, command_limit=command_limit)


def refusal(call: Callable[[], object]) -> TokenError:
    """Return the error of a call that must fail, after looking that nothing of it shows the token."""
    with pytest.raises(TokenError) as caught:
        call()
    error = caught.value
    assert error.exit_code == 77
    assert error.hint
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert "canary" not in f"{error!r} {error} {error.hint} {vars(error)}"
    return error


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes no core dumps")
def test_a_process_that_holds_a_token_leaves_no_core_dump() -> None:
    code = (
        "import resource as r; from syncer.credentials import Token;"
        "_, most = r.getrlimit(r.RLIMIT_CORE); r.setrlimit(r.RLIMIT_CORE, (most, most));"
        "token = Token('abc', source='a test'); print(r.getrlimit(r.RLIMIT_CORE)[0], most)"
    )
    ran = subprocess.run(python(code), stdout=subprocess.PIPE, text=True, check=True)
    limit, _ = ran.stdout.split()
    assert limit == "0"


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{CANARY}-of-file\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "readwise-token").write_text(f"{CANARY}-of-systemd")
    return folder


# ---------------------------------------------------------------- the token


@pytest.mark.parametrize("show", [repr, str, lambda token: f"{token}", lambda token: f"{[token]}", dir])
def test_a_token_shows_itself_only_when_asked_to(show: Callable[[Token], object]) -> None:
    token = Token(f"  {CANARY}\r\n", source="a test")
    assert token.reveal() == CANARY
    assert "canary" not in str(show(token))
    assert not hasattr(token, "__dict__")


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_token_is_not_written_down(write: Callable[[Token], object]) -> None:
    with pytest.raises(TypeError):
        write(Token(CANARY, source="a test"))


@pytest.mark.parametrize("middle", ["\n", " ", "\0", "\x7f", "ä", "\u2028", "\ud800", "\r\n", "\t"])
def test_a_token_with_another_character_is_refused_without_a_piece_of_it(middle: str) -> None:
    error = refusal(lambda: Token(f"{CANARY}{middle}{CANARY}", source="a test"))
    assert str(error).startswith("the token from a test holds a blank, a line end or another character")


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_a_token_is_never_empty(text: str) -> None:
    assert str(refusal(lambda: Token(text, source="a test"))) == "the token from a test is empty"


@given(st.text())
def test_a_token_is_visible_ascii_or_refused(text: str) -> None:
    try:
        token = Token(text, source="a test")
    except TokenError as error:
        assert len(text.strip()) < 8 or text.strip() not in f"{error} {error.hint}"
    else:
        assert token.reveal() == text.strip()
        assert all("!" <= character <= "~" for character in token.reveal())


def test_the_sources_do_not_show_the_environment() -> None:
    shown = repr(sources({"READWISE_TOKEN": CANARY}, command=("echo", CANARY)))
    assert "canary" not in shown


# ---------------------------------------------------------------- which place counts


def test_the_first_place_that_has_a_token_counts(token_file: Path, credentials: Path) -> None:
    env = {
        "CREDENTIALS_DIRECTORY": str(credentials),
        "READWISE_TOKEN_FILE": str(token_file),
        "READWISE_TOKEN": f"{CANARY}-of-variable",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    command = python(f"print('{CANARY}-of-command')")
    for variable, place, end in [
        ("CREDENTIALS_DIRECTORY", "the systemd credential readwise-token", "-of-systemd"),
        ("READWISE_TOKEN_FILE", f"the file {token_file}", "-of-file"),
        ("READWISE_TOKEN", "the environment variable READWISE_TOKEN", "-of-variable"),
        ("", "readwise.token_command", "-of-command"),
    ]:
        assert read_token(sources(env, command=command)).reveal() == CANARY + end
        assert where_is_token(sources(env, command=command)) == place
        env.pop(variable, None)
    assert "keyring.backends.null.Keyring" in str(refusal(lambda: read_token(sources(env))))


def test_a_credentials_folder_without_ours_is_passed_by(tmp_path: Path) -> None:
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path), "READWISE_TOKEN": CANARY}
    assert where_is_token(sources(env)) == "the environment variable READWISE_TOKEN"


def test_an_empty_variable_is_no_place() -> None:
    env = {"CREDENTIALS_DIRECTORY": "", "READWISE_TOKEN_FILE": "", "READWISE_TOKEN": ""}
    command = python(f"print('{CANARY}')")
    assert where_is_token(sources(env, command=command)) == "readwise.token_command"


def test_a_place_with_a_token_that_cannot_be_used_is_an_error_and_the_next_is_not_tried(token_file: Path) -> None:
    token_file.write_text("\n")
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": str(token_file), "READWISE_TOKEN": CANARY})))
    assert str(error) == f"the token from the file {token_file} is empty"


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
        (pipe, "is not a regular file"),
        (folder, "is not a regular file"),
        (loop, "cannot be read: too many levels of symbolic links"),
        (tmp_path / "none", "is not there"),
    ]:
        assert str(refusal(lambda path=path: read_token(sources({"READWISE_TOKEN_FILE": str(path)})))) == (  # type: ignore[misc]  # bound now
            f"the file {path} {told}"
        )


def test_a_token_in_place_of_the_files_name_is_not_shown() -> None:
    error = refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": CANARY})))
    assert str(error) == "the file that READWISE_TOKEN_FILE names is not there"


def test_a_file_that_is_too_long_is_no_token(token_file: Path) -> None:
    token_file.write_text("canary" * LONGEST)
    assert "too long" in str(refusal(lambda: read_token(sources({"READWISE_TOKEN_FILE": str(token_file)}))))
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
