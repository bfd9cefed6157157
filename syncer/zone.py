"""Which time is it in the zone of the notes?

    zone_of(None)                 → SystemZone(), whose offset is the system's own at each instant
    zone_of(ZoneInfo("Europe/Paris"))  → that zone

A section's heading and a note's date are in this zone. The system's zone is asked for each instant anew, so that a
highlight made in winter keeps its winter time in summer; odd settings of TZ are the C library's business.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


class SystemZone(tzinfo):
    """The time zone that the system is set to."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset from UTC at this local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Return nothing: the system tells the offset alone."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """Return the zone's short name at this local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time of an instant."""
        return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


def zone_of(configured: tzinfo | None) -> tzinfo:
    """Return the configured zone, or the system's."""
    return configured or SystemZone()
