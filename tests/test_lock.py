"""Does one process at a time hold the vault, and does the next one learn who does?"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from syncer.errors import VaultBusy, VaultError
from syncer.lock import Owner, hold

HOLDER = """
import sys
from pathlib import Path
from syncer.lock import hold
with hold(Path(sys.argv[1]), wait=60.0, on_wait=lambda owner: print("waits", flush=True)):
    print("holds", flush=True)
    sys.stdin.read()
"""
COUNTER = """
import sys
from pathlib import Path
from syncer.lock import hold
with hold(Path(sys.argv[1]), wait=60.0, on_wait=lambda owner: None):
    counter = Path(sys.argv[2])
    counter.write_text(str(int(counter.read_text()) + 1))
"""


def never(owner: Owner) -> None:
    raise AssertionError(owner)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vault.lock"


def holder(lock: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, lock], stdin=-1, stdout=-1, text=True)
    assert process.stdout
    assert process.stdout.readline() == "holds\n"
    return process


def test_a_free_lock_is_taken_at_once_and_again(lock: Path) -> None:
    for _ in range(2):
        with hold(lock, wait=0.0, on_wait=never):
            pass


def test_the_second_is_told_who_holds_the_vault_and_since_when(lock: Path) -> None:
    with holder(lock) as process:
        told: list[Owner] = []
        start = time.monotonic()
        with pytest.raises(VaultBusy) as error, hold(lock, wait=0.2, on_wait=told.append):
            pass
        assert time.monotonic() - start >= 0.2
        assert [owner.pid for owner in told] == [process.pid]
        assert f"process {process.pid} (-c" in str(error.value)
        assert time.strftime("%H:%M:%S", time.localtime(told[0].since)) in str(error.value)
        process.communicate()


def test_without_a_wait_it_is_busy_at_once_and_nobody_is_told_to_wait(lock: Path) -> None:
    with (
        hold(lock, wait=0.0, on_wait=never),
        pytest.raises(VaultBusy),
        hold(lock, wait=0.0, on_wait=never),
    ):
        pass


def test_the_lock_is_free_at_once_after_its_holder_is_killed(lock: Path) -> None:
    with holder(lock) as process:
        process.kill()
    with hold(lock, wait=0.0, on_wait=never):
        pass


def test_who_waits_goes_on_as_soon_as_the_lock_is_free(lock: Path) -> None:
    with holder(lock) as first:
        waits = threading.Event()
        took = threading.Event()

        def wait_for_it() -> None:
            with hold(lock, wait=60.0, on_wait=lambda owner: waits.set()):
                took.set()

        second = threading.Thread(target=wait_for_it)
        second.start()
        assert waits.wait(30)
        assert not took.is_set()
        first.communicate()
        assert took.wait(30)
        second.join()


@pytest.mark.slow
def test_twenty_at_once_each_have_their_turn(lock: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTER, str(lock), str(counter)]
    processes = [subprocess.Popen(command) for _ in range(20)]
    assert [process.wait() for process in processes] == [0] * 20
    assert counter.read_text() == "20"


def test_a_record_that_is_half_written_still_makes_a_message(lock: Path) -> None:
    with hold(lock, wait=0.0, on_wait=never):
        lock.write_bytes(b'{"pid": 4')
        with pytest.raises(VaultBusy, match="another sync holds the vault"), hold(lock, wait=0.0, on_wait=never):
            pass


def test_a_lock_file_that_cannot_be_made_is_an_error_of_the_vault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VaultError, match="cannot lock"), hold(tmp_path / "file" / "x", wait=0, on_wait=never):
        pass
