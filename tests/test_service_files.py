"""What is installed: units that systemd takes without a word, an agent that launchd knows, and calls of launchctl."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from syncer.program import started_again
from syncer.service.installed import TIMER, UNIT
from syncer.service.job import Job, Ran, Run
from syncer.service.launchd import LABEL, Launchd
from syncer.service.systemd import USER_VARIANTS, Systemd
from syncer.service.unit_text import quoted

ODD = 'odd "folder"/%h $HOME \\ näh:e'
"""A part of a path with everything that units and shells take for something else."""
KEYS_OF_LAUNCHD = {
    *("Label", "ProgramArguments", "EnvironmentVariables", "RunAtLoad", "KeepAlive", "ThrottleInterval"),
    *("ExitTimeOut", "ProcessType", "LowPriorityIO", "StandardOutPath", "StandardErrorPath"),
}
"""Those of launchd.plist(5) that are used; any other is a slip."""
EXPOSURE = {"syncer-hardened.service": 20, "syncer-fallback.service": 63, "syncer-system.service": 12}
"""The most that `systemd-analyze security` may count, in tenths."""


def job_in(folder: Path) -> Job:
    """Return the job of a vault in this folder."""
    vault, state = folder / "My notes", folder / "state" / "syncer"
    for made in (vault, state):
        made.mkdir(parents=True)
    return Job(
        command=started_again().command,
        env={"XDG_STATE_HOME": str(folder / "state")},
        config=folder / "config.toml",
        vault=vault,
        state=state,
        readable=(folder,),
        facts=state / "x.service.json",
        lock=state / "x.service.lock",
    )


def units_in(folder: Path, *, name: str) -> dict[str, bytes]:
    """Return the unit of this name, or the two of the timer, as installed for a vault in this folder."""
    job = job_in(folder)
    manager = Systemd(lambda command: Ran(0, ""), env={}, home=folder, is_system="system" in name)
    if name == TIMER[1]:
        return {one: manager._text(one, job) for one in TIMER}
    return {UNIT: manager._text(name, job)}


def analyze(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, env=env, check=False)


@pytest.fixture
def tool() -> None:
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI without systemd-analyze")
        pytest.skip("needs systemd-analyze: apt-get install systemd")


@pytest.mark.system
@pytest.mark.usefixtures("tool")
@pytest.mark.parametrize("part", ["plain", ODD])
@pytest.mark.parametrize("name", [*(one.name for one in USER_VARIANTS), TIMER[1], "syncer-system.service"])
def test_systemd_takes_each_unit_without_a_word(tmp_path: Path, name: str, part: str) -> None:
    units = units_in(tmp_path / part, name=name)
    for unit, data in units.items():
        (tmp_path / unit).write_bytes(data)
    whose = [] if "system" in name else ["--user"]
    done = analyze("verify", "--man=no", *whose, *(str(tmp_path / unit) for unit in units), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.system
@pytest.mark.usefixtures("tool")
def test_a_slip_in_a_unit_would_be_seen(tmp_path: Path) -> None:
    (data,) = units_in(tmp_path / "a", name="syncer-plain.service").values()
    (tmp_path / UNIT).write_bytes(data.replace(b"RestartSec", b"RestartSex"))
    assert "RestartSex" in analyze("verify", "--man=no", "--user", str(tmp_path / UNIT), folder=tmp_path).stderr


@pytest.mark.system
@pytest.mark.usefixtures("tool")
@pytest.mark.parametrize("name", EXPOSURE)
def test_what_a_unit_exposes_is_within_its_limit(tmp_path: Path, name: str) -> None:
    (data,) = units_in(tmp_path / "a", name=name).values()
    text = data.decode().replace("User=root", "User=reader")  # the owner of the test's vault may be root
    (tmp_path / UNIT).write_text(text)
    whose = [] if "system" in name else ["--user"]
    limit = f"--threshold={EXPOSURE[name]}"
    done = analyze("security", "--offline=true", limit, *whose, str(tmp_path / UNIT), folder=tmp_path)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_a_path_is_quoted_for_what_it_is_in() -> None:
    assert quoted('a "b" \\ %h $x') == '"a \\"b\\" \\\\ %%h $x"'
    assert quoted("$x %", in_command=True) == '"$$x %%"'


def test_the_units_share_what_is_not_hardening(tmp_path: Path) -> None:
    heads = []
    for variant in USER_VARIANTS:
        (data,) = units_in(tmp_path / variant.name, name=variant.name).values()
        lines = data.decode().replace(variant.name, "NAME").splitlines()
        heads.append(lines[lines.index("[Unit]") : lines.index("SyslogIdentifier=syncer")])
    assert heads[0] == heads[1] == heads[2]


def test_a_service_takes_the_place_of_a_timer_and_the_other_way_round(tmp_path: Path) -> None:
    job, calls = job_in(tmp_path / "x"), list[str]()

    def systemctl(command: Sequence[str]) -> Ran:
        calls.append(" ".join(command))
        return Ran(0, "")

    def installed(*, is_timer: bool) -> set[str]:
        Systemd(systemctl, env={}, home=tmp_path, is_timer=is_timer).install(job, tell=lambda text: None)
        return {path.name for path in (tmp_path / ".config/systemd/user").iterdir()}

    assert installed(is_timer=True) == {*TIMER}
    assert installed(is_timer=False) == {UNIT}
    assert "systemctl --user disable --now syncer-once.timer" in calls
    assert installed(is_timer=True) == {*TIMER}
    assert "systemctl --user disable --now syncer.service" in calls


# ---------------------------------------------------------------- launchd


class Launchctl:
    """Stands in for launchctl: records each call, and knows whether the agent is loaded."""

    def __init__(self, *, refuses: str = "") -> None:
        self.calls: list[list[str]] = []
        self.is_loaded = False
        self._refuses = refuses

    def __call__(self, command: Sequence[str]) -> Ran:
        self.calls.append(list(command))
        verb = command[1]
        if verb == self._refuses:
            return Ran(5, f"{verb} failed: 5: Input/output error")
        if verb == "print":
            return Ran(0, "state = running") if self.is_loaded else Ran(113, "could not find service")
        if verb in {"bootstrap", "bootout"}:
            self.is_loaded = verb == "bootstrap"
        return Ran(0, "")

    def verbs(self) -> list[str]:
        """Return what was asked for, without the looks at it."""
        return [" ".join(call[1:]) for call in self.calls if call[1] != "print"]


def agent(run: Run, home: Path) -> Launchd:
    """Return the service manager of a user whose home this is."""
    return Launchd(run, home=home, uid=501, sleep=lambda seconds: None)


def test_the_agent_is_a_property_list_with_keys_that_launchd_knows(tmp_path: Path) -> None:
    job = job_in(tmp_path / ODD)
    ((path, data),) = agent(Launchctl(), tmp_path).files(job).items()
    assert path == tmp_path / "Library" / "LaunchAgents" / "local.syncer.agent.plist"
    plist = plistlib.loads(data)
    assert set(plist) == KEYS_OF_LAUNCHD
    assert plist["Label"] == LABEL == path.stem
    words = plist["ProgramArguments"]
    assert words[: len(job.command)] == list(job.command)
    assert words[words.index("--config") + 1] == str(job.config)
    assert words[-3:] == ["run", "--log-file", str(tmp_path / "Library/Logs/syncer/syncer.log")]
    assert plist["EnvironmentVariables"] == job.env
    assert plist["KeepAlive"] == {"SuccessfulExit": False}
    assert (plist["RunAtLoad"], plist["ProcessType"]) == (True, "Background")


def test_install_starts_the_agent_and_uninstall_leaves_nothing(tmp_path: Path) -> None:
    job, launchctl, said = job_in(tmp_path / "x"), Launchctl(), list[str]()
    plist = tmp_path / "Library/LaunchAgents/local.syncer.agent.plist"
    manager = agent(launchctl, tmp_path)
    assert manager.install(job, tell=said.append)
    started = ["enable gui/501/local.syncer.agent", f"bootstrap gui/501 {plist}"]
    assert launchctl.verbs() == started
    assert manager.install(job, tell=said.append)
    assert launchctl.verbs() == [*started, "bootout gui/501/local.syncer.agent", *started]
    job.facts.write_text("{}")
    manager.uninstall(job, tell=said.append)
    assert not plist.exists()
    assert not (tmp_path / "Library/Logs/syncer").exists()
    assert not job.facts.exists()
    assert not launchctl.is_loaded


def test_start_stop_restart_status_and_logs_of_the_agent(tmp_path: Path) -> None:
    launchctl = Launchctl()
    manager = agent(launchctl, tmp_path)
    manager.install(job_in(tmp_path / "x"), tell=lambda text: None)
    launchctl.calls.clear()
    assert manager.control("restart") == (0, "")
    assert manager.control("start") == (0, "")
    assert manager.status() == (0, "state = running")
    assert manager.control("stop") == (0, "")
    assert manager.control("stop") == (0, "it does not run")
    assert manager.status()[0] != 0
    assert manager.control("start") == (0, "")
    target = "gui/501/local.syncer.agent"
    plist = tmp_path / "Library/LaunchAgents/local.syncer.agent.plist"
    assert launchctl.verbs() == [
        f"kickstart -k {target}",
        f"kickstart {target}",
        f"bootout {target}",
        f"bootstrap gui/501 {plist}",
    ]
    assert manager.logs(follow=True) == ["tail", "-n", "100", "-F", str(tmp_path / "Library/Logs/syncer/syncer.log")]


def test_an_agent_that_does_not_come_up_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    assert not agent(Launchctl(refuses="bootstrap"), tmp_path).install(job_in(tmp_path / "x"), tell=said.append)
    assert said[-1] == "launchd did not start it: bootstrap failed: 5: Input/output error"


@pytest.mark.parametrize("folder", ["Documents", "Desktop", "Library/Mobile Documents/iCloud~md~obsidian"])
def test_a_vault_that_macos_guards_is_explained(tmp_path: Path, folder: str) -> None:
    said: list[str] = []
    job = job_in(tmp_path / folder)
    agent(Launchctl(), tmp_path).install(job, tell=said.append)
    assert "Full Disk Access" in said[-1]
    assert job.command[0] in said[-1]
