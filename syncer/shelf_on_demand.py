"""The shelf of the vault's notes, built when it is first asked.

Where every note is known from the state nothing is asked, and a run costs no walk over the index. What a shelf is and
what it answers is identity's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from syncer.identity import Shelf
from syncer.library.mirror import link_hash
from syncer.model import NoteEntry, NotePath
from syncer.plugin import PluginState


class LazyShelf:
    """The shelf, built when it is first asked: a run in which every note is known from the state never does."""

    def __init__(
        self,
        notes: Mapping[NotePath, NoteEntry],
        *,
        plugin: PluginState,
        shared: Callable[[], frozenset[int]],
        folder: str,
    ) -> None:
        self._notes = notes
        self._plugin = plugin
        self._shared = shared
        self._folder = folder.partition("{")[0]
        self._shelf: Shelf | None = None

    def __call__(self) -> Shelf:
        """Return the shelf."""
        if self._shelf is None:
            shared = _Hashed(self._shared())
            self._shelf = Shelf(self._notes, plugin_map=self._plugin.paths, shared_links=shared, folder=self._folder)
        return self._shelf


class _Hashed:
    """A set of links, kept as hashes."""

    def __init__(self, hashes: frozenset[int]) -> None:
        self._hashes = hashes

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and link_hash(key) in self._hashes
