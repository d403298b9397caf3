"""Label pictures, read back by a decoder and a renderer that are not ours."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
import zxingcpp

from chalicelib.codes.batches.service import Line
from chalicelib.codes.exports import labels
from chalicelib.codes.exports.files import FORMATS, Format

SHORT = "https://siyu.example.com/c/"
LONG = "https://siyu.example.com/01/06901234567892/21/"


def line(seq: int, gs1: bool = True) -> Line:
    code = f"1ABCDE0{seq:04d}MACMACMAC"
    return Line(code, SHORT + code, LONG + code if gs1 else "", seq, seq // 24 + 1)


def written(kind: str, lines: list[Line], *, pause: int = 0) -> bytes:
    """A file; after `pause` codes it is continued by a writer of its own."""
    data = index = b""
    done = 0
    for some in (lines[:pause], lines[pause:]):
        writer: Format = FORMATS[kind]()
        data = data or writer.head()
        for piece in writer.pieces(iter(some), len(data), done):
            data, index, done = data + piece.data, index + piece.entry, done + piece.codes
    return data + writer.tail(index, len(data), done)


def grey(rows: list[bytes]) -> Any:
    return memoryview(b"".join(rows)).cast("B", (len(rows), len(rows[0])))


def rasterised(svg: str, scale: int = 6) -> Any:
    """The path of a label as grey pixels: its strokes, read from the document."""
    tree = ElementTree.fromstring(svg)
    _, _, width, height = (int(number) for number in tree.attrib["viewBox"].split())
    canvas = [bytearray(b"\xff" * width * scale) for _ in range(height * scale)]
    path = tree.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    for stroke in path.attrib["d"].split("M")[1:]:
        x, _, rest = stroke.partition(" ")
        y, _, length = rest.partition("h")
        for row in range(int(float(y)) * scale, (int(float(y)) + 1) * scale):
            canvas[row][int(x) * scale : (int(x) + int(length)) * scale] = bytes(int(length) * scale)
    return grey([bytes(row) for row in canvas])


@pytest.mark.parametrize("gs1", [True, False])
def test_the_picture_of_a_label_leads_to_its_code(gs1: bool) -> None:
    printed = line(7, gs1)
    svg = labels.svg(labels.Label(printed.code, printed.gs1_url or printed.url))

    (found,) = zxingcpp.read_barcodes(rasterised(svg))

    assert found.text == (printed.gs1_url or printed.url)
    assert found.ec_level == "M"
    assert f">{printed.code}</text>" in svg


@pytest.mark.parametrize("pause", [0, 24])
def test_every_label_of_a_sheet_is_read_and_its_text_is_there(pause: int) -> None:
    lines = [line(seq) for seq in range(30)]

    sheet = pypdfium2.PdfDocument(written("labels_pdf", lines, pause=pause))

    assert len(sheet) == 2
    texts, targets = "", set()
    for page in sheet:
        texts += page.get_textpage().get_text_range()
        picture = page.render(scale=3, grayscale=True)
        rows = memoryview(picture.buffer).cast("B", (picture.height, picture.stride))
        targets |= {found.text for found in zxingcpp.read_barcodes(rows)}
    assert targets == {one.gs1_url for one in lines}
    assert all(one.code in texts for one in lines)


@pytest.mark.parametrize("pause", [0, 3])
def test_an_archive_of_labels_opens_and_checks(pause: int) -> None:
    lines = [line(seq) for seq in range(10)]

    archive = zipfile.ZipFile(io.BytesIO(written("labels_zip", lines, pause=pause)))

    assert archive.testzip() is None
    assert archive.namelist() == [f"{one.seq:08d}-{one.code}.svg" for one in lines]
    (found,) = zxingcpp.read_barcodes(rasterised(archive.read(archive.namelist()[4]).decode()))
    assert found.text == lines[4].gs1_url


def test_csv_has_one_line_a_code() -> None:
    lines = [line(seq) for seq in range(2500)]

    rows = list(csv.reader(io.StringIO(written("csv", lines, pause=1200).decode(), newline="")))

    assert rows[0] == ["code", "url", "gs1_url", "seq", "box"]
    assert [row[0] for row in rows[1:]] == [one.code for one in lines]


def test_the_same_codes_make_the_same_bytes() -> None:
    lines = [line(seq) for seq in range(3)]

    for kind in FORMATS:
        assert written(kind, lines) == written(kind, lines)
