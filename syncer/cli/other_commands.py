"""`template`, `adopt` and `demo`: the commands beside the pass.

template new mine   → made mine; put note.template = "/home/me/mine" into the configuration to use it
adopt 60110123 "Readwise/Deep.md"   → "Readwise/Deep.md" is the note of "Deep" (book 60110123) from now on
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from syncer import report as reporting
from syncer.cli.commands import Call
from syncer.errors import EXIT_OK, UsageError
from syncer.report import shown


def demo(call: Call) -> int:
    """Make a little vault from the built-in library."""
    from syncer.demo import make

    make(Path(call.arguments.directory), say=call.screen.note if call.screen.quiet else call.screen.say)
    return EXIT_OK


# ---------------------------------------------------------------- templates


def template(call: Call) -> int:
    """Print, check or start a set of templates."""
    return {"show": _template_show, "check": _template_check, "new": _template_new}[call.arguments.action](call)


def _chosen_set(call: Call) -> tuple[str, Path]:
    """Return the set that is named, or that of the configuration, and the folder that it is relative to."""
    if call.arguments.set:
        return call.arguments.set, Path.cwd()
    from syncer.cli.configuration import config_of

    config = config_of(call)
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
    from syncer.template_use import refuse_unusable

    choice, base = _chosen_set(call)
    refuse_unusable(load_templates(choice, base=base), where=choice)
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
        raise UsageError(f"{folder} could not be made: {error.strerror}", hint="name another folder") from error
    call.screen.say(f'made {folder}; put note.template = "{folder.resolve()}" into the configuration to use it')
    call.screen.say(f"after a change, try it with: syncer template check {folder}")
    return EXIT_OK


# ---------------------------------------------------------------- adopt


def adopt(call: Call) -> int:
    """Decide that a note is a book's."""
    from syncer.by_hand import adopt as decide
    from syncer.cli.configuration import config_of
    from syncer.cli.sync_commands import setup_of

    with ExitStack() as stack:
        setup = setup_of(call, config_of(call), stack)
        title, path, others = decide(setup, book_id=call.arguments.book, note=call.arguments.note)
    call.screen.say(f'"{shown(path)}" is the note of "{shown(title)}" (book {call.arguments.book}) from now on')
    if others:
        call.screen.tell(f"it is also the note of {reporting.counted(len(others), 'other book')}: {others[0]}")
    call.screen.say("the next sync appends what it lacks; look first with: syncer dry-run")
    return EXIT_OK
