"""What does a command print that hands out the token? `pass show readwise`, run without a shell and with a limit.

    output_of(("pass", "show", "readwise"), env=os.environ, limit=30.0, longest=4096, stopped=stop.is_set)  → b"abc…"

Guarantees: the command and everything that it started in its session is ended when it takes longer than the
limit or prints more than a token is long; its output and its complaints are shown nowhere. What it leaves running
when it ends is left alone, and not waited for. Whether what it prints is a token is `credentials.py`'s business.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import IO, cast

from syncer.deadline import answer_within
from syncer.errors import Interrupted, TokenError

_NAME = "readwise.token_command"
GRACE = 1.0
"""Seconds in which what a command printed must be here, once it ended, although something else holds its output."""
LOOK_EVERY = 0.05
"""Seconds between two looks whether it ended."""


def output_of(
    command: tuple[str, ...], *, env: Mapping[str, str], limit: float, longest: int, stopped: Callable[[], bool]
) -> bytes:
    """Return what the command prints; raise a `TokenError` when it fails, or takes more than `limit` seconds.

    Raise Interrupted once `stopped` says that nobody waits for it any more.
    """
    end = monotonic() + limit
    process, printed = _start(command, env=env)
    try:
        output = _read(process, printed, most=longest + 1, end=end, stopped=stopped)
        if len(output) > longest:
            raise TokenError(f"{_NAME} prints more than a token", hint="it is to print the token and nothing else")
        code = _code(process, end=max(monotonic() + 0.1, end), stopped=stopped)
    except TimeoutError:
        hint = "run it in a terminal to see what it waits for"
        raise TokenError(f"{_NAME} did not end within {limit:g} s", hint=hint) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code != 0:
        raise TokenError(f"{_NAME} ended with code {code}", hint="run it in a terminal to see what it says")
    return output


def _start(command: tuple[str, ...], *, env: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    try:
        process = subprocess.Popen(
            command,
            env=dict(env),
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (os.strerror(error.errno or 0) if isinstance(error, OSError) else "not a command").lower()
        hint = "write the program's whole path, as a service has a short PATH"
        raise TokenError(f"{_NAME} cannot be started: {reason}", hint=hint) from None
    return process, cast("IO[bytes]", process.stdout)  # there is one, as a pipe was asked for


def _code(process: subprocess.Popen[bytes], *, end: float, stopped: Callable[[], bool]) -> int:
    while (left := end - monotonic()) > 0:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=min(left, LOOK_EVERY))
        _refuse_if(stopped)
    raise TimeoutError


def _refuse_if(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Interrupted(f"stopped while {_NAME} ran")


def _read(
    process: subprocess.Popen[bytes], printed: IO[bytes], *, most: int, end: float, stopped: Callable[[], bool]
) -> bytes:
    """Return at most `most` bytes of what is printed, up to its end or the command's; raise TimeoutError at `end`."""
    if sys.platform == "win32":  # a pipe cannot be waited for there
        return answer_within(end - monotonic(), lambda: printed.read(most))
    more = select.poll()
    more.register(printed, select.POLLIN)
    output, has_ended = b"", False
    while len(output) < most:
        _refuse_if(stopped)
        if not has_ended and process.poll() is not None:
            has_ended, end = True, min(end, monotonic() + GRACE)
        left = end - monotonic()
        if left <= 0 and not has_ended:
            raise TimeoutError
        if left <= 0:
            break
        if more.poll(1000 * min(left, LOOK_EVERY)):
            if not (some := os.read(printed.fileno(), most - len(output))):
                break
            output += some
    return output
