"""A label as a browser draws it, read by a decoder."""

from __future__ import annotations

import base64
from typing import Any

import zxingcpp

from chalicelib.codes.exports import labels

PIXELS = """async ([svg, width]) => {
  const image = new Image();
  image.src = "data:image/svg+xml;base64," + btoa(svg);
  await image.decode();
  const height = Math.round(width * image.naturalHeight / image.naturalWidth);
  const canvas = Object.assign(document.createElement("canvas"), {width, height});
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, width, height);
  const colours = context.getImageData(0, 0, width, height).data;
  let red = "";
  for (let place = 0; place < colours.length; place += 4) red += String.fromCharCode(colours[place]);
  return [height, btoa(red)];
}"""


def test_a_drawn_label_leads_to_its_code(browser: Any) -> None:
    code = "1ABCDE0000VMACMACMAC"
    target = f"https://siyu.example.com/01/06901234567892/21/{code}"
    page = browser.new_page()

    # 30 mm at 300 dots an inch, as label printers have.
    height, red = page.evaluate(PIXELS, [labels.svg(labels.Label(code, target)), 354])
    page.close()

    (found,) = zxingcpp.read_barcodes(memoryview(base64.b64decode(red)).cast("B", (height, 354)))
    assert (found.text, found.ec_level) == (target, "M")
