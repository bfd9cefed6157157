"""The service under a real systemd: installed from the wheel, hardened, watched, stopped, restarted when it helps."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from syncer.loopback import Loopback
from tests.harness import NOW, TOKEN
from tests.made import book, highlight
from tests.systemd_box import PROGRAM, Box, Ran, box, require_tools, wheel_environment

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
BOOKS = [book(1, "The Quiet Harbour", [highlight(1), highlight(2)])]
UNIT = "syncer.service"
KEYRING = "gnome-keyring-daemon --unlock --components=secrets --daemonize"


@dataclass(frozen=True)
class Reader:
    """A user inside the box, with a vault and a Readwise."""

    name: str
    box: Box
    server: Loopback

    @property
    def home(self) -> str:
        return f"/home/{self.name}"

    def run(self, *words: str, given: str = "") -> Ran:
        return self.box.user(self.name, *words, given=given)

    def syncer(self, *words: str, given: str = "") -> Ran:
        return self.run(PROGRAM, "-P", "-m", "syncer", *words, given=given)

    def systemctl(self, *words: str) -> Ran:
        return self.run("systemctl", "--user", *words)

    def shown(self, name: str) -> str:
        return self.systemctl("show", f"--property={name}", "--value", UNIT).out

    def configure(self, more: str = "") -> None:
        text = (
            f'[vault]\npath = "{self.home}/Notes 100% $HOME: odd"\nquiet_time = "0s"\n'
            f'[readwise]\nbase_url = "{self.server.url}"\nretry_deadline = "2s"\n{more}'
        )
        self.box.write(f"{self.home}/.config/syncer/config.toml", text, owner=self.name)

    def has_note(self) -> bool:
        return self.run("test", "-s", f"{self.home}/Notes 100% $HOME: odd/Readwise/The Quiet Harbour.md").code == 0

    @contextmanager
    def journal(self) -> Iterator[Iterator[str]]:
        """Give the lines of the user's journal as they come."""
        command = self.box.command("journalctl", "--follow", "--lines=0", "--output=cat", "_UID=" + self.uid)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield process.stdout
            process.kill()

    @property
    def uid(self) -> str:
        return self.box.run("id", "-u", self.name).out


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    require_tools()
    folder = tmp_path_factory.mktemp("box")
    with box(folder, program=wheel_environment(folder)) as booted:
        assert booted.run("systemctl", "start", "dbus", "systemd-logind").code == 0
        yield booted


@contextmanager
def reader(inside: Box, name: str, *, has_namespaces: bool = True) -> Iterator[Reader]:
    """Give a user who is logged in, with an unlocked keyring."""
    inside.run("useradd", "--create-home", "--shell", "/bin/sh", name)
    uid = inside.run("id", "-u", name).out
    if not has_namespaces:
        forbid = f"/etc/systemd/system/user@{uid}.service.d/no-namespaces.conf"
        inside.write(forbid, "[Service]\nRestrictNamespaces=yes\n")
        inside.run("systemctl", "daemon-reload")
    inside.run("loginctl", "enable-linger", name)
    assert inside.run("systemctl", "start", f"user@{uid}.service").code == 0
    with Loopback(BOOKS, tokens={TOKEN}, now=NOW) as server:
        one = Reader(name, inside, server)
        assert one.run("sh", "-c", KEYRING, given="pw").code == 0
        one.run("mkdir", f"{one.home}/Notes 100% $HOME: odd", f"{one.home}/.ssh")
        one.configure()
        yield one
        one.systemctl("stop", UNIT)


def test_where_the_hardening_cannot_be_done_it_falls_back_and_says_so(inside: Box) -> None:
    with reader(inside, "bob", has_namespaces=False) as bob:
        assert bob.syncer("token", "set", given=TOKEN).code == 0
        done = bob.syncer("service", "install")
        assert "systemd could not set this unit up (code 217): syncer-hardened.service" in done.out
        assert "the service runs, with less hardening, because this machine offers no user namespaces" in done.out
        assert "its first sync: 1 note made, 2 highlights" in done.out
        assert done.code == 0
        assert bob.has_note()
        assert bob.shown("Restart") == "on-failure"


def test_it_is_installed_syncs_with_the_keyring_is_looked_at_and_removed(inside: Box) -> None:
    with reader(inside, "ada") as ada:
        assert ada.syncer("token", "set", given=TOKEN).code == 0
        done = ada.syncer("service", "install")
        assert "the service runs, hardened" in done.out
        assert "its first sync: 1 note made, 2 highlights" in done.out
        assert done.code == 0
        assert ada.has_note()
        assert ada.syncer("service", "status").code == 0
        assert "last sync" in ada.shown("StatusText")
        status = ada.syncer("status", "--json")
        assert (status.code, json.loads(status.out)["service"]["is_running"]) == (0, True)

        pid = ada.shown("MainPID")
        as_seen = ("nsenter", "--target", pid, "--mount")
        assert ada.box.run(*as_seen, "stat", "--format=%a", f"{ada.home}/.ssh").out == "0"
        assert "Read-only" in ada.box.run(*as_seen, "touch", f"{ada.home}/outside").out

        lines = ada.run("journalctl", "--user", "--unit", UNIT, "--output=json", "SYSLOG_IDENTIFIER=syncer").out
        said = {(one["MESSAGE"], one["PRIORITY"]) for one in map(json.loads, lines.splitlines())}
        assert ("1 note made, 2 highlights", "6") in said

        assert ada.syncer("service", "stop").code == 0
        assert (ada.shown("Result"), ada.shown("ExecMainStatus")) == ("success", "0")
        assert ada.syncer("service", "uninstall").code == 0
        assert ada.run("find", f"{ada.home}/.config/systemd").code != 0
        assert ada.run("sh", "-c", f"ls {ada.home}/.local/state/syncer | grep service").out == ""
        assert ada.shown("LoadState") == "not-found"


def test_a_worker_that_hangs_is_ended_by_the_watchdog_and_started_again(inside: Box) -> None:
    with reader(inside, "eve") as eve:
        eve.box.write(
            f"{eve.home}/.config/systemd/user/syncer.service.d/quick.conf",
            "[Service]\nWatchdogSec=1\nRestartSec=100ms\n",
            owner="eve",
        )
        assert eve.syncer("token", "set", given=TOKEN).code == 0
        with eve.journal() as lines:
            assert eve.syncer("service", "install").code == 0
            pid = eve.shown("MainPID")
            eve.run("kill", "-STOP", pid)
            assert any("Watchdog timeout" in line for line in lines)
            assert any("Started syncer.service" in line for line in lines)
        assert eve.shown("MainPID") not in {pid, "0"}
        assert eve.shown("NRestarts") == "1"


def test_a_wrong_configuration_fails_once_and_is_not_tried_again(inside: Box) -> None:
    with reader(inside, "joe") as joe:
        assert joe.syncer("service", "install").code == 0
        joe.configure("nonsense = 1\n")
        assert joe.systemctl("restart", UNIT).code != 0
        assert (joe.shown("ExecMainStatus"), joe.shown("NRestarts")) == ("78", "0")
        assert joe.shown("ActiveState") == "failed"


def test_a_wrong_token_does_not_hammer_readwise(inside: Box) -> None:
    with reader(inside, "kim") as kim:
        assert kim.syncer("token", "set", given=TOKEN).code == 0
        kim.server.tokens = {"another"}
        kim.server.requests.clear()
        done = kim.syncer("service", "install")
        assert "its first sync: " in done.out
        assert len(kim.server.requests) == 1
        status = json.loads(kim.syncer("status", "--json").out)
        assert status["failures"] == 1
        assert status["last"]["exit_code"] == 77
        assert kim.systemctl("is-active", UNIT).out == "active"


def test_the_system_unit_reads_the_token_from_an_encrypted_credential(inside: Box) -> None:
    with reader(inside, "sam") as sam:
        inside.run("mkdir", "-p", "/etc/syncer")
        credential = "/etc/syncer/readwise-token.cred"
        encrypt = ("systemd-creds", "encrypt", "--with-key=host", "--name=readwise-token", "-", credential)
        assert inside.run(*encrypt, given=TOKEN).code == 0
        config = f"{sam.home}/.config/syncer/config.toml"
        program = (PROGRAM, "-P", "-m", "syncer", "--config", config)
        done = inside.run(*program, "service", "install", "--system")
        assert "its first sync: 1 note made, 2 highlights" in done.out
        assert done.code == 0
        assert sam.has_note()
        note = f"{sam.home}/Notes 100% $HOME: odd/Readwise/The Quiet Harbour.md"
        assert inside.run("stat", "--format=%U", note).out == "sam"
        assert inside.run("systemctl", "show", "--property=User", "--value", UNIT).out == "sam"
        assert inside.run(*program, "service", "uninstall", "--system").code == 0
        assert inside.run("test", "-e", "/etc/systemd/system/syncer.service").code != 0
