"""Labels to print: the QR picture of a code with its text below, as SVG or as drawing operators of PDF.

Vectors, so that a printer's resolution does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from chalicelib.graphics.qr import QUIET, strokes

_TEXT_BAND: Final = 5
"""Height of the text's band, in modules."""

PAGE: Final = (595.28, 841.89)
"""A4 in points."""
COLUMNS: Final = 4
ROWS: Final = 6
PER_PAGE: Final = COLUMNS * ROWS
_MARGIN: Final = 28.0
_PICTURE: Final = 104.0
"""Side of a picture on the sheet with its quiet zone, in points: 37 mm."""
_TEXT_SIZE: Final = 7.0
_LETTER: Final = 0.6
"""Width of every letter of Courier, in its size."""


class Label(NamedTuple):
    """What is printed: the code's text, and the address in the picture."""

    code: str
    target: str


def svg(label: Label) -> str:
    """One label as an SVG document, 30 mm wide."""
    side, dark = strokes(label.target)
    width, height = side + 2 * QUIET, side + QUIET + _TEXT_BAND
    path = "".join(f"M{stroke.x + QUIET} {stroke.y + QUIET}.5h{stroke.length}" for stroke in dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="30mm" height="{30 * height / width:.2f}mm" '
        f'viewBox="0 0 {width} {height}"><title>{label.code}</title><rect width="{width}" height="{height}" '
        f'fill="#fff"/><path d="{path}" stroke="#000" shape-rendering="crispEdges"/>'
        f'<text x="{width / 2:g}" y="{height - 1.3:g}" text-anchor="middle" font-family="monospace" font-size="2.6" '
        f'textLength="{side}">{label.code}</text></svg>\n'
    )


def pdf_drawing(labels: Sequence[Label]) -> str:
    """Operators that draw up to `PER_PAGE` labels on an A4 page, in rows from the top left. The font is `/F`."""
    return "\n".join(_drawn(place, label) for place, label in enumerate(labels[:PER_PAGE]))


def _drawn(place: int, label: Label) -> str:
    side, dark = strokes(label.target)
    left, top = _corner(place)
    scale = _PICTURE / (side + 2 * QUIET)
    # PDF counts y upwards from the bottom of the page, the picture downwards from its top.
    modules = " ".join(f"{stroke.x + QUIET} {-stroke.y - QUIET - 1} {stroke.length} 1 re" for stroke in dark)
    indent = (_PICTURE - len(label.code) * _LETTER * _TEXT_SIZE) / 2
    return (
        f"q {scale:.5f} 0 0 {scale:.5f} {left:.2f} {top:.2f} cm {modules} f Q "
        f"BT /F {_TEXT_SIZE:g} Tf {left + indent:.2f} {top - _PICTURE - _TEXT_SIZE + 4:.2f} Td ({label.code}) Tj ET"
    )


def _corner(place: int) -> tuple[float, float]:
    row, column = divmod(place, COLUMNS)
    width, height = (PAGE[0] - 2 * _MARGIN) / COLUMNS, (PAGE[1] - 2 * _MARGIN) / ROWS
    return _MARGIN + column * width + (width - _PICTURE) / 2, PAGE[1] - _MARGIN - row * height
