"""The guard of conftest.py, seen to hold: each way out raises, and the ways that tests need stay open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest


def test_the_home_and_the_folders_of_a_test_are_its_own(sandbox: Path) -> None:
    assert Path.home() == sandbox
    assert sandbox != conftest.REAL_HOME
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "import platformdirs as p; print(p.user_config_dir('syncer')); print(p.user_state_dir('syncer'))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(line.startswith(str(sandbox)) for line in answer.stdout.splitlines())


@pytest.mark.parametrize("folder", conftest.FORBIDDEN)
def test_the_real_folders_raise_whatever_is_done_to_them(folder: str) -> None:
    with pytest.raises(conftest.OutsideTheSandbox):
        (Path(folder) / "config.toml").read_bytes()
    with pytest.raises(conftest.OutsideTheSandbox):
        os.listdir(folder)  # noqa: PTH208 - this is the call that is looked at
    with pytest.raises(conftest.OutsideTheSandbox):
        Path(folder).mkdir()
    conftest.touched.clear()


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_the_network_raises_before_a_packet_leaves(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as out, pytest.raises(conftest.OutsideTheSandbox):
        out.connect((address, 443))
    with socket.socket(family, socket.SOCK_DGRAM) as out, pytest.raises(conftest.OutsideTheSandbox):
        out.sendto(b"x", (address, 53))
    conftest.touched.clear()


def test_a_name_of_the_network_raises_and_one_reserved_for_tests_does_not() -> None:
    with pytest.raises(conftest.OutsideTheSandbox):
        socket.getaddrinfo("readwise.io", 443)
    conftest.touched.clear()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)


def test_the_real_session_bus_raises() -> None:
    with socket.socket(socket.AF_UNIX) as bus, pytest.raises(conftest.OutsideTheSandbox):
        bus.connect("/run/user/1000/bus")
    conftest.touched.clear()


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
