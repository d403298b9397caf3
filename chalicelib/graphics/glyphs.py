"""The characters that pictures can bear."""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

_GLYPHS: Final = Path(__file__).parent / "glyphs.bin"
_PIXELS_A_BYTE: Final = 4


class Glyphs(NamedTuple):
    """Characters as masks of 0 to 3, `size` pixels high (made by infra/glyphs.py)."""

    size: int
    places: dict[str, int]
    widths: list[int]
    packed: bytes

    def width(self, text: str, scale: int) -> int:
        """How wide a text is; what the set does not have is left out."""
        return sum(self.widths[self.places[one]] for one in text if one in self.places) * scale

    def row(self, place: int, line: int) -> list[int]:
        """One line of a character."""
        each = self.size * self.size // _PIXELS_A_BYTE
        length = self.size // _PIXELS_A_BYTE
        start = place * each + line * length
        packed = self.packed[start : start + length]
        return [(byte >> shift) & 3 for byte in packed for shift in (6, 4, 2, 0)]


@lru_cache(maxsize=1)
def glyphs() -> Glyphs:
    """The characters that posters can bear."""
    head, _, packed = zlib.decompress(_GLYPHS.read_bytes()).partition(b"\n")
    told = json.loads(head)
    places = {character: place for place, character in enumerate(told["characters"])}
    return Glyphs(told["size"], places, told["widths"], packed)
