"""How is a person asked on a terminal, and what counts as the answer where nobody is asked?

    Folder for new notes [Readwise]: _          Enter takes what stands in brackets
    Go on? [Y/n] _
    Readwise token (it is not shown): _

Questions go to standard error, so that standard output holds results alone. Ctrl-C and SIGTERM end a question at once
by a KeyboardInterrupt, and so do they before the next question when they came in between. `--yes` takes what stands in
brackets; `--no-input` too, but answers what would write notes or start anything with no. What has nothing in brackets
is then an error that names the option which gives it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from syncer.cli.commands import Call
from syncer.errors import UsageError

WAKE_EVERY = 0.05
"""Seconds between two attempts to wake a read that slept through a signal."""


class Questions:
    """The questions of one command."""

    def __init__(self, call: Call, *, yes: bool, no_input: bool) -> None:
        self._call = call
        self._yes = yes
        self._no_input = no_input
        self.can_ask = sys.stdin.isatty() and not no_input
        if not (yes or no_input or self.can_ask):
            raise UsageError("there is no terminal to ask on", hint="say --yes, or --no-input")

    def line(self, question: str, *, default: str = "", option: str) -> str:
        """Return one line; without an answer the default, and where there is none, ask again or raise UsageError."""
        if default and (self._yes or not self.can_ask):
            return default
        if not self.can_ask:
            raise UsageError(f"{question[0].lower()}{question[1:]}: nobody can be asked", hint=f"say it with {option}")
        shown = f"{question} [{default}]: " if default else f"{question}: "
        while not (answer := self._ask(shown) or default):
            continue
        return answer

    def optional_line(self, question: str) -> str:
        """Return one line, "" when it is left empty or nobody can be asked."""
        return self._ask(f"{question}: ") if self.can_ask else ""

    def choose(self, question: str, choices: Sequence[str], *, option: str) -> str:
        """Return one of the choices, by its number or the first by Enter; or anything else that is typed."""
        for number, choice in enumerate(choices, start=1):
            self._call.screen.tell(f"  {number}  {choice}")
        answer = self.line(question, default="1" if choices else "", option=option)
        return choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(choices) else answer

    def agree(self, question: str, *, default: bool = True, writes: bool = False) -> bool:
        """Return whether the answer is yes; `writes` marks what `--no-input` does not do."""
        if self._yes:
            return True
        if not self.can_ask:
            return default and not writes
        while True:
            answer = self._ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
            if answer in ("", "y", "yes", "n", "no"):
                return answer.startswith("y") if answer else default

    def by_person(self, question: str, *, default: bool) -> bool:
        """Return what a person at a terminal says; where nobody is asked, or `--yes` was said, the default."""
        return self.agree(question, default=default) if self.can_ask and not self._yes else default

    def secret(self, question: str) -> str:
        """Return what is typed, which is not shown."""
        from getpass import getpass

        try:
            with interruptible(self._call):
                return getpass(f"{question}: ", stream=sys.stderr)
        except EOFError:
            raise UsageError("the input ended before the question was answered", hint="begin again") from None

    def _ask(self, shown: str) -> str:
        with interruptible(self._call):
            sys.stderr.write(shown)
            sys.stderr.flush()
            line = sys.stdin.readline()
        if not line:
            self._call.screen.tell("")
            raise UsageError("the input ended before the question was answered", hint="begin again")
        return line.strip()


@contextmanager
def interruptible(call: Call) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the block by a KeyboardInterrupt: nothing is under way while one types."""
    call.is_asking = True
    try:
        if call.stop.is_set():
            raise KeyboardInterrupt
        with _woken(call):
            yield
    finally:
        call.is_asking = False


@contextmanager
def _woken(call: Call) -> Iterator[None]:
    """Let no read inside sleep through a signal that came right before it.

    Python notes a signal and runs its handler at its next look. One that comes after the last look before a read is
    noted, and the read waits for a line that nobody will type: so a thread hears that one was noted, and wakes the
    main one until its handler has run (on Windows, Ctrl-C itself ends the read). Nothing else is ever interrupted.
    """
    if not hasattr(signal, "pthread_kill") or threading.current_thread() is not threading.main_thread():
        yield
        return
    mine, pythons = os.pipe()
    os.set_blocking(pythons, False)
    over = threading.Event()
    waker = threading.Thread(target=_wake, args=(mine, call.stop, over), daemon=True)
    handler = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    descriptor = signal.set_wakeup_fd(pythons, warn_on_full_buffer=False)
    waker.start()
    try:
        yield
    finally:
        over.set()
        os.write(pythons, b"\0")
        waker.join()
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGALRM, handler)
        os.close(mine)
        os.close(pythons)


def _wake(noted: int, handled: threading.Event, over: threading.Event) -> None:
    """Wait until a signal is noted; then wake the main thread again and again until it was handled."""
    os.read(noted, 1)
    while not (handled.is_set() or over.is_set()):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        over.wait(WAKE_EVERY)
