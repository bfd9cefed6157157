"""Is there a token, in a keyring that answers? Is Readwise reached, safely, by a clock that is right?

ok       token      the Secret Service keyring (service syncer, user readwise)
problem  readwise   the name readwise.io could not be looked up → ping readwise.io
problem  clock      this machine's clock is 8 hours ahead of Readwise's → sudo timedatectl set-ntp true

Guarantees: one question to the keyring (10 s at most), one to Readwise (20 s at most), only its two read-only
addresses, and nothing where the configuration that names another one is wrong; the token is never in a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncer.config import Config, ReadwiseConfig
from syncer.credentials import Found, NoTokenError, Sources, Token, find_token
from syncer.doctor.case import Case, pasted
from syncer.doctor.finding import Finding, note, ok, problem
from syncer.durations import shown_duration
from syncer.errors import ConfigError, Interrupted, ReadwiseError, SyncerError, TokenError

CLOCK_LIMIT = 300.0
"""Seconds by which the clock may differ from Readwise's: headings and polls go by it."""

SET = "syncer token set"
PAGE = "https://readwise.io/access_token"


def token(case: Case, config: Config | None, found: list[Found]) -> Iterator[Finding]:
    """Yield where the token is, or why there is none; one that is there is put into `found`."""
    command = config.readwise.token_command if config else ()
    sources = Sources(env=case.env, command=command, keyring_deadline=case.keyring_seconds, stopped=case.stop.is_set)
    try:
        one = find_token(sources)
    except NoTokenError as error:
        yield problem("token", "missing", error.message, SET)
        return
    except TokenError as error:
        yield problem(*_kind(case, error), error.message, _mended(case, error))
        return
    found.append(one)
    yield ok("token", "there", one.place)
    if case.env.get("READWISE_TOKEN") and not one.in_keyring:
        yield note("token", "environment", "READWISE_TOKEN counts in this shell alone: a service does not see it", SET)
    if (case.home / ".config" / "python_keyring" / "keyringrc.cfg").is_file():
        yield note("keyring", "keyringrc", "keyringrc.cfg names another keyring; syncer does not go by it")


def _kind(case: Case, error: TokenError) -> tuple[str, str]:
    """Return `check` and `what` of a token that cannot be read."""
    words = (
        ("is locked", "keyring", "locked"),
        ("did not answer", "keyring", "frozen"),
        ("no session bus", "keyring", "no-bus"),
        ("no keyring answers", "keyring", "absent"),
        ("is not trusted", "keyring", "refused"),
        ("cannot be used from this Python", "keyring", "package"),
        ("can be read by others", "token", "mode"),
        ("token_command", "token", "command"),
    )
    return next(((check, what) for text, check, what in words if text in error.message), ("token", "unusable"))


def _mended(case: Case, error: TokenError) -> str:
    """Return what mends it: the command where there is one, else what the error says."""
    file = case.env.get("READWISE_TOKEN_FILE", "")
    if "can be read by others" in error.message:
        return pasted("chmod", "600", file)
    if "PYTHON_KEYRING_BACKEND" in error.message:
        return "unset PYTHON_KEYRING_BACKEND"
    return error.hint


def readwise(case: Case, config: Config | None, found: list[Found]) -> Iterator[Finding]:
    """Yield whether Readwise is reached, takes the token, and has the same time."""
    if not case.network:
        return
    address = (config.readwise if config else ReadwiseConfig()).base_url
    given = found[0].token if found else Token("none", source="the doctor")
    try:
        with case.connect(config, given) as client:
            try:
                client.check_token()
            except TokenError as error:
                yield ok("readwise", "reached", address)
                if found:
                    yield _refused(error)
            else:
                yield ok("readwise", "reached", f"{address} takes the token")
            finally:
                server = client.server_date
            yield from _clock(case, server)
    except Interrupted:
        raise
    except ConfigError as error:
        yield problem("readwise", "settings", error.message, error.hint)
    except SyncerError as error:
        yield problem("readwise", _why(error), error.message, _way(error, address))


def not_asked(case: Case) -> Iterator[Finding]:
    """Yield that Readwise is left alone, since nobody knows where the token may be sent."""
    if case.network:
        text = "Readwise was not asked: where the token may be sent stands in the configuration, and that is wrong"
        yield note("readwise", "not-asked", text)


def _refused(error: TokenError) -> Finding:
    if "403" in error.message:
        return problem("token", "expired", error.message, "xdg-open https://readwise.io/account")
    return problem("token", "refused", error.message, f"{SET}   # a new one is at {PAGE}")


def _why(error: SyncerError) -> str:
    words = (("looked up", "name"), ("certificate", "certificate"), ("proxy", "proxy"), ("redirects", "redirect"))
    return next((what for text, what in words if text in error.message), "unreachable")


def _way(error: SyncerError, address: str) -> str:
    if isinstance(error, ReadwiseError) and _why(error) in ("name", "unreachable", "proxy"):
        return pasted("curl", "-sSI", "--max-time", "20", f"{address}/api/v2/auth/")
    return error.hint or pasted("curl", "-sSI", "--max-time", "20", f"{address}/api/v2/auth/")


def _clock(case: Case, server: object) -> Iterator[Finding]:
    from datetime import datetime

    if not isinstance(server, datetime):
        return
    ahead = (case.clock() - server).total_seconds()
    if abs(ahead) <= CLOCK_LIMIT:
        yield ok("clock", "right", "agrees with Readwise's")
        return
    side = "ahead of" if ahead > 0 else "behind"
    remedy = "sudo sntp -sS time.apple.com" if case.platform == "darwin" else "sudo timedatectl set-ntp true"
    yield problem("clock", "wrong", f"this machine's clock is {shown_duration(abs(ahead))} {side} Readwise's", remedy)
