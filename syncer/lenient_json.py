"""How is JSON read that is not quite as its types say? Field by field, keeping what can be understood.

    loaded(b'{"id": 1, "text": "\\\\ud83d", "place": NaN}')     {"id": 1, "text": "\\ufffd", "place": None}
    cleaned({"id": 1, "place": "12", "url": 7}, Highlight)     Highlight(id=1, place=12)
    cleaned({"id": "one"}, Highlight)                          None: a required field is unusable

Guarantees: no input makes it raise anything but `NotJson`, whose text quotes nothing of the input; its time
grows with the input's length only; its memory is at most 25 times the input (lists in lists), so callers cap
the input. The types of Readwise's answers are in `wire.py`.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeVar

import msgspec

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class NotJson(ValueError):  # noqa: N818  what it is, not what went wrong
    """The bytes are no JSON that can be read in bounded time and memory."""


def loaded(data: bytes) -> object:
    """Return decoded JSON where lone surrogates are U+FFFD and numbers that no field can hold are null."""
    try:
        text = json.dumps(
            json.loads(data, parse_int=_int, parse_float=_float, parse_constant=_nothing), ensure_ascii=False
        )
        return msgspec.json.decode(_LONE_SURROGATE.sub("\ufffd", text))
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError):
        raise NotJson("it is not JSON") from None


def cleaned(raw: object, kind: type[_Struct]) -> _Struct | None:
    """Return `raw` as a `kind` without the fields of another type; None when a required one is unusable."""
    if not isinstance(raw, dict):
        return None
    kept = {}
    for field in msgspec.structs.fields(kind):
        try:
            kept[field.name] = _converted(raw[field.encode_name], field)
        except (KeyError, msgspec.ValidationError):
            if field.required:
                return None
    return kind(**kept)


def _converted(value: object, field: msgspec.structs.FieldInfo) -> object:
    """Return the value as the field's type; "12" and 1 serve where a number or a yes is optional."""
    try:
        return msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        if field.required or isinstance(value, list | dict):  # ids in a list stay strict
            raise
        return msgspec.convert(value, field.type, strict=False)


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) < 20 else None


def _float(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _nothing(_constant: str) -> None:
    return None
