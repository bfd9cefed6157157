"""What keeps the tests inside their sandbox, and how hard Hypothesis tries.

Each test gets a home of its own, and an environment that child processes inherit:

    HOME=/tmp/pytest-…/home0   XDG_CONFIG_HOME=$HOME/.config   XDG_STATE_HOME=$HOME/.local/state   …
    PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring   no session bus, proxy, token or SYNCER_CONFIG

Guaranteed for the test process itself, by an audit hook that no import slips past: opening something in the
real folders of syncer, Obsidian or a keyring, connecting to an address that is not loopback, and looking up a
name that is neither loopback nor reserved for tests (`*.invalid`) raise `OutsideTheSandbox` on the spot, and
fail the test at its end even when something swallowed that. `test_sandbox.py` shows each of them.

HYPOTHESIS_PROFILE: `default` (100 examples), `fast` (20), `ci` (2,000), `fuzz` (100,000, for `make fuzz`),
`mutants` (20, always the same ones).
"""

from __future__ import annotations

import ipaddress
import itertools
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

SLOW_IS_FINE = [HealthCheck.too_slow]  # the machine may be busy with another suite
settings.register_profile("default", deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("fast", deadline=None, max_examples=20, suppress_health_check=SLOW_IS_FINE)
settings.register_profile(  # for make mutants: the same examples each time, and the first that fails is enough
    "mutants",
    deadline=None,
    max_examples=20,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile("ci", deadline=None, max_examples=2_000, print_blob=True, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("fuzz", deadline=None, max_examples=100_000, suppress_health_check=SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

REAL_HOME = Path.home()
FORBIDDEN = tuple(
    str(REAL_HOME / part)
    for part in (
        ".config/syncer",
        ".local/state/syncer",
        ".local/share/syncer",
        ".config/obsidian",
        ".local/share/keyrings",
        "Library/Application Support/syncer",
        "Library/Application Support/obsidian",
        "Library/Keychains",
        "Library/LaunchAgents",
        ".config/systemd",
    )
)
REAL_BUSES = tuple(
    path for path in ("/run/user", "/run/dbus", "/var/run/dbus", os.environ.get("XDG_RUNTIME_DIR")) if path
)
FILE_EVENTS = frozenset(
    ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.link", "sqlite3.connect")
)
UNSET = (
    *("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "SYNCER_CONFIG", "SYNCER_LOG"),
    *(
        "READWISE_TOKEN",
        "READWISE_TOKEN_FILE",
        "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
    ),
    *("JOURNAL_STREAM", "INVOCATION_ID", "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PYTHONWARNINGS", "COLUMNS"),
    *(
        f"{name}{end}"
        for name in ("http", "https", "all", "no", "HTTP", "HTTPS", "ALL", "NO")
        for end in ("_proxy", "_PROXY")
    ),
)


class OutsideTheSandbox(BaseException):
    """A test reached the real home, a real bus or the network; no `Exception`, so that no retry hides it."""


touched: list[str] = []
NUMBERS = itertools.count()


def _refuse(what: str) -> None:
    touched.append(what)
    raise OutsideTheSandbox(what)


def _is_loopback(host: str) -> bool:
    if host in {"", "localhost"} or host.endswith((".localhost", ".invalid")):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in FILE_EVENTS:
        path = arguments[0]
        if isinstance(path, str | bytes) and os.fsdecode(path).startswith(FORBIDDEN):
            _refuse(f"{event} {os.fsdecode(path)}")
    elif event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            _refuse(f"{event} {address[0]}")
        if isinstance(address, str | bytes) and os.fsdecode(address).startswith(REAL_BUSES):
            _refuse(f"{event} {os.fsdecode(address)}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if isinstance(host, str | bytes) and not _is_loopback(os.fsdecode(host)):
            _refuse(f"{event} {os.fsdecode(host)}")


sys.addaudithook(_guard)


def sandbox_environment(home: Path) -> dict[str, str]:
    """Return the variables that keep a process inside `home`; those of `UNSET` are to be removed as well."""
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how the same order is had again, and how often the state machine took each kind of step."""
    if seed := terminalreporter.config.getoption("randomly_seed", None):
        terminalreporter.write_line(f"this order again: make test SEED={seed}")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "steps":
                terminalreporter.write_line(f"{report.nodeid.partition('::')[0]}: steps taken: {value}")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Leave logging as it was: a command of the service that a test calls opens a log of its own."""
    loggers = (logging.getLogger("syncer"), logging.getLogger("apscheduler"))
    before = [(one, one.level, one.propagate, list(one.handlers)) for one in loggers]
    yield
    for one, level, propagate, handlers in before:
        one.setLevel(level)
        one.propagate = propagate
        one.handlers[:] = handlers


@pytest.fixture(autouse=True)
def sandbox(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a home and an environment of its own; fail it when it reached outside."""
    home = tmp_path_factory.getbasetemp() / f"home{next(NUMBERS)}"  # its mktemp looks at all those before
    home.mkdir(mode=0o700)
    (home / "run").mkdir(mode=0o700)
    for name in UNSET:
        if name in os.environ:
            monkeypatch.delenv(name)
    for name, value in sandbox_environment(home).items():
        monkeypatch.setenv(name, value)
    touched.clear()
    yield home
    if touched:
        pytest.fail("reached outside the sandbox: " + "; ".join(touched))
