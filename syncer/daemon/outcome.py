"""What does one poll tell the service when it ends? One JSON object on its standard output.

    {"exit_code":74,"holds":[{"where":"Readwise/Deep.md","reason":"it is being edited","hint":"","soon":true}]}

Guarantees: what a child printed that is no such object, or that was killed, becomes an outcome with its exit code
and a sentence. What follows from an outcome is `timetable.py`'s and `trouble.py`'s business.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from syncer.errors import EXIT_BUG, EXIT_OK, ConfigError, SyncerError, VaultBusy, VaultError
from syncer.report import TRIED_AGAIN, Report, summary

MOST = 100
"""Changes held back that are told of each kind; the log has them all."""


class Verdict(Enum):
    """What an outcome means for the next poll."""

    WELL = "nothing is left to do but for a person, or until Readwise has something new"
    SOON = "a note is being edited: again in a minute or two"
    BUSY = "another sync holds the vault: again in a minute or two"
    FAILED = "again later, and each time later"


class HeldBack(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was not made; `soon` says that it will pass by itself, `book_id` whose it is, 0 if nobody knows."""

    where: str
    reason: str
    hint: str = ""
    soon: bool = False
    book_id: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a poll ended; `wish` is how many seconds Readwise wants to be left alone."""

    exit_code: int
    message: str = ""
    hint: str = ""
    summary: str = ""
    wish: float = 0.0
    holds: tuple[HeldBack, ...] = ()
    failures: int = 0

    @property
    def verdict(self) -> Verdict:
        """What this means for the next poll."""
        if self.exit_code == VaultBusy.exit_code:
            return Verdict.BUSY
        if self.exit_code not in (EXIT_OK, VaultError.exit_code) or self.message or self.failures:
            return Verdict.FAILED
        return Verdict.SOON if any(held.soon for held in self.holds) else Verdict.WELL


def outcome_of(report: Report) -> Outcome:
    """Return what a finished pass has to tell."""
    holds = [
        HeldBack(
            where=", ".join(held.paths) or held.title,
            reason=held.reason,
            hint=held.hint,
            soon=held.soon,
            book_id=held.book_id,
        )
        for held in report.holds
    ]
    holds += [HeldBack(where=failed.path, reason=failed.cause, hint=TRIED_AGAIN) for failed in report.failures]
    lasting, passing = [held for held in holds if not held.soon], [held for held in holds if held.soon]
    return Outcome(
        exit_code=report.exit_code,
        summary=summary(report),
        holds=(*lasting[:MOST], *passing[:MOST]),
        failures=len(report.failures),
    )


def outcome_of_error(error: SyncerError) -> Outcome:
    """Return what a pass that ended early has to tell."""
    wish = getattr(error, "not_before_seconds", None) or 0.0
    return Outcome(exit_code=error.exit_code, message=error.message, hint=error.hint, wish=wish)


def encode(outcome: Outcome) -> bytes:
    """Return the outcome as the child prints it."""
    return msgspec.json.encode(outcome)


def decode(printed: bytes, *, code: int) -> Outcome:
    """Return what a child told that ended with this code (negative: by a signal)."""
    try:
        told = msgspec.json.decode(printed, type=Outcome)
    except msgspec.MsgspecError:
        told = None
    if told is not None and told.exit_code == code:
        return told
    if code < 0:
        return Outcome(exit_code=EXIT_BUG, message=f"the sync was ended by signal {-code}")
    if code == EXIT_BUG:
        return Outcome(exit_code=code, message="syncer has a bug", hint="its report lies in the state folder")
    if code == ConfigError.exit_code:
        return Outcome(exit_code=code, message="the configuration is wrong", hint="see the log")
    return Outcome(exit_code=code or EXIT_BUG, message=f"the sync ended with code {code} and without a word")
