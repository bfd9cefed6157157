"""`token`, `template`, `adopt` and `demo`: the commands beside the pass.

token status   → the token is kept in Secret Service (service syncer, user readwise); Readwise takes it
adopt 60110123 "Readwise/Deep.md"   → "Readwise/Deep.md" is the note of "Deep" (book 60110123) from now on
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.cli.commands import Call
from syncer.errors import EXIT_OK, UsageError
from syncer.places import find_config
from syncer.report import shown

if TYPE_CHECKING:
    from syncer.config import Config


def demo(call: Call) -> int:
    """Make a little vault from the built-in library."""
    from syncer.demo import make

    make(Path(call.arguments.directory), say=call.screen.say)
    return EXIT_OK


# ---------------------------------------------------------------- token


def token(call: Call) -> int:
    """Keep, describe or remove the token."""
    return {"set": _token_set, "status": _token_status, "delete": _token_delete}[call.arguments.action](call)


def _token_set(call: Call) -> int:
    from syncer.credentials import GET_ONE, Sources, Token, store_token

    if sys.stdin.isatty():
        from getpass import getpass

        call.screen.tell(GET_ONE.partition(" and ")[0])
        text = getpass("Readwise token (it is not shown): ")
    else:
        text = sys.stdin.readline()
    given = Token(text, source="what was entered")
    from syncer.cli.connecting import connect

    with ExitStack() as stack:
        connect(call, _config_or_none(call), stack, token=given).check_token()
    where = store_token(given, Sources(env=call.env))
    call.screen.say(f"Readwise takes the token; it is kept in {where}")
    return EXIT_OK


def _token_status(call: Call) -> int:
    from syncer.cli.connecting import connect, sources_of
    from syncer.credentials import where_is_token

    config = _config_or_none(call)
    place = where_is_token(sources_of(call, config))
    call.screen.say(f"the token is kept in {place}")
    with ExitStack() as stack:
        connect(call, config, stack).check_token()
    call.screen.say("Readwise takes it")
    return EXIT_OK


def _token_delete(call: Call) -> int:
    from syncer.credentials import Sources, delete_token

    there = delete_token(Sources(env=call.env))
    call.screen.say("the token is removed from the keyring" if there else "the keyring held no token of syncer's")
    for name in ("CREDENTIALS_DIRECTORY", "READWISE_TOKEN_FILE", "READWISE_TOKEN"):
        if call.env.get(name):
            call.screen.tell(f"note: {name} is set, and a token from there still counts")
    call.screen.tell(
        "note: if Readwise's own plug-in is in your vault, its data.json holds a token in plain text; "
        "revoke tokens at https://readwise.io/access_token"
    )
    return EXIT_OK


def _config_or_none(call: Call) -> Config | None:
    """Return the configuration, or None where none is named and none is there: a token can come first."""
    from syncer.config import load
    from syncer.places import config_places

    named = call.arguments.config or call.env.get("SYNCER_CONFIG")
    if not named and not any(path.exists() for path in config_places(call.env)):
        return None
    return load(find_config(call.arguments.config, call.env))


# ---------------------------------------------------------------- templates


def template(call: Call) -> int:
    """Print, check or start a set of templates."""
    return {"show": _template_show, "check": _template_check, "new": _template_new}[call.arguments.action](call)


def _chosen_set(call: Call) -> tuple[str, Path]:
    """Return the set that is named, or that of the configuration, and the folder that it is relative to."""
    if call.arguments.set:
        return call.arguments.set, Path.cwd()
    from syncer.config import load

    config = load(find_config(call.arguments.config, call.env))
    return config.note.template, config.file.parent


def _template_show(call: Call) -> int:
    from syncer.template import template_texts

    choice, base = _chosen_set(call)
    for name, text in template_texts(choice, base=base).items():
        call.screen.say(f"=== {name}")
        call.screen.say(text.removesuffix("\n"))
    return EXIT_OK


def _template_check(call: Call) -> int:
    from syncer.template import load_templates

    choice, base = _chosen_set(call)
    load_templates(choice, base=base)
    call.screen.say(f"the templates of {choice} are fine: each was rendered with made-up books")
    return EXIT_OK


def _template_new(call: Call) -> int:
    from syncer.template import template_texts

    folder = Path(call.arguments.folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty", hint="name a folder that is empty or not there yet")
        for name, text in template_texts(call.arguments.source, base=Path.cwd()).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{folder} could not be made: {error.strerror}") from error
    call.screen.say(f'made {folder}; put note.template = "{folder.resolve()}" into the configuration to use it')
    call.screen.say(f"after a change, try it with: syncer template check {folder}")
    return EXIT_OK


# ---------------------------------------------------------------- adopt


def adopt(call: Call) -> int:
    """Decide that a note is a book's."""
    from syncer.by_hand import adopt as decide
    from syncer.cli.sync_commands import config_of, setup_of

    with ExitStack() as stack:
        setup = setup_of(call, config_of(call), stack)
        title, path = decide(setup, book_id=call.arguments.book, note=call.arguments.note)
    call.screen.say(f'"{shown(path)}" is the note of "{shown(title)}" (book {call.arguments.book}) from now on')
    call.screen.say("the next sync appends what it lacks; look first with: syncer dry-run")
    return EXIT_OK
