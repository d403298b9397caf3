"""The files that codes are exported to, written from the front to the back, piece by piece.

What a format says only at its end (the directory of a ZIP, the cross-references of a PDF) is gathered as `index`, so
that a file can be continued by another process: its length, its number of entries and the index are all it takes.
"""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol

from chalicelib.codes.batches.service import Line
from chalicelib.codes.exports import labels
from chalicelib.codes.exports.labels import Label


class Piece(NamedTuple):
    """Bytes to append, what the index gets of them, and how many codes they hold."""

    data: bytes
    entry: bytes
    codes: int


class Format(Protocol):
    """How one kind of file is written."""

    content_type: str
    suffix: str
    indexed: bool
    """Whether the file's end needs the index."""

    def head(self) -> bytes:
        """What stands before everything."""

    def pieces(self, lines: Iterator[Line], size: int, entries: int) -> Iterator[Piece]:
        """What these codes add to a file of `size` bytes that holds `entries` of them."""

    def tail(self, index: bytes, size: int, entries: int) -> bytes:
        """What ends a file of `size` bytes."""


class CsvFile:
    """`code,url,gs1_url,seq,box` as RFC 4180 says."""

    content_type = "text/csv; charset=utf-8"
    suffix = "csv"
    indexed = False
    _at_once: Final = 1_000

    def head(self) -> bytes:
        return csv_text([Line._fields]).encode()

    def pieces(self, lines: Iterator[Line], size: int, entries: int) -> Iterator[Piece]:  # noqa: ARG002
        while some := list(islice(lines, self._at_once)):
            yield Piece(csv_text(some).encode(), b"", len(some))

    def tail(self, index: bytes, size: int, entries: int) -> bytes:  # noqa: ARG002
        return b""


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


class ZipFile:
    """One SVG per code, named `<seq>-<code>.svg` (PKWARE APPNOTE 6.3.10). Up to 65,535 entries and 4 GB."""

    content_type = "application/zip"
    suffix = "zip"
    indexed = True
    _version: Final = 20
    _utf8_names: Final = 0x800
    _deflated: Final = 8
    _day: Final = 0x21
    """1980-01-01: the same codes make the same bytes."""

    def head(self) -> bytes:
        return b""

    def pieces(self, lines: Iterator[Line], size: int, entries: int) -> Iterator[Piece]:  # noqa: ARG002
        for line in lines:
            name = f"{line.seq:08d}-{line.code}.svg".encode()
            content = labels.svg(label_of(line)).encode()
            packed = _deflate(content, window=-15)
            facts = struct.pack(
                "<HHHHHLLLHH",
                self._version,
                self._utf8_names,
                self._deflated,
                0,
                self._day,
                zlib.crc32(content),
                len(packed),
                len(content),
                len(name),
                0,
            )
            made_by = struct.pack("<H", self._version)
            entry = b"PK\1\2" + made_by + facts + struct.pack("<HHHLL", 0, 0, 0, 0, size) + name
            data = b"PK\3\4" + facts + name + packed
            size += len(data)
            yield Piece(data, entry, 1)

    def tail(self, index: bytes, size: int, entries: int) -> bytes:
        end = struct.pack("<HHHHLLH", 0, 0, entries, entries, len(index), size, 0)
        return index + b"PK\5\6" + end


class PdfFile:
    """Sheets of labels (ISO 32000-1, version 1.4). Objects: 1 catalog, 2 pages, 3 font, then each page and its content.

    The first three are written last, when the number of pages is known: a reader finds them by the cross-references.
    """

    content_type = "application/pdf"
    suffix = "pdf"
    indexed = True
    _first_page: Final = 4

    def head(self) -> bytes:
        # Four bytes above 127 tell transfer programs that the file is not text.
        return b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"

    def pieces(self, lines: Iterator[Line], size: int, entries: int) -> Iterator[Piece]:
        number = self._first_page + 2 * -(-entries // labels.PER_PAGE)
        while some := [label_of(line) for line in islice(lines, labels.PER_PAGE)]:
            page = _pdf_object(number, self._page(number + 1))
            content = _pdf_stream(number + 1, labels.pdf_drawing(some))
            yield Piece(page + content, _xref_line(size) + _xref_line(size + len(page)), len(some))
            size += len(page) + len(content)
            number += 2

    def tail(self, index: bytes, size: int, entries: int) -> bytes:
        pages = -(-entries // labels.PER_PAGE)
        kids = " ".join(f"{self._first_page + 2 * page} 0 R" for page in range(pages))
        objects = (
            _pdf_object(1, "<< /Type /Catalog /Pages 2 0 R >>"),
            _pdf_object(2, f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"),
            _pdf_object(3, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"),
        )
        places = b"".join(_xref_line(size + sum(map(len, objects[:before]))) for before in range(len(objects)))
        start, count = size + sum(map(len, objects)), self._first_page + 2 * pages
        trailer = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        table = f"xref\n0 {count}\n".encode() + b"0000000000 65535 f \n" + places + index
        return b"".join(objects) + table + trailer.encode()

    def _page(self, content: int) -> str:
        box = f"[0 0 {labels.PAGE[0]} {labels.PAGE[1]}]"
        fonts = "<< /Font << /F 3 0 R >> >>"
        return f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Resources {fonts} /Contents {content} 0 R >>"


FORMATS: Final[dict[str, Callable[[], Format]]] = {"csv": CsvFile, "labels_zip": ZipFile, "labels_pdf": PdfFile}
"""By the kind of the export."""


def label_of(line: Line) -> Label:
    """What is printed for a code: its GS1 Digital Link, which tills read too, else the short address."""
    return Label(line.code, line.gs1_url or line.url)


def _pdf_object(number: int, body: str) -> bytes:
    return f"{number} 0 obj\n{body}\nendobj\n".encode()


def _pdf_stream(number: int, operators: str) -> bytes:
    packed = _deflate(operators.encode(), window=15)
    head = f"{number} 0 obj\n<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n"
    return head.encode() + packed + b"\nendstream\nendobj\n"


def _xref_line(offset: int) -> bytes:
    """Twenty bytes for each object, line end included."""
    return f"{offset:010d} 00000 n \n".encode()


def _deflate(content: bytes, *, window: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, window)
    return packer.compress(content) + packer.flush()
