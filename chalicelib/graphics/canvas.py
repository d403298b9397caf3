"""A picture that rectangles, text and another picture are put on."""

from __future__ import annotations

from chalicelib.graphics.glyphs import Glyphs, glyphs
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
        """A line of text in the middle, each pixel of it `scale` pixels large."""
        font = glyphs()
        left = (self.width - font.width(text, scale)) // 2
        for character in text:
            place = font.places.get(character)
            if place is not None:
                self._character(font, place, left, top, colour, scale)
                left += font.widths[place] * scale

    def png(self) -> bytes:
        """The picture as a file."""
        return write([bytes(row) for row in self.rows])

    def _character(self, font: Glyphs, place: int, left: int, top: int, colour: Colour, scale: int) -> None:
        for line in range(font.size):
            mask = font.row(place, line)
            for column, strength in enumerate(mask[: font.widths[place]]):
                if strength:
                    self._blend(left + column * scale, top + line * scale, colour, strength, scale)

    def _blend(self, left: int, top: int, colour: Colour, strength: int, scale: int) -> None:
        for row in self.rows[top : top + scale]:
            for place in range(max(0, left), min(self.width, left + scale)):
                for channel in range(3):
                    under = row[3 * place + channel]
                    row[3 * place + channel] = under + (colour[channel] - under) * strength // 3
