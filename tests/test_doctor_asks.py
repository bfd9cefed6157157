"""Whom does the doctor ask with the token? Nobody where the configuration that may name another address is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.config import Config
from syncer.credentials import Token
from syncer.doctor import Finding, State, examine
from syncer.errors import ReadwiseError
from syncer.readwise import Client
from tests.harness import Home, home
from tests.test_doctor_machine import case_of


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, []) as made:
        yield made


def asked(one: Home, **changed: object) -> tuple[list[Config | None], list[Finding]]:
    """Return with which configurations a client was wanted, and what was found of Readwise."""
    wanted: list[Config | None] = []

    def connect(config: Config | None, token: Token) -> Client:
        wanted.append(config)
        raise ReadwiseError("nobody answers", hint="try again")

    found = [finding for finding in examine(case_of(one, connect=connect, **changed)) if finding.check == "readwise"]
    return wanted, found


@pytest.mark.parametrize("wrong", ['vault.adpot = "skip"', "readwise.timeout = 3", "no toml at all"])
def test_a_wrong_configuration_leaves_nobody_to_be_asked(one: Home, wrong: str) -> None:
    one.configure(wrong)
    wanted, found = asked(one)
    assert wanted == []
    assert [(finding.what, finding.state) for finding in found] == [("not-asked", State.NOTE)]
    assert asked(one, network=False) == ([], [])


def test_without_a_configuration_and_with_a_right_one_readwise_is_asked(one: Home) -> None:
    wanted, found = asked(one)
    assert [config.readwise.base_url for config in wanted if config] == [one.server.url]
    assert [finding.what for finding in found] == ["unreachable"]
    one.config.unlink()
    assert asked(one)[0] == [None]
