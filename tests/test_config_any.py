"""The configuration: is any file a configuration or a list of mistakes, and never another exception?"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer import config
from syncer.config import Config, load
from syncer.errors import ConfigError
from syncer.toml_lines import key_lines
from tests.config_text import read


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, ensure_ascii=False))
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return repr(value)


words = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "15m",
        "append",
        "report",
        "https://[::1",
        "http://[",
        "https://x:y",
        "UTC",
        "Europe",
        "~",
        "~x",
        "..",
        "{{ a }}",
        "07:00",
    ]
)
scalars = words | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.datetimes() | st.dates() | st.times()
any_value = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
any_key = st.sampled_from([*config.KEYS, "vault", "filter", "filter.take", "log", "other"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@given(st.dictionaries(any_key, any_value, max_size=4))
@example({"readwise.base_url": "https://[::1"})
@example({"vault.path": "a\0b"})
@example({"note.timezone": "Europe"})
@example({"note.template": "x" * 5000})
def test_any_value_at_any_key_is_a_configuration_or_a_list_of_mistakes(folder: Path, values: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in values.items())
    try:
        assert isinstance(read(text, folder), Config)
    except ConfigError as error:
        assert all(line.startswith(f"{folder}/config.toml") and line.isprintable() for line in str(error).split("\n"))


@given(st.binary() | words.map(lambda text: text.encode()))
def test_any_bytes_are_a_configuration_or_a_mistake(folder: Path, data: bytes) -> None:
    file = folder / "bytes.toml"
    file.write_bytes(data)
    try:
        load(file)
    except ConfigError as error:
        assert str(error).startswith(str(file))


@given(st.dictionaries(any_key, any_value, max_size=6), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_each_key_is_found_on_its_line(values: dict[str, Any], blanks: list[int]) -> None:
    lines: list[str] = []
    wanted: dict[str, int] = {}
    for number, (key, value) in enumerate(values.items()):
        lines += ["", "# [vault]", "  "][: blanks[number]]
        wanted[f"t{number}.{key}"] = len(lines) + 1
        lines += [f"t{number}.{key} = [", f"  {toml(value)},", '  """\npath = 1\n[x]""",', "]"]
        lines = "\n".join(lines).split("\n")
    found = key_lines("\n".join(lines))
    assert {key: found[key] for key in wanted} == wanted
