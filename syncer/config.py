"""What did the user ask for? The configuration file, read once, checked whole, and frozen.

    [vault]                        Config(vault=VaultConfig(path=PosixPath("/home/me/Notes"), …),
    path = "~/Notes"           →          schedule=ScheduleConfig(every=900.0, jitter=30.0, …), …)
    [schedule]
    every = "15m"

Guarantees: a `Config` is complete, of the right types and within bounds; else a `ConfigError` lists every
mistake of the file at once, each as `FILE:LINE: key: what is wrong; how to write it`, and none of them
quotes a command or a token. Durations are seconds. Every key but `vault.path` has its default here and
nowhere else; config.example.toml explains each in plain words. Whether the vault is there is looked at by
the sync, not here. How the file is read and its mistakes are told is in `config_file.py`, what a value
may be in `config_values.py`, where the file lies in `places.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from syncer import config_values as values
from syncer.config_file import Mistake, place, read_keys
from syncer.config_values import Reader

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded when a zone is named

P = TypeVar("P", bound=msgspec.Struct)

DEFAULT_JITTER = 30.0
"""Seconds; at most a tenth of `schedule.every`, so that a short interval stays one."""


class VaultConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which vault, where new notes go, and how careful to be with those that are there."""

    path: Path
    folder: str = "Readwise"
    file_name: str = "{{ title }}"
    search: tuple[str, ...] = (".",)
    quiet_time: float = 2.0
    adopt: str = "append"
    link_safe_names: bool = False


class ScheduleConfig(msgspec.Struct, frozen=True, kw_only=True):
    """When the service syncs: `every` so many seconds, or `at` times of the day when there are any."""

    every: float = 3_600.0
    jitter: float = DEFAULT_JITTER
    at: tuple[time, ...] = ()
    full_every: float = 604_800.0


class ReadwiseConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How Readwise is reached; `token_command` is a list of arguments, empty when there is none."""

    base_url: str = "https://readwise.io"
    timeout: float = 30.0
    retry_first_wait: float = 1.0
    retry_max_wait: float = 60.0
    retry_deadline: float = 600.0
    token_command: tuple[str, ...] = ()
    ca: Path | None = None


class NoteConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a note looks like; `timezone` None is the system's, `template` a shipped set or a folder."""

    timezone: ZoneInfo | None = None
    template: str = "seed"
    neutralise: bool = True
    tags: tuple[str, ...] = ("literature-note",)


class FilterList(msgspec.Struct, frozen=True, kw_only=True):
    """Words that a book is held against; an empty list says nothing about any book."""

    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


class FilterConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which books are taken and which are left out; `leave` wins."""

    take: FilterList = FilterList()
    leave: FilterList = FilterList()


class UpdatesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when a delivered highlight changes, or is deleted, at Readwise; `settle` is in seconds."""

    mode: str = "report"
    settle: float = 1_800.0
    deleted: str = "report"


class NotifyConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Who hears of lasting trouble; `command` is a list of arguments, empty for the desktop's own notice."""

    enabled: bool = True
    command: tuple[str, ...] = ()


class LogConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How much is logged, and in which form."""

    level: str = "info"
    format: str = "text"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration, and the file that it came from."""

    vault: VaultConfig
    schedule: ScheduleConfig = ScheduleConfig()
    readwise: ReadwiseConfig = ReadwiseConfig()
    note: NoteConfig = NoteConfig()
    filter: FilterConfig = FilterConfig()
    updates: UpdatesConfig = UpdatesConfig()
    notify: NotifyConfig = NotifyConfig()
    log: LogConfig = LogConfig()
    file: Path = Path("config.toml")
    lines: Mapping[str, int] = msgspec.field(default_factory=dict)

    def where(self, key: str) -> str:
        """Return `FILE:LINE` of the key, or of its table where it is not written; FILE where neither is."""
        return place(self.file, key=key, lines=self.lines)


KEYS: Mapping[str, Reader[Any]] = {
    "vault.path": values.vault_anywhere,
    "vault.folder": values.folder_in_vault,
    "vault.file_name": values.text,
    "vault.search": values.folders_in_vault,
    "vault.quiet_time": values.duration,
    "vault.adopt": values.one_of("append", "skip"),
    "vault.link_safe_names": values.switch,
    "schedule.every": values.some_time,
    "schedule.jitter": values.duration,
    "schedule.at": values.times_of_day,
    "schedule.full_every": values.some_time,
    "readwise.base_url": values.https_address,
    "readwise.timeout": values.some_time,
    "readwise.retry_first_wait": values.some_time,
    "readwise.retry_max_wait": values.some_time,
    "readwise.retry_deadline": values.duration,
    "readwise.token_command": values.command,
    "readwise.ca": values.file_there,
    "note.timezone": values.time_zone,
    "note.template": values.template_set,
    "note.neutralise": values.switch,
    "note.tags": values.tags,
    **{f"filter.{side}.{name}": values.texts for side in ("take", "leave") for name in FilterList.__struct_fields__},
    "updates.mode": values.one_of("report", "append"),
    "updates.settle": values.duration,
    "updates.deleted": values.one_of("report", "mention"),
    "notify.enabled": values.switch,
    "notify.command": values.command,
    "log.level": values.one_of("debug", "info", "warning", "error"),
    "log.format": values.one_of("text", "json"),
}
"""Every key that a configuration may have, and the kind of its value."""


def load(path: Path, *, data: bytes | None = None) -> Config:
    """Return the configuration in the file `path`, or raise a `ConfigError` that lists all its mistakes.

    `data` is what the file held earlier, for the service goes on with it while the file is being edited or is wrong, or
    what it is to hold.
    """
    found, lines = read_keys(path, keys=KEYS, whole=_mistakes_of_the_whole, data=data)
    every = found.get("schedule.every", ScheduleConfig().every)
    found.setdefault("schedule.jitter", min(DEFAULT_JITTER, every / 10))
    return Config(
        vault=_part(VaultConfig, "vault", found),
        schedule=_part(ScheduleConfig, "schedule", found),
        readwise=_part(ReadwiseConfig, "readwise", found),
        note=_part(NoteConfig, "note", found),
        filter=FilterConfig(
            take=_part(FilterList, "filter.take", found), leave=_part(FilterList, "filter.leave", found)
        ),
        updates=_part(UpdatesConfig, "updates", found),
        notify=_part(NotifyConfig, "notify", found),
        log=_part(LogConfig, "log", found),
        file=path,
        lines=lines,
    )


def _part(kind: type[P], table: str, found: Mapping[str, Any]) -> P:
    """Return one table's settings: what was found of it, the defaults for the rest."""
    return kind(**{name: found[f"{table}.{name}"] for name in kind.__struct_fields__ if f"{table}.{name}" in found})


def _mistakes_of_the_whole(found: Mapping[str, Any], written: Collection[str]) -> Iterator[Mistake]:
    """Yield what is wrong although each key by itself is right."""
    if "vault.path" not in written:
        yield Mistake("vault.path", "is missing", 'write path = "~/Notes", the folder of the vault, below [vault]')
    if "schedule.every" in written and found.get("schedule.at"):
        yield Mistake("schedule.at", "stands beside schedule.every", "keep one of the two")
    if found.get("schedule.jitter", 0.0) > found.get("schedule.every", ScheduleConfig().every):
        yield Mistake("schedule.jitter", "is longer than schedule.every", "a tenth of it is plenty")
    usual = ReadwiseConfig()
    first = found.get("readwise.retry_first_wait", usual.retry_first_wait)
    if first > found.get("readwise.retry_max_wait", usual.retry_max_wait):
        yield Mistake("readwise.retry_first_wait", "is longer than readwise.retry_max_wait", "make it the shorter one")
