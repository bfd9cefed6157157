"""What is systemd told? That the service is ready, reloads or stops, what it does, and that its loop goes round.

    Supervisor(env).ready("last sync 10:42; next sync 11:42")     READY=1  STATUS=last sync 10:42; next sync 11:42
    Supervisor(env).alive()                                       WATCHDOG=1, at most twice in the manager's limit

The protocol is that of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names, an `@` standing for the NUL of
an abstract name. Guarantees: without that variable nothing is sent, and no failure to send ends the service.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from syncer.log import LOG


class Supervisor:
    """The service manager that started us, or nobody."""

    def __init__(self, env: Mapping[str, str]) -> None:
        name = env.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._status = ""
        self._pause = _pause(env)
        self._told_alive = float("-inf")

    def ready(self, status: str) -> None:
        """Say that the service is up, or has read its configuration again."""
        self._status = status
        self._send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say what the service does, where that has changed."""
        if status != self._status:
            self._status = status
            self._send(f"STATUS={status}")

    def reloading(self) -> None:
        """Say that the configuration is being read again."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._send("STOPPING=1", "STATUS=stopping")

    def alive(self, *, now: float) -> None:
        """Say that the loop goes round; `now` is in seconds of any clock that only goes forward."""
        if self._pause and now - self._told_alive >= self._pause:
            self._told_alive = now
            self._send("WATCHDOG=1")

    @property
    def pause(self) -> float:
        """The seconds within which `alive` is to be called again; 0 when nobody watches."""
        return self._pause

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)) as channel:
                channel.settimeout(1.0)
                channel.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            LOG.debug("systemd could not be told: %s", error.strerror)


def _pause(env: Mapping[str, str]) -> float:
    """Return a third of the watchdog's limit, in seconds; 0 where there is no watchdog, or it is another process's."""
    try:
        limit = int(env.get("WATCHDOG_USEC", "0")) / 1e6
        pid = int(env.get("WATCHDOG_PID", "0"))
    except ValueError:
        return 0.0
    return limit / 3 if pid in (0, os.getpid()) else 0.0
