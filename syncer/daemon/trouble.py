"""When and how does a person hear that syncing fails? After three polls that failed, once a day, by a notice.

    is_due(facts, now=…)                    → True
    Teller(env).tell(sentence(facts), …)    notify.command, else notify-send or osascript where there is a session

Guarantees: a notice is text given as an argument, never a piece of a script or of a shell's line; it ends within
`LIMIT`; where it cannot be given, the log has what it would have said, and the service goes on.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from syncer.config import NotifyConfig
from syncer.daemon.child import Child
from syncer.daemon.facts import FAILURES, Facts
from syncer.instants import instant
from syncer.log import LOG
from syncer.report import shown

PAUSE = timedelta(days=1)
LIMIT = 30.0
"""Seconds that a notice may take."""
_OSASCRIPT = ("on run argv", 'display notification (item 1 of argv) with title "syncer"', "end run")


def is_due(facts: Facts, *, now: datetime) -> bool:
    """Return whether somebody is to be told now; a time of the last notice that lies in the future says nothing."""
    told = instant(facts.told)
    return facts.failures >= FAILURES and (told is None or not timedelta(0) <= now - told < PAUSE)


def sentence(facts: Facts, *, zone: tzinfo) -> str:
    """Return what a person is told: since when, why, and how to go on."""
    since = instant(facts.failing_since)
    when = f" since {since.astimezone(zone):%Y-%m-%d %H:%M}" if since else ""
    outcome = facts.last.outcome if facts.last else None
    cause = outcome.message.splitlines()[0] if outcome and outcome.message else "see `syncer status`"
    hint = f" ({outcome.hint})" if outcome and outcome.hint else ""
    return shown(f"no sync has worked{when}: {cause}{hint}")


class Teller:
    """Gives notices, and looks after the processes that show them."""

    def __init__(self, env: Mapping[str, str], *, platform: str = sys.platform) -> None:
        self._env = env
        self._platform = platform
        self._showing: list[Child] = []

    def tell(self, text: str, *, how: NotifyConfig, up: float) -> None:
        """Tell a person, and the log; `up` is in seconds of a clock that only goes forward."""
        LOG.warning("%s", text)
        command = self._command(text, how) if how.enabled else ()
        if not command:
            return
        try:
            self._showing.append(Child(command, env=self._env, given=b"", log=None, now=up, limit=LIMIT))
        except OSError as error:
            LOG.warning("the notice could not be given: %s: %s", command[0], error.strerror)

    def look(self, *, up: float) -> None:
        """Take leave of the notices that were given."""
        still = []
        for notice in self._showing:
            code = notice.ended(now=up)
            if code is None:
                still.append(notice)
                continue
            notice.printed()
            if code:
                LOG.info("the notice could not be given: its command ended with code %d", code)
        self._showing = still

    def end(self) -> None:
        """End the notices that are still being given."""
        for notice in self._showing:
            notice.end()

    def _command(self, text: str, how: NotifyConfig) -> Sequence[str]:
        if how.command:
            return (*how.command, text)
        if self._platform == "darwin":
            script = [word for line in _OSASCRIPT for word in ("-e", line)]
            return ("osascript", *script, text)
        if self._has_session() and shutil.which("notify-send", path=self._env.get("PATH")):
            return ("notify-send", "--app-name=syncer", "--", "syncer", text)
        return ()

    def _has_session(self) -> bool:
        if self._env.get("DBUS_SESSION_BUS_ADDRESS"):
            return True
        runtime = self._env.get("XDG_RUNTIME_DIR")
        return runtime is not None and (Path(runtime) / "bus").exists()
