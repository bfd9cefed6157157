"""From the library and the vault's index to the plan: gathers what the decision needs, and asks for it.

    planning = Planning(config, library, vault, now=now)
    planning.plan(index, ids)             → Plan(decisions=(…), holds=(…), warnings=(…))
    planning.maker.changes(plan)          → the final bytes, note by note (making.py)

A run with nothing to do never gets here, and so imports nothing of this. The decision itself is plan's; what a
note looks like is note.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache

import msgspec

from syncer.change import text_of
from syncer.config import Config
from syncer.errors import ConfigError
from syncer.identity import link_keys
from syncer.library import Library
from syncer.making import Maker
from syncer.model import Book, BookId, NotePath, Placed, Plan
from syncer.note import Style, shown_fields
from syncer.plan import Names, Rules, Unreadable, World, make_plan
from syncer.plugin import PluginState, plugin_map
from syncer.records import without_removed
from syncer.selection import Choice, Filter
from syncer.shelf_on_demand import LazyShelf
from syncer.spelling import folded
from syncer.template import SHIPPED, PathTemplates, load_path_templates, load_templates
from syncer.updates import UpdateRules
from syncer.vault import NotRead, Vault, VaultIndex, cause_of, passes, why_not_read

PLUGIN_PATIENCE = 15 * 60
"""Seconds from the last change of the plug-in's own file, after which its "I am syncing" is taken for a left-over."""


class Planning:
    """Plans over one library and one vault, at one moment; `known` are the notes that the state knows."""

    def __init__(
        self,
        config: Config,
        library: Library,
        vault: Vault,
        *,
        now: datetime,
        known: Mapping[NotePath, Sequence[BookId]],
    ) -> None:
        self._config = config
        self._library = library
        self._vault = vault
        self._now = now
        self._known = known
        self.plugin = PluginState({}, None, False)
        own = config.note.template not in SHIPPED
        self.maker = Maker(library, vault, style=lambda: self.style, own_templates=own, now=now)

    @cached_property
    def style(self) -> Style:
        """How notes look; the templates are compiled when something is to be written."""
        return Style(
            templates=load_templates(self._config.note.template, base=self._config.file.parent),
            timezone=self._now.tzinfo or UTC,
            neutralise=self._config.note.neutralise,
            tags=self._config.note.tags,
            link_safe_names=self._config.vault.link_safe_names,
        )

    @cached_property
    def paths(self) -> PathTemplates:
        """The templates of `vault.folder` and `vault.file_name`."""
        vault = self._config.vault
        return load_path_templates(vault.folder, vault.file_name, where=self._config.where)

    def plan(
        self,
        index: VaultIndex,
        ids: Sequence[BookId],
        *,
        since: datetime | None = None,
        restored: Collection[BookId] = (),
    ) -> Plan:
        """Return what is to be done about these books.

        `since` brings updates that were told before, `restored` what its owner took out of the notes of those books.
        """
        self.plugin = plugin_map(self._vault)

        def placed(book_id: BookId) -> Placed:
            found = self._library.ledger.placed(book_id)
            return without_removed(found, is_there=found.path in index.notes) if book_id in restored else found

        books = ((book, placed(book.id)) for book, _ in self._library.mirror.books(ids))
        return make_plan(books, world=self._world(index, ids), rules=self._rules(since, restored), names=self._names())

    def _world(self, index: VaultIndex, ids: Sequence[BookId]) -> World:
        @lru_cache(maxsize=32)
        def read(path: NotePath) -> str:
            try:
                return text_of(self._vault.read(path).data)
            except (NotRead, OSError) as error:
                raise Unreadable(why_not_read(error), soon=passes(error)) from error

        shelf = LazyShelf(
            index.notes,
            plugin=self.plugin,
            shared=lambda: self._library.shared_links(ids, keys=link_keys),
            folder=self._config.vault.folder,
        )
        return World(notes=index.notes, changed=index.changed, unread=index.unread, shelf=shelf, read=read)

    def _rules(self, since: datetime | None, restored: Collection[BookId]) -> Rules:
        syncing = self.plugin.is_syncing_since
        age = None if syncing is None else self._now.timestamp() - syncing
        waits = age is not None and 0 <= age < PLUGIN_PATIENCE
        chosen = self._config.filter
        return Rules(
            filter=Filter(
                take=Choice(**msgspec.structs.asdict(chosen.take)),
                leave=Choice(**msgspec.structs.asdict(chosen.leave)),
            ),
            skips=self._config.vault.adopt == "skip",
            restored=restored,
            place=self._place,
            state_is_new=not self._known,
            waits="the Readwise plug-in of Obsidian is syncing just now" if waits else "",
            now_ns=int(self._now.timestamp() * 1e9),
            updates=self._update_rules(since),
        )

    def _update_rules(self, since: datetime | None) -> UpdateRules:
        chosen = self._config.updates
        return UpdateRules(
            appends=chosen.mode == "append",
            mentions=chosen.deleted == "mention",
            settle=chosen.settle,
            now=self._now,
            since=since,
            visible=cache(lambda: shown_fields(self.style, self._now)),
        )

    def _place(self, book: Book) -> NotePath:
        from syncer.names import note_path

        try:
            return note_path(self.paths, self.style, book, now=self._now)
        except ConfigError as error:
            raise ConfigError(f"{self._config.file}: {error.message}", hint=error.hint) from error

    def _names(self) -> Names:
        reserved = {folded(path): ids[0] for path, ids in self._known.items()}
        return Names(reserved=reserved, folder=lru_cache(maxsize=None)(self._folder_names))

    def _folder_names(self, folder: str) -> set[str]:
        try:
            return self._vault.folder_names(folder)
        except (NotRead, OSError) as error:
            reason = f'the folder "{folder}" could not be listed: {cause_of(error)}'
            raise Unreadable(reason, soon=passes(error)) from error
