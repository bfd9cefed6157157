"""How long may one call take, whatever it does? A call that may hang is asked in a thread that nobody has to wait for.

    answer_within(10.0, keyring.get)  → what it returns or raises, or `TimeoutError` after 10 s

Guarantees: the caller goes on after the time, and the process can end although the call still hangs (a
thread of a `ThreadPoolExecutor` would hold it up at its end). What hangs is not stopped: never ask the same
thing again meanwhile. What one request to Readwise may take is in `connection.py`, a whole fetch in
`readwise.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NoReturn, TypeVar

T = TypeVar("T")


def answer_within(seconds: float, call: Callable[[], T]) -> T:
    """Return what `call` returns, raise what it raises, or `TimeoutError` when it does neither in this time."""
    answers: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def ask() -> None:
        try:
            value = call()
        except BaseException as error:
            answers.put(_raiser(error))
        else:
            answers.put(lambda: value)

    Thread(target=ask, daemon=True, name="deadline").start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    return answer()


def _raiser(error: BaseException) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail
