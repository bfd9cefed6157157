"""Which note of the vault is this book's?

    shelf = Shelf(notes, plugin_map={"Readwise/Deep.md": (60110123,)}, shared_links=frozenset(), folder="Readwise")
    shelf.match(book, known=None, read=read)   → Match("Readwise/Deep.md", Rule.PLUGIN_MAP, …)
                                               → Rivals(("Deep.md", "Deep-2.md"), Rule.TITLE): somebody must decide
                                               → None: the book has no note

The rules are those of the table in `__init__.py`, in that order; the first that fits any note decides. Guarantees:
pure but for `read`, which is asked only when several notes fit; deterministic; one look-up per book, never a walk
over all notes. Whether a highlight is in the note is for `find.py`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Mapping
from pathlib import PurePosixPath

import msgspec

from syncer.identity.facts import named_in_path
from syncer.identity.find import find_highlights
from syncer.identity.fold import fold, title_key
from syncer.identity.links import highlight_links, is_sure, source_key
from syncer.left_alone import is_left_alone
from syncer.model import Book, NoteEntry, NotePath, Rule, Stamp

_ADDED = re.compile(r"(?:\s*-)?\s+highlights$|[ _-]\d{1,2}$|\s\(\d{1,12}\)$", re.I)
Read = Callable[[NotePath], str | None]
"""Gives a note's text, None when it cannot be read now."""


class Match(msgspec.Struct, frozen=True):
    """The book's note; `copies` also fit and are never written, `companions` hold others of its highlights."""

    path: NotePath
    rule: Rule
    copies: tuple[NotePath, ...] = ()
    companions: tuple[NotePath, ...] = ()


class Rivals(msgspec.Struct, frozen=True):
    """Notes that fit equally well: nothing is written until `syncer adopt` decides."""

    paths: tuple[NotePath, ...]
    rule: Rule


class _Keys(msgspec.Struct, frozen=True):
    """The links of one book's highlights, and how many highlights bear each."""

    own: frozenset[str]
    all: frozenset[str]
    asin: str
    linkable: bool


class Shelf:
    """The notes of a vault by everything that a book may be recognised by."""

    def __init__(
        self,
        notes: Mapping[NotePath, NoteEntry],
        *,
        plugin_map: Mapping[str, tuple[int, ...]],
        shared_links: Container[str],
        folder: str,
    ) -> None:
        self._notes = {path: entry for path, entry in notes.items() if not is_left_alone(path)}
        self._shared = shared_links
        self._folder = folder.strip("/")
        self._mapped: dict[int, list[NotePath]] = defaultdict(list)
        self._named: dict[int, list[NotePath]] = defaultdict(list)
        self._linked: dict[str, list[NotePath]] = defaultdict(list)
        self._titled: dict[str, list[NotePath]] = defaultdict(list)
        self._inodes: dict[int, list[NotePath]] = defaultdict(list)
        for name, ids in plugin_map.items():
            if NotePath(name) in self._notes:
                for number in ids:
                    self._mapped[number].append(NotePath(name))
        for path, entry in self._notes.items():
            self._add(path, entry)

    def _add(self, path: NotePath, entry: NoteEntry) -> None:
        facts = entry.facts
        self._inodes[entry.stamp.inode].append(path)
        for number in facts.book_ids:
            self._named[number].append(path)
        if named := named_in_path(path):
            self._named[named[1]].append(path)
        for key in facts.links:
            self._linked[key].append(path)
        for title in {*map(title_key, facts.titles), *(_stem_keys(path) if facts.exported else ())}:
            self._titled[title].append(path)

    def match(
        self,
        book: Book,
        *,
        known: NotePath | None,
        read: Read,
        known_stamp: Stamp | None = None,
        wanted: NotePath | None = None,
    ) -> Match | Rivals | None:
        """Return the book's note, the notes that fit equally well, or None; `wanted` is the path a new note would get.

        `known` and `known_stamp` are what the state says of the book's note from an earlier run.
        """
        keys = self._keys(book)
        if path := self._remembered(book, keys, known, known_stamp):
            return Match(path, Rule.STATE, (), self._companions(book, keys, path))
        steps: tuple[tuple[Rule, Callable[[], list[NotePath]]], ...] = (
            (Rule.PLUGIN_MAP, lambda: self._mapped.get(book.id, [])),
            (Rule.NAMED, lambda: self._by_name(book)),
            (Rule.LINK, lambda: self._by_link(book, keys)),
            (Rule.URL, lambda: self._by_url(book, keys, read)),
            (Rule.TITLE, lambda: self._by_title(book, keys, read)),
        )
        for rule, step in steps:
            if paths := step():
                return self._choose(book, keys, list(dict.fromkeys(paths)), rule=rule, read=read)
        if wanted in self._notes and self._notes[wanted].facts.empty:
            return Match(wanted, Rule.EMPTY)
        return None

    def _keys(self, book: Book) -> _Keys:
        every = [highlight_links(book, highlight) for highlight in book.highlights]
        all_keys = frozenset(key for keys in every for key in keys)
        own = frozenset(key for key in all_keys if key not in self._shared)
        return _Keys(own, all_keys, book.asin.upper(), any(len(keys) > 1 for keys in every))

    # ------------------------------------------------------------ rules

    def _remembered(self, book: Book, keys: _Keys, known: NotePath | None, stamp: Stamp | None) -> NotePath | None:
        if known is None:
            return None
        if known in self._notes:
            return known
        for path in self._inodes.get(stamp.inode, []) if stamp else ():
            facts = self._notes[path].facts
            if self._agrees(book, path) or not keys.all.isdisjoint(facts.links) or book.id in facts.book_ids:
                return path
        return None

    def _by_name(self, book: Book) -> list[NotePath]:
        found = []
        for path in self._named.get(book.id, []):
            named = named_in_path(path)
            by_path = named is not None and title_key(named[0]) in _titles(book)
            if by_path or book.id in self._notes[path].facts.book_ids:
                found.append(path)
        return found

    def _by_link(self, book: Book, keys: _Keys) -> list[NotePath]:
        hits: Counter[NotePath] = Counter()
        for key in sorted(keys.all):
            hits.update(self._linked.get(key, ()))
        fits = [path for path, count in hits.items() if self._is_linked(book, keys, path, count=count)]
        by_own = [path for path in fits if not keys.own.isdisjoint(self._notes[path].facts.links)]
        return sorted(by_own or fits, key=lambda path: (-hits[path], path))

    def _is_linked(self, book: Book, keys: _Keys, path: NotePath, *, count: int) -> bool:
        """Say whether links make the note this book's, and not one that quotes it or another book's."""
        facts = self._notes[path].facts
        links = {key for key in facts.links if not key.startswith("rw:")} or set(facts.links)
        own = len(keys.own.intersection(facts.links))
        live = sum(not (each.is_deleted or each.is_discard) for each in book.highlights)
        if self._agrees(book, path):
            return facts.exported or 2 * count >= live
        if not own or self._names_another(book, path):
            return False
        if facts.exported and 2 * own >= len(links):
            return True
        return 2 * own >= live and own >= (2 if facts.exported else 3)

    def _by_url(self, book: Book, keys: _Keys, read: Read) -> list[NotePath]:
        url = source_key(book.source_url)
        if not url:
            return []
        return [
            path
            for path in self._exported_with_title(book)
            if url in map(source_key, self._notes[path].facts.urls) and self._may_be(book, keys, path, read)
        ]

    def _by_title(self, book: Book, keys: _Keys, read: Read) -> list[NotePath]:
        found = []
        for path in self._exported_with_title(book):
            no_address = not source_key(book.source_url) or not self._notes[path].facts.urls
            agree = no_address and self._same_author(book, path)  # a note of the same address was found by that
            if self._may_be(book, keys, path, read) and (agree or self._holds_most(book, path, read)):
                found.append(path)
        return found

    def _holds_most(self, book: Book, path: NotePath, read: Read) -> bool:
        """Say whether most of the book's texts are there: one article comes under two URLs, an author is respelt."""
        return 0 < len(book.highlights) <= 2 * self._count(book, path, read)

    def _exported_with_title(self, book: Book) -> list[NotePath]:
        paths = dict.fromkeys(path for title in _titles(book) for path in self._titled.get(title, ()))
        return [path for path in paths if self._notes[path].facts.exported and self._has_title(book, path)]

    def _has_title(self, book: Book, path: NotePath) -> bool:
        """Say whether the note's title is the book's: a short title counts where the note knows no longer one."""
        if self._names_another(book, path):
            return False
        titles = set(map(title_key, self._notes[path].facts.titles))
        title, *short = _titles(book)
        return title in titles or title in _stem_keys(path) or not (titles - {title, *short})

    def _same_author(self, book: Book, path: NotePath) -> bool:
        authors = {fold(author) for author in self._notes[path].facts.authors}
        mine = fold(book.author)
        return not authors or not mine or any(mine in author or author in mine for author in authors if author)

    def _may_be(self, book: Book, keys: _Keys, path: NotePath, read: Read) -> bool:
        """Say whether a note of this title may hold this book: not when it bears only another book's links."""
        sure = [key for key in self._notes[path].facts.links if is_sure(key) or key.startswith("tweet:")]
        if not sure or any(key in keys.all or key.startswith(f"kindle:{keys.asin}:") for key in sure):
            return True
        if keys.linkable:
            return False
        text = read(path)
        return text is not None and bool(find_highlights(book, text))

    def _names_another(self, book: Book, path: NotePath) -> bool:
        ids = self._notes[path].facts.book_ids
        return bool(ids) and book.id not in ids

    def _agrees(self, book: Book, path: NotePath) -> bool:
        """Say whether title, file name or URL of the note are the book's."""
        facts = self._notes[path].facts
        url = source_key(book.source_url)
        if url and url in map(source_key, facts.urls):
            return True
        return not {*map(title_key, facts.titles), *_stem_keys(path)}.isdisjoint(_titles(book))

    # ------------------------------------------------------------ choice

    def _choose(self, book: Book, keys: _Keys, paths: list[NotePath], *, rule: Rule, read: Read) -> Match | Rivals:
        if len(paths) == 1:
            return Match(paths[0], rule, (), self._companions(book, keys, paths[0]))
        counts = {path: self._count(book, path, read) for path in paths}
        told = (
            counts if keys.own == keys.all else {path: self._count(_by_own(book, keys), path, read) for path in paths}
        )
        ranked = sorted(paths, key=lambda path: (-told[path], -counts[path], *self._rank(path)))
        best = ranked[0]
        if counts[best] == 0 and rule in (Rule.URL, Rule.TITLE):
            return Rivals(tuple(sorted(paths)), rule)
        companions = self._companions(book, keys, best)
        copies = tuple(path for path in ranked[1:] if path not in companions and (told[path] or not told[best]))
        return Match(best, rule, copies, companions)

    @staticmethod
    def _count(book: Book, path: NotePath, read: Read) -> int:
        text = read(path)
        return 0 if text is None else len(find_highlights(book, text))

    def _rank(self, path: NotePath) -> tuple[bool, int, str]:
        inside = not self._folder or path.startswith(f"{self._folder}/")
        return (not inside, self._notes[path].stamp.mtime_ns, path)

    def _companions(self, book: Book, keys: _Keys, path: NotePath) -> tuple[NotePath, ...]:
        """Return the other notes that begin with a section and have no header, and hold highlights of the book."""
        found: dict[NotePath, None] = {}
        headed = bool(self._notes[path].facts.titles)
        for key in sorted(keys.own):
            for other in self._linked.get(key, ()):
                facts = self._notes[other].facts
                if other != path and facts.exported and headed != bool(facts.titles):
                    found[other] = None
        return tuple(found)


def _by_own(book: Book, keys: _Keys) -> Book:
    """Return the book without the links that another book has too: their texts must tell its notes apart."""
    made = tuple(
        each
        if keys.own.issuperset(highlight_links(book, each))
        else msgspec.structs.replace(each, url="", location=None)
        for each in book.highlights
    )
    return msgspec.structs.replace(book, highlights=made)


def _titles(book: Book) -> tuple[str, ...]:
    """Return the keys of the book's title and, where that is another, of its short one."""
    return tuple(dict.fromkeys(title_key(title) for title in (book.title, book.readable_title or book.title)))


def _stem_keys(path: NotePath) -> tuple[str, ...]:
    """Return the keys under which a file name may be a title: as it is, and without what exporters and copies add."""
    stem = PurePosixPath(path).stem
    return tuple(dict.fromkeys(title_key(name) for name in (stem, _ADDED.sub("", stem))))
