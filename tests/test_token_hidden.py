"""Is the token in nothing that any command prints or keeps, however much it says and whatever goes wrong?

Every call of tests/harness.py looks for it; here each command is called once, as talkative as it can be, and each
fault of the server's is met.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from syncer.cli import main
from tests.fake_readwise import TOKEN as FAKES_TOKEN
from tests.fake_readwise import FakeReadwise
from tests.harness import NOW, TOKEN, Ran, hides_token, home
from tests.made import START, book, highlight, later
from tests.readwise_faults import FINAL, PASSING

COMMANDS = [
    "once", "dry-run", "dry-run --json", "dry-run --stat", "dry-run --html FOLDER/plan.html", "once --json",
    "export --save FOLDER/export.json", "status", "status --json", "doctor", "doctor --json", "doctor --report",
    "verify", "verify --html FOLDER/found.html", "history --all", "token status", "undo --yes", "template check",
    "restore Readwise/Deep.md", "service install --print",
]  # fmt: skip  # a list to read


def files_with(secret: str, folder: Path) -> list[Path]:
    """Return the files below a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


@pytest.mark.slow
def test_no_command_prints_or_keeps_the_token_however_much_it_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with home(tmp_path, [book(1, "Deep", [highlight(11), highlight(12, at=later(2))])]) as user:
        caplog.set_level(logging.DEBUG)
        user.once(at=START)
        for command in COMMANDS:
            user.run("-vv", *command.replace("FOLDER", str(tmp_path)).split(), at=later(3))
        assert TOKEN not in caplog.text
        assert files_with(TOKEN, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PASSING, *FINAL])
def test_no_fault_of_the_server_brings_the_token_to_light(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    fault = PASSING[name] if name in PASSING else FINAL[name][0]
    vault, config, state = tmp_path / "vault", tmp_path / "config.toml", tmp_path / "state"
    vault.mkdir()
    env = {"READWISE_TOKEN": FAKES_TOKEN, "XDG_STATE_HOME": str(state), "HOME": str(tmp_path)}
    with FakeReadwise() as readwise:
        readwise.misbehave(fault, page=0)
        caplog.set_level(logging.DEBUG)
        config.write_text(
            f'vault.path = "{vault}"\nreadwise.base_url = "{readwise.url}"\nreadwise.timeout = "200ms"\n'
            'readwise.retry_first_wait = "1ms"\nreadwise.retry_max_wait = "1ms"\nreadwise.retry_deadline = "1s"\n'
        )
        main(["--config", str(config), "-vv", "once"], env=env, now=NOW.astimezone)
    said = capsys.readouterr()
    assert FAKES_TOKEN[:11] not in said.out + said.err + caplog.text
    assert files_with(FAKES_TOKEN, tmp_path) == []


def test_a_token_in_place_of_the_files_name_comes_into_no_unit(tmp_path: Path) -> None:
    with home(tmp_path, []) as user:
        user.env["READWISE_TOKEN_FILE"] = f"{TOKEN}/x"
        ran = user.run("service", "install", "--print")
    assert (ran.code, ran.out) == (77, "")
    assert ran.err.startswith("syncer: the file that READWISE_TOKEN_FILE names is not there\n")


def test_a_token_that_is_printed_or_kept_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        hides_token(Ran(0, "", f"Authorization: Token {TOKEN}", b""))
    (tmp_path / "a.md").write_text(f"kept: {TOKEN}")
    assert files_with(TOKEN, tmp_path) == [tmp_path / "a.md"]
