"""`status`: what the service last did and will do next, and what needs a person.

service    runs since 2026-11-24 07:55 (process 812)
last sync  10:42: 1 note extended, 4 highlights
next sync  11:42
library    1,235 notes, 1,240 books, 12,345 highlights
30 days    ·▁··▃····█··▁··▂········▄··▁·▂  41 highlights, at most 12 a day
all is well
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from syncer.cli.commands import Call
from syncer.cli.configuration import config_of
from syncer.errors import EXIT_FOUND, EXIT_OK
from syncer.instants import instant
from syncer.places import state_folder
from syncer.report import counted, shown
from syncer.report_json import document
from syncer.service.installed import timer_for
from syncer.status import Day, Service, Status, look
from syncer.zone import zone_of

_BARS = "·▁▂▃▄▅▆▇█"
"""Nothing on that day, and then eight heights."""


def status(call: Call) -> int:
    """Show how it goes; return 1 when something needs a person."""
    config = config_of(call)
    timer = timer_for(config.file, call.env, home=Path.home(), platform=sys.platform)
    found = look(config, state=state_folder(call.env), now=call.now(UTC), timer=timer)
    if call.arguments.json:
        fields = {name: getattr(found, name) for name in Status.__struct_fields__}
        call.screen.data(document(**fields))
    else:
        zone = zone_of(config.note.timezone)
        for name, text in _lines(found, now=call.now(zone), zone=zone):
            call.screen.say(f"{name:<9}  {shown(text)}")
        if not found.needs:
            has_passed = found.last is None or found.last.exit_code == EXIT_OK
            call.screen.say("all is well" if has_passed else "nothing needs you: the next sync tries again")
    return EXIT_FOUND if found.needs else EXIT_OK


def _lines(found: Status, *, now: datetime, zone: tzinfo) -> Iterator[tuple[str, str]]:
    def clock(text: str) -> str:
        moment = instant(text)
        if moment is None:
            return "never"
        local = moment.astimezone(zone)
        return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%Y-%m-%d %H:%M}"

    yield "vault", found.vault
    yield "service", _service(found.service, clock(found.service.since), clock(found.service.stopped))
    if found.is_syncing:
        yield "now", "syncing"
    if found.last:
        yield "last sync", f"{clock(found.last.ended)}: {found.last.text}"
        if found.success and found.last.exit_code:
            yield "worked", f"the last time at {clock(found.success)}"
    else:
        yield "last sync", "never" if found.known else "not known"
    if found.next:
        yield "next sync", clock(found.next)
    numbers = [counted(found.notes, "note"), counted(found.books, "book"), counted(found.highlights, "highlight")]
    yield "library", ", ".join(numbers) if found.known else "not known: the state could not be read"
    if found.updates:
        yield "updates", f"{counted(found.updates, 'change')} at Readwise not in the notes; see: syncer verify"
    if any(day.highlights for day in found.days):
        yield "30 days", chart(found.days)
    for held in found.holds:
        if held.soon:
            yield "waits", f'"{held.where}": {held.reason}'
    for need in found.needs:
        yield "needs you", need.what
        if need.hint:
            yield "", f"hint: {need.hint}"


def chart(days: Sequence[Day]) -> str:
    """Return what was added on each day as a row of bars, a sign a day, and the sum in words."""
    most = max(day.highlights for day in days)
    bars = "".join(_BARS[-(-day.highlights * (len(_BARS) - 1) // most)] for day in days)
    added = counted(sum(day.highlights for day in days), "highlight")
    return f"{bars}  {added}, at most {most:,} a day"


def _service(service: Service, since: str, stopped: str) -> str:
    if service.is_running:
        return f"runs since {since} (process {service.pid})"
    if service.timer:
        return f"a timer syncs: {Path(service.timer).name}"
    if not service.since:
        return "none has run for this vault; install it with: syncer service install"
    return f"stopped at {stopped}" if service.stopped else f"does not run; it was started at {since}"
