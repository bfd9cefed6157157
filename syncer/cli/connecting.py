"""From a call and a configuration to a connected Readwise: the token, the settings, what is told of waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from syncer.asking import Progress, ReadwiseSettings
from syncer.cli.commands import Call
from syncer.config import Config, ReadwiseConfig
from syncer.credentials import Sources, Token, read_token

if TYPE_CHECKING:
    from syncer.readwise import Client


def sources_of(call: Call, config: Config | None) -> Sources:
    """Return where this call's token may come from."""
    command = config.readwise.token_command if config else ()
    return Sources(env=call.env, command=command, stopped=call.stop.is_set)


CHECK_SECONDS = 20.0
"""The longest that a person waits to hear whether Readwise takes a token."""


def connect(
    call: Call, config: Config | None, stack: ExitStack, *, token: Token | None = None, longest: float | None = None
) -> Client:
    """Return a client that is closed with the stack; the token is read from its place where none is given.

    `longest` bounds, in seconds, how long setbacks are put up with; without it the configuration does.
    """
    given = config.readwise if config else ReadwiseConfig()
    known = token or read_token(sources_of(call, config))
    settings = ReadwiseSettings(
        base_url=given.base_url,
        timeout=given.timeout,
        retry_first_wait=given.retry_first_wait,
        retry_max_wait=given.retry_max_wait,
        retry_deadline=min(given.retry_deadline, longest or given.retry_deadline),
        ca=str(given.ca or ""),
    )
    from syncer.readwise import Client

    return stack.enter_context(Client(settings, known, stop=call.stop, on_progress=_progress(call)))


def check_token(call: Call, config: Config | None, token: Token) -> None:
    """Return when Readwise takes the token; raise TokenError, ReadwiseError or Interrupted, within `CHECK_SECONDS`."""
    with ExitStack() as stack:
        connect(call, config, stack, token=token, longest=CHECK_SECONDS).check_token()


def _progress(call: Call) -> Callable[[Progress], None]:
    def hear(progress: Progress) -> None:
        if progress.waiting and not call.screen.quiet:
            call.screen.tell(f"waiting {math.ceil(progress.waiting)} s for Readwise: {progress.reason}")

    return hear
