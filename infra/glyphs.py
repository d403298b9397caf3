"""Makes chalicelib/graphics/glyphs.bin: the characters that a poster can bear, drawn once by a browser.

A Lambda has no fonts, and a library that draws text would be as large as all the rest. Run it by hand with
`python -m infra.glyphs` where Chromium and the font
文泉驿微米黑 (WenQuanYi Micro Hei, Apache License 2.0) are installed.

The file is zlib-compressed: one line of JSON {"size", "characters", "widths"}, then two bits a pixel, row by row,
`size` × `size` pixels a character.
"""

from __future__ import annotations

import json
import shutil
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

SIZE: Final = 36
FONT: Final = "WenQuanYi Micro Hei"
TARGET: Final = Path(__file__).parent.parent / "chalicelib" / "graphics" / "glyphs.bin"
_PUNCTUATION: Final = "，。、；：！？（）《》「」“”‘’·—…￥%～＋－×"
_DRAW: Final = """
([characters, size, font]) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.textBaseline = "alphabetic";
  pen.font = `${size - 2}px "${font}"`;
  const widths = [], bytes = [];
  for (const character of characters) {
    pen.clearRect(0, 0, size, size);
    pen.fillText(character, 1, size - 7);
    widths.push(Math.min(size, Math.ceil(pen.measureText(character).width) + 1));
    const pixels = pen.getImageData(0, 0, size, size).data;
    for (let place = 0; place < size * size; place += 4) {
      let packed = 0;
      for (let next = 0; next < 4; next++) packed = (packed << 2) | (pixels[(place + next) * 4 + 3] >> 6);
      bytes.push(packed);
    }
  }
  let text = "";
  for (let place = 0; place < bytes.length; place += 8192)
    text += String.fromCharCode(...bytes.slice(place, place + 8192));
  return [widths, btoa(text)];
}
"""


def characters() -> str:
    """ASCII, punctuation and the 3,755 most used characters (GB 2312, level 1)."""
    level_1 = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    common = "".join(pair.decode("gb2312", errors="ignore") for pair in level_1)
    return "".join(chr(code) for code in range(32, 127)) + _PUNCTUATION + common


def main() -> None:
    """Draw all characters and write the file."""
    wanted = characters()
    widths, drawn = _drawn(wanted)
    head = json.dumps({"size": SIZE, "characters": wanted, "widths": widths}, ensure_ascii=False)
    TARGET.write_bytes(zlib.compress(head.encode() + b"\n" + drawn, 9))
    print(f"{TARGET.name}: {len(wanted)} characters, {TARGET.stat().st_size} bytes")


def _drawn(wanted: str) -> tuple[list[int], bytes]:
    from playwright.sync_api import sync_playwright

    found: Any = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        widths, encoded = browser.new_page().evaluate(_DRAW, [wanted, SIZE, FONT])
        browser.close()
    return widths, b64decode(encoded)


if __name__ == "__main__":
    main()
