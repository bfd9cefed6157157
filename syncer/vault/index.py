"""What do the vault's notes say, read anew only where the disk says that they changed?

    index = build_index(vault, vault.scan(["Readwise"], leave_alone=…), cached=…, read_facts=read_facts)
    index.notes["Readwise/State of AI.md"]   → NoteEntry(path, stamp, facts)
    index.changed                            → the paths that were read anew
    index.cacheable                          → those of them that the cache may keep

Guarantees: facts come from stable reads only (`read.py`), or from the cache under an equal stamp; a note
that is gone by the time it is read is not an error; every other one that cannot be read is in `unread` with
its reason. A note changed within the last two seconds is not cacheable: a second change could leave it with
the same times and size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from syncer.model import NoteEntry, NoteFacts, NotePath, NoteText, Unread
from syncer.vault.read import NotRead, Vault, cause_of, passes
from syncer.vault.root import VANISHED
from syncer.vault.scan import Scan

ReadFacts = Callable[[str, bytes], NoteFacts]


class VaultIndex(msgspec.Struct, frozen=True):
    """The notes that could be read, those that could not, which were read anew, and which may be cached."""

    notes: dict[NotePath, NoteEntry]
    unread: tuple[Unread, ...]
    changed: frozenset[NotePath]
    cacheable: frozenset[NotePath]


def build_index(
    vault: Vault, found: Scan, *, cached: Mapping[NotePath, NoteEntry], read_facts: ReadFacts
) -> VaultIndex:
    """Return the index of the scanned notes; `read_facts(path, bytes)` is called for each that changed."""
    reading = _Reading(vault, read_facts)
    notes = {}
    for path, stamp in found.stamps.items():
        known = cached.get(path)
        if known is not None and known.stamp == stamp:
            notes[path] = known
        else:
            reading.read(path)
    reading.read_young_again()
    notes.update(reading.notes)
    return VaultIndex(
        notes,
        tuple(sorted((*found.unread, *reading.unread), key=lambda one: one.path)),
        frozenset(reading.notes),
        frozenset(reading.cacheable),
    )


class _Reading:
    """The notes read anew; young ones are looked at twice, all of them after one pause."""

    def __init__(self, vault: Vault, read_facts: ReadFacts) -> None:
        self.notes: dict[NotePath, NoteEntry] = {}
        self.unread: list[Unread] = []
        self.cacheable: set[NotePath] = set()
        self._vault, self._read_facts = vault, read_facts
        self._young: list[NoteEntry] = []
        self._again: list[NotePath] = []

    def read(self, path: NotePath) -> None:
        """Read one note, once; leave a young one to `read_young_again`."""
        try:
            text = self._vault.look(path)
        except VANISHED:
            return
        except (NotRead, OSError) as error:
            self._leave(path, error)
            return
        if text is None or not text.data:
            self._again.append(path)
        elif self._vault.has_settled(text.stamp):
            self._keep(path, text)
            self.cacheable.add(path)
        else:
            self._young.append(NoteEntry(path, text.stamp, self._read_facts(path, text.data)))

    def read_young_again(self) -> None:
        """Look at the young notes once more: one whose stamp has moved on is read until it is stable."""
        if self._young:
            self._vault.pause()
        for entry in self._young:
            if self._vault.has_stamp(entry.path, entry.stamp):
                self.notes[entry.path] = entry
            else:
                self._again.append(entry.path)
        for path in self._again:
            try:
                self._keep(path, self._vault.read(path))
            except VANISHED:
                continue
            except (NotRead, OSError) as error:
                self._leave(path, error)

    def _keep(self, path: NotePath, text: NoteText) -> None:
        self.notes[path] = NoteEntry(path, text.stamp, self._read_facts(path, text.data))

    def _leave(self, path: NotePath, error: NotRead | OSError) -> None:
        self.unread.append(Unread(path, cause_of(error), soon=passes(error)))
