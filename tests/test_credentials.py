"""The token: from the first place that has one, usable or refused aloud, and shown by nothing.

What a file, a command and a keyring may be is in test_credentials_places.py.
"""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.credentials import Token, read_token, where_is_token
from syncer.errors import TokenError
from tests.tokens import CANARY, python, refusal, sources, token_file

__all__ = ["token_file"]


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
