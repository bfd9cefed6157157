"""From the parsed arguments to the command, and from whatever ends it to an exit code and one line.

    syncer: the token was refused by Readwise
    hint: get one at https://readwise.io/access_token and keep it with: syncer token set

SIGINT and SIGTERM set an event that every wait listens to: what is begun is finished, then the command ends. While a
person is being asked nothing is under way, and they end the command at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from syncer import errors
from syncer.cli import Now
from syncer.cli.screen import Screen, unwritten
from syncer.errors import SyncerError


class Call:
    """One call of the command line: its arguments and what it has of the world."""

    def __init__(self, arguments: argparse.Namespace, *, env: Mapping[str, str], now: Now, screen: Screen) -> None:
        self.arguments = arguments
        self.env = env
        self.now = now
        self.screen = screen
        self.stop = threading.Event()
        self.signal = 0
        self.is_asking = False


def carry_out(arguments: argparse.Namespace, *, env: Mapping[str, str], now: Now) -> int:
    """Carry out the command and return its exit code; never raise but for a bug in this function."""
    screen = Screen(sys.stdout, sys.stderr, env=env, quiet=arguments.quiet, verbose=arguments.verbose)
    call = Call(arguments, env=env, now=now, screen=screen)
    code = _carried_out(call)
    if not (error := unwritten()):
        return code
    told = _tell(call, error)
    return told if code in (errors.EXIT_OK, errors.EXIT_FOUND) else code


def _carried_out(call: Call) -> int:
    """Carry out the command and return its exit code, whatever ends it."""
    try:
        with _signals(call):
            return function_of(call.arguments)(call)
    except SyncerError as error:
        return _tell(call, error)
    except BrokenPipeError:
        return errors.EXIT_OK
    except KeyboardInterrupt:
        return errors.EXIT_TERMINATED if call.signal == signal.SIGTERM else errors.EXIT_INTERRUPTED
    except Exception as bug:
        return _told_as_bug(call, bug)


def _told_as_bug(call: Call, bug: Exception) -> int:
    """Write a report of a bug; where not even that can be loaded, the installation is what is broken."""
    try:
        from syncer.cli.bug_report import write_report
    except (ImportError, OSError):
        what = errors.reason_of(bug) if isinstance(bug, OSError) else type(bug).__name__
        what = str(bug) if isinstance(bug, ImportError) else what
        where = Path(__file__).parents[1]
        call.screen.tell(f"syncer: the program in {where} cannot be loaded: {what}{_folder_in_the_way()}")
        call.screen.tell("hint: is it installed whole, and may its files be read? install it again")
        return errors.EXIT_BUG
    return write_report(call, bug)


def _folder_in_the_way() -> str:
    """Return which folder of modules cannot be looked into, in brackets: an import takes it for an empty one."""
    for folder in sys.path:
        try:
            Path(folder).stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            return f" ({folder}: {errors.reason_of(error)})"
    return ""


def function_of(arguments: argparse.Namespace) -> Callable[[Call], int]:
    """Return the command's function, importing nothing that another one needs."""
    if arguments.command == "run" or getattr(arguments, "from_service", False):
        from syncer.cli import service_commands

        return service_commands.run if arguments.command == "run" else service_commands.poll
    if arguments.command == "status":
        from syncer.cli import status_command

        return status_command.status
    if arguments.command == "service":
        from syncer.cli import install_commands

        return install_commands.service
    if arguments.command in ("once", "export"):
        from syncer.cli import sync_commands

        return sync_commands.once if arguments.command == "once" else sync_commands.export
    if arguments.command == "dry-run":
        from syncer.cli import dry_run_command

        return dry_run_command.dry_run
    if arguments.command in ("history", "undo", "verify", "restore"):
        from syncer.cli import look_back_commands

        return {
            "history": look_back_commands.history,
            "undo": look_back_commands.undo,
            "verify": look_back_commands.verify,
            "restore": look_back_commands.restore,
        }[arguments.command]
    if arguments.command in ("init", "token", "doctor", "completion"):
        return _alone(arguments.command)
    from syncer.cli import other_commands

    return {
        "template": other_commands.template,
        "adopt": other_commands.adopt,
        "demo": other_commands.demo,
    }[arguments.command]


def _alone(command: str) -> Callable[[Call], int]:
    """Return the function of a command that has a file of its own."""
    if command == "init":
        from syncer.cli import init_commands

        return init_commands.init
    if command == "token":
        from syncer.cli import token_commands

        return token_commands.token
    if command == "doctor":
        from syncer.cli import doctor_commands

        return doctor_commands.doctor
    from syncer.cli import completion_commands

    return completion_commands.completion


def _tell(call: Call, error: SyncerError) -> int:
    """Print an error and its hint, and return its exit code."""
    code = error.exit_code
    if isinstance(error, errors.Interrupted):
        code = errors.EXIT_INTERRUPTED if call.signal == signal.SIGINT else errors.EXIT_TERMINATED
    if getattr(call.arguments, "json", False):
        import json

        document = {"message_type": "error", "exit_code": code, "message": error.message, "hint": error.hint}
        call.screen.tell(json.dumps(document))
        return code
    for line in error.message.splitlines():
        call.screen.tell(f"syncer: {line}")
    if error.hint:
        call.screen.tell(f"hint: {error.hint}")
    return code


@contextmanager
def _signals(call: Call) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into the stop event; a second SIGINT, or any at a question, interrupts."""

    def heard(number: int, _: FrameType | None) -> None:
        again = call.stop.is_set() and number == signal.SIGINT
        call.signal = number
        call.stop.set()
        if again or call.is_asking:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
