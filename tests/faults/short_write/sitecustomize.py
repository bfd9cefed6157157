"""Has the interpreter's nth `os.write` take only half of its bytes, as a system may: SHORT_WRITE=n says which.

A disk or a signal may cut a write short with no error; no tracer can make the kernel do so at a given call.
"""

import os

_whole = os.write
_left = int(os.environ["SHORT_WRITE"])


def _short(descriptor: int, data: bytes | memoryview) -> int:
    global _left
    _left -= 1
    return _whole(descriptor, data[: max(1, len(data) // 2)] if _left == 0 else data)


os.write = _short  # type: ignore[assignment]  # it takes what is given to it here
