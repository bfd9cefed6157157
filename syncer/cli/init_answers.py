"""What does `syncer init` have to know? The vault, what goes into the configuration, a token that Readwise takes.

    vault_of(call, ask)             Path("/home/me/Notes")
    values_of(call, ask, vault, …)  {"vault.path": "/home/me/Notes", "note.template": "seed", …}
    token_of(call, ask, …)          (Token(hidden), True)        True: it is to be kept in the keyring

Each is taken from its option, else asked with what was found as the default. Guarantees: nothing is written here, and
no answer is believed before it was looked at. In which order is `init_commands.py`'s question.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.cli.commands import Call
from syncer.cli.connecting import check_token, sources_of
from syncer.cli.questions import Questions
from syncer.cli.token_commands import TOKEN_PAGE
from syncer.config import KEYS, VaultConfig
from syncer.config_values import TEMPLATE_SETS, WrongValueError
from syncer.credentials import OF_VARIABLE, Found, NoTokenError, Token, find_token
from syncer.errors import ConfigError, TokenError, UsageError, reason_of
from syncer.first_run import draft
from syncer.report import counted, shown

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.survey import Survey

TRIES = 3
"""How often a wrong token may be entered."""


def vault_of(call: Call, ask: Questions) -> Path:
    """Return the folder of the vault, which is there."""
    given = call.arguments.vault
    if given:
        return _folder(given)
    from syncer.obsidian import known_vaults

    known = [str(path) for path in known_vaults(call.env, home=Path.home())]
    if known:
        call.screen.tell("Vaults that Obsidian knows on this machine:")
    else:
        call.screen.tell("Obsidian's list of vaults was not found, or is empty.")
    while True:
        question = "Which one? A number, or another folder" if known else "The vault's folder"
        try:
            return _folder(ask.choose(question, known, option="--vault"))
        except UsageError as error:
            if not ask.can_ask:
                raise
            call.screen.tell(f"{error.message}; {error.hint}")


def _folder(written: str) -> Path:
    try:
        path = Path(written).expanduser().absolute()
        is_folder = path.is_dir()
    except (RuntimeError, OSError, ValueError):
        path, is_folder = Path(written), False
    if not is_folder:
        raise UsageError(f"there is no folder {shown(str(path))}", hint="give the folder that you open in Obsidian")
    return path


def found_in(call: Call, vault: Path) -> Survey:
    """Look through the vault, and say what was found."""
    from syncer.errors import VaultError
    from syncer.survey import survey
    from syncer.vault import Vault

    try:
        with Vault(str(vault), quiet_time=0.0, patience=0.0) as opened:
            found = survey(opened)
            has_obsidian = opened.has_obsidian()
    except OSError as error:
        reason = reason_of(error)
        raise VaultError(f"the vault {vault} could not be read: {reason}", hint="check its permissions") from error
    if not has_obsidian:
        call.screen.tell(f"note: {shown(str(vault))} has no .obsidian folder: is it the vault's own folder?")
    if found.exported or found.plugin.paths:
        call.screen.tell(
            f"Found {counted(found.notes, 'note')}, about {found.exported:,} of them written by an export of "
            "Readwise's; they are continued."
        )
    elif found.notes:
        call.screen.tell(f"Found {counted(found.notes, 'note')}, none of them written by an export of Readwise's.")
    if found.look == "own":
        call.screen.tell(
            "Your exported notes were made with templates of their own. syncer takes Readwise's templates as they are: "
            "syncer template new --help"
        )
    return found


def values_of(call: Call, ask: Questions, vault: Path, found: Survey) -> dict[str, str]:
    """Return what the configuration is to say, by dotted key."""
    given = call.arguments
    look = found.look if found.look in TEMPLATE_SETS else TEMPLATE_SETS[0]
    for key, written in (("readwise.base_url", given.base_url), ("readwise.token_command", given.token_command)):
        if written:
            _fitting(call, ask, key, given=written)
    asked = partial(
        ask.line, f"Look of new notes: {', '.join(TEMPLATE_SETS)}, or a folder", default=look, option="--template"
    )
    template = _fitting(call, ask, "note.template", given=given.template, asked=asked)
    asked = partial(ask.line, "Folder for new notes, in the vault", default=found.folder, option="--folder")
    values = {
        "vault.path": str(vault),
        "vault.folder": _fitting(call, ask, "vault.folder", given=given.folder, asked=asked),
        "note.template": template if template in TEMPLATE_SETS else str(Path(template).expanduser().absolute()),
    }
    more = {
        "vault.adopt": given.adopt,
        "readwise.base_url": given.base_url,
        "readwise.token_command": given.token_command,
    }
    return {**values, **{key: value for key, value in more.items() if value}}


def _fitting(call: Call, ask: Questions, key: str, *, given: str = "", asked: Callable[[], str] = str) -> str:
    """Return what was given, or what is answered until the configuration can hold it; else raise UsageError."""
    while True:
        written = given or asked()
        try:
            _look(key, written)
        except WrongValueError as wrong:
            if given or call.arguments.yes or not ask.can_ask:
                option = key.rpartition(".")[2].replace("_", "-")
                raise UsageError(f"--{option}: {wrong.what}", hint=wrong.hint) from None
            call.screen.tell(f"{wrong.what}; {wrong.hint}")
        else:
            return written


def _look(key: str, written: str) -> None:
    """Raise WrongValueError where a key of the configuration cannot hold this, or it is no template of a folder."""
    KEYS[key](written, Path.cwd())
    if key == "vault.folder":
        from syncer.template import load_path_templates

        try:
            load_path_templates(written, VaultConfig(path=Path()).file_name)
        except ConfigError as error:
            what = error.message.partition(": ")[2]
            raise WrongValueError(what, hint=error.hint or 'write it as "Readwise/{{ category }}"') from None


def token_of(call: Call, ask: Questions, values: dict[str, str], *, path: Path) -> tuple[Token, bool]:
    """Return a token that Readwise takes, and whether it is to be kept in the keyring.

    Where the keyring cannot be used, a command that prints the token may be named; it is put into `values`, which are
    those of the configuration to be made at `path`.
    """
    while True:
        config = draft(path, values)
        try:
            return token_for(call, ask, config)
        except _NoPlaceError as no_place:
            asked = partial(_another_place, call, ask, no_place.cause, config=config)
            values["readwise.token_command"] = _fitting(call, ask, "readwise.token_command", asked=asked)


def token_for(call: Call, ask: Questions, config: Config) -> tuple[Token, bool]:
    """Return a token that Readwise takes, and whether it is to be kept in the keyring, under this configuration."""
    try:
        found: Found | None = find_token(sources_of(call, config))
    except NoTokenError:
        found = None
    except TokenError as error:
        raise _NoPlaceError(error) from None
    if found is not None:
        call.screen.tell(f"A token is there already, in {found.place}.")
        try:
            check_token(call, config, found.token)
        except TokenError as error:
            if not (found.in_keyring and ask.can_ask):
                raise
            call.screen.tell(f"{error.message}: a new one is needed")
        else:
            if found.place == OF_VARIABLE:
                call.screen.tell("It counts in this shell alone; for a service, keep it with: syncer token set")
            return found.token, False
    return _entered(call, ask, config), True


def _entered(call: Call, ask: Questions, config: Config) -> Token:
    """Return a token that was entered and that Readwise takes."""
    if not ask.can_ask:
        raise TokenError(
            "there is no Readwise token, and nobody can be asked for it",
            hint=f"keep one first with: syncer token set < file; get it at {TOKEN_PAGE}",
        )
    call.screen.tell(f"Your Readwise token is shown at {TOKEN_PAGE}")
    left = TRIES
    while True:
        left -= 1
        try:
            token = Token(ask.secret("Readwise token (it is not shown)"), source="what was entered")
            check_token(call, config, token)
        except TokenError as error:
            if not left:
                raise
            call.screen.tell(f"{error.message}; try again")
        else:
            call.screen.tell("Readwise takes the token.")
            return token


class _NoPlaceError(TokenError):
    """The place where a token would be kept cannot be used."""

    def __init__(self, cause: TokenError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.cause = cause


def _another_place(call: Call, ask: Questions, error: TokenError, *, config: Config) -> str:
    """Return a command that prints the token; without one, raise why the keyring cannot be used."""
    call.screen.tell(f"{error.message}.")
    command = ask.optional_line("A command that prints the token, such as `pass show readwise` (Enter: stop here)")
    if not command:
        raise TokenError(error.message, hint=error.hint)
    return command
