"""Where do the configuration and the state lie on this machine?

    --config FILE  >  $SYNCER_CONFIG  >  the platform's folder
    Linux    ~/.config/syncer/config.toml                       ~/.local/state/syncer/
    macOS    ~/Library/Application Support/syncer/config.toml   ~/Library/Application Support/syncer/
             or ~/.config/syncer/config.toml, if that one is there and the other is not
    Windows  %LOCALAPPDATA%\\syncer\\config.toml                 %LOCALAPPDATA%\\syncer\\

Guarantees: nothing is made or opened here; an absolute `XDG_CONFIG_HOME` or `XDG_STATE_HOME` counts on
every platform, a relative one is ignored (XDG Base Directory Specification). What is in the file is
`config.py`'s business.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from syncer.errors import ConfigError

FILE_NAME = "config.toml"
FIRST_STEPS = "make one with: syncer init"


def find_config(flag: str | None, env: Mapping[str, str], *, platform: str = sys.platform) -> Path:
    """Return the configuration file to read: the one that is named, else the platform's.

    A file named by `flag` or `SYNCER_CONFIG` need not exist: `config.load` says that. Where none is named
    and there is none, or two, a `ConfigError` says what to do.
    """
    named = flag or env.get("SYNCER_CONFIG")
    if named:
        return _named(named)
    places = config_places(env, platform=platform)
    there = [path for path in places if is_there(path)]
    match there:
        case [path]:
            return path
        case []:
            raise ConfigError(f"there is no configuration at {places[0]}", hint=FIRST_STEPS)
        case _:
            both = " and ".join(str(path) for path in there)
            raise ConfigError(
                f"there are two configurations: {both}",
                hint="remove one of them, or name the one that counts with --config or SYNCER_CONFIG",
            )


def config_places(env: Mapping[str, str], *, platform: str = sys.platform) -> list[Path]:
    """Return where a configuration is looked for when none is named; `syncer init` writes the first."""
    own = _folder(env, "XDG_CONFIG_HOME", ".config", "user_config_dir")
    places = [own / FILE_NAME]
    if platform == "darwin":
        terminal = Path.home() / ".config" / "syncer" / FILE_NAME
        places += [terminal] if terminal not in places else []
    return places


def state_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the state, which may not exist yet."""
    return _folder(env, "XDG_STATE_HOME", ".local/state", "user_state_dir")


def absolute(written: str, *, below: Path) -> Path:
    """Return `written` with `~` expanded, and below the folder `below` where it is relative.

    A `~name` of nobody on this machine raises a `ValueError`.
    """
    try:
        return below / Path(written).expanduser()
    except RuntimeError:
        raise ValueError("starts with the home folder of a user that this machine does not know") from None


def is_there(path: Path) -> bool:
    """Return whether something is at `path`; what cannot be looked at counts, so that whoever opens it says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _named(written: str) -> Path:
    try:
        return Path(written).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"{written}: this machine knows no user of that name", hint="write the path from / on"
        ) from None


def _folder(env: Mapping[str, str], variable: str, usual: str, asked: str) -> Path:
    """Return a folder as the XDG base directory specification has it, and where that is not at home, the system's own.

    On Linux platformdirs would say the same, and take longer than all that `syncer status` does.
    """
    wished = Path(env.get(variable, ""))
    if wished.is_absolute():
        return wished / "syncer"
    if sys.platform == "linux":
        return Path.home() / usual / "syncer"
    import platformdirs

    return Path(getattr(platformdirs, asked)("syncer", appauthor=False))
