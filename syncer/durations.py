"""How long is "15m"? A duration in the configuration and on the command line is a number and a unit.

    "100ms" → 0.1    "90s" → 90.0    "15m" → 900.0    "1.5h" → 5400.0    "7d" → 604800.0    "0s" → 0.0

Guarantees: what comes back is a finite number of seconds between 0 and `LONGEST`; everything else is a
`ValueError` that says what a duration looks like. Times of the day (`schedule.at`) are read in
`config_values.py`.
"""

from __future__ import annotations

import re

LONGEST = 3_660 * 86_400.0
"""Ten years in seconds: longer is a slip of the pen, and would carry dates past what the system can count."""

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|s|m|h|d)", re.ASCII)
LOOKS_LIKE = 'a number and a unit: "100ms", "90s", "15m", "7d"'


def read_duration(text: str) -> float:
    """Return the seconds that `text` stands for; a `ValueError` says "what is wrong; how to write it"."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"is not a duration; write {LOOKS_LIKE}")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > LONGEST:
        raise ValueError('is longer than ten years; write at most "3660d"')
    return seconds


def shown_duration(seconds: float) -> str:
    """Return a duration in words, in its largest unit: `8 hours`, `1 day`, `40 seconds`."""
    units = (("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0), ("second", 1.0))
    unit, size = next((one for one in units if seconds >= one[1]), units[-1])
    number = int(seconds / size)
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
