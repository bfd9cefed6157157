"""What a hostile answer may cost: a process of its own takes each, and its memory is looked at afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator

import pytest

from tests.fake_readwise import TOKEN, FakeReadwise, Fault
from tests.readwise_faults import GZIP, OK, endless, page_of, pieces, status

pytestmark = pytest.mark.slow

MOST_KIB = 300 * 1024

CHILD = """
import resource, sys
from threading import Event
from syncer.errors import Interrupted
from syncer.asking import ReadwiseSettings
from syncer.readwise import Client

class Token:
    def reveal(self):
        return sys.argv[2]

stop, setbacks = Event(), []

def heard(progress):
    if progress.reason:
        setbacks.append(progress.reason)
    if len(setbacks) == 2:  # a second try needs no more memory than the first
        stop.set()

settings = ReadwiseSettings(
    base_url=sys.argv[1], timeout=30, retry_first_wait=0.01, retry_max_wait=0.01, retry_deadline=600
)
client = Client(settings, Token(), stop=stop, on_progress=heard)
try:
    outcome = sum(len(book.highlights) for page in client.pages() for book in page.books)
except Interrupted:
    outcome = setbacks[-1]
print(outcome)
if sys.platform == "linux":  # what getrusage says there counts the parent, too, from before the exec
    status = open("/proc/self/status").read()
    print(int(status.partition("VmHWM:")[2].split()[0]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def packed(size: int, *, head: bytes = b"", filling: bytes = b" ") -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = filling * (2**20 // len(filling))
    return packer.compress(head) + b"".join(packer.compress(block) for _ in range(size // 2**20)) + packer.flush()


def with_text(text: str) -> Fault:
    return page_of(lambda page: {**page, "results": [{"user_book_id": 1, "highlights": [{"id": 1, "text": text}]}]})


def endless_gzip(_readwise: FakeReadwise) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 2**20
    while True:
        yield packer.compress(block)


HOSTILE: dict[str, tuple[Callable[[], Fault], str]] = {
    "a bomb of 200 MB": (lambda: status(200, packed(200 * 2**20), **GZIP), "more than 64 MiB"),
    "a bomb without an end": (
        lambda: pieces(OK + b"Content-Encoding: gzip\r\n\r\n", endless_gzip),
        "more than 64 MiB",
    ),
    "a body without an end": (lambda: pieces(OK + b"\r\n", endless), "more than 64 MiB"),
    "sixty million brackets": (lambda: status(200, packed(60 * 2**20, filling=b"["), **GZIP), "no page of an export"),
    "twenty million lists": (
        lambda: status(200, packed(60 * 2**20, head=b'{"results": [', filling=b"[],"), **GZIP),
        "no page of an export",
    ),
    "deep nesting under an unknown name": (
        lambda: status(200, b'{"results": [], "nextPageCursor": null, "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        "no page of an export",
    ),
    "a number of a million digits": (lambda: status(200, b'{"results": [' + b"9" * 2**20), "no page of an export"),
}


@pytest.fixture(scope="module")
def readwise() -> Iterator[FakeReadwise]:
    with FakeReadwise() as server:
        yield server


def fetched(readwise: FakeReadwise) -> tuple[str, int]:
    """Return what a process of its own made of the fetch, and its memory in KiB."""
    child = [sys.executable, "-c", CHILD, readwise.url, TOKEN]
    done = subprocess.run(child, capture_output=True, text=True, check=True, timeout=60)
    outcome, memory = done.stdout.splitlines()
    return outcome, int(memory)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_refused_within_the_memory_of_one_page(readwise: FakeReadwise, name: str) -> None:
    fault, words = HOSTILE[name]
    readwise.misbehave(fault(), times=None)
    outcome, memory = fetched(readwise)
    assert words in outcome
    assert memory < MOST_KIB


def test_a_text_of_a_megabyte_arrives_in_bounded_memory(readwise: FakeReadwise) -> None:
    readwise.misbehave(with_text("x" * 2**20), times=None)
    outcome, memory = fetched(readwise)
    assert json.loads(outcome) >= 1
    assert memory < MOST_KIB
