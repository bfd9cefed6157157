"""How is a pass ended in the middle of its work, at any of the calls with which it changes files?

    with crash_at(3, torn=True):      the third of write, fsync, link, unlink, ftruncate, mkdir is not made, and none
        user.sync(at=…)               after it; with `torn`, a write leaves half of its bytes; raises Killed

It stands in for SIGKILL in this process, where thousands of histories must fit into a test's time: whatever a pass
would do after the call, it does not do, but for closing what it has open. Real kills are in tests/faults.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.direct import Killed

CALLS = ("write", "fsync", "link", "unlink", "ftruncate", "mkdir")


@contextmanager
def crash_at(number: int, *, torn: bool) -> Iterator[None]:
    """Raise Killed instead of that call, counted from one, and of every later one, where it is reached."""
    real: dict[str, Callable[..., object]] = {name: getattr(os, name) for name in CALLS}
    left = number

    def counted(name: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0 and torn and name == "write":
                descriptor, data = arguments
                assert isinstance(data, bytes | memoryview)
                real[name](descriptor, data[: len(data) // 2])
            if left <= 0:
                raise Killed
            return real[name](*arguments, **options)

        return call

    try:
        for name in CALLS:
            setattr(os, name, counted(name))
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)
