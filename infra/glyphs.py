"""Makes chalicelib/graphics/glyphs.zip: the characters that a picture can bear, drawn once by a browser.

A Lambda has no fonts, and a library that draws text would be as large as all the rest. Run it by hand with
`python -m infra.glyphs` where Chromium and Noto Sans CJK (Debian's fonts-noto-cjk, SIL Open Font License 1.1) are
installed.

The ZIP holds `characters` (UTF-8), `widths` (a byte each) and the blocks `0`, `1` …: `BLOCK` characters each,
`SIZE` × `SIZE` pixels a character, two bits a pixel. A byte is four pixels side by side; first come the leftmost bytes
of all rows, from the top, then those to the right of them: upright strokes pack better so than row by row.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
import zipfile
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from chalicelib.graphics.glyphs import BLOCK, SIZE

FONT: Final = "Noto Sans CJK SC"
TARGET: Final = Path(__file__).parent.parent / "chalicelib" / "graphics" / "glyphs.zip"
HANZI: Final = Path(__file__).parent / "hanzi"
"""`standard.txt`: the 8,105 characters of 《通用规范汉字表》 (2013), in its order. `iicore.txt`: the 9,810 of IICore
(ISO/IEC 10646), which China, Hong Kong, Macao, Taiwan, Japan or Korea cannot do without. Both as Unihan has them."""
IN_NAMES: Final = "𠮷鱻猋龘靐㵘𣊫㙓羴麤飝馫厵雥㴇㸚㗊囧槑烎嘦嫑巭嘂氼兲砳頔瞾檽鷰奣"
"""What people, shops and jokes are called by that no list holds."""
_SYMBOLS: Final = "•–—™€№℡♥✓☯㊗㊙㈱㊣①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_DRAW: Final = """
([characters, size, font]) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.textBaseline = "alphabetic";
  pen.font = `${size - 2}px "${font}"`;
  const baseline = size - 7, widths = [], bytes = [];
  for (const character of characters) {
    const measured = pen.measureText(character);
    const squeeze = Math.min(1, baseline / measured.actualBoundingBoxAscent);
    pen.clearRect(0, 0, size, size);
    pen.setTransform(1, 0, 0, squeeze > 0 ? squeeze : 1, 1, baseline);
    pen.fillText(character, 0, 0);
    pen.resetTransform();
    widths.push(Math.min(size, Math.ceil(measured.width) + 1));
    const pixels = pen.getImageData(0, 0, size, size).data;
    for (let x = 0; x < size; x += 4)
      for (let y = 0; y < size; y++) {
        let packed = 0;
        for (let place = y * size + x; place < y * size + x + 4; place++)
          packed = (packed << 2) | Math.round(pixels[place * 4 + 3] / 85);
        bytes.push(packed);
      }
  }
  let text = "";
  for (let place = 0; place < bytes.length; place += 8192)
    text += String.fromCharCode(...bytes.slice(place, place + 8192));
  return [widths, btoa(text)];
}
"""


def main() -> None:
    """Draw all characters and write the file."""
    in_font = _characters_of_the_font()
    wanted = "".join(character for character in characters() if character in in_font)
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        blocks = list(_drawn(wanted))
        _add(archive, "characters", wanted.encode())
        _add(archive, "widths", bytes(width for widths, _ in blocks for width in widths))
        for number, (_, drawn) in enumerate(blocks):
            _add(archive, str(number), drawn)
    print(f"{TARGET.name}: {len(wanted)} characters, {TARGET.stat().st_size} bytes")
    print(f"{FONT} lacks: {''.join(character for character in characters() if character not in in_font) or 'nothing'}")


def characters() -> str:
    """Latin letters, symbols and hanzi, each once, those that are used most first: texts share blocks."""
    latin = map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180)))
    symbols_of_gbk = _of_codec("gbk", range(0xA1, 0xAA))
    gb_2312 = _of_codec("gb2312", range(0xA1, 0xF8))
    lists = ("".join((HANZI / name).read_text().split()) for name in ("standard.txt", "iicore.txt"))
    every = [*latin, *symbols_of_gbk, *_SYMBOLS, *gb_2312, *"".join(lists), *IN_NAMES]
    return "".join(dict.fromkeys(one for one in every if unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cn")))


def _of_codec(name: str, rows: Iterable[int]) -> Iterator[str]:
    """The characters of a Chinese code page, row by row."""
    for row in rows:
        for cell in range(0x40, 0xFF):
            yield from bytes((row, cell)).decode(name, errors="ignore")


def _characters_of_the_font() -> set[str]:
    """What fontconfig says of the installed font; else the browser would take another one without a word."""
    asked = ["fc-list", "--format", "%{charset} ", f":family={FONT}:style=Regular"]
    ranges = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    if not ranges:
        raise SystemExit(f"{FONT} is not installed (Debian: apt-get install fonts-noto-cjk).")
    ends = [(int(first, 16), int(last or first, 16)) for first, _, last in (one.partition("-") for one in ranges)]
    return {chr(code) for first, last in ends for code in range(first, last + 1)}


def _drawn(wanted: str) -> Iterator[tuple[list[int], bytes]]:
    """Widths and pixels, a block at a time."""
    from playwright.sync_api import sync_playwright

    found: Any = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        for start in range(0, len(wanted), BLOCK):
            widths, encoded = page.evaluate(_DRAW, [wanted[start : start + BLOCK], SIZE, FONT])
            yield widths, b64decode(encoded)
        browser.close()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # One date for all: the same font makes the same file.
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=9)


if __name__ == "__main__":
    main()
