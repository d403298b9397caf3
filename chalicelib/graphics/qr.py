"""QR codes as strokes: dark modules that touch in a row are one, so that no seam shows where vectors are drawn.

Error correction M (15 % of a picture may be lost) and four modules of quiet zone, as ISO/IEC 18004 asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

QUIET: Final = 4
"""Modules of white around the picture."""


class Stroke(NamedTuple):
    """Dark modules side by side: the left one's place, counted from the top left corner without quiet zone."""

    x: int
    y: int
    length: int


def strokes(target: str) -> tuple[int, list[Stroke]]:
    """The picture of an address: modules a side, and the dark ones in strokes."""
    import segno

    matrix = segno.make_qr(target, error="m", boost_error=False).matrix
    return len(matrix), [stroke for y, row in enumerate(matrix) for stroke in _in_row(y, row)]


def _in_row(y: int, row: bytearray) -> Iterator[Stroke]:
    start = None
    for x, module in enumerate((*row, 0)):
        if module and start is None:
            start = x
        elif not module and start is not None:
            yield Stroke(start, y, x - start)
            start = None
