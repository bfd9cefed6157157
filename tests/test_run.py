"""`syncer run` as a process: what it tells a service manager and its log, and how signals are answered."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from syncer.loopback import Exchange, Seen
from tests.harness import Home, home
from tests.made import book, highlight

pytestmark = pytest.mark.slow

REPO = Path(__file__).resolve().parents[1]
EVIL = book(1, "Evil\x1b[31m title\nin two lines", [highlight(1), highlight(2)])
STOP_LIMIT = 5.0
"""Seconds: what is promised for SIGTERM and SIGINT."""


class Running:
    """A `syncer run` of this home, and the lines of its log."""

    def __init__(
        self,
        at: Home,
        *arguments: str,
        env: dict[str, str] | None = None,
        journal: bool = False,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        read, write = os.pipe()
        facts = os.fstat(write)
        stream = {"JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"} if journal else {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "syncer", "--config", str(at.config), *arguments],
            env={**os.environ, **at.env, **stream, **(env or {})},
            cwd=REPO,
            stdin=stdin,
            stderr=write,
        )
        os.close(write)
        self._log = os.fdopen(read, encoding="utf-8", newline="\n")
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """Read the log until a line holds these words, and return that line."""
        for line in self._log:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return self.lines[-1]
        raise AssertionError("\n".join(["the log ended with:", *self.lines]))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_LIMIT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@contextmanager
def running(
    at: Home,
    *arguments: str,
    env: dict[str, str] | None = None,
    journal: bool = False,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[Running]:
    """Run the service of this home until the block ends."""
    made = Running(at, *(arguments or ("run",)), env=env, journal=journal, stdin=stdin)
    try:
        yield made
    finally:
        made.close()


class Manager:
    """What a service manager hears on its socket."""

    def __init__(self, channel: socket.socket, name: str) -> None:
        self._channel = channel
        self.env = {"NOTIFY_SOCKET": name}
        self.heard: list[str] = []

    def until(self, words: str) -> None:
        """Listen until one message holds these words."""
        self.heard.append(self._channel.recv(4096).decode())
        while words not in self.heard[-1]:
            self.heard.append(self._channel.recv(4096).decode())


@contextmanager
def service_manager(at: Home) -> Iterator[Manager]:
    """Listen as a service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(at.folder / "notify"))
        channel.settimeout(60)
        yield Manager(channel, str(at.folder / "notify"))


@contextmanager
def in_a_request(at: Home) -> Iterator[Running]:
    """Give a service whose poll waits for an answer that never comes."""
    asked, over = Event(), Event()

    def keep_waiting(seen: Seen, exchange: Exchange) -> None:
        asked.set()
        over.wait(60)

    at.server.answer = keep_waiting  # type: ignore[method-assign]  # this server takes a request and never answers
    with running(at) as service:
        assert asked.wait(30)
        yield service
        over.set()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [EVIL]) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_request_ends_it_in_time(at: Home, number: int) -> None:
    with in_a_request(at) as service:
        assert service.end(number) == 0
    assert at.tree() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_child_that_cannot_end_is_killed_in_time(at: Home) -> None:
    with in_a_request(at) as service:
        (child,) = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGSTOP)
        assert service.end() == 0
        assert not Path(f"/proc/{child}").exists()


def test_hup_with_a_wrong_configuration_keeps_the_one_from_before_and_usr1_syncs(at: Home) -> None:
    with running(at) as service:
        service.until("1 note made, 2 highlights")
        at.config.write_text("[vualt]\n")
        service.process.send_signal(signal.SIGHUP)
        assert 'config.toml:1: vualt: unknown table; did you mean "vault"?' in service.until("did you mean")
        service.until("the configuration from before is kept")
        asked = len(at.server.requests)
        service.process.send_signal(signal.SIGUSR1)
        service.until("nothing added: nothing is missing")
        assert len(at.server.requests) == asked + 1
        resident = Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]
        assert int(resident) * os.sysconf("SC_PAGE_SIZE") < 40 * 2**20
        assert service.end() == 0


def test_the_log_has_a_line_a_record_and_no_control_character(at: Home) -> None:
    with running(at) as service:
        assert service.until("made ").endswith('made "Readwise/Evil[31m titlein two lines.md" with 2 highlights')
        service.end()
        lines = [*service.lines, *service._log.read().splitlines()]
    assert not [line for line in lines if re.search(r"[\x00-\x1f\x7f]", line)]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d ", line) for line in lines)


def test_the_journal_gets_priorities_and_no_second_time(at: Home) -> None:
    at.env["READWISE_TOKEN"] = "wrong"
    with running(at, journal=True) as service:
        assert service.until("refused").startswith("<3>")
        assert service.until("the next try is at").startswith("<6>the next try")
        service.end()


def test_json_is_a_record_a_line(at: Home) -> None:
    at.configure('log.format = "json"')
    with running(at) as service:
        record = json.loads(service.until("1 note made"))
        assert (record["level"], record["message"]) == ("info", "1 note made, 2 highlights")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["time"])
        service.end()
        assert all(json.loads(line) for line in service.lines)


def test_a_second_service_of_the_same_vault_is_told_who_is_there(at: Home) -> None:
    with running(at) as service:
        service.until("1 note made")
        with running(at) as second:
            assert f"a service runs for this vault already: process {service.process.pid}" in second.until("syncer: ")
            assert second.process.wait(20) == 75
        service.end()


def test_a_log_file_gets_the_lines_of_service_and_polls(at: Home) -> None:
    log = at.folder / "logs" / "syncer.log"
    with service_manager(at) as manager, running(at, "run", "--log-file", str(log), env=manager.env) as service:
        manager.until("1 note made, 2 highlights; next sync")
        assert service.end() == 0
    assert "1 note made, 2 highlights" in log.read_text()
    assert log.read_text().splitlines()[-1].endswith("stopped")


def test_the_service_manager_hears_of_ready_status_watchdog_reload_and_stop(at: Home) -> None:
    with service_manager(at) as manager, running(at, env=manager.env | {"WATCHDOG_USEC": "600000"}) as service:
        manager.until("READY=1\nSTATUS=next sync")
        manager.until("STATUS=syncing")
        manager.until("1 note made, 2 highlights; next sync")
        manager.until("WATCHDOG=1")
        manager.until("WATCHDOG=1")
        service.process.send_signal(signal.SIGHUP)
        manager.until("RELOADING=1\nMONOTONIC_USEC=")
        manager.until("READY=1\nSTATUS=last sync")
        assert service.end() == 0
        manager.until("STOPPING=1")


def test_the_watchdog_of_another_process_is_left_alone(at: Home) -> None:
    watched = {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    with service_manager(at) as manager, running(at, env=manager.env | watched) as service:
        manager.until("1 note made")
        service.end()
        manager.until("STOPPING=1")
    assert not [one for one in manager.heard if "WATCHDOG" in one]


def test_under_launchd_a_wrong_configuration_ends_well_so_that_it_is_not_started_for_ever(at: Home) -> None:
    at.config.write_text("[vualt]\n")
    with running(at, env={"XPC_SERVICE_NAME": "local.syncer.agent"}) as service:
        service.until("vualt: unknown table")
        assert service.process.wait(20) == 0
    with running(at) as service:
        assert service.process.wait(20) == 78


def test_the_end_of_its_terminal_ends_it(at: Home) -> None:
    ours, its = os.openpty()
    with running(at, stdin=its) as service:
        os.close(its)
        service.until("1 note made")
        os.close(ours)
        assert service.end(signal.SIGHUP) == 0
