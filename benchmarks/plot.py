"""How does the cost grow with the size? The measured rows as a picture: both axes logarithmic, a line a series.

    drawn(rows)   → "<svg …"     CPU seconds of `once` against notes (nothing to do) and highlights (first sync)

The dashed line is what grows in proportion: a series that runs steeper is worse than linear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10

from benchmarks.rows import Row

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 150, 20, 50
SMALLEST, LARGEST = 2.0, 5.2
"""Powers of ten on the axis of sizes."""
LEAST, MOST = -1.0, 1.6
"""Powers of ten of seconds."""
COLOURS = {"nothing to do": "#1b6ca8", "first sync": "#b5541c"}
UNIT = {"nothing to do": "notes", "first sync": "highlights"}


def drawn(measured: Sequence[Row]) -> str:
    """Return the picture as SVG."""
    return "".join(_parts(measured))


def _parts(measured: Sequence[Row]) -> Iterator[str]:
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="12">\n'
    yield "<title>CPU seconds of one run of syncer, by the size of the vault</title>\n"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
    for power in range(2, 6):
        x = _x(10.0**power)
        yield f'<path d="M{x:.0f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/>'
        yield f'<text x="{x:.0f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>\n'
    for seconds in (0.1, 1.0, 10.0):
        y = _y(seconds)
        yield f'<path d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{seconds:g} s</text>\n'
    middle = (LEFT + WIDTH - RIGHT) // 2
    yield f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">notes, or highlights</text>\n'
    line = f"M{_x(1e3):.0f} {_y(0.1):.0f}L{_x(1e5):.0f} {_y(10.0):.0f}"
    yield f'<path d="{line}" stroke="#999999" stroke-dasharray="5 5"/>'
    yield f'<text x="{_x(1e5) + 6:.0f}" y="{_y(10.0) + 4:.0f}" fill="#777777">in proportion</text>\n'
    for series, colour in COLOURS.items():
        yield from _series(series, colour, [row for row in measured if row.series == series and row.size])
    yield "</svg>\n"


def _series(series: str, colour: str, rows: Sequence[Row]) -> Iterator[str]:
    points = [(_x(row.size), _y(row.cost.cpu)) for row in sorted(rows, key=lambda row: row.size)]
    if not points:
        return
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points)
    x, y = points[-1]
    yield f'<text x="{x + 8:.0f}" y="{y + 18:.0f}" fill="{colour}">{series} ({UNIT[series]})</text>\n'


def _x(size: float) -> float:
    return LEFT + (log10(size) - SMALLEST) / (LARGEST - SMALLEST) * (WIDTH - LEFT - RIGHT)


def _y(seconds: float) -> float:
    return HEIGHT - BOTTOM - (log10(seconds) - LEAST) / (MOST - LEAST) * (HEIGHT - TOP - BOTTOM)
