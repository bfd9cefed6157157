"""Does Ctrl-C end a question, whenever it comes?

A signal that comes right before a read begins is noted by Python, and the read sleeps on. `_thread.interrupt_main` does
the same with no luck: it notes a signal for the main thread and wakes nobody. What people answer is asked on a real
terminal, in test_init, test_init_trouble and test_token_commands.
"""

from __future__ import annotations

import _thread
import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from syncer.cli.commands import Call
from syncer.cli.questions import interruptible
from syncer.cli.screen import Screen

PATIENCE = 20.0
"""Seconds after which something is typed into a question that sleeps on."""


@pytest.fixture
def call() -> Call:
    screen = Screen(sys.stdout, sys.stderr, env={}, quiet=False, verbose=0)
    return Call(argparse.Namespace(), env={}, now=datetime.now, screen=screen)


def _note_a_signal(thread: int, descriptor: int) -> None:
    """Note one as soon as the thread sleeps in a read of the descriptor (at once where nobody can tell)."""
    at_work_on = Path(f"/proc/self/task/{thread}/syscall")
    while at_work_on.exists() and at_work_on.read_text().split()[1:2] != [f"{descriptor:#x}"]:
        os.sched_yield()
    _thread.interrupt_main()


@contextmanager
def no_other_timer() -> Iterator[None]:
    """Stop the timer that ends a test which hangs: its signal would wake the read as well."""
    timer = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)


def test_a_signal_that_came_right_before_the_read_ends_the_question(call: Call) -> None:
    mine, theirs = os.pipe()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = threading.Event()
    slept_on: list[bool] = []

    def note() -> None:
        _note_a_signal(main, mine)
        if not ended.wait(PATIENCE):
            slept_on.append(True)
            os.write(theirs, b"\n")

    main = threading.get_native_id()
    noting = threading.Thread(target=note)
    try:
        with no_other_timer(), pytest.raises(KeyboardInterrupt), interruptible(call):
            noting.start()
            os.read(mine, 1)
    finally:
        signal.signal(signal.SIGINT, before)
        ended.set()
        noting.join()
        os.close(mine)
        os.close(theirs)
    assert not slept_on, "the read ended by what was typed"


def test_what_was_heard_before_the_question_ends_it_before_it_is_asked(call: Call) -> None:
    call.stop.set()
    with pytest.raises(KeyboardInterrupt), interruptible(call):
        pytest.fail("the question was asked")
    assert not call.is_asking


def test_a_question_leaves_handler_descriptor_and_threads_as_they_were(call: Call) -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    threads = threading.active_count()
    mine, theirs = os.pipe()
    os.set_blocking(theirs, False)
    descriptor = signal.set_wakeup_fd(theirs)
    try:
        with interruptible(call):
            assert threading.active_count() == threads + 1
        assert threading.active_count() == threads
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        assert signal.set_wakeup_fd(descriptor) == theirs
        signal.signal(signal.SIGALRM, before)
        os.close(mine)
        os.close(theirs)
