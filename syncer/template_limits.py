"""What may a template do, and for how long?

    {{ date | date('F j, Y') }}      October 14, 2024: letters as in Django and PHP
    {{ author | links }}             [[A]] and [[B]], [[C]]
    {{ title | yaml }}               "a double-quoted YAML text"
    {{ n }} highlight{{ n | pluralize }}

Guarantees: a template sees only the values that it is given, changes none of them, reads no file but those of
its own folder, gives the same text for the same values (Jinja's `random` and `lipsum` are taken away), gives
a text that a file can hold, and ends: after 2 s where the system has an interval timer and this is the main
thread, and before a text of 5 MB is there. Loading templates and telling what is wrong with them is in
template.py; no other module than these two imports jinja2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from jinja2 import DictLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncer.values import one_line

LONGEST_NOTE = 5_000_000
"""Characters that one note may have: far above any real one, far below what would hurt."""

_LETTERS = re.compile(r"\\.|[A-Za-z]", re.DOTALL)
_AUTHORS = re.compile(r"(; ?|,? and |, (?!(?:Inc|LLC|Ltd|Jr|Sr|Ph\.?D|M\.?D|Esq|II|III|IV)\b))")
_BIG_POWER = 10_000


class _Quoted(str):
    """A text that a YAML filter has made: front matter takes it as it is."""

    __slots__ = ()


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox with this program's filters and limits."""

    intercepted_binops = frozenset({"*", "**", "+"})

    sources: Mapping[str, str] = {}

    def mentions(self, name: str) -> bool:
        """Say whether any of the templates may ask for a value of this name."""
        return any(name in source for source in self.sources.values())

    def encodable(self, text: str) -> str:
        """Return a text that was rendered, or raise SecurityError where no file can hold it."""
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = f"U+{ord(text[error.start]):04X}"
            raise SecurityError(f"half a character ({half}), which UTF-8 cannot hold") from error
        return text

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Compute one operation, unless its result would be too big."""
        if operator == "**" and _bits(left) * _length(right) > _BIG_POWER:
            raise SecurityError("a power that is too big")
        if operator == "*" and max(_length(left), 1) * max(_length(right), 1) > LONGEST_NOTE:
            raise SecurityError("a repetition that is too long")
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            checked_length(len(left) + len(right))
        return super().call_binop(context, operator, left, right)  # type: ignore[arg-type]  # a Context, always


def _bits(number: object) -> int:
    return number.bit_length() if isinstance(number, int) else 1


def _length(value: object) -> int:
    if isinstance(value, str | list | tuple):
        return len(value)
    return abs(value) if isinstance(value, int) else 1


def checked_length(length: int) -> int:
    """Return a length, or raise SecurityError where a note of it would be too long."""
    if length > LONGEST_NOTE:
        raise SecurityError(f"more than {LONGEST_NOTE // 1_000_000} MB of text")
    return length


def sandbox(sources: Mapping[str, str], *, for_yaml: bool) -> Sandbox:
    """Return an environment that knows the given templates by name, for front matter or for the note's text."""
    environment = Sandbox(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=False,  # notes are Markdown: what HTML in them may do is neutralise.py's question
        finalize=_unquoted if for_yaml else None,
        auto_reload=False,
    )
    environment.sources = sources
    environment.globals.pop("lipsum")
    environment.filters.pop("random")
    environment.filters.update(_FILTERS)
    return environment


def _unquoted(value: object) -> object:
    """Make a value that goes into front matter without a YAML filter one line that Templater does not run."""
    return value if isinstance(value, _Quoted) or not isinstance(value, str) else one_line(value).replace("<%", "&lt;%")


# ---------------------------------------------------------------- filters


def date_filter(value: object, letters: str = "F j, Y") -> str:
    """Return a date as Django and PHP write it with these letters; "" for a date that is not there."""
    if not isinstance(value, date):
        return ""
    when = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # a day has no zone
    return _LETTERS.sub(lambda match: _letter(match.group(), when), letters)


_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905  # one line to read
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905  # one line to read

_WRITTEN: dict[str, Callable[[datetime], str]] = {
    "Y": lambda t: f"{t.year:04d}",
    "y": lambda t: f"{t.year % 100:02d}",
    "o": lambda t: f"{t.isocalendar().year:04d}",
    "m": lambda t: f"{t.month:02d}",
    "n": lambda t: str(t.month),
    "F": lambda t: _MONTHS[t.month - 1],
    "M": lambda t: _MONTHS[t.month - 1][:3],
    "b": lambda t: _MONTHS[t.month - 1][:3].lower(),
    "d": lambda t: f"{t.day:02d}",
    "j": lambda t: str(t.day),
    "S": lambda t: {1: "st", 2: "nd", 3: "rd"}.get(t.day % 10 if t.day not in (11, 12, 13) else 0, "th"),
    "l": lambda t: _DAYS[t.weekday()],
    "D": lambda t: _DAYS[t.weekday()][:3],
    "w": lambda t: str(t.isoweekday() % 7),
    "N": lambda t: str(t.isoweekday()),
    "W": lambda t: str(t.isocalendar().week),
    "z": lambda t: str(t.timetuple().tm_yday),
    "t": lambda t: str((_first_of_next(t) - date(t.year, t.month, 1)).days),
    "L": lambda t: str(_first_of_next(t.replace(month=2)).toordinal() - date(t.year, 2, 1).toordinal() == 29),
    "G": lambda t: str(t.hour),
    "H": lambda t: f"{t.hour:02d}",
    "g": lambda t: str(t.hour % 12 or 12),
    "h": lambda t: f"{t.hour % 12 or 12:02d}",
    "i": lambda t: f"{t.minute:02d}",
    "s": lambda t: f"{t.second:02d}",
    "u": lambda t: f"{t.microsecond:06d}",
    "A": lambda t: "AM" if t.hour < 12 else "PM",
    "a": lambda t: "a.m." if t.hour < 12 else "p.m.",
    "P": lambda t: date_filter(t, "g a") if not t.minute else date_filter(t, "g:i a"),
    "c": lambda t: t.isoformat(),
    "O": lambda t: t.strftime("%z"),
    "e": lambda t: t.tzname() or "",
    "T": lambda t: t.tzname() or "",
    "U": lambda t: str(int(t.timestamp())),
}


def _first_of_next(when: date) -> date:
    return date(when.year + when.month // 12, when.month % 12 + 1, 1) if when.year < 9999 else date.max


def _letter(letter: str, when: datetime) -> str:
    if letter[0] == "\\":
        return letter[1:]
    written = _WRITTEN.get(letter)
    return written(when) if written else letter


def pluralize(value: object, endings: str = "s") -> str:
    """Return the plural's ending for a number or a list, as Django's filter of that name: `pluralize('y,ies')`."""
    one, _, many = endings.rpartition(",")
    count = len(value) if isinstance(value, list | tuple | dict) else value
    return one if count in (1, "1") else many


def links(authors: str) -> str:
    """Return authors as links, with what stands between their names as it is: `[[A]] and [[B]], [[C]]`."""
    pieces = _AUTHORS.split(authors)
    if ";" in authors:
        pieces = re.split(r"(; ?)", authors)
    return "".join(
        piece if number % 2 else f"[[{piece.strip()}]]" for number, piece in enumerate(pieces) if piece.strip()
    )


def _yaml(value: object) -> str:
    from syncer.front_matter import quoted

    return _Quoted(quoted(str(value)))


def _yaml_word(value: object) -> str:
    from syncer.front_matter import word

    return _Quoted(word(str(value)))


def _yaml_links(authors: str) -> str:
    from syncer.front_matter import link

    shown = one_line(authors)
    return _Quoted(link(shown, links(shown)))


_FILTERS: dict[str, Callable[..., str]] = {
    "date": date_filter,
    "pluralize": pluralize,
    "links": links,
    "yaml": _yaml,
    "yaml_word": _yaml_word,
    "yaml_links": _yaml_links,
}
