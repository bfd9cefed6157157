"""The first run on a real terminal, where something goes wrong or a person breaks off: what is asked again, or left?"""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.loopback import Loopback
from tests.fake_readwise import FakeReadwise
from tests.init_home import FOLDER, GO_ON, LOOK, SYNC, TOKEN, WHERE, env, files, known_to_obsidian, make_vault, readwise
from tests.made import book, highlight, words
from tests.readwise_faults import pieces, silence
from tests.secret_service import secret_service
from tests.terminal import REPO, Terminal

__all__ = ["env", "readwise"]

pytestmark = pytest.mark.slow

SECRET = "Readwise token (it is not shown):"


@pytest.mark.system
def test_a_wrong_token_is_asked_for_again_and_the_right_one_is_kept(
    tmp_path: Path, sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    vault = make_vault(sandbox / "Notes")
    options = ["init", "--vault", str(vault), "--base-url", readwise.url]
    with secret_service("unlocked", tmp_path) as keyring:
        whole = {**keyring, "TMPDIR": env["TMPDIR"]}
        with Terminal(options, env=whole, folder=sandbox) as one:
            one.answers(LOOK, "")
            one.answers(FOLDER, "")
            one.answers(SECRET, "wrong-0123456789")
            one.waits_for("readwise refused the token; try again")
            one.answers(SECRET, "wrong with blanks")
            one.waits_for("try again")
            one.answers(SECRET, TOKEN)
            one.waits_for("Readwise takes the token.")
            one.answers(GO_ON, "")
            one.answers(SYNC, "")
            assert one.end() == 0
        assert len(list(vault.glob("Readwise/*.md"))) == 5
        assert "the token is kept in the Secret Service keyring" in one.seen
        status = subprocess.run(
            [sys.executable, "-m", "syncer", "token", "status"], env=whole, cwd=REPO, capture_output=True, text=True
        )
    assert status.stdout.endswith("Readwise takes it\n")
    assert "0123456789" not in one.seen
    assert TOKEN not in one.seen + status.stdout + status.stderr
    assert not any(TOKEN.encode() in data for data in files(sandbox).values())


def test_an_answer_that_the_configuration_cannot_hold_is_asked_again(
    sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    options = ["init", "--vault", str(make_vault(sandbox / "Notes")), "--base-url", readwise.url]
    with Terminal(options, env=env, folder=sandbox) as one:
        one.answers(LOOK, "sead")
        one.waits_for('"; did you mean "seed"?')
        one.answers(LOOK, "")
        for typed, told in (
            ("..", '".." leads out of the vault by ..; name a folder inside the vault'),
            ("/etc", '"/etc" is not relative to the vault; write it as "Readwise/Books"'),
            ("R/{{ titel", "template vault.folder, line 1: "),
        ):
            one.answers(FOLDER, typed)
            one.waits_for(told)
        one.answers(FOLDER, "Kept")
        one.answers("A command that prints the token", "'x")
        one.waits_for("has a quote that is not closed; it is split as a shell would split it")
        one.answers("A command that prints the token", f"echo {TOKEN}")
        one.answers(GO_ON, "")
        one.answers(SYNC, "n")
        assert one.end() == 0
    assert 'folder = "Kept"\n' in (sandbox / ".config" / "syncer" / "config.toml").read_text()


def test_a_plan_that_looks_wrong_is_told_and_the_configuration_may_be_kept_without_a_sync(
    sandbox: Path, env: dict[str, str]
) -> None:
    vault = make_vault(sandbox / "Notes")
    numbers = range(1, 31)
    books = [book(number, f"Book {number}", [highlight(number * 100 + one) for one in range(4)]) for number in numbers]
    (vault / "Readwise").mkdir()
    for number in numbers:
        note = note_of(f"Book {number}", [f"- {words(9_000_000 + number)}\n"])
        (vault / "Readwise" / f"Book {number}.md").write_text(note, encoding="utf-8")
    before = files(sandbox)
    with Loopback(books, tokens={TOKEN}, now=datetime(2026, 11, 30, tzinfo=UTC)) as readwise:
        options = ["init", "--vault", str(vault), "--base-url", readwise.url]
        with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
            one.answers(LOOK, "")
            one.answers(FOLDER, "")
            one.waits_for("30 existing notes would get more than half of their highlights again")
            one.answers("Keep the configuration all the same, without a sync? [y/N]", "")
            assert one.end() == 74
        assert files(sandbox) == before
        with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
            one.answers(LOOK, "")
            one.answers(FOLDER, "")
            one.answers("Keep the configuration all the same, without a sync? [y/N]", "y")
            one.answers(GO_ON, "")
            assert one.end() == 0
    assert set(files(sandbox)) - set(before) == {".config", ".config/syncer", ".config/syncer/config.toml"}


def note_of(title: str, highlights: list[str]) -> str:
    """Return a note as an export of Readwise's made it, with these highlights."""
    head = f"# {title}\n\n## Metadata\n- Author: [[Ada Lovelace]]\n- Full Title: {title}\n- Category: #articles\n"
    return head + "\n## Highlights\n" + "".join(highlights)


def test_a_keyring_that_does_not_take_the_token_takes_the_configuration_back(
    tmp_path: Path, sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    """A keyring that answers a read and then forgets what it is given."""
    vault = make_vault(sandbox / "Notes")
    package = tmp_path / "keyring" / "backends"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    (package / "SecretService.py").write_text(
        "class Keyring:\n    def get_password(self, service, user): return None\n"
        "    def set_password(self, service, user, secret): pass\n"
    )
    before = files(sandbox)
    forgetful = {**env, "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
    options = ["init", "--vault", str(vault), "--base-url", readwise.url]
    with Terminal(options, env=forgetful, folder=sandbox, path=tmp_path) as one:
        one.answers(LOOK, "")
        one.answers(FOLDER, "")
        one.answers(SECRET, TOKEN)
        one.answers(GO_ON, "")
        one.answers(SYNC, "")
        assert one.end() == 77
    assert "took the token but does not give it back" in one.seen
    assert files(sandbox) == before


def test_a_signal_ends_a_question_and_ctrl_c_ends_the_wait_for_readwise(sandbox: Path, env: dict[str, str]) -> None:
    vault = make_vault(sandbox / "Notes")
    before = files(sandbox)
    with FakeReadwise() as silent:
        silent.misbehave(pieces(b"HTTP/1.1 204 No Content\r\n", silence), times=None)
        options = ["init", "--vault", str(vault), "--base-url", silent.url]
        with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
            one.waits_for(LOOK)
            one.signal(signal.SIGTERM)
            assert one.end() == 143
        with Terminal(options, env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
            one.answers(LOOK, "")
            one.answers(FOLDER, "")
            one.interrupts("A token is there already")
            assert one.end() == 130
        assert "nothing is kept" in one.seen
        with Terminal([*options, "--yes"], env={**env, "READWISE_TOKEN": TOKEN}, folder=sandbox) as one:
            one.interrupts("A token is there already")
            assert one.end() == 130
    assert files(sandbox) == before


QUESTIONS = [WHERE, LOOK, FOLDER, SECRET, GO_ON, SYNC]


@pytest.mark.system
def test_ctrl_c_at_any_question_leaves_nothing_behind(
    tmp_path: Path, sandbox: Path, env: dict[str, str], readwise: Loopback
) -> None:
    known_to_obsidian(sandbox, make_vault(sandbox / "Notes"), make_vault(sandbox / "Other"))
    typed = {SECRET: TOKEN}
    with secret_service("unlocked", tmp_path) as keyring:
        before = files(sandbox)
        for asked in range(len(QUESTIONS)):
            options = ["init", "--base-url", readwise.url]
            with Terminal(options, env={**keyring, "TMPDIR": env["TMPDIR"]}, folder=sandbox) as one:
                for question in QUESTIONS[:asked]:
                    one.answers(question, typed.get(question, ""))
                one.interrupts(QUESTIONS[asked])
                assert one.end() == 130, one.seen
            assert "Stopped: nothing was written, and nothing is kept." in one.seen
            assert files(sandbox) == before, QUESTIONS[asked]
        looked = subprocess.run(
            [sys.executable, "-m", "syncer", "token", "delete"], env=keyring, cwd=REPO, capture_output=True, text=True
        )
    assert looked.stdout == "the keyring held no token of syncer's\n"
