"""A real Secret Service for a test: a private bus, a private home, and gnome-keyring in the state that is wanted.

    with secret_service("unlocked", folder) as env:
        subprocess.run([sys.executable, "-c", "…"], env=env)

The modes: `unlocked` · `locked` (there is a keyring, nobody unlocked it, and no display to ask on) · `frozen` (the
daemon is stopped, as behind a question that nobody answers) · `no_service` (a bus, and nobody on it) · `no_bus`.

The bus starts the daemon when it is first asked for, and answers once it is there, so nothing here waits by the clock.
The environment that comes back is that of the test's sandbox without its refused keyring.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

Mode = Literal["unlocked", "locked", "frozen", "no_service", "no_bus"]
TOOLS = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon")

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
_DAEMON = """#!/bin/sh
printf '%s' '{password}' | exec gnome-keyring-daemon --foreground {unlock} --components=secrets
"""


def require_tools() -> None:
    """Skip the test where gnome-keyring or D-Bus is missing; fail it where CI promised them."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI without {', '.join(missing)}")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install gnome-keyring dbus dbus-daemon")


@contextmanager
def secret_service(mode: Mode, folder: Path) -> Iterator[dict[str, str]]:
    """Run a bus and a keyring below `folder`, and return the environment in which a child finds them."""
    require_tools()
    env = {name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"}
    if mode == "no_bus":
        yield env
        return
    if mode == "locked":
        with secret_service("unlocked", folder) as unlocked:
            _ask(unlocked, "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping")
    services = folder / "services"
    services.mkdir(exist_ok=True)
    if mode != "no_service":
        _write_service(services, unlock="--unlock" if mode != "locked" else "")
    (folder / "bus.conf").write_text(_BUS.format(folder=folder))
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        text=True,
    )
    daemon = 0
    try:
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        if mode != "no_service":
            daemon = _start_daemon(env)
        if mode == "frozen":
            os.kill(daemon, signal.SIGSTOP)
        yield env
    finally:
        if daemon:
            os.kill(daemon, signal.SIGKILL)
        bus.kill()
        bus.communicate()


def _write_service(services: Path, *, unlock: str) -> None:
    start = services / "start"
    start.write_text(_DAEMON.format(password="pw", unlock=unlock))
    start.chmod(0o700)
    service = f"[D-BUS Service]\nName=org.freedesktop.secrets\nExec={start}\n"
    (services / "org.freedesktop.secrets.service").write_text(service)


def _start_daemon(env: dict[str, str]) -> int:
    """Let the bus start the daemon, and return its process id once it has taken its name."""
    bus = ("org.freedesktop.DBus", "/")
    _ask(env, *bus, "org.freedesktop.DBus.StartServiceByName", "string:org.freedesktop.secrets", "uint32:0")
    pid = _ask(env, *bus, "org.freedesktop.DBus.GetConnectionUnixProcessID", "string:org.freedesktop.secrets")
    return int(pid.split()[-1])


def _ask(env: dict[str, str], name: str, path: str, method: str, *arguments: str) -> str:
    command = ["dbus-send", "--session", "--print-reply=literal", f"--dest={name}", path, method, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
