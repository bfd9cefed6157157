"""What does a note say of the book that it may belong to?

    read_facts("Readwise/Deep.md", data=b"# Deep\\n\\n## Metadata\\n- Author: [[C. N.]]\\n- URL: https://a.org/x\\n…")
        → NoteFacts(exported=True, titles=("Deep",), authors=("C. N.",), urls=("https://a.org/x",),
                    links=("reader:01j9…", "rw:801"), book_ids=(60110123,))

Guarantees: pure; never raises, whatever the bytes (byte order mark, CRLF, no UTF-8, broken YAML: front matter that
does not parse is read line by line); work grows with the note's length only. What follows from facts: `shelf.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from syncer.identity.labels import label_of
from syncer.identity.lines import LONGEST, front_matter_end
from syncer.identity.links import OWN_LINK, is_own_link, is_sure, link_key, links_in, marks
from syncer.left_alone import is_left_alone
from syncer.model import NoteFacts

_ENDING = re.compile(r"^(?P<title>.+) \((?P<id>\d{4,12})\)$", re.S)
_BOOKREVIEW = re.compile(r"readwise\.io/bookreview/(\d{1,18})", re.I)
_NUMBER = re.compile(r"\d{1,18}")
_ID_LABEL = re.compile(
    r"[\s>]*(?:[-*+]\s+)?[*_]*(?:readwise[ _-]?(?:book[ _-]?)?id|__readwise_fk|user_book_id)[*_]*\s*::?", re.I
)
_TITLE_LABELS = frozenset(("title", "full-title", "real-title"))
_URL_LABELS = frozenset(("url", "source", "source-url", "link"))
_AUTHOR_LABELS = frozenset(("author", "authors"))
_FRONT_LINE = re.compile(r"\s*([\w -]+?)\s*:\s?(.*)")
_NEW_SECTION = re.compile(r"#{1,6} New highlights added ", re.I)
_HIGHLIGHTS = re.compile(
    r"^[ \t>]*(?:[-*+][ \t]+)?#{1,6}\s+\W*highlights?\W*$|^highlights?[ \t]*\n[=-]{3,}", re.I | re.M
)
_METADATA = re.compile(r"^[ \t>]*(?:[-*+][ \t]+)?#{1,6}\s+\W*metadata\W*$", re.I | re.M)
_HEAD = 16_384  # characters in which titles and metadata stand; two documents in one file repeat them further down
_URL_AT = re.compile(r"(?:https?|mailto):\S+", re.I)


def named_in_path(path: str) -> tuple[str, int] | None:
    """Return the title and book id that a file name `Title (60110123).md` ends in."""
    found = _ENDING.match(PurePosixPath(path).stem)
    return (found["title"], int(found["id"])) if found else None


def read_facts(path: str, *, data: bytes) -> NoteFacts:
    """Return what the note says; of a file that is left alone, nothing."""
    if is_left_alone(path):
        return NoteFacts()
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if not text.strip("\ufeff\x00 \t\r\n"):
        return NoteFacts(empty=True)
    body_at = front_matter_end(text)
    front = dict(_front_matter(text[:body_at])) if body_at else {}
    return _facts(path + text[:body_at], front, text[body_at:])


def _facts(head: str, front: dict[str, list[str]], body: str) -> NoteFacts:
    labels = list(_labels(body))
    links = _links(body)
    said = [(name, value) for name, values in front.items() for value in values]
    ids = _book_ids(front, body)
    titles = [value for name, value in said + labels if name in _TITLE_LABELS]
    return NoteFacts(
        exported=_is_exported(head, body, links=links, labels={name for name, _ in said + labels}, ids=ids),
        titles=_unique([*titles, *_headlines(body)]),
        urls=_unique(
            url[0].rstrip("\\>)]")
            for name, value in said + labels
            if name in _URL_LABELS and (url := _URL_AT.search(value))
        ),
        authors=_unique(value for name, value in said + labels if name in _AUTHOR_LABELS),
        links=_unique(links),
        book_ids=ids,
    )


def _unique(values: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


# ---------------------------------------------------------------- front matter


def _front_matter(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each key, as in METADATA_LABELS, with its values as plain strings."""
    for name, value in _parsed(block) or _scanned(block):
        yield name.strip().lower().replace(" ", "-"), [_clean(each) for each in _flat(value)]


def _parsed(block: str) -> list[tuple[str, object]]:
    """Return the front matter's pairs, none when it is no valid YAML (which is normal in real notes)."""
    import frontmatter  # with yaml 22 ms at start-up, and only notes that begin with --- need it
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    try:
        pairs, _ = frontmatter.parse(block.removeprefix("\ufeff"), handler=YAMLHandler())
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return []
    return [(str(name), value) for name, value in pairs.items()]


def _scanned(block: str) -> Iterator[tuple[str, object]]:
    for line in block.splitlines():
        if found := _FRONT_LINE.fullmatch(line):
            yield found[1], found[2]


def _flat(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for each in value[:20] if depth < 3 else ():
            yield from _flat(each, depth + 1)
    elif value is not None and not isinstance(value, dict | set):
        yield str(value)


def _clean(value: str) -> str:
    """Return a value without YAML's quotes, wikilink brackets and a hard line break's backslash."""
    value = value.strip().removesuffix("\\").strip()
    while len(value) > 1 and (value[0], value[-1]) in (('"', '"'), ("'", "'"), ("[", "]")):
        value = value[1:-1].strip()
    return value


# ---------------------------------------------------------------- body


def _labels(body: str) -> Iterator[tuple[str, str]]:
    """Yield the metadata lines (`- Author: [[X]]`, `Title:: X`); a title may run over two lines."""
    starts = [0, *(found.start() for found in _METADATA.finditer(body) if found.start() > _HEAD // 2)]
    for start in starts:
        lines = _header_text(body[start : start + _HEAD]).splitlines()
        for at, line in enumerate(lines):
            label = label_of(line)
            if not label:
                continue
            value = line.split(":", 1)[1].lstrip(":*_ \t")
            yield label, _clean(value.rstrip("*_ "))
            if label in _TITLE_LABELS and at + 1 < len(lines) and _goes_on(lines[at + 1]):
                yield label, _clean(f"{value} {lines[at + 1].strip()}")


def _header_text(text: str) -> str:
    """Return the part of the text in which metadata stand: up to the first highlights."""
    ends = [found.start() for expression in (_HIGHLIGHTS, _NEW_SECTION) if (found := expression.search(text))]
    return text[: min(ends)] if ends else text[: _HEAD // 4]


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and not label_of(line) and not line.lstrip().startswith(("-", "#", "!", ">"))


def _headlines(body: str) -> Iterator[str]:
    """Yield the titles that stand as a first-level heading (`# X`, or X underlined with `===`)."""
    lines = body[:_HEAD].splitlines()
    for at, line in enumerate(lines):
        if line.startswith("# ") and line[2:].strip().lower() != "highlights":
            yield line[2:].strip()
            if at + 1 < len(lines) and _goes_on(lines[at + 1]):
                yield f"{line[2:].strip()} {lines[at + 1].strip()}"
        elif at and line.startswith("===") and not line.strip("= \t") and lines[at - 1].strip():
            yield lines[at - 1].strip()


def _links(body: str) -> list[str]:
    """Return the keys of all highlight links: own links wherever they stand, others but for metadata's."""
    found: list[str] = []
    for line in body.split("\n"):
        if "://" not in line and "rw" not in line and "# id" not in line:
            continue
        if "](" in line and len(line) <= LONGEST:
            own = [link_key(link["url"]) for link in OWN_LINK.finditer(line) if is_own_link(link)]
            found.extend(own)
            if own and line.count("://") == len(own):
                found.extend(marks(line))
                continue
        if not label_of(line):
            found.extend(key for key in links_in(line) if is_sure(key) or key.startswith("tweet:"))
    return found


def _book_ids(front: dict[str, list[str]], body: str) -> tuple[int, ...]:
    """Return the ids of Readwise's books that the note names as its own, in front matter or metadata."""
    found: list[int] = []
    for name, values in front.items():
        for value in values:
            found.extend(int(number) for number in _BOOKREVIEW.findall(value) if label_of(f"{name}:") or "uri" in name)
            if _ID_LABEL.fullmatch(f"{name}:"):
                found.extend(int(number) for number in _NUMBER.findall(value))
    for line in _header_text(body[:_HEAD]).splitlines():
        if "readwise" not in line.lower():
            continue
        if label_of(line) and (named := _BOOKREVIEW.search(line)):
            found.append(int(named[1]))
        if named := _ID_LABEL.match(line):
            found.extend(int(number) for number in _NUMBER.findall(line[named.end() :]))
    return tuple(dict.fromkeys(found))


def _is_exported(head: str, body: str, *, links: list[str], labels: set[str], ids: tuple[int, ...]) -> bool:
    """Say whether an export wrote the note: two of its parts are there, or one that nobody else writes."""
    if ids or "![rw-book-cover](" in body or _NEW_SECTION.search(body):
        return True
    highlights = _HIGHLIGHTS.search(body) is not None
    metadata = _METADATA.search(body) is not None
    titled = bool(labels & _TITLE_LABELS)
    described = titled and bool(labels & (_AUTHOR_LABELS | _URL_LABELS))
    if "full-title" in labels and (metadata or described or highlights):
        return True
    if highlights and (metadata or described):
        return True
    return bool(links) and (described or (highlights and titled) or "readwise" in head.lower())
