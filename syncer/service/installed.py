"""Which units or agents of syncer's are installed here, and is one of them a timer's for this configuration?

    units(env, home=Path.home(), platform="linux")     → [PosixPath("~/.config/systemd/user/syncer-once.service")]
    timer_for(config, …)                               → PosixPath("~/.config/systemd/user/syncer-once.timer"), or None

Told by the files that `service install` writes, without asking a service manager. Guarantee: nothing is written. What
is in a unit is systemd.py's and launchd.py's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from syncer.service.unit_text import quoted

UNIT = "syncer.service"
TIMER = ("syncer-once.service", "syncer-once.timer")
SYSTEM_FOLDER = Path("/etc/systemd/system")
_OWN = re.compile(r"syncer", re.IGNORECASE)


def user_folder(env: Mapping[str, str], *, home: Path) -> Path:
    """Return where systemd has the units of this user."""
    wished = Path(env.get("XDG_CONFIG_HOME", ""))
    return (wished if wished.is_absolute() else home / ".config") / "systemd" / "user"


def units(env: Mapping[str, str], *, home: Path, platform: str) -> list[Path]:
    """Return the units or agents of syncer's that are installed for this user, and the system's."""
    if platform == "darwin":
        return _own(home / "Library/LaunchAgents", ends=".plist")
    of_system = [SYSTEM_FOLDER / name for name in (UNIT, TIMER[0])] if platform == "linux" else []
    return [*_own(user_folder(env, home=home), ends=".service"), *(path for path in of_system if path.is_file())]


def _own(folder: Path, *, ends: str) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in found if path.name.endswith(ends) and _OWN.search(path.name) and path.is_file()]


def timer_for(config: Path, env: Mapping[str, str], *, home: Path, platform: str) -> Path | None:
    """Return the timer that starts syncs with this configuration, None where there is none."""
    named = quoted(str(config.absolute()), in_command=True)
    for unit in units(env, home=home, platform=platform):
        timer = unit.with_name(TIMER[1])
        if unit.name == TIMER[0] and timer.is_file() and named in _text(unit):
            return timer
    return None


def _text(unit: Path) -> str:
    try:
        return unit.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
