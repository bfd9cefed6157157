"""What does the doctor say where Readwise, a certificate or a keyring gives an odd answer, or none?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.loopback import Exchange, Loopback, Seen
from tests.examined import in_config, look, one
from tests.fake_readwise import FakeReadwise
from tests.harness import NOW, Home
from tests.secret_service import Mode, secret_service

__all__ = ["one"]

pytestmark = pytest.mark.slow  # a machine is looked over each time

REPO = Path(__file__).resolve().parents[1]


# ---------------------------------------------------------------- Readwise


class Odd(Loopback):
    """A Readwise that gives one answer to everything."""

    status = 403
    more: Mapping[str, str] = {}

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        exchange.send(self.status, b"{}", headers=dict(self.more))


@pytest.mark.parametrize(
    ("status", "more", "name"),
    [
        (403, {}, "token.expired"),
        (302, {"Location": "https://portal.example/login"}, "readwise.redirect"),
        (503, {}, "readwise.unreachable"),
    ],
)
def test_an_odd_answer_of_readwises_has_its_name(status: int, more: dict[str, str], name: str, one: Home) -> None:
    with Odd([], tokens=(), now=NOW) as odd:
        odd.status, odd.more = status, more
        in_config(one.server.url, odd.url, "")(one)
        looked = look(one)
    assert name in looked.problems
    assert looked.found[name].remedy


def test_a_readwise_that_is_not_there_is_told_with_a_command_to_try(one: Home) -> None:
    url = "http://127.0.0.1:1"
    in_config(one.server.url, url, "")(one)
    finding = look(one).found["readwise.unreachable"]
    assert finding.remedy == f"curl -sSI --max-time 20 {url}/api/v2/auth/"
    assert "readwise.unreachable" not in look(one, "--no-network").found


@pytest.mark.parametrize(("days", "told"), [(2, "does not trust"), (-1, "has expired")])
def test_a_certificate_that_is_not_trusted_or_has_expired_is_told(
    days: int, told: str, one: Home, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography", reason="no cryptography to make certificates with")
    from tests.test_readwise_trust import authority_in

    authority = authority_in(tmp_path)
    with FakeReadwise(tls=authority.context(begins=-timedelta(2), days=days + 2)) as readwise:
        in_config(one.server.url, readwise.url, f'readwise.ca = "{authority.file}"' if days < 0 else "")(one)
        finding = look(one).found["readwise.certificate"]
    assert told in finding.text
    assert finding.remedy


# ---------------------------------------------------------------- the keyring, a real one


KEYRINGS: list[tuple[Mode, str]] = [
    ("unlocked", "token.missing"),
    ("locked", "keyring.locked"),
    ("frozen", "keyring.frozen"),
    ("no_service", "keyring.absent"),
]

ASK = """
import os
from types import SimpleNamespace
from syncer.doctor.of_access import token
from threading import Event
case = SimpleNamespace(env=os.environ, keyring_seconds=1.0, stop=Event())
for found in token(case, None, []):
    print(f"{found.check}.{found.what}", found.remedy)
"""


@pytest.mark.system
@pytest.mark.parametrize(("mode", "name"), KEYRINGS)
def test_each_state_of_a_keyring_has_its_own_name(mode: Mode, name: str, tmp_path: Path) -> None:
    with secret_service(mode, tmp_path) as env:
        done = subprocess.run(
            [sys.executable, "-c", ASK], env=env, cwd=REPO, capture_output=True, text=True, timeout=60, check=True
        )
    found, remedy = done.stdout.split(" ", 1)
    assert (found, done.stderr) == (name, "")
    assert remedy.strip()
