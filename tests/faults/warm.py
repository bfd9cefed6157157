"""How does a command start in a few milliseconds, and is it still the same command?

    with warm(environment, …) as started:          a Python that has imported what the command imports, and waits
        started.run(command)                       a fork of it is the command: Ran(0, "", "1 note updated …")
        started.run(command, ["-e", "…"])          the same below strace, from its first call on

    python -m tests.faults.warm FD                 the Python that waits, told what to do on the socket FD

Most of what a command costs is that Python starts and reads its modules, which is the same for each fault and touches
nothing that is watched. The fork begins where the module would begin to run, with arguments, environment, folder and
output of its own, and ends as any Python does. Its calls on the watched folders are those of a cold start, one by one
(tests/test_faults.py).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

READY, GO = signal.SIGUSR2, signal.SIGUSR1
"""Said and heard by calls that nobody counts."""
SECONDS = 300
LEARN = "MODULES_GO_INTO"


@dataclass(frozen=True)
class Ran:
    """What came of a command; a negative exit code is the signal that ended it."""

    exit_code: int
    stdout: str
    stderr: str


def cold(command: Sequence[str], environment: Mapping[str, str], *, folder: Path) -> Ran:
    """Run a command as anybody would start it."""
    ran = subprocess.run(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


class Started:
    """A Python that waits to be the command; for one thread."""

    def __init__(self, environment: Mapping[str, str], *, folder: Path) -> None:
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm", str(theirs.fileno())],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        ours.settimeout(SECONDS)
        self._socket = ours
        self._lines = ours.makefile("r")

    def learn(self, command: Sequence[str]) -> None:
        """Run the command once, and import from now on what it has imported before each start."""
        with tempfile.TemporaryDirectory() as folder:
            modules = Path(folder, "modules")
            self._ask(
                "start", [str(Path(folder, "out")), str(Path(folder, "err")), {LEARN: str(modules)}, *command[2:]]
            )
            self._ask("go", "")
            self._ask("import", json.loads(modules.read_bytes()))

    def run(self, command: Sequence[str], strace: Sequence[str] = (), *, more: Mapping[str, str] | None = None) -> Ran:
        """Run the command, with more environment; below strace where its arguments are given."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            pid = self._ask("start", [str(out), str(err), more or {}, *command[2:]])
            tracer = _attached(pid, strace) if strace else None
            code = self._ask("go", "")
            if tracer:
                tracer.communicate(timeout=SECONDS)
            return Ran(code, out.read_text(errors="replace"), err.read_text(errors="replace"))

    def close(self) -> None:
        """End it."""
        self._lines.close()
        self._socket.close()
        self._process.wait(SECONDS)

    def _ask(self, what: str, value: object) -> int:
        self._socket.sendall(json.dumps([what, value]).encode() + b"\n")
        return int(self._lines.readline())


@contextlib.contextmanager
def warm(environment: Mapping[str, str], *, folder: Path, learn: Sequence[Sequence[str]]) -> Iterator[Started]:
    """Give a Python that waits, and has run each of these commands once to learn what they import."""
    started = Started(environment, folder=folder)
    try:
        for command in learn:
            started.learn(command)
        yield started
    finally:
        started.close()


def _attached(pid: int, strace: Sequence[str]) -> subprocess.Popen[str]:
    """Start strace on a process; it is at it when this returns."""
    tracer = subprocess.Popen(["strace", *strace, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    said = tracer.stderr.readline()
    if "attached" not in said:
        raise RuntimeError(f"strace: {said}{tracer.stderr.read()}")
    return tracer


# ---------------------------------------------------------------- the Python that waits


def serve(control: socket.socket) -> None:
    """Do what the socket says until it ends; return only in a fork that is to be a command."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {READY, GO})
    pid = answer = 0
    for line in control.makefile("r"):
        what, value = json.loads(line)
        if what == "start":
            answer = pid = os.fork()
            if pid == 0:
                return _become(*value)
            signal.sigwait({READY})
        elif what == "go":
            os.kill(pid, GO)
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        else:
            for name in value:
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
            gc.freeze()  # else a fork's first look for garbage copies all of it
        control.sendall(b"%d\n" % answer)
    os._exit(0)


def _become(out: str, err: str, more: Mapping[str, str], *command: str) -> None:
    """Take over output, environment and arguments, and wait for the sign to begin."""
    for descriptor, path in ((1, out), (2, err)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.update(more)
    sys.argv = list(command)
    os.kill(os.getppid(), READY)
    if not signal.sigtimedwait({GO}, SECONDS):
        os._exit(1)  # whoever asked for the command is gone
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {READY, GO})


def main() -> None:
    """Wait, and in each fork be the command."""
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)
    if "SHORT_WRITE" in os.environ:
        runpy.run_path(str(Path(__file__).parent / "short_write" / "sitecustomize.py"))
    code = 0
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    if modules := os.environ.get(LEARN):
        Path(modules).write_text(json.dumps([name for name in sys.modules if name != "__main__"]))
    _end(code)


def _end(code: int) -> None:
    """End as Python does, but for clearing away its modules, which takes longer than all else."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
