"""What can `syncer doctor` say of one thing? That it is right, worth knowing, or wrong, and then how to mend it.

    Finding("vault", "missing", State.PROBLEM, "the vault /home/me/Notes is not there", "syncer init")

`check` and `what` name the finding for programs and for a bug report: they hold nothing private, and stay what they
are from one version to the next. `text` may name paths; no finding ever holds a token, a highlight or an address.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(msgspec.Struct, frozen=True):
    """One line of the doctor's: what was looked at, how it stands, and the command, or the step, that mends it."""

    check: str
    what: str
    state: State
    text: str
    remedy: str = ""


def ok(check: str, what: str, text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(check, what, State.OK, text)


def note(check: str, what: str, text: str, remedy: str = "") -> Finding:
    """Return something that works, and that its owner may want to know or to change."""
    return Finding(check, what, State.NOTE, text, remedy)


def problem(check: str, what: str, text: str, remedy: str) -> Finding:
    """Return something that keeps syncer from its work, or will, with what mends it."""
    return Finding(check, what, State.PROBLEM, text, remedy)
