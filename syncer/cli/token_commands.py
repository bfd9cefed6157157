"""`token set`, `status`, `delete`: the token's way into the keyring, where it is, and its way out.

token set      asks (hidden) or reads standard input, asks Readwise, keeps it, looks whether it is kept
token status   → the token is kept in the Secret Service keyring (service syncer, user readwise)
               → Readwise takes it
token delete   → the token is removed from the keyring, and what remains elsewhere is said

Guarantees: the token is never an argument, and neither it nor a part of it is printed; Readwise is asked for 20 s at
most. Where a token may lie is `credentials.py`'s question.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from syncer.cli.commands import Call
from syncer.errors import EXIT_OK, SyncerError
from syncer.places import config_places

if TYPE_CHECKING:
    from syncer.config import Config

TOKEN_PAGE = "https://readwise.io/access_token"  # noqa: S105 - the page that shows it to its owner


def token(call: Call) -> int:
    """Keep, describe or remove the token."""
    return {"set": _set, "status": _status, "delete": _delete}[call.arguments.action](call)


def _set(call: Call) -> int:
    from syncer.cli.connecting import check_token
    from syncer.credentials import Sources, Token, store_token

    if sys.stdin.isatty():
        from syncer.cli.questions import Questions

        call.screen.tell(f"get a token at {TOKEN_PAGE}")
        text = Questions(call, yes=False, no_input=False).secret("Readwise token (it is not shown)")
    else:
        from syncer.cli.questions import interruptible

        with interruptible(call):
            text = sys.stdin.readline()
    given = Token(text, source="what was entered")
    check_token(call, _config_or_none(call), given)
    where = store_token(given, Sources(env=call.env))
    call.screen.say(f"Readwise takes the token; it is kept in {where}")
    return EXIT_OK


def _status(call: Call) -> int:
    from syncer.cli.connecting import check_token, sources_of
    from syncer.credentials import find_token

    config = _config_or_none(call)
    found = find_token(sources_of(call, config))
    call.screen.say(f"the token is kept in {found.place}")
    check_token(call, config, found.token)
    call.screen.say("Readwise takes it")
    return EXIT_OK


def _delete(call: Call) -> int:
    from syncer.credentials import Sources, delete_token

    try:
        there = delete_token(Sources(env=call.env))
        call.screen.say("the token is removed from the keyring" if there else "the keyring held no token of syncer's")
    finally:
        for line in _what_remains(call):
            call.screen.tell(f"note: {line}")
        call.screen.tell(f"note: a token stays valid until you revoke it at {TOKEN_PAGE}")
    return EXIT_OK


def _what_remains(call: Call) -> Iterator[str]:
    """Yield each other place that may still hold a token."""
    for name, place in (
        ("CREDENTIALS_DIRECTORY", "the systemd credential readwise-token"),
        ("READWISE_TOKEN_FILE", "the file that READWISE_TOKEN_FILE names"),
        ("READWISE_TOKEN", "the environment variable READWISE_TOKEN"),
    ):
        if call.env.get(name):
            yield f"{place} still counts where there is one"
    config = None
    with suppress(SyncerError):  # a mistake in the configuration is not what was asked for
        config = _config_or_none(call)
    if config is None:
        yield "if Readwise's own plug-in is in your vault, its data.json holds a token in plain text"
        return
    if config.readwise.token_command:
        yield f"{config.where('readwise.token_command')}: readwise.token_command still hands out a token"
    if _plugin_has_token(config):
        from syncer.plugin import DATA

        yield f"{config.vault.path / DATA} of Readwise's own plug-in holds a token in plain text"


def _plugin_has_token(config: Config) -> bool:
    from syncer.plugin import plugin_map
    from syncer.vault import Vault

    with suppress(SyncerError, OSError), Vault(str(config.vault.path), quiet_time=0.0, patience=0.0) as vault:
        return plugin_map(vault).has_token
    return False


def _config_or_none(call: Call) -> Config | None:
    """Return the configuration, or None where none is named and none is there: a token can come first."""
    from syncer.cli.configuration import config_of

    named = call.arguments.config or call.env.get("SYNCER_CONFIG")
    if not named and not any(path.exists() for path in config_places(call.env)):
        return None
    return config_of(call)
