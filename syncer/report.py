"""A plan and its outcomes, as sentences and as diffs: one code, two tenses.

    would add 4 highlights to "Readwise/State of AI.md"          added 4 highlights to "Readwise/State of AI.md"
    would add 1 update to "Readwise/Deep.md"                     added 1 update to "Readwise/Deep.md"
    2 notes to make, 1 to extend, 17 highlights                  2 notes made, 1 extended, 17 highlights

Guarantees: everything that is not done is listed with its reason and the way on; no text of a highlight is in a
sentence, and no control character of a title or path reaches a terminal; a diff is what `git apply` and `patch -p1`
take, byte for byte. The same as JSON is report_json.py's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from syncer.errors import EXIT_OK, VaultError
from syncer.model import AppendSection, Change, CreateNote, Decision, Failure, Hold, NotePath, Part, Received

CONTEXT = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_FINAL_NEWLINE = b"\\ No newline at end of file\n"


PLUGIN_IS_ACTIVE = (
    "Readwise's own plug-in is switched on in this vault: what both write is never doubled by syncer, but the plug-in "
    "adds what syncer has written once more; switch its automatic sync off in Obsidian (Settings → Readwise Official → "
    "Configure resync frequency: Manual)"
)


TRIED_AGAIN = "the next sync tries again"
"""The way on from a note that could not be written."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One change, without its bytes."""

    path: NotePath
    created: bool
    parts: tuple[Part, ...]

    @property
    def highlights(self) -> int:
        """How many highlights the change holds."""
        return sum(len(part.highlights) for part in self.parts)

    @property
    def updates(self) -> int:
        """How many changes of what was there already it holds."""
        return sum(len(part.updates) for part in self.parts)


class Report(msgspec.Struct, kw_only=True):
    """What a pass did, or would do; `gone` counts the known notes that were now accepted as gone."""

    dry: bool
    received: Received
    decisions: tuple[Decision, ...]
    lines: list[Line]
    holds: list[Hold]
    failures: list[Failure]
    warnings: list[str]
    plugin_active: bool
    gone: int = 0

    @property
    def exit_code(self) -> int:
        """The exit code that this result stands for."""
        return VaultError.exit_code if self.holds or self.failures else EXIT_OK


def line_of(change: Change) -> Line:
    """Return a change's line, which does without its bytes."""
    return Line(path=change.path, created=isinstance(change, CreateNote), parts=change.parts)


# ---------------------------------------------------------------- sentences


def shown(text: str) -> str:
    """Return a title or path with its control characters made visible."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def counted(number: int, what: str) -> str:
    """Return a number and a noun: `1 note`, `1,234 notes`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def line_sentence(line: Line, *, dry: bool) -> str:
    """Return one change as a sentence."""
    added = _counted_both(line.highlights, line.updates, joined=" and ")
    if line.created:
        return f'{"would make" if dry else "made"} "{shown(line.path)}" with {added}'
    return f'{"would add" if dry else "added"} {added} to "{shown(line.path)}"'


def _counted_both(highlights: int, updates: int, *, joined: str) -> str:
    pieces = [counted(highlights, "highlight")] if highlights or not updates else []
    return joined.join([*pieces, counted(updates, "update")] if updates else pieces)


def hold_sentence(held: Hold) -> str:
    """Return what is, or would be, held back, with the reason and the way on."""
    where = " ".join(f'"{shown(path)}"' for path in held.paths[:1]) or f'the book "{shown(held.title)}"'
    hint = f"; {held.hint}" if held.hint else ""
    return f"held back: {where} (book {held.book_id}): {shown(held.reason)}{shown(hint)}"


def hold_sentences(report: Report) -> Iterator[str]:
    """Yield what was, or would be, held back or failed, each with its reason and the way on."""
    yield from map(hold_sentence, report.holds)
    for failure in report.failures:
        yield f'not written: "{shown(failure.path)}": {shown(failure.cause)}; {TRIED_AGAIN}'


def summary(report: Report) -> str:
    """Return the whole result in one line."""
    made = sum(line.created for line in report.lines)
    extended = len(report.lines) - made
    highlights = sum(line.highlights for line in report.lines)
    updates = sum(line.updates for line in report.lines)
    if report.lines:
        verbs = ("to make", "to extend") if report.dry else ("made", "extended")
        pieces = [f"{counted(made, 'note')} {verbs[0]}"] if made else []
        pieces += [f"{counted(extended, 'note')} {verbs[1]}"] if extended else []
        text = f"{', '.join(pieces)}, {_counted_both(highlights, updates, joined=', ')}"
    else:
        text = "nothing to add" if report.dry else "nothing added"
        if report.gone:
            text += f": {_known_notes(report.gone)} gone"
        elif not report.holds and not report.failures:
            text += ": nothing is missing"
    if told := sum(len(one.told) for one in report.decisions):
        text += f"; {told} changed at Readwise"
    if report.holds:
        text += f"; {len(report.holds)} held back"
    if report.failures:
        text += f"; {len(report.failures)} not written"
    return text


def gone_sentences(count: int) -> Iterator[str]:
    """Yield what becomes of so many notes that were now accepted as gone."""
    if count:
        yield (
            f"{_known_notes(count)} gone from the vault and stay away: a note is made again when its book gets a new "
            "highlight, or with: syncer restore NOTE"
        )


def _known_notes(count: int) -> str:
    return f"{counted(count, 'known note')} {'is' if count == 1 else 'are'}"


def told_sentences(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield what changed at Readwise since it was written and is not written, a line a note: how many, and what."""
    for one in decisions:
        if not one.told:
            continue
        about = [update for update in one.told if not update.id]
        others = [update for update in one.told if update.id]
        kinds = Counter(what for update in others for what in update.what)
        pieces = [f"{counted(len(others), 'highlight')} ({_kinds(kinds)})"] if others else []
        pieces += [f"the source itself ({', '.join(update.what)})" for update in about]
        where = f'"{shown(one.path)}"' if one.path else f'the book "{shown(one.title)}"'
        yield f"changed at Readwise, and not written to {where}: {', '.join(pieces)}"


def _kinds(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in kinds.items())


def first_meetings(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield how the notes met for the first time were recognised, a line a rule."""
    met = [one for one in decisions if one.first_meeting and one.path and not one.creates]
    rules = Counter(one.rule for one in met if one.rule is not None)
    for rule, number in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        yield f"{counted(number, 'note')} recognised: {rule.value}"
    lacking = sum(len(one.missing) for one in met)
    skipped = sum(len(one.skipped) for one in met)
    if met:
        yield f"{counted(lacking, 'highlight')} missing in them" + (f", {skipped} left out" if skipped else "")


# ---------------------------------------------------------------- diffs


def stat_line(line: Line) -> str:
    """Return one change as `dry-run --stat` shows it."""
    updates = f"  ({counted(line.updates, 'update')})" if line.updates else ""
    return f"{'A' if line.created else 'M'} {line.highlights:>5}  {shown(line.path)}{updates}"


def unified_diff(change: Change, note: bytes) -> bytes:
    """Return the change of a note that holds these bytes as a unified diff."""
    name = change.path.encode("utf-8", "surrogateescape")
    if isinstance(change, CreateNote):
        added = _lines(change.data)
        head = _header(b"--- ", b"/dev/null", b"") + _header(b"+++ ", b"b/", name)
        return head + f"@@ -0,0 +{_span(1, len(added))} @@\n".encode() + _marked(b"+", added)
    return _header(b"--- ", b"a/", name) + _header(b"+++ ", b"b/", name) + _append_hunk(change, note)


def _append_hunk(change: AppendSection, note: bytes) -> bytes:
    """Return the hunk that adds the data to the note's end, with the last lines before it as context."""
    old = _lines(note)
    context = old[-CONTEXT:]
    joined = _lines((context[-1] if context else b"") + change.data)
    if context and context[-1].endswith(b"\n"):
        kept, removed, added = context, [], _lines(change.data)
    else:
        kept, removed, added = context[:-1], context[-1:], joined
    start = len(old) - len(context) + 1
    before = _span(start if context else 0, len(kept) + len(removed))
    after = _span(start, len(kept) + len(added))
    head = f"@@ -{before} +{after} @@\n".encode()
    return head + _marked(b" ", kept) + _marked(b"-", removed) + _marked(b"+", added)


def _span(start: int, length: int) -> str:
    return str(start) if length == 1 else f"{start},{length}"


def _lines(data: bytes) -> list[bytes]:
    pieces = data.split(b"\n")
    last = pieces.pop()
    return [piece + b"\n" for piece in pieces] + ([last] if last else [])


def _marked(mark: bytes, lines: Sequence[bytes]) -> bytes:
    return b"".join(mark + line if line.endswith(b"\n") else mark + line + b"\n" + _NO_FINAL_NEWLINE for line in lines)


def _header(mark: bytes, prefix: bytes, name: bytes) -> bytes:
    """Return a file's line in a diff: quoted where git quotes it, with a tab after a name that holds a blank."""
    full = prefix + name
    if re.search(rb'[\x00-\x1f"\\\x7f]', full):
        escaped = b"".join(_escaped(byte) for byte in full)
        return mark + b'"' + escaped + b'"\n'
    return mark + full + (b"\t\n" if b" " in full else b"\n")


def _escaped(byte: int) -> bytes:
    char = bytes([byte])
    if char in b'"\\':
        return b"\\" + char
    return b"\\%03o" % byte if byte < 0x20 or byte == 0x7F else char
