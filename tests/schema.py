"""Is what a command prints with --json what its schema says, no more and no less?

    holds(["--config", "c.toml", "once", "--json"], out, err)     AssertionError where a field is missing, odd or new

The schema is shipped (`syncer/output.schema.json`) and lets readers meet fields that they do not know; here a field
that it does not name is an error, so that nothing is printed that is not documented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

FILE = Path(__file__).resolve().parents[1] / "syncer" / "output.schema.json"
KINDS = {
    "once": "report",
    "dry-run": "report",
    "verify": "verification",
    "history": "history",
    "status": "status",
    "doctor": "diagnosis",
}
"""Which part of the schema is for which command."""


def holds(arguments: Sequence[str], out: str, err: str) -> None:
    """Hold what a command printed against the schema; do nothing where it was not asked for JSON."""
    command = next((one for one in arguments if one in KINDS), "")
    if "--json" not in arguments or not command:
        return
    if out:
        kind = "report" if "--repair" in arguments else KINDS[command]
        document = json.loads(out)
    else:
        kind, document = "error", json.loads(err.splitlines()[-1])
    faults = [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(document)]
    assert faults == [], f"{kind}: {faults}"


@cache
def validator(kind: str) -> Draft202012Validator:
    """Return what checks one kind of document, strictly."""
    schema = json.loads(FILE.read_text(encoding="utf-8"))
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": _strict(schema["$defs"])})


def _strict(value: object) -> object:
    """Return a schema in which no object may hold more than is named."""
    if isinstance(value, Mapping):
        made = {key: _strict(one) for key, one in value.items()}
        is_object = value.get("type") == "object" and "properties" in value
        return {**made, "additionalProperties": False} if is_object else made
    return [_strict(one) for one in value] if isinstance(value, list) else value
