"""How does one call of the system fail, do half of its work, or find that somebody was there just before it?

    with call("fsync", failing(errno.EIO)): …          every fsync fails
    with call("write", half_and_then(others)): …       the first write takes half, and then `others()` is called
    with call("link", after(others)): …                `others()` is called right before the first link

In this process, for the branch that one such moment takes; all moments of real processes are in tests/faults.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Real = Callable[..., object]
Stead = Callable[[Real], Real]


@contextmanager
def call(name: str, stead: Stead, *, of: object = os) -> Iterator[None]:
    """Have what stands in the stead of a function of the system's modules be called while the block runs."""
    real = getattr(of, name)
    setattr(of, name, stead(real))
    try:
        yield
    finally:
        setattr(of, name, real)


def failing(number: int, *, when: Callable[..., bool] = lambda *_: True) -> Stead:
    """Return a call that fails with this error, where its arguments are such; else it is made."""

    def stead(real: Real) -> Real:
        def made(*arguments: object, **options: object) -> object:
            if when(*arguments):
                raise OSError(number, os.strerror(number))
            return real(*arguments, **options)

        return made

    return stead


def after(others: Callable[[], object]) -> Stead:
    """Return a call that is made right after what others did, the first time."""

    def stead(real: Real) -> Real:
        left = [others]

        def made(*arguments: object, **options: object) -> object:
            if left:
                left.pop()()
            return real(*arguments, **options)

        return made

    return stead


def half_and_then(others: Callable[[], object]) -> Stead:
    """Return a write that takes half of what it is given, the first time, and then others act."""

    def stead(real: Real) -> Real:
        left = [others]

        def made(descriptor: int, data: bytes) -> object:
            if not left:
                return real(descriptor, data)
            taken = real(descriptor, data[: len(data) // 2])
            left.pop()()
            return taken

        return made

    return stead
