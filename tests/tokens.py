"""From which places is a token read in the tests, and how is a refusal held against showing it?

    read_token(sources({"READWISE_TOKEN_FILE": str(token_file)}))     as `syncer` reads it
    refusal(lambda: Token(text, source="a test"))                     the error, once it is seen to hide the token

Every token in these tests begins with CANARY.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.credentials import Sources
from syncer.errors import TokenError

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


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{CANARY}-of-file\n")
    file.chmod(0o600)
    return file
