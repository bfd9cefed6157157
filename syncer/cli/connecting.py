"""From a call and a configuration to a connected Readwise: the token, the settings, what is told of waits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from syncer.cli.commands import Call
from syncer.config import Config, ReadwiseConfig
from syncer.credentials import Sources, Token, read_token
from syncer.model import Progress, ReadwiseSettings

if TYPE_CHECKING:
    from syncer.readwise import Client


def sources_of(call: Call, config: Config | None) -> Sources:
    """Return where this call's token may come from."""
    return Sources(env=call.env, command=config.readwise.token_command if config else ())


def connect(call: Call, config: Config | None, stack: ExitStack, *, token: Token | None = None) -> Client:
    """Return a client that is closed with the stack; the token is read from its place where none is given."""
    given = config.readwise if config else ReadwiseConfig()
    known = token or read_token(sources_of(call, config))
    settings = ReadwiseSettings(
        base_url=given.base_url,
        timeout=given.timeout,
        retry_first_wait=given.retry_first_wait,
        retry_max_wait=given.retry_max_wait,
        retry_deadline=given.retry_deadline,
        ca=str(given.ca or ""),
    )
    from syncer.readwise import Client

    return stack.enter_context(Client(settings, known, stop=call.stop, on_progress=_progress(call)))


def _progress(call: Call) -> Callable[[Progress], None]:
    def hear(progress: Progress) -> None:
        if progress.waiting and not call.screen.quiet:
            call.screen.tell(f"waiting {progress.waiting:.0f} s for Readwise: {progress.reason}")

    return hear
