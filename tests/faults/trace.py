"""Which file calls does a command make, and what happens when one of them is broken?

    strace's line:  4711 write(3</tmp/v/Old.md>, "\\x0a\\x0a"..., 86) = 86
    Call(thread=4711, name="write", text='3</tmp/v/Old.md>, "\\x0a…", 86', result=86, nth=2)

`result_path` is what a returned descriptor stands for. `nth` counts the calls of that name in that thread, which is
how strace's `inject=…:when=` addresses them. Needs strace 5 or later.
"""

from __future__ import annotations

import collections
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.scenario import Scenario
from tests.faults.warm import cold

CHANGES = (
    *("openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate", "fsync"),
    *("fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir"),
    *("mkdirat", "rmdir", "symlink", "symlinkat", "fallocate", "copy_file_range", "sendfile"),
)
LOOKS = (
    *("read", "pread64", "fstat", "newfstatat", "statx", "lseek", "getdents64", "flock", "fcntl", "close"),
    *("fchmod", "chmod", "fchmodat", "readlink", "readlinkat", "access", "faccessat2", "utimensat"),
)
_LINE = re.compile(r"^(\d+)\s+(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$")
_END = re.compile(r"^(.*)\)\s+= (-?\d+|\?)(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """One system call of the command."""

    thread: int
    name: str
    nth: int
    text: str
    result: int | None
    injected: bool
    result_path: str = ""

    def touches(self, folders: Sequence[Path]) -> bool:
        """Tell whether the call is about something below one of these folders."""
        return any(str(folder) in self.text for folder in folders)


@dataclass(frozen=True)
class Traced:
    """A run under strace: its exit code (negative: the signal), its calls, and what it said."""

    exit_code: int
    calls: list[Call]
    stderr: str


def traced(
    scenario: Scenario,
    names: Sequence[str],
    *,
    inject: Sequence[str] = (),
    content: bool = False,
    more: Mapping[str, str] | None = None,
) -> Traced:
    """Run the scenario's command under strace; with `content`, the bytes of each write are in the call's text."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        options = ["-f", "-y", "-s", "10000000" if content else "0", "-o", str(log)]
        options += ["-xx"] if content else []
        options += ["-e", "trace=" + ",".join(names)]
        options += [word for one in inject for word in ("-e", f"inject={one}")]
        if scenario.started:
            ran = scenario.started.run(scenario.command, options, more=more)
        else:
            options.append("-qq")
            if not any("signal=" in one for one in inject):
                options.append("--seccomp-bpf")  # stops at these calls alone; but then strace 6.1 sends no signal
            environment = {**scenario.environment, **(more or {})}
            ran = cold(["strace", *options, *scenario.command], environment, folder=scenario.folder)
        return Traced(ran.exit_code, parsed(log.read_text(errors="surrogateescape")), ran.stderr)


def parsed(log: str) -> list[Call]:
    """Return the calls of a log, each once it has ended; one that never ended has no result."""
    counts: collections.Counter[tuple[int, str]] = collections.Counter()
    open_calls: dict[int, tuple[str, int, str]] = {}
    calls = []
    for line in log.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        thread = int(match[1])
        if match[2]:
            counts[thread, match[2]] += 1
            start = (match[2], counts[thread, match[2]], match[3])
            if match[3].endswith("<unfinished ...>"):
                open_calls[thread] = (start[0], start[1], match[3].removesuffix("<unfinished ...>"))
                continue
        else:
            name, nth, text = open_calls.pop(thread, (match[4], 0, ""))
            start = (name, nth, text + match[5])
        ended = _END.match(start[2])
        result = int(ended[2]) if ended and ended[2] != "?" else None
        rest = ended[3] if ended else ""
        text = ended[1] if ended else start[2]
        calls.append(Call(thread, start[0], start[1], text, result, "(INJECTED)" in rest, rest.strip("<> ")))
    return calls + [Call(thread, *start, None, False) for thread, start in open_calls.items()]


def has_strace() -> bool:
    """Tell whether strace is there and may trace."""
    try:
        return subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], check=False).returncode == 0
    except FileNotFoundError:
        return False
