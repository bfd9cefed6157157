"""Which instant does a text name, and how is one written?

    instant("2024-10-14T07:56:00Z")       → datetime(2024, 10, 14, 7, 56, tzinfo=UTC)
    instant("2024-10-14T07:56:00.123")    → the same second, for a text without a zone is taken to be in UTC
    instant("soon")                       → None
    written(moment)                       → "2024-10-14T07:56:00.000Z"

Readwise's times have any of three forms, with a zone, with `Z`, with neither; the state's and the service's are written
as Readwise writes its own. What a duration looks like is durations.py's question, which zone notes are in zone.py's.
"""

from __future__ import annotations

from datetime import UTC, datetime


def instant(text: str) -> datetime | None:
    """Return the instant that an ISO 8601 text names, in UTC (which a text without a zone is taken for), or None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def written(moment: datetime) -> str:
    """Return an instant as Readwise writes it: `2024-10-14T07:56:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
