"""What does the doctor find wrong with a machine: its clock, disks, service, packages and permissions?"""

from __future__ import annotations

import errno
import os
import plistlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import msgspec
import pytest

from syncer.config import load
from syncer.daemon.facts import Facts, facts_file, keep_facts, service_lock
from syncer.doctor import Case, Finding, State, examine, of_state, of_vault
from syncer.doctor.of_config import fits
from syncer.doctor.of_vault import PRIVACY, unreadable
from syncer.errors import VaultError
from syncer.lock import hold
from syncer.status import look
from tests.examined import one, unit
from tests.harness import NOW, Home

__all__ = ["one"]

pytestmark = pytest.mark.slow  # a machine is looked over each time


def case_of(one: Home, **changed: object) -> Case:
    """Return the case of a home, with what of the world a test wants changed."""
    from syncer.config import Config
    from syncer.credentials import Token
    from syncer.readwise import Client
    from tests.fake_readwise import settings as settings_for

    def connect(config: Config | None, token: Token) -> Client:
        return Client(settings_for(one.server.url), token, stop=threading.Event(), on_progress=lambda _: None)

    usual = Case(
        env=one.env,
        platform="linux",
        home=one.folder,
        named=str(one.config),
        state=one.state,
        network=True,
        clock=lambda: NOW,
        connect=connect,
        free_bytes=lambda folder: 1 << 40,
        keyring_seconds=10.0,
        stop=threading.Event(),
    )
    return msgspec.structs.replace(usual, **changed)


def named(case: Case) -> dict[str, Finding]:
    return {f"{one.check}.{one.what}": one for one in examine(case)}


@pytest.mark.parametrize(("hours", "told"), [(8, "8 hours ahead of"), (-0.5, "30 minutes behind")])
def test_a_clock_that_is_wrong_is_told(hours: float, told: str, one: Home) -> None:
    finding = named(case_of(one, clock=lambda: NOW.astimezone(UTC) + timedelta(hours=hours)))["clock.wrong"]
    assert told in finding.text
    assert finding.remedy == "sudo timedatectl set-ntp true"
    assert "clock.wrong" not in named(case_of(one, clock=lambda: NOW + timedelta(minutes=4)))


def test_a_full_disk_is_told_for_the_vault_and_for_the_state(one: Home) -> None:
    found = named(case_of(one, free_bytes=lambda folder: 3 << 20))
    assert found["disk.full-vault"].text == "3 MiB are free on the disk of the vault"
    assert found["disk.full-state"].remedy.startswith("df -h ")


def test_two_configurations_on_a_mac_are_told(one: Home, sandbox: Path) -> None:
    library = sandbox / "library"
    for folder in (library / "syncer", sandbox / ".config" / "syncer"):
        folder.mkdir(parents=True)
        shutil.copy(one.config, folder / "config.toml")
    env = {**one.env, "XDG_CONFIG_HOME": str(library)}
    assert "config.two" in named(case_of(one, env=env, named="", platform="darwin"))


def test_a_folder_that_macos_guards_is_told_with_the_setting(one: Home) -> None:
    error = VaultError("cannot open the vault")
    error.__cause__ = PermissionError(errno.EPERM, "operation not permitted")
    finding = unreadable(case_of(one, platform="darwin"), one.vault, error)
    assert (f"{finding.check}.{finding.what}", finding.remedy) == ("privacy.refused", PRIVACY)
    assert unreadable(case_of(one), one.vault, error).remedy.startswith("chmod ")


def test_an_agent_whose_program_is_gone_is_found_on_a_mac(one: Home) -> None:
    agents = one.folder / "Library" / "LaunchAgents"
    agents.mkdir(parents=True)
    arguments = {"ProgramArguments": ["/gone/python", "-m", "syncer"]}
    (agents / "local.syncer.agent.plist").write_bytes(plistlib.dumps(arguments))
    found = named(case_of(one, network=False, platform="darwin"))
    assert "starts /gone/python, which is gone" in found["service.program"].text


def test_a_service_that_runs_with_another_configuration_or_keeps_failing_is_told(one: Home) -> None:
    facts = Facts(config="/other", next="10:42", failures=4, failing_since="yesterday", config_problem="unknown key")
    keep_facts(facts_file(one.state, one.vault), facts)
    with hold(service_lock(one.state, one.vault), wait=0, on_wait=lambda owner: None):
        found = named(case_of(one, network=False))
    assert found["service.runs"].state is State.OK
    assert found["service.config"].remedy == "syncer service install"
    assert "4 syncs in a row failed" in found["service.failing"].text
    assert "unknown key" in found["service.config-wrong"].text
    assert all(finding.remedy for finding in found.values() if finding.state is State.PROBLEM)


def test_a_timer_counts_as_a_service_although_nothing_runs_in_between(one: Home) -> None:
    unit("[Service]\nExecStart=/bin/sh -m syncer\n", name="syncer-once.service")(one)
    found = named(case_of(one, network=False))
    assert found["service.timer"].state is State.OK
    assert "service.stopped" not in found


@pytest.mark.parametrize(
    ("version", "limits", "expected"),
    [
        ("0.28.1", ">=0.28.1,<0.29", True),
        ("0.29", ">=0.28.1,<0.29", False),
        ("0.28", ">=0.28.1", False),
        ("3.11.0", ">=3.11,<4", True),
        ("25.7.0.post1", ">=25.6", True),
    ],
)
def test_a_package_that_does_not_fit_is_known(version: str, limits: str, *, expected: bool) -> None:
    assert fits(version, limits) is expected


def test_what_may_not_be_written_is_told(one: Home) -> None:
    case, config = case_of(one), load(one.config)
    with mode_of(one.vault, 0o500), mode_of(one.state, 0o500), somebody_else(one.folder):
        found = [*of_vault.vault(case, config), *of_state.state(case, config)]
    names = {f"{one.check}.{one.what}": one.remedy for one in found}
    assert names["vault.read-only"] == f"chmod u+rwx {one.vault}"
    assert names["state.read-only"] == f"chmod u+rwx {one.state}"


def a_file(one: Home) -> Path:
    shutil.rmtree(one.state)
    one.state.touch()
    return one.state


def a_file_above(one: Home) -> Path:
    shutil.rmtree(one.state.parent)
    one.state.parent.touch()
    return one.state.parent


def a_link_to_nothing(one: Home) -> Path:
    shutil.rmtree(one.state)
    one.state.symlink_to("nowhere")
    return one.state


@pytest.mark.parametrize(
    ("block", "why"),
    [(a_file, "is not a folder"), (a_file_above, "is not a folder"), (a_link_to_nothing, "is a link to nothing")],
)
def test_a_place_where_no_state_can_be_kept_is_told(one: Home, block: Callable[[Home], Path], why: str) -> None:
    place = block(one)
    assert one.once().code == 74
    found = named(case_of(one))["state.no-folder"]
    text = f"no state can be kept in {one.state}: {place} {why}"
    assert (found.state, found.text, found.remedy) == (State.PROBLEM, text, f"ls -ld {place}")
    ran = one.run("status")
    assert (ran.code, f"needs you  {text}\n" in ran.out, "all is well" in ran.out) == (1, True, False)
    assert "last sync  not known\n" in ran.out


def test_a_folder_that_lets_no_state_be_made_is_told(one: Home) -> None:
    shutil.rmtree(one.state)
    case, config, above = case_of(one), load(one.config), one.state.parent
    with mode_of(above, 0o500), somebody_else(one.folder):
        (found,) = of_state.state(case, config)
        (need,) = look(config, state=one.state, now=NOW, timer=None).needs
    text = f"no state can be kept in {one.state}: {above} lets nothing be made in it"
    assert (found.text, found.remedy) == (text, f"ls -ld {above}")
    assert need.what == text


def test_a_state_that_can_only_be_read_is_shown_and_needs_a_person(one: Home) -> None:
    config = load(one.config)
    with mode_of(one.state, 0o500), somebody_else(one.folder):
        found = look(config, state=one.state, now=NOW, timer=None)
    assert (found.known, found.highlights) == (True, 2)
    assert [need.what for need in found.needs] == [
        f"no state can be kept in {one.state}: {one.state} lets nothing be made in it"
    ]


@contextmanager
def mode_of(path: Path, mode: int) -> Iterator[None]:
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(0o700)


@contextmanager
def somebody_else(folder: Path) -> Iterator[None]:
    """Be the owner of these files and not root, where the tests run as root, whom no mode keeps out."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    private = [path for path in folder.parents if path.stat().st_mode & 0o777 == 0o700]  # pytest's own
    for path in private:
        path.chmod(0o711)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path in private:
            path.chmod(0o700)
