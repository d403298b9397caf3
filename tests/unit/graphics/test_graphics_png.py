"""Pictures are read and written as others do."""

from __future__ import annotations

import io
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.graphics import png


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_what_is_written_is_read_again(width: int, height: int, data: Any) -> None:
    rows = [data.draw(st.binary(min_size=3 * width, max_size=3 * width)) for _ in range(height)]

    assert png.read(png.write(rows)) == png.Picture(width, height, rows)


@pytest.mark.parametrize("colours", [{}, {"dark": "#123456", "light": "#fedcba"}, {"dark": "red", "light": None}])
def test_codes_of_every_kind_are_read(colours: dict[str, Any]) -> None:
    out = io.BytesIO()
    code = segno.make("siyu", micro=False)
    code.save(out, kind="png", scale=3, border=2, **colours)

    picture = png.read(out.getvalue())

    assert (picture.width, picture.height) == ((21 + 4) * 3, (21 + 4) * 3)
    light = {"#fedcba": b"\xfe\xdc\xba"}.get(str(colours.get("light")), b"\xff\xff\xff")
    assert picture.rows[0][:3] == light
    assert picture.rows[6][18:21] != light


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0 jpeg", png.SIGNATURE, png.write([b"abc"])[:40]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(png.BadPicture):
        png.read(data)


def test_a_large_picture_is_shrunk_by_whole_numbers() -> None:
    rows = [b"".join(bytes((x, y, 0)) for x in range(5)) for y in range(7)]

    small = png.Picture(5, 7, rows).within(4)

    assert (small.width, small.height) == (3, 4)
    assert small.rows[1] == bytes((0, 2, 0, 2, 2, 0, 4, 2, 0))
    assert png.Picture(5, 7, rows).within(7).rows == rows
