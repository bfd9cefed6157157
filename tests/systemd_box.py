"""A real systemd for a test, on a machine whose own PID 1 need not be one: nspawn over a read-only view of `/`.

    with box(folder, program=wheel_environment(folder)) as inside:
        inside.run("systemctl", "is-system-running")            # Ran(code=0, out="running")
        inside.user("reader", "systemctl", "--user", "status")  # in that user's own manager

All that is written inside lies in memory and is gone at the end. The network is that of the machine, so that a server
on loopback is in reach. The boot is over when the box's own systemd says so, and nothing here waits by the clock.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
TOOLS = ("systemd-nspawn", "nsenter", "unshare", "loginctl", "dbus-daemon")
PROGRAM = "/opt/syncer/bin/python"
BOOT_LIMIT = 60.0
HIERARCHIES = [Path("/sys/fs/cgroup") / name for name in ("unified", "systemd")]
"""Where cgroups of version 1 and 2 are mounted side by side, the box is put into one of its own in each."""

_START = """
for h in {hierarchies}; do echo $$ > $h/cgroup.procs; done
mkdir -p {folder}/root
mount --bind / {folder}/root
mount -o remount,bind,ro {folder}/root
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --directory={folder}/root --volatile=overlay --register=no --keep-unit \
  --link-journal=no --console=pipe --tmpfs=/tmp --notify-ready=yes {binds} --boot systemd.unit=basic.target
"""


@dataclass(frozen=True)
class Ran:
    """How a command inside ended, and what it printed on both streams."""

    code: int
    out: str


class Box:
    """The inside of a box that has booted."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def command(self, *words: str) -> list[str]:
        """Return the command that runs these words inside as root."""
        return ["nsenter", "--target", str(self._pid), "--all", "--", *words]

    def as_user(self, user: str, *words: str, env: Mapping[str, str] | None = None) -> list[str]:
        """Return the command that runs these words inside as a user who is logged in."""
        uid = self.run("id", "-u", user).out
        variables = {
            "HOME": f"/home/{user}",
            "XDG_RUNTIME_DIR": f"/run/user/{uid}",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{uid}/bus",
            **(env or {}),
        }
        pairs = [f"{name}={value}" for name, value in variables.items()]
        return self.command("runuser", "-u", user, "--", "env", "-u", "PYTHON_KEYRING_BACKEND", *pairs, *words)

    def run(self, *words: str, given: str = "") -> Ran:
        """Run a command inside as root."""
        return _run(self.command(*words), given)

    def user(self, user: str, *words: str, given: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run a command inside as a user who is logged in."""
        return _run(self.as_user(user, *words, env=env), given)

    def write(self, path: str, text: str, *, owner: str = "root") -> None:
        """Write a file inside, with its folder."""
        self.run("runuser", "-u", owner, "--", "mkdir", "-p", str(Path(path).parent))
        done = self.run("runuser", "-u", owner, "--", "tee", path, given=text)
        assert done.code == 0, done.out


def _run(command: Sequence[str], given: str) -> Ran:
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False
    )
    return Ran(done.returncode, done.stdout.strip())


def require_tools() -> None:
    """Skip the test where no box can be made; fail it where CI promised one."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    reason = f"needs {', '.join(missing)}: apt-get install systemd-container dbus-user-session libpam-systemd"
    if not missing and os.geteuid() != 0:
        reason = "needs root, for a systemd of its own"
    elif not missing:
        return
    if os.environ.get("CI") == "true" and missing:
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def box(folder: Path, *, program: Path) -> Iterator[Box]:
    """Boot a box whose /opt/syncer is the environment that `wheel_environment` made."""
    require_tools()
    hierarchies = [place / f"syncer-box-{os.getpid()}" for place in HIERARCHIES if place.is_dir()]
    for place in hierarchies:
        place.mkdir(exist_ok=True)
    binds = [f"--bind-ro={source}:{target}" for source, target in _binds(program).items()]
    script = _START.format(folder=folder, hierarchies=" ".join(map(str, hierarchies)), binds=" ".join(binds))
    log = (folder / "box.log").open("wb")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, log:
        channel.bind(str(folder / "ready"))
        channel.settimeout(BOOT_LIMIT)
        env = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(folder / "ready")}
        outer = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "bash", "-ec", script],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
        )
        try:
            inside = Box(_wait_for_boot(channel, folder))
            if sys.base_prefix != "/usr":  # a Python with a library of its own looks for it where it was built
                inside.write("/etc/ld.so.conf.d/00-python.conf", "/opt/python/lib\n")
                inside.run("ldconfig")
            yield inside
            inside.run("systemctl", "poweroff", "--no-block")
            outer.wait(20)
        finally:
            if outer.poll() is None:
                os.killpg(outer.pid, signal.SIGKILL)
                outer.wait()
            for place in hierarchies:
                _remove_cgroups(place)


def _wait_for_boot(channel: socket.socket, folder: Path) -> int:
    """Wait until the systemd inside says that it is ready; return its process id outside."""
    leader = 0
    try:
        while True:
            for line in channel.recv(4096).decode().splitlines():
                name, _, value = line.partition("=")
                if name == "X_NSPAWN_LEADER_PID":
                    leader = int(value)
                if (name, value) == ("READY", "1"):
                    return leader
    except TimeoutError:
        pytest.fail(f"the box did not boot:\n{(folder / 'box.log').read_text()}")


def _remove_cgroups(top: Path) -> None:
    for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    with suppress(OSError):
        top.rmdir()


# ---------------------------------------------------------------- the program, from its wheel


def _binds(program: Path) -> dict[str, str]:
    found = {str(program): "/opt/syncer", sysconfig.get_path("purelib"): "/opt/dependencies"}
    if sys.base_prefix != "/usr":
        found[sys.base_prefix] = "/opt/python"
    return found


def wheel_environment(folder: Path) -> Path:
    """Build the wheel and return an environment with it, whose dependencies are those of this one.

    It is written as it will be seen inside: at /opt/syncer, with /opt/dependencies and, for a Python that is not the
    system's, /opt/python.
    """
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(build, cwd=REPO, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    made = folder / "syncer"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = made / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text("/opt/dependencies\n")
    home = Path(sys.base_prefix) if sys.base_prefix == "/usr" else Path("/opt/python")
    (made / "pyvenv.cfg").write_text(f"home = {home}/bin\ninclude-system-site-packages = false\n")
    (made / "bin").mkdir()
    (made / "bin" / "python").symlink_to(home / "bin" / version)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(packages)], check=True)
    return made
