"""Where does the token come from? The first of five places that has one, and nowhere else.

    1  $CREDENTIALS_DIRECTORY/readwise-token     a systemd credential
    2  READWISE_TOKEN_FILE=/etc/syncer/token     a file of one's own, mode 0600 or 0400
    3  READWISE_TOKEN=…                          the environment
    4  readwise.token_command                    what a command prints
    5  the keyring                               service "syncer", user "readwise"; looked at when it is reached

Guarantees: a `Token` is never empty and holds visible ASCII only, so that it fits into a header; neither it
nor a part of it is in its own repr, in an error, in a core dump, or in what `where_is_token` says. Where a place has a
token that cannot be used, that is an error; the next place is not tried. Which keyrings are asked is in
`keyring_backend.py`; whether Readwise takes the token is found out by `readwise.py`.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from syncer.errors import TokenError
from syncer.keyring_backend import DEADLINE, SERVICE, USER, TokenKeyring, keyring_of
from syncer.places import is_there

CREDENTIAL = "readwise-token"
COMMAND_LIMIT = 30.0
"""Seconds that `readwise.token_command` may take; long enough to type a passphrase."""

LONGEST = 4_096
"""Characters; a token has some fifty."""

NAMED = "the file that READWISE_TOKEN_FILE names"
OF_VARIABLE = "the environment variable READWISE_TOKEN"
GET_ONE = "get one at https://readwise.io/access_token and keep it with `syncer token set`"
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Token:
    """A token that shows itself to nobody but the caller of `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str, *, source: str) -> None:
        """Take `text` without the white space around it; `source` says where it is from, for the error."""
        text = text.strip()
        if not text:
            raise TokenError(f"the token from {source} is empty", hint=GET_ONE)
        if len(text) > LONGEST:
            raise TokenError(f"the token from {source} is too long", hint=GET_ONE)
        if not _VISIBLE.fullmatch(text):
            raise TokenError(
                f"the token from {source} holds a blank, a line end or another character that no token has",
                hint="keep the token alone there, on one line, without a name or quotes around it",
            )
        _leave_no_core()
        self._text = text

    def reveal(self) -> str:
        """Return the token itself, for the header of a request or for the keyring."""
        return self._text

    def __repr__(self) -> str:
        return "Token(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not written down")


def _leave_no_core() -> None:
    """Have the system write no core dump of this process from now on, where it knows such: the token would be in it."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the environment, `readwise.token_command`, and how many seconds the last two may take.

    `stopped` is asked, while the command runs, whether a signal has come.
    """

    env: Mapping[str, str]
    stopped: Callable[[], bool] = lambda: False
    command: tuple[str, ...] = ()
    command_limit: float = COMMAND_LIMIT
    keyring_deadline: float = DEADLINE

    def __repr__(self) -> str:
        return "Sources(hidden)"

    def keyring(self) -> TokenKeyring:
        """Return the keyring, or raise a `TokenError` when the one that is named is not trusted."""
        return keyring_of(self.env, deadline=self.keyring_deadline)


class NoTokenError(TokenError):
    """No place has a token; the keyring was asked, and answered."""


class Found(NamedTuple):
    """A token, in a few words where it is kept, and whether that is the keyring."""

    place: str
    token: Token
    in_keyring: bool = False


def read_token(sources: Sources) -> Token:
    """Return the token of the first place that has one, or raise a `TokenError`."""
    return find_token(sources).token


def where_is_token(sources: Sources) -> str:
    """Return in a few words where the token that counts is kept; as `read_token` it raises where none is usable."""
    return find_token(sources).place


def store_token(token: Token, sources: Sources) -> str:
    """Keep the token in the keyring, look whether it is there, and return the keyring's name."""
    keyring = sources.keyring()
    keyring.set(token.reveal())
    if keyring.get() != token.reveal():
        raise TokenError(
            f"{keyring.name} took the token but does not give it back",
            hint="keep it in a file of mode 0600 that READWISE_TOKEN_FILE names, or behind readwise.token_command",
        )
    return keyring.name


def delete_token(sources: Sources) -> bool:
    """Remove the token from the keyring, and return whether there was one; other places are left alone."""
    keyring = sources.keyring()
    if keyring.get() is None:
        return False
    keyring.delete()
    if keyring.get() is not None:
        raise TokenError(f"{keyring.name} still has a token after it was deleted", hint="delete it once more")
    return True


def find_token(sources: Sources) -> Found:
    """Return the token of the first place that has one, and the place; raise NoTokenError, or another TokenError."""
    for look in (_credential, _file, _variable, _command, _keyring):
        found = look(sources)
        if found is not None:
            return found
    raise NoTokenError("there is no Readwise token", hint=GET_ONE)


def _credential(sources: Sources) -> Found | None:
    folder = sources.env.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    place = f"the systemd credential {CREDENTIAL}"
    try:
        text = _read(Path(folder) / CREDENTIAL, source=place)
    except FileNotFoundError:
        return None
    return Found(place, Token(text, source=place))


def _file(sources: Sources) -> Found | None:
    path = token_file(sources.env)
    if path is None:
        return None
    place = f"the file {path}"  # shown only once it was opened: before that, it may be the token itself
    try:
        text = _read(path, source=place, own=True, unopened=NAMED)
    except FileNotFoundError:
        raise _no_file() from None
    return Found(place, Token(text, source=place))


def token_file(env: Mapping[str, str]) -> Path | None:
    """Return the file that READWISE_TOKEN_FILE names, None where it names none; raise where there is no such file."""
    named = env.get("READWISE_TOKEN_FILE")
    if not named:
        return None
    try:
        path = Path(named).expanduser()
        is_missing = not is_there(path)
    except (RuntimeError, ValueError):  # the home of nobody; a character that no name has
        is_missing = True
    if is_missing:
        raise _no_file()
    return path


def _no_file() -> TokenError:
    return TokenError(f"{NAMED} is not there", hint="READWISE_TOKEN_FILE is the path of a file")


def _variable(sources: Sources) -> Found | None:
    text = sources.env.get("READWISE_TOKEN")
    return Found(OF_VARIABLE, Token(text, source=OF_VARIABLE)) if text else None


def _command(sources: Sources) -> Found | None:
    if not sources.command:
        return None
    from syncer.token_command import output_of

    place = "readwise.token_command"
    output = output_of(
        sources.command, env=sources.env, limit=sources.command_limit, longest=LONGEST, stopped=sources.stopped
    )
    return Found(place, Token(output.decode("ascii", "replace"), source=place))


def _keyring(sources: Sources) -> Found | None:
    keyring = sources.keyring()
    text = keyring.get()
    place = f"{keyring.name} (service {SERVICE}, user {USER})"
    return None if text is None else Found(place, Token(text, source=keyring.name), in_keyring=True)


def _read(path: Path, *, source: str, own: bool = False, unopened: str = "") -> str:
    """Return a token file's text; with `own` only from a file that is mine alone, looked at after it was opened.

    Until then an error calls it `unopened`.
    """
    called = unopened or source
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        called = source
        try:
            _look(os.fstat(descriptor), source=source, own=own)
            return os.read(descriptor, LONGEST + 8).decode("ascii", "replace")
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = (os.strerror(error.errno or 0) if isinstance(error, OSError) else "no file name").lower()
        raise TokenError(f"{called} cannot be read: {reason}", hint="check its owner and mode") from None


def _look(facts: os.stat_result, *, source: str, own: bool) -> None:
    """Raise a `TokenError` where the token lies in something that is no file, or that others can open."""
    if not stat.S_ISREG(facts.st_mode):
        raise TokenError(f"{source} is not a regular file", hint="a file with the token and nothing else is wanted")
    if own and facts.st_uid != os.geteuid():
        raise TokenError(f"{source} belongs to somebody else", hint="make a copy of your own, and run chmod 600 on it")
    if own and stat.S_IMODE(facts.st_mode) & 0o077:
        raise TokenError(f"{source} can be read by others", hint="run chmod 600 on it")
