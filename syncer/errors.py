"""Everything that can end a command, as a tree with an exit code at each leaf.

    SyncerError                what happened, and a hint how to go on
    ├─ UsageError          2   the command line asks for something that does not fit
    ├─ ReadwiseError      69   Readwise could not be reached, or kept failing
    ├─ VaultError         74   the vault, a note or the state could not be read or written
    ├─ OutputError        74   standard output could not be written
    ├─ VaultBusy          75   another sync holds the vault
    ├─ TokenError         77   no token, a keyring that does not give it, or a token that is refused
    ├─ ConfigError        78   the configuration is wrong; it lists every mistake at once
    └─ Interrupted       143   a signal asked the command to stop while it waited

The message is lower case, without a full stop, and names the thing; the hint is what to do about it. Neither
ever holds the token, a header, or a highlight's text. A bug of ours is any other exception: exit code 70.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FOUND = 1
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


def reason_of(error: OSError) -> str:
    """Return the system's own words for an error, as a clause of a message."""
    return (error.strerror or "the system gives no reason").lower()


class SyncerError(Exception):
    """What happened, in one line, with what to do about it in another."""

    exit_code = EXIT_BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SyncerError):
    """The command line asks for something that does not fit together."""

    exit_code = 2


class ReadwiseError(SyncerError):
    """Readwise could not be reached, kept failing, or answered with something that is no answer.

    `not_before_seconds` is how long Readwise wished not to be asked again; None when it wished nothing.
    """

    exit_code = 69

    def __init__(self, message: str, *, hint: str = "", not_before_seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.not_before_seconds = not_before_seconds


class VaultError(SyncerError):
    """The vault, a note or the state could not be read or written."""

    exit_code = 74


class OutputError(SyncerError):
    """Standard output, or standard error, could not be written; the command itself was carried out."""

    exit_code = 74


class VaultBusy(SyncerError):  # noqa: N818  what happened, not what went wrong
    """Another sync holds the vault."""

    exit_code = 75


class TokenError(SyncerError):
    """There is no token, the keyring does not give it, or Readwise refused it."""

    exit_code = 77


class ConfigError(SyncerError):
    """The configuration is wrong; the message has a line for each mistake."""

    exit_code = 78


class Interrupted(SyncerError):  # noqa: N818  what happened, not what went wrong
    """A signal asked the command to stop while it waited; nothing is half done."""

    exit_code = EXIT_TERMINATED
