"""What does `--json` print? A report as one document, and the frame that every document of ours has.

    {"schema": 1, "dry_run": false, "exit_code": 0, "changes": [{"action": "append", "path": "Readwise/Deep.md", …}], …}

Its fields are described in output.schema.json, which is shipped; fields may be added, and unknown ones must be borne.
The same in sentences is report.py's.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from syncer.model import Update
from syncer.report import Line, Report

SCHEMA = 1
"""Changes when a field goes or gets another meaning."""


def as_json(report: Report) -> bytes:
    """Return the report as one JSON document."""
    return document(
        dry_run=report.dry,
        exit_code=report.exit_code,
        received=report.received,
        changes=[_change_json(line) for line in report.lines],
        holds=report.holds,
        failures=report.failures,
        warnings=report.warnings,
        updates_told=[
            {"book": one.book_id, "path": one.path, "updates": _updates_json(one.told)}
            for one in report.decisions
            if one.told
        ],
        updates_resting=sum(one.resting for one in report.decisions),
        summary={
            "notes_created": sum(line.created for line in report.lines),
            "notes_extended": sum(not line.created for line in report.lines),
            "highlights": sum(line.highlights for line in report.lines),
            "updates": sum(line.updates for line in report.lines),
        },
    )


def document(**fields: object) -> bytes:
    """Return these fields as a JSON document of ours, with the version of its schema first."""
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, **fields}), indent=2) + b"\n"


def _change_json(line: Line) -> dict[str, object]:
    action = "create" if line.created else "update" if not line.highlights else "append"
    return {
        "action": action,
        "path": line.path,
        "highlights": line.highlights,
        "updates": line.updates,
        "books": [
            {
                "id": part.book_id,
                "title": part.title,
                "highlights": part.highlights,
                "updates": _updates_json(part.updates),
            }
            for part in line.parts
        ],
    }


def _updates_json(updates: Iterable[Update]) -> list[dict[str, object]]:
    """Return what changed: of a highlight by its id, of the book itself without one."""
    return [{"highlight": one.id or None, "what": one.what} for one in updates]
