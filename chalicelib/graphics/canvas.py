"""A picture that rectangles, text and another picture are put on."""

from __future__ import annotations

from itertools import groupby

from chalicelib.graphics import glyphs
from chalicelib.graphics.glyphs import SOLID
from chalicelib.graphics.png import Picture, write

Colour = tuple[int, int, int]


class Canvas:
    """RGB pixels."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width = width
        self.rows = [bytearray(bytes(colour) * width) for _ in range(height)]

    def fill(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        """A rectangle."""
        for row in self.rows[top : top + height]:
            row[3 * left : 3 * (left + width)] = bytes(colour) * width

    def put(self, picture: Picture, left: int, top: int) -> None:
        """Another picture."""
        for row, line in zip(self.rows[top:], picture.rows, strict=False):
            row[3 * left : 3 * left + len(line)] = line

    def text(self, text: str, top: int, colour: Colour, scale: int = 1) -> None:
        """A line of text in the middle, each pixel of it `scale` pixels large; a box for what cannot be drawn."""
        left = (self.width - glyphs.width(text) * scale) // 2
        for glyph in glyphs.glyphs(text):
            for line, pixels in enumerate(glyph.rows):
                self._line(pixels, left, top + line * scale, colour, scale)
            left += glyph.width * scale

    def png(self) -> bytes:
        """The picture as a file."""
        return write([bytes(row) for row in self.rows])

    def _line(self, pixels: bytes, left: int, top: int, colour: Colour, scale: int) -> None:
        for ink, run in groupby(enumerate(pixels), lambda pixel: pixel[1]):
            if ink:
                places = [place for place, _ in run]
                first = left + places[0] * scale
                self._blend(first, first + len(places) * scale, top, colour, ink, scale)

    def _blend(self, first: int, end: int, top: int, colour: Colour, ink: int, height: int) -> None:
        first, end = max(0, first), min(self.width, end)
        for row in self.rows[top : top + height] if first < end else ():
            if ink == SOLID:
                row[3 * first : 3 * end] = bytes(colour) * (end - first)
                continue
            for place in range(3 * first, 3 * end):
                row[place] += (colour[place % 3] - row[place]) * ink // SOLID
