"""The characters that pictures can bear: Latin letters, all of GB 2312, 《通用规范汉字表》 and what names need besides.

They were drawn once by infra/glyphs.py, which says what the file holds. What is not in it is drawn as a box, as
browsers do; `missing` tells it beforehand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import ZipFile

SIZE: Final = 36
"""Height of every character, and its greatest width, in pixels."""
BLOCK: Final = 128
"""Characters that are unpacked together."""
SOLID: Final = 3
"""A pixel that is all ink; 0 is none."""
_ARCHIVE: Final = Path(__file__).parent / "glyphs.zip"
_PIXELS_A_BYTE: Final = 4
_BYTES: Final = SIZE * SIZE // _PIXELS_A_BYTE
_PIXELS: Final = [bytes((byte >> shift) & 3 for shift in (6, 4, 2, 0)) for byte in range(256)]
"""Of each byte its four pixels."""
_FULL_WIDTH: Final = SIZE - 1


class Glyph(NamedTuple):
    """How a character looks: `SIZE` rows of `width` pixels, 0 to `SOLID`."""

    width: int
    rows: tuple[bytes, ...]


def glyphs(text: str) -> list[Glyph]:
    """What a text is drawn with. Unpacks each block of the file once, in 0.2 ms."""
    return [_glyph(character) for character in written(text)]


def width(text: str) -> int:
    """How wide a text is in pixels."""
    return sum(map(_width, written(text)))


def lines(text: str, widest: int) -> list[str]:
    """A text broken between characters, so that no line is wider than `widest` pixels; one line when it is empty."""
    found, room = [""], widest
    for character in written(text):
        if _width(character) > room:
            found.append("")
            room = widest
        found[-1] += character
        room -= _width(character)
    return found


def missing(text: str) -> str:
    """The characters of a text that are drawn as a box, each once."""
    return "".join(dict.fromkeys(character for character in written(text) if character not in _index().places))


def written(text: str) -> str:
    """A text as it is drawn: letters and accents composed (NFC), no tabs or line ends, nothing invisible."""
    return "".join(_visible(unicodedata.normalize("NFC", text)))


def _visible(text: str) -> Iterator[str]:
    for character in text:
        if character in _index().places:
            yield character
        elif character.isspace():
            yield " "
        elif unicodedata.category(character) not in ("Cc", "Cf") and not _is_variation_selector(character):
            yield character


def _is_variation_selector(character: str) -> bool:
    """Says which form of the character before it is meant; here each has one."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


class _Index(NamedTuple):
    places: dict[str, int]
    widths: bytes


@cache
def _archive() -> ZipFile:
    return ZipFile(_ARCHIVE)


@cache
def _index() -> _Index:
    characters = _archive().read("characters").decode()
    return _Index({character: place for place, character in enumerate(characters)}, _archive().read("widths"))


@cache
def _block(number: int) -> bytes:
    return _archive().read(str(number))


def _width(character: str) -> int:
    place = _index().places.get(character)
    return _FULL_WIDTH if place is None else _index().widths[place]


@lru_cache(maxsize=1_000)
def _glyph(character: str) -> Glyph:
    place = _index().places.get(character)
    if place is None:
        return _box()
    number, within = divmod(place, BLOCK)
    packed = _block(number)[within * _BYTES : (within + 1) * _BYTES]
    rows = (b"".join(_PIXELS[byte] for byte in packed[row::SIZE]) for row in range(SIZE))
    wide = _width(character)
    return Glyph(wide, tuple(row[:wide] for row in rows))


def _box() -> Glyph:
    """The outline of a character's place."""
    blank, edge = bytes(_FULL_WIDTH), bytes((0, 0, *[SOLID] * (_FULL_WIDTH - 4), 0, 0))
    side = bytes((0, 0, SOLID, SOLID, *[0] * (_FULL_WIDTH - 8), SOLID, SOLID, 0, 0))
    return Glyph(_FULL_WIDTH, (blank, blank, edge, edge, *[side] * (SIZE - 8), edge, edge, blank, blank))
