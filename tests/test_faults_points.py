"""Which faults are tried, and is only what is equal to another, or cannot come, left out?"""

from __future__ import annotations

import pytest

from tests.faults.points import cuts_of, faults_of
from tests.faults.trace import Call


def test_a_kill_is_tried_before_each_change_and_once_after_the_last() -> None:
    calls = [
        Call(1, name, nth, f"3</v/a>{more}", 0, False)
        for name, nth, more in (
            ("pread64", 1, ""),
            ("write", 1, ""),
            ("fsync", 1, ""),
            ("unlink", 1, ""),
            ("close", 1, ""),
            ("close", 2, ""),
        )
    ]
    points = faults_of(calls)
    kills = [fault.call.name for fault in points.faults if fault.what == "KILL"]
    assert kills == ["write", "unlink", "close"]
    assert [fault.call.name for fault in cuts_of(calls)] == ["write", "fsync", "unlink"]
    assert points.equal["kills with nothing changed since another"] == 3


@pytest.mark.parametrize(
    ("call", "errors"),
    [
        (("pread64", "3</v/a>"), "EACCES EINTR EIO EPERM ESTALE"),
        (("pwrite64", "3</v/a>"), "EACCES EDQUOT EINTR EIO ENOSPC EPERM EROFS ESTALE"),
        (("openat", 'AT_FDCWD</>, "/v/a", O_RDONLY'), "EACCES EINTR EIO EMFILE EPERM ESTALE"),
        (("openat", 'AT_FDCWD</>, "/v/a", O_RDWR'), "EACCES EINTR EIO EMFILE EPERM EROFS ESTALE"),
        (("fcntl", "3</v/a>, F_DUPFD_CLOEXEC"), "EMFILE"),
        (("fcntl", "3</v/a>, F_SETLK, {l_type=F_RDLCK}"), "EACCES EINTR EIO ESTALE"),
        (("flock", "3</v/a>, LOCK_EX|LOCK_NB"), "EINTR EIO ESTALE"),
        (("close", "3</v/a>"), "EINTR EIO"),
    ],
)
def test_an_error_is_tried_where_it_may_come(call: tuple[str, str], errors: str) -> None:
    points = faults_of([Call(1, call[0], 1, call[1], 0, False)])
    once = sorted({fault.what for fault in points.faults if fault.what.isupper()} - {"KILL"})
    assert once == errors.split()
    assert {fault.what.split()[0] for fault in points.faults if "lasting" in fault.what} <= set(once)


def test_of_calls_that_ask_nothing_of_a_disk_a_few_are_tried() -> None:
    calls = [Call(1, "lseek", number, "3</v/a>, 0, SEEK_SET", 0, False) for number in range(1, 35)]
    points = faults_of(calls)
    tried = [fault.what for fault in points.faults if fault.what != "KILL"]
    assert len(tried) == 32
    assert len(set(tried)) == 16
    assert points.equal["errors of calls that ask nothing of a disk"] == 34 * 16 - 32
