"""PNG pictures read and written (ISO/IEC 15948), as far as posters need it: 8 bits or fewer, not interlaced.

A hundred lines instead of Pillow, which would add 7 MB to a zip of 8.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_PIXELS: Final = 2_000 * 2_000


class BadPicture(ValueError):
    """Not a PNG that can be read here."""


class Picture(NamedTuple):
    """Rows of RGB bytes."""

    width: int
    height: int
    rows: list[bytes]

    def within(self, most: int) -> Picture:
        """The same picture, at most `most` pixels a side: every second, every third … row and column of it."""
        step = -(-max(self.width, self.height) // most)
        if step <= 1:
            return self
        rows = [_every(row, step) for row in self.rows[::step]]
        return Picture(len(rows[0]) // 3, len(rows), rows)


def _every(row: bytes, step: int) -> bytes:
    return b"".join(row[place : place + 3] for place in range(0, len(row) - 2, 3 * step))


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    kind: int

    @property
    def row_bytes(self) -> int:
        return (self.width * _CHANNELS[self.kind] * self.depth + 7) // 8

    @property
    def step(self) -> int:
        """How many bytes back the same channel of the pixel before lies."""
        return max(1, _CHANNELS[self.kind] * self.depth // 8)


def write(rows: list[bytes]) -> bytes:
    """Rows of RGB bytes as a PNG."""
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def read(data: bytes) -> Picture:
    """A PNG as RGB, what is transparent on white; `BadPicture` for anything else or above 4 megapixels."""
    if not data.startswith(SIGNATURE):
        raise BadPicture("not a PNG")
    try:
        chunks = list(_chunks(data))
        header = _header(dict(chunks)[b"IHDR"])
        packed = b"".join(body for name, body in chunks if name == b"IDAT")
        raw = zlib.decompressobj().decompress(packed, header.height * (header.row_bytes + 1))
        lines = list(_unfiltered(raw, header))
    except (KeyError, IndexError, struct.error, zlib.error) as error:
        raise BadPicture("a broken PNG") from error
    palette = _on_white(dict(chunks).get(b"PLTE", b""), dict(chunks).get(b"tRNS", b""))
    return Picture(header.width, header.height, [_rgb(line, header, palette) for line in lines])


def _on_white(palette: bytes, alphas: bytes) -> bytes:
    """A palette whose first colours may be transparent."""
    shown = bytearray(palette)
    for place, alpha in enumerate(alphas[: len(palette) // 3]):
        for channel in range(3 * place, 3 * place + 3):
            shown[channel] = 255 - (255 - palette[channel]) * alpha // 255
    return bytes(shown)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += length + 12


def _header(body: bytes) -> _Header:
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
    if interlaced or depth > 8 or kind not in _CHANNELS or not 0 < width * height <= _MOST_PIXELS:
        raise BadPicture("a PNG of a kind that is not read here")
    return _Header(width, height, depth, kind)


def _unfiltered(raw: bytes, header: _Header) -> Iterator[bytes]:
    before = bytes(header.row_bytes)
    for start in range(0, header.height * (header.row_bytes + 1), header.row_bytes + 1):
        line = bytearray(raw[start + 1 : start + 1 + header.row_bytes])
        _unfilter(raw[start], line, before, header.step)
        before = bytes(line)
        yield before


def _unfilter(how: int, line: bytearray, above: bytes, step: int) -> None:
    if how == 0:
        return
    if how == 2:
        line[:] = bytes((value + up) & 255 for value, up in zip(line, above, strict=True))
        return
    for place in range(len(line)):
        left = line[place - step] if place >= step else 0
        corner = above[place - step] if place >= step else 0
        guess = _guess(how, left, above[place], corner)
        line[place] = (line[place] + guess) & 255


def _guess(how: int, left: int, up: int, corner: int) -> int:
    if how == 1:
        return left
    if how == 3:
        return (left + up) // 2
    if how != 4:
        raise BadPicture("an unknown filter")
    base = left + up - corner
    by_left, by_up, by_corner = abs(base - left), abs(base - up), abs(base - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def _rgb(line: bytes, header: _Header, palette: bytes) -> bytes:
    values = line if header.depth == 8 else _spread(line, header)
    if header.kind == 2:
        return values
    if header.kind == 3:
        return b"".join(palette[3 * value : 3 * value + 3] for value in values)
    if header.kind == 0:
        return bytes(value for value in values for _ in range(3))
    channels = _CHANNELS[header.kind]
    alphas = values[channels - 1 :: channels]
    colours = (values[::2], values[::2], values[::2]) if header.kind == 4 else (values[::4], values[1::4], values[2::4])
    flat = bytearray(3 * header.width)
    for channel, plane in enumerate(colours):
        flat[channel::3] = bytes(255 - (255 - value) * alpha // 255 for value, alpha in zip(plane, alphas, strict=True))
    return bytes(flat)


def _spread(line: bytes, header: _Header) -> bytes:
    """Values of 1, 2 or 4 bits as bytes: grey from 0 to 255, palette numbers as they are."""
    depth, most = header.depth, (1 << header.depth) - 1
    scale = 255 // most if header.kind == 0 else 1
    values = bytes(((byte >> shift) & most) * scale for byte in line for shift in range(8 - depth, -1, -depth))
    return values[: header.width]
