"""Is the JSON of every command documented, and does the schema find what is not in it?

Every scenario of the other tests that asks for --json is held against the schema by the harness.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests import schema
from tests.harness import home
from tests.made import book, highlight, later

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads(schema.FILE.read_text(encoding="utf-8"))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["once", "dry-run", "verify", "history", "status", "doctor"])
def test_every_command_prints_what_its_schema_says(tmp_path: Path, command: str) -> None:
    with home(tmp_path, [book(1, "Deep", [highlight(1), highlight(2, at=later(1))])]) as user:
        user.once(at=later(0))
        network = ["--no-network"] if command == "doctor" else []
        ran = user.run(command, "--json", *network, at=later(2))
    assert json.loads(ran.out)["schema"] == 1


def test_an_early_end_is_json_too(tmp_path: Path) -> None:
    with home(tmp_path, []) as user:
        user.env["READWISE_TOKEN"] = "another"
        ran = user.once("--json")
    told = json.loads(ran.err)
    assert (ran.code, ran.out, told["message_type"], told["exit_code"]) == (77, "", "error", 77)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"exit_code": 3}, r"\$.exit_code"),
        ({"changes": [{}]}, r"\$.changes\[0\]"),
        ({"schema": 2}, r"\$.schema"),
        ({"another": 1}, "another"),
        ({"summary": {"notes_created": -1, "notes_extended": 0, "highlights": 0, "updates": 0}}, "notes_created"),
    ],
)
def test_what_is_not_in_the_schema_is_found(tmp_path: Path, change: dict[str, object], told: str) -> None:
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as user:
        made = json.loads(user.once("--json").out)
    with pytest.raises(AssertionError, match=told):
        schema.holds(["once", "--json"], json.dumps({**made, **change}), "")


def test_a_reader_may_meet_fields_that_it_does_not_know() -> None:
    line = {"message_type": "error", "exit_code": 2, "message": "", "hint": "", "later": 1}
    assert Draft202012Validator(SCHEMA).is_valid(line)


def test_every_part_of_the_schema_says_what_it_is_for_and_is_in_the_document() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    for name, part in SCHEMA["$defs"].items():
        assert part["description"], name
    for kind in {*schema.KINDS.values(), "error"}:
        table = text.partition(f"## {kind}\n")[2].partition("\n## ")[0]
        rows = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
        assert rows == set(SCHEMA["$defs"][kind]["properties"]), kind


def test_the_example_of_the_document_is_valid() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    schema.holds(["dry-run", "--json"], block, "")
