"""Which keyring may hold the token, and what does it say within its deadline?

    Linux    keyring.backends.SecretService.Keyring      service "syncer", user "readwise"
    macOS    keyring.backends.macOS.Keyring
    Windows  keyring.backends.Windows.WinVaultKeyring
    also, when PYTHON_KEYRING_BACKEND names it: keyring.backends.libsecret.Keyring, keyring.backends.kwallet.DBusKeyring

The class is named here instead of being searched for: a search may end at a plain-text file
(`keyrings.alt`), at a keyring that forgets (`null`), or at whatever a `keyringrc.cfg` loads. Guarantees: no
other class is ever asked; every call ends within its deadline; each way to fail has its own sentence and a
way out for a machine without a keyring, and none of them holds a part of the token. When the keyring is
asked at all is `credentials.py`'s business.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import msgspec

from syncer.deadline import answer_within
from syncer.errors import TokenError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend  # loaded when the keyring is asked

T = TypeVar("T")

SERVICE = "syncer"
USER = "readwise"

DEADLINE = 10.0
"""Seconds for one call; a frozen keyring, or one with a question that nobody answers, hangs for ever."""

OWN_NAMES = {
    "keyring.backends.SecretService.Keyring": "the Secret Service keyring",
    "keyring.backends.libsecret.Keyring": "the Secret Service keyring",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.macOS.Keyring": "the macOS keychain",
    "keyring.backends.Windows.WinVaultKeyring": "the Windows credential store",
}
"""The classes that may be asked, and what a person calls them."""

OF_PLATFORM = {"darwin": "keyring.backends.macOS.Keyring", "win32": "keyring.backends.Windows.WinVaultKeyring"}
OTHERWISE = "keyring.backends.SecretService.Keyring"

WITHOUT_KEYRING = (
    "on a machine without a keyring, keep the token in a systemd credential, in a file of mode 0600 that"
    " READWISE_TOKEN_FILE names, or behind readwise.token_command"
)


class TokenKeyring(msgspec.Struct, frozen=True):
    """The one entry of the one keyring, by the name of its class; each call may take `deadline` seconds."""

    backend: str
    deadline: float = DEADLINE

    @property
    def name(self) -> str:
        """Return what a person calls this keyring."""
        return OWN_NAMES[self.backend]

    def get(self) -> str | None:
        """Return what is kept, None when nothing is, or raise a `TokenError`."""
        return self._ask(lambda keyring: keyring.get_password(SERVICE, USER))

    def set(self, secret: str) -> None:
        """Keep `secret` in place of what was kept; whether it is kept is for the caller to look at."""
        self._ask(lambda keyring: keyring.set_password(SERVICE, USER, secret))

    def delete(self) -> None:
        """Forget what is kept; when nothing is, that is a `TokenError`."""
        self._ask(lambda keyring: keyring.delete_password(SERVICE, USER))

    def _ask(self, question: Callable[[KeyringBackend], T]) -> T:
        """Return the keyring's answer; loading its class is part of the question, as that may hang too."""
        try:
            return answer_within(self.deadline, lambda: question(_load(self.backend)))
        except TimeoutError:
            hint = f"answer the question that it may show on the screen, or restart it; {WITHOUT_KEYRING}"
            raise TokenError(f"{self.name} did not answer within {self.deadline:g} s", hint=hint) from None
        except Exception as error:  # each backend raises its own; none of their texts is passed on
            raise _told(error, name=self.name) from None


def keyring_of(env: Mapping[str, str], *, deadline: float = DEADLINE, platform: str = sys.platform) -> TokenKeyring:
    """Return the keyring of this platform, or the one that PYTHON_KEYRING_BACKEND names if it may be asked."""
    named = env.get("PYTHON_KEYRING_BACKEND") or OF_PLATFORM.get(platform, OTHERWISE)
    if named not in OWN_NAMES:
        shown = "".join(c if c.isprintable() else "?" for c in named[:80])
        raise TokenError(
            f"PYTHON_KEYRING_BACKEND names {shown}, which is not trusted with the token",
            hint=f"unset it, or name {OTHERWISE}; {WITHOUT_KEYRING}",
        )
    return TokenKeyring(named, deadline)


def _load(backend: str) -> KeyringBackend:
    from importlib import import_module

    module, _, name = backend.rpartition(".")
    keyring: KeyringBackend = getattr(import_module(module), name)()
    return keyring


def _told(error: BaseException, *, name: str) -> TokenError:
    """Return what happened in our own words; the backend's may hold anything."""
    names = [type(one).__name__ for one in _chain(error)]
    if {"KeyringLocked", "LockedException", "PromptDismissedException"} & {*names}:
        return TokenError(f"{name} is locked", hint=f"unlock it by logging in to the desktop; {WITHOUT_KEYRING}")
    if "DBusErrorResponse" in names:
        return TokenError("no keyring answers on the session bus", hint=f"start one; {WITHOUT_KEYRING}")
    if "SecretServiceNotAvailableException" in names:
        hint = f"start syncer inside the desktop's session; {WITHOUT_KEYRING}"
        return TokenError("there is no session bus, and so no keyring", hint=hint)
    if {"NameError", "ImportError", "ModuleNotFoundError"} & {*names}:
        hint = f"install the package that the `keyring` package needs for it; {WITHOUT_KEYRING}"
        return TokenError(f"{name} cannot be used from this Python", hint=hint)
    return TokenError(f"{name} failed ({names[0]})", hint=f"see `syncer doctor`; {WITHOUT_KEYRING}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
