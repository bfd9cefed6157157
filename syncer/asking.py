"""How Readwise is asked, and how far the asking has come: the types between the command line and the client.

    ReadwiseSettings(base_url="https://readwise.io", timeout=30.0, retry_first_wait=1.0, retry_max_wait=60.0,
                     retry_deadline=600.0)
    Progress(pages=3, books=41, highlights=2_810, waiting=16.0, reason="it wants to be asked later")

Frozen values, like those of model; what the client does with them is readwise.py's.
"""

from __future__ import annotations

import msgspec


class ReadwiseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask Readwise; the times are seconds.

    `timeout` is the longest silence in an answer; `retry_first_wait` and `retry_max_wait` bound the growing
    waits between tries; `retry_deadline` is the longest without one more complete page, and a whole fetch may
    take six times that. `ca` is a file of more certificate authorities, "" for none.
    """

    base_url: str
    timeout: float
    retry_first_wait: float
    retry_max_wait: float
    retry_deadline: float
    ca: str = ""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a fetch has come; `waiting` is the seconds until the next try, and `reason` why there is one."""

    pages: int
    books: int
    highlights: int
    waiting: float = 0.0
    reason: str = ""
