"""What the service writes and whom it tells: lines of the log, files that stay small, notices for a person."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
from pathlib import Path

import pytest

from syncer.config import NotifyConfig
from syncer.daemon.facts import Facts, Tried
from syncer.daemon.outcome import Outcome, Verdict, decode
from syncer.daemon.sd_notify import Supervisor
from syncer.daemon.trouble import Teller, is_due, sentence
from syncer.instants import written
from syncer.log import LOG, level_of, make_room, open_log
from tests.harness import CEST, NOW

EVIL = 'made "Evil\x1b[31m\nfake line\u202e.md"'


def logged(format: str, *, level: str = "info") -> str:
    """Return what a few records become."""
    stream = io.StringIO()
    open_log(stream, env={}, level=level, format=format)
    LOG.debug("details")
    LOG.info("%s", EVIL)
    LOG.warning("held back")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    logging.getLogger("httpx").warning("a header")
    return stream.getvalue()


def test_a_record_is_one_line_without_a_control_character() -> None:
    lines = logged("text").splitlines()
    assert len(lines) == 2
    assert lines[0].endswith(r'made "Evil\x1b[31m\nfake line\u202e.md"')
    assert lines[1].endswith(" warning: held back")


def test_json_keeps_the_text_as_it_is_in_one_line() -> None:
    records = [json.loads(line) for line in logged("json").splitlines()]
    assert [(one["level"], one["message"]) for one in records] == [("info", EVIL), ("warning", "held back")]


def test_the_level_is_that_of_the_configuration_unless_one_is_asked_for() -> None:
    assert len(logged("text", level="warning").splitlines()) == 1
    assert len(logged("text", level="debug").splitlines()) == 3
    assert level_of("error", verbose=0, quiet=False) == "error"
    assert level_of("error", verbose=1, quiet=False) == "debug"
    assert level_of("debug", verbose=0, quiet=True) == "warning"


def test_a_log_file_is_renamed_when_it_is_large_and_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "syncer.log"
    open_log(path, env={}, level="info", format="text")
    for number in range(6):
        LOG.info("line %d %s", number, "x" * 100)
        make_room(path, largest=100, kept=3)
    LOG.info("the last line")
    names = sorted(one.name for one in tmp_path.iterdir())
    assert names == ["syncer.log", "syncer.log.1", "syncer.log.2", "syncer.log.3"]
    assert "the last line" in path.read_text()
    assert "line 5" in (tmp_path / "syncer.log.1").read_text()
    assert "line 3" in (tmp_path / "syncer.log.3").read_text()


# ---------------------------------------------------------------- systemd


@pytest.mark.skipif(not hasattr(socket, "SO_PASSCRED"), reason="abstract sockets are Linux's")
def test_an_abstract_socket_of_the_manager_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0syncer-test-" + str(os.getpid()))
        channel.settimeout(10)
        Supervisor({"NOTIFY_SOCKET": f"@syncer-test-{os.getpid()}"}).ready("es läuft …")
        assert channel.recv(100).decode() == "READY=1\nSTATUS=es läuft …"


def test_without_a_manager_or_with_one_that_is_gone_nothing_happens(tmp_path: Path) -> None:
    Supervisor({}).ready("x")
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    assert Supervisor({"WATCHDOG_USEC": "soon"}).pause == 0
    assert Supervisor({"WATCHDOG_USEC": "3000000"}).pause == 1


# ---------------------------------------------------------------- a person


def facts(**fields: object) -> Facts:
    """Return the facts of a service that has failed three times."""
    outcome = Outcome(exit_code=77, message="the token was refused", hint="syncer token set")
    tried = Tried(began=written(NOW), ended=written(NOW), outcome=outcome)
    return Facts(**{"failures": 3, "failing_since": written(NOW), "last": tried, **fields})  # type: ignore[arg-type]  # a test's fields


def test_a_person_is_told_once_a_day_whatever_the_clock_did() -> None:
    assert is_due(facts(), now=NOW)
    assert not is_due(facts(failures=2), now=NOW)
    assert not is_due(facts(told="2024-10-14T00:00:00.000Z"), now=NOW)
    assert is_due(facts(told="2024-10-13T00:00:00.000Z"), now=NOW)
    assert is_due(facts(told="2034-10-13T00:00:00.000Z"), now=NOW)


def test_the_sentence_says_since_when_why_and_how_to_go_on() -> None:
    assert sentence(facts(), zone=CEST) == (
        "no sync has worked since 2024-10-14 09:56: the token was refused (syncer token set)"
    )


def told_by(tmp_path: Path, env: dict[str, str], *, how: NotifyConfig, platform: str = "linux") -> list[str]:
    """Return the arguments that the command got which stands in for notify-send, osascript or one's own."""
    for name in ("notify-send", "osascript", "mine"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" > {tmp_path}/told\n')
        program.chmod(0o755)
    teller = Teller({"PATH": f"{tmp_path}:{os.environ['PATH']}", **env}, platform=platform)
    teller.tell("no sync; $(touch x) has worked", how=how, up=0.0)
    for child in teller._showing:
        child._process.wait()
    teller.look(up=1.0)
    assert not teller._showing
    told = tmp_path / "told"
    return told.read_text().splitlines() if told.exists() else []


def test_a_notice_is_shown_where_there_is_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    session = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}
    text = "no sync; $(touch x) has worked"
    assert told_by(tmp_path, session, how=NotifyConfig()) == ["notify-send", "--app-name=syncer", "--", "syncer", text]
    assert told_by(tmp_path, {}, how=NotifyConfig(), platform="darwin")[-1] == text


def test_without_a_session_or_when_it_is_switched_off_only_the_log_has_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert told_by(tmp_path, {}, how=NotifyConfig()) == []
    assert told_by(tmp_path, {}, how=NotifyConfig(enabled=False, command=("mine",))) == []
    assert caplog.text.count("no sync; $(touch x) has worked") == 2


def test_a_command_of_ones_own_gets_the_message_as_its_last_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    how = NotifyConfig(command=("mine", "--subject", "a b"))
    assert told_by(tmp_path, {}, how=how) == ["mine", "--subject", "a b", "no sync; $(touch x) has worked"]


def test_a_command_that_is_not_there_or_fails_is_said_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert told_by(tmp_path, {}, how=NotifyConfig(command=("no-such-program",))) == []
    assert "the notice could not be given: no-such-program: No such file" in caplog.text
    told_by(tmp_path, {}, how=NotifyConfig(command=("false",)))
    assert "its command ended with code 1" in caplog.text


# ---------------------------------------------------------------- a child's last words


@pytest.mark.parametrize(
    ("printed", "code", "message"),
    [
        (b"", -9, "the sync was ended by signal 9"),
        (b"", 70, "syncer has a bug"),
        (b"", 78, "the configuration is wrong"),
        (b"garbage", 1, "the sync ended with code 1 and without a word"),
        (b'{"exit_code":0}', 137, "the sync ended with code 137 and without a word"),
        (b"", 0, "the sync ended with code 0 and without a word"),
    ],
)
def test_a_child_that_tells_nothing_becomes_a_failure(printed: bytes, code: int, message: str) -> None:
    outcome = decode(printed, code=code)
    assert outcome.message == message
    assert outcome.verdict is Verdict.FAILED
    assert outcome.exit_code != 0
