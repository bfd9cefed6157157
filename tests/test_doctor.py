"""The doctor, shown a healthy set-up and one with each of its faults: what it says, and what it says mends it."""

from __future__ import annotations

import errno
import json
import os
import plistlib
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from syncer.config import load
from syncer.daemon.facts import Facts, facts_file, keep_facts, service_lock
from syncer.doctor import Case, Finding, State, examine, of_state, of_vault
from syncer.doctor.of_config import fits
from syncer.doctor.of_vault import PRIVACY, unreadable
from syncer.errors import VaultError
from syncer.library import Library, Run, find_state
from syncer.lock import hold
from syncer.loopback import Exchange, Loopback, Seen
from syncer.model import Status
from tests.fake_readwise import FakeReadwise
from tests.harness import NOW, TOKEN, Home, home
from tests.made import book, highlight
from tests.secret_service import Mode, secret_service

pytestmark = pytest.mark.slow  # a machine is looked over each time

REPO = Path(__file__).resolve().parents[1]
SECRET_TEXT = "a highlight that nobody else may read"
BOOKS = [book(1, "Deep", [highlight(11), highlight(12, text=SECRET_TEXT, note="me@example.org")])]


class Looked(NamedTuple):
    """What the doctor found, by `check.what`, its exit code, and all that it printed."""

    found: Mapping[str, Finding]
    code: int
    printed: str

    @property
    def problems(self) -> list[str]:
        return [name for name, finding in self.found.items() if finding.state is State.PROBLEM]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Home]:
    """A home with a healthy set-up: a vault, one sync, a token of one's own in a file."""
    with home(tmp_path, BOOKS) as made:
        (made.vault / ".obsidian").mkdir()
        file = tmp_path / "token"
        file.write_text(TOKEN)
        file.chmod(0o600)
        made.env = {**made.env, "READWISE_TOKEN_FILE": str(file), "READWISE_TOKEN": ""}
        assert made.once().code == 0
        yield made


def look(one: Home, *options: str) -> Looked:
    """Run `syncer doctor --json`, and hold everything that it prints against what is private."""
    ran = one.run("doctor", "--json", *options, at=NOW)
    document = json.loads(ran.out)
    findings = [msgspec.convert(finding, Finding) for finding in document["findings"]]
    assert_private(ran.out + ran.err)
    return Looked({f"{one.check}.{one.what}": one for one in findings}, ran.code, ran.out)


def assert_private(printed: str) -> None:
    for private in (TOKEN, TOKEN[-8:], SECRET_TEXT, "me@example.org"):
        assert private not in printed


def test_a_healthy_set_up_has_no_problem(one: Home) -> None:
    looked = look(one)
    assert (looked.problems, looked.code) == ([], 0)
    assert not {fault.name for fault in FAULTS} & looked.found.keys()
    ran = one.run("doctor")
    assert ran.out.endswith("no problem found\n")
    assert {line.split()[0] for line in ran.out.splitlines()[:-1]} <= {"ok", "note", "→"}
    for check in ("config", "templates", "token", "readwise", "clock", "vault", "state"):
        assert f"ok       {check}" in ran.out


def test_looking_changes_nothing(one: Home) -> None:
    before = one.everything()
    look(one)
    one.run("doctor", "--report")
    assert one.everything() == before


# ---------------------------------------------------------------- planted faults


class Fault(NamedTuple):
    """One thing that is wrong: how it comes about, what the doctor calls it, and a piece of the remedy."""

    plant: Callable[[Home], object]
    name: str
    remedy: str
    state: State = State.PROBLEM
    options: tuple[str, ...] = ()


def settings(text: str) -> Callable[[Home], None]:
    return lambda one: one.configure(text)


def in_config(old: str, new: str, more: str) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        text = one.config.read_text().replace(old, new).replace('deadline = "30s"', 'deadline = "100ms"')
        one.config.write_text(f"{text}{more}\n")

    return plant


def variables(**changed: str) -> Callable[[Home], None]:
    return lambda one: one.env.update(changed)


def state_of(one: Home) -> Path:
    return find_state(one.state, one.vault)


def in_state(change: Callable[[Library], object]) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        with Library.open(state_of(one)) as library, library.transaction():
            change(library)

    return plant


def last_run(**fields: object) -> Callable[[Home], None]:
    run = Run(id=9, started="2024-10-14T07:00:00Z", finished="2024-10-14T07:00:01Z")
    return in_state(lambda library: library.journal.keep_run(msgspec.structs.replace(run, **fields)))


def old_success(library: Library) -> None:
    for run in library.journal.runs(newest=-1):
        library.journal.keep_run(msgspec.structs.replace(run, finished="2024-10-01T07:00:01.000Z"))


def another_writer(library: Library) -> None:
    placed = library.ledger.placed(1)
    added = msgspec.structs.replace(placed.highlights[11], status=Status.FOUND, run=7)
    changed = msgspec.structs.replace(placed, highlights={**placed.highlights, 13: added})
    library.ledger.record(1, changed, settled=0)


def damage(one: Home) -> None:
    with closing(sqlite3.connect(state_of(one))) as connection, connection:
        connection.execute("UPDATE books SET value = x'00112233'")


def folder_for_a_state(one: Home) -> None:
    state_of(one).unlink()
    state_of(one).mkdir()


def newer(one: Home) -> None:
    with closing(sqlite3.connect(state_of(one))) as connection, connection:
        connection.execute("PRAGMA user_version = 99")


def state_in_vault(one: Home) -> None:
    one.env["XDG_STATE_HOME"] = str(one.vault / "state")
    (one.vault / "state" / "syncer").mkdir(parents=True)


def file_in(path: str, text: str = "") -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        (one.vault / path).parent.mkdir(parents=True, exist_ok=True)
        (one.vault / path).write_text(text)

    return plant


def plugin(**settings: object) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        file_in(".obsidian/community-plugins.json", '["readwise-official"]')(one)
        file_in(".obsidian/plugins/readwise-official/data.json", json.dumps({"token": TOKEN, **settings}))(one)

    return plant


def unit(text: str, *, name: str = "syncer.service") -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        folder = one.folder / "config" / "systemd" / "user"
        folder.mkdir(parents=True)
        (folder / name).write_text(text)

    return plant


def another_program(one: Home) -> None:
    (one.folder / "bin").mkdir()
    (one.folder / "bin" / "syncer").write_text("#!/bin/sh\n")
    (one.folder / "bin" / "syncer").chmod(0o755)
    one.env["PATH"] = str(one.folder / "bin")


def wrong_template(one: Home) -> None:
    (one.folder / "mine").mkdir()
    (one.folder / "mine" / "highlight.md").write_text("- {{ higlight_text }}")
    one.configure('note.template = "mine"')


FAULTS = [
    Fault(lambda one: one.config.unlink(), "config.missing", "syncer init", options=("--no-network",)),
    Fault(settings('vault.adpot = "skip"'), "config.wrong", "config.toml", options=("--no-network",)),
    Fault(wrong_template, "templates.wrong", "syncer template check "),
    Fault(settings('vault.folder = "{{ categry }}"'), "templates.path", "config.toml:"),
    Fault(another_program, "program.another", "which -a syncer", State.NOTE),
    Fault(lambda one: (one.folder / "token").chmod(0o644), "token.mode", "chmod 600 "),
    Fault(lambda one: (one.folder / "token").unlink(), "token.unusable", "READWISE_TOKEN_FILE"),
    Fault(
        lambda one: (variables(READWISE_TOKEN_FILE="")(one), settings('readwise.token_command = "false"')(one)),
        "token.command",
        "run it in a terminal",
    ),
    Fault(
        variables(READWISE_TOKEN_FILE="", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"),
        "keyring.refused",
        "unset PYTHON_KEYRING_BACKEND",
    ),
    Fault(variables(READWISE_TOKEN_FILE=""), "keyring.no-bus", "READWISE_TOKEN_FILE"),
    Fault(lambda one: one.server.__setattr__("tokens", {"another"}), "token.refused", "syncer token set"),
    Fault(in_config("http:", "https:", 'readwise.ca = "token"'), "readwise.settings", "PEM"),
    Fault(in_config("http:", "https:", ""), "readwise.unreachable", "curl "),
    Fault(lambda one: one.vault.rename(one.folder / "moved"), "vault.missing", "mount its disk"),
    Fault(lambda one: (one.vault / ".obsidian").rmdir(), "vault.no-obsidian", "", State.NOTE),
    Fault(lambda one: shutil.rmtree(one.vault / "Readwise"), "vault.empty", "", State.NOTE),
    Fault(folder_for_a_state, "state.unreadable", "ls -la "),
    Fault(lambda one: (file_in("a-file")(one), settings('vault.folder = "a-file"')(one)), "vault.folder", "ls -l "),
    Fault(file_in("Readwise/.Gone.md.icloud"), "vault.cloud", "Keep Downloaded"),
    Fault(lambda one: (one.vault / "x.md").symlink_to("x.md"), "vault.unread", "ls -ld "),
    Fault(lambda one: (one.vault / ".stfolder").mkdir(), "neighbour.syncthing", "", State.NOTE),
    Fault(file_in(".obsidian/core-plugins.json", '{"sync": true}'), "neighbour.obsidian-sync", "", State.NOTE),
    Fault(plugin(frequency="60"), "plugin.automatic", "Manual"),
    Fault(plugin(frequency="0", triggerOnLoad=False, isSyncing=True), "plugin.syncing", "", State.NOTE),
    Fault(damage, "state.damaged", "syncer once"),
    Fault(newer, "state.newer", "pipx upgrade syncer"),
    Fault(lambda one: state_of(one).chmod(0o644), "state.mode", "chmod 600 "),
    Fault(state_in_vault, "state.in-vault", "unset XDG_STATE_HOME"),
    Fault(last_run(exit_code=69, message="readwise was silent"), "state.last-failed", "syncer once"),
    Fault(last_run(exit_code=74, holds=(("Deep.md", "it has conflict markers"),)), "state.held", "syncer dry-run"),
    Fault(in_state(old_success), "state.old", "syncer once", State.NOTE),
    Fault(in_state(another_writer), "writer.another", "syncer verify", State.NOTE),
    Fault(lambda one: (one.state / "x.damaged-1").touch(), "state.aside", "ls -l ", State.NOTE),
    Fault(lambda one: shutil.rmtree(one.state), "state.none", "syncer once", State.NOTE),
    Fault(unit("[Service]\nExecStart=/bin/sh -m syncer\n"), "service.stopped", "syncer service restart"),
    Fault(unit('[Service]\nExecStart="/gone/python" -m syncer\n'), "service.program", "syncer service install"),
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_and_its_remedy_named(fault: Fault, one: Home) -> None:
    fault.plant(one)
    looked = look(one, *fault.options)
    assert fault.name in looked.found, looked.printed
    finding = looked.found[fault.name]
    assert finding.state is fault.state
    assert fault.remedy in finding.remedy
    assert bool(finding.remedy) or fault.state is State.NOTE
    assert looked.code == (1 if fault.state is State.PROBLEM else 0), looked.problems


def test_at_least_twenty_five_faults_are_planted() -> None:
    assert len({fault.name for fault in FAULTS}) >= 25


# ---------------------------------------------------------------- Readwise and the clock


class Odd(Loopback):
    """A Readwise that gives one answer to everything."""

    status = 403
    more: Mapping[str, str] = {}

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        exchange.send(self.status, b"{}", headers=dict(self.more))


@pytest.mark.parametrize(
    ("status", "more", "name"),
    [
        (403, {}, "token.expired"),
        (302, {"Location": "https://portal.example/login"}, "readwise.redirect"),
        (503, {}, "readwise.unreachable"),
    ],
)
def test_an_odd_answer_of_readwises_has_its_name(status: int, more: dict[str, str], name: str, one: Home) -> None:
    with Odd([], tokens=(), now=NOW) as odd:
        odd.status, odd.more = status, more
        in_config(one.server.url, odd.url, "")(one)
        looked = look(one)
    assert name in looked.problems
    assert looked.found[name].remedy


def test_a_readwise_that_is_not_there_is_told_with_a_command_to_try(one: Home) -> None:
    url = "http://127.0.0.1:1"
    in_config(one.server.url, url, "")(one)
    finding = look(one).found["readwise.unreachable"]
    assert finding.remedy == f"curl -sSI --max-time 20 {url}/api/v2/auth/"
    assert "readwise.unreachable" not in look(one, "--no-network").found


@pytest.mark.parametrize(("days", "told"), [(2, "does not trust"), (-1, "has expired")])
def test_a_certificate_that_is_not_trusted_or_has_expired_is_told(
    days: int, told: str, one: Home, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography", reason="no cryptography to make certificates with")
    from tests.test_readwise_trust import authority_in

    authority = authority_in(tmp_path)
    with FakeReadwise(tls=authority.context(begins=-timedelta(2), days=days + 2)) as readwise:
        in_config(one.server.url, readwise.url, f'readwise.ca = "{authority.file}"' if days < 0 else "")(one)
        finding = look(one).found["readwise.certificate"]
    assert told in finding.text
    assert finding.remedy


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


# ---------------------------------------------------------------- the keyring, a real one


KEYRINGS: list[tuple[Mode, str]] = [
    ("unlocked", "token.missing"),
    ("locked", "keyring.locked"),
    ("frozen", "keyring.frozen"),
    ("no_service", "keyring.absent"),
]


ASK = """
import os
from types import SimpleNamespace
from syncer.doctor.of_access import token
case = SimpleNamespace(env=os.environ, keyring_seconds=1.0)
for found in token(case, None, []):
    print(f"{found.check}.{found.what}", found.remedy)
"""


@pytest.mark.system
@pytest.mark.parametrize(("mode", "name"), KEYRINGS)
def test_each_state_of_a_keyring_has_its_own_name(mode: Mode, name: str, tmp_path: Path) -> None:
    with secret_service(mode, tmp_path) as env:
        done = subprocess.run(
            [sys.executable, "-c", ASK], env=env, cwd=REPO, capture_output=True, text=True, timeout=60, check=True
        )
    found, remedy = done.stdout.split(" ", 1)
    assert (found, done.stderr) == (name, "")
    assert remedy.strip()


# ---------------------------------------------------------------- the report


def test_the_report_for_a_bug_has_numbers_and_names_and_nothing_private(one: Home) -> None:
    plugin(frequency="60")(one)
    last_run(exit_code=69, message=f"{SECRET_TEXT} {TOKEN} /home/me")(one)
    (one.state / "bug-1.txt").write_text(
        f"syncer 0.1.0, Python 3.11.7, linux\ncommand: once\nKeyError\n  syncer/plan.py:1 in f\n{SECRET_TEXT} of me\n"
    )
    one.config.write_text(one.config.read_text() + f'[filter.take]\nauthors = ["me@example.org", "{SECRET_TEXT}"]\n')
    ran = one.run("doctor", "--report")
    assert_private(ran.out + ran.err)
    for private in (str(one.folder), "me@", "/home", "of-plugin", "Deep", "127.0.0.1"):
        assert private not in ran.out
    for told in ("plugin.automatic problem", "config: vault.path is set", "1 books, 2 highlights", "69 0", "KeyError"):
        assert told in ran.out
    assert "syncer/plan.py:1 in f" in ran.out
