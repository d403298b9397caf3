"""Which characters pictures bear, and what becomes of the others."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from chalicelib.graphics import glyphs
from chalicelib.graphics.canvas import Canvas
from infra.glyphs import HANZI, IN_NAMES

BLACK = (0, 0, 0)
WHITE = (255, 255, 255)
RARE = "\U00030ede"
"""𰻞 of biángbiáng noodles: young in Unicode, in few fonts."""


def of_codec(name: str, first_row: int, last_row: int) -> str:
    rows, cells = range(first_row, last_row + 1), range(0xA1, 0xFF)
    return "".join(bytes((row, cell)).decode(name, errors="ignore") for row in rows for cell in cells)


def listed(name: str) -> str:
    return "".join((HANZI / name).read_text().split())


def drawn(text: str, width: int = 200) -> list[bytes]:
    canvas = Canvas(width, 40, BLACK)
    canvas.text(text, 2, WHITE)
    return [bytes(row) for row in canvas.rows]


def test_all_of_gb_2312_is_drawn() -> None:
    symbols, hanzi = of_codec("gb2312", 0xA1, 0xA9), of_codec("gb2312", 0xB0, 0xF7)

    assert (len(symbols), len(hanzi)) == (682, 6_763)
    assert glyphs.missing(symbols + hanzi) == ""


@pytest.mark.parametrize(("name", "count"), [("standard.txt", 8_105), ("iicore.txt", 9_810)])
def test_all_characters_of_the_lists_are_drawn(name: str, count: int) -> None:
    assert len(set(listed(name))) == count
    assert glyphs.missing(listed(name)) == ""


@pytest.mark.parametrize("name", ["囍", "鑫", "喆", "𠮷", "滙豐", "龘", "Häagen-Dazs", "Citroën™", "㎡℃￥€", IN_NAMES])
def test_characters_of_names_are_drawn(name: str) -> None:
    assert glyphs.missing(name) == ""


def test_no_two_hanzi_look_alike() -> None:
    hanzi = listed("standard.txt")

    assert len({glyph.rows for glyph in glyphs.glyphs(hanzi)}) == len(hanzi)


def test_a_character_beyond_the_first_plane_is_one_character() -> None:
    name = json.loads(r'"\ud842\udfb7"')

    (glyph,) = glyphs.glyphs(name)

    assert glyph.width == glyphs.width("吉")
    assert glyph.rows not in ([one.rows for one in glyphs.glyphs("吉" + RARE)])


def test_what_is_not_in_the_set_is_told_once_and_drawn_as_a_box() -> None:
    assert glyphs.missing(f"红{RARE}包\U0001f9e7{RARE}") == RARE + "\U0001f9e7"
    assert drawn(RARE) == drawn("\U0001f9e7") == drawn("\ud842") != drawn("口")
    assert any(any(row) for row in drawn(RARE))
    assert glyphs.width(RARE) == glyphs.width("红")


def test_what_has_no_shape_of_its_own_is_left_out() -> None:
    assert glyphs.written("\ufeff葛\U000e0100飾\u200b\ufe0f") == "葛飾"
    assert glyphs.written("红\t包\n节\u3000日") == "红 包 节\u3000日"
    assert glyphs.written("Cafe\u0301") == "Café"
    assert glyphs.missing("红\t包\u200d♥\ufe0f") == ""


def test_lines_are_no_wider_than_asked_for_and_hold_the_whole_text() -> None:
    text = "春茶节 Spring tea 红包" * 9

    lines = glyphs.lines(text, 300)

    assert "".join(lines) == text
    assert all(glyphs.width(line) <= 300 for line in lines)
    assert all(glyphs.width(line + following[0]) > 300 for line, following in pairwise(lines))
    assert glyphs.lines("", 300) == [""]


def test_text_stands_in_the_middle() -> None:
    lit = [place // 3 for row in drawn("红包") for place in range(0, len(row), 3) if row[place]]

    assert 65 <= min(lit) < 75
    assert 125 < max(lit) <= 135


def test_text_that_is_wider_than_the_picture_is_cut_on_both_sides() -> None:
    whole, room = drawn("红包节", width=glyphs.width("红包节")), 20

    left = (glyphs.width("红包节") - room + 1) // 2
    assert drawn("红包节", width=room) == [row[3 * left : 3 * (left + room)] for row in whole]


def test_each_pixel_of_large_text_is_a_square() -> None:
    wide = glyphs.width("囍")
    small, large = drawn("囍", width=wide), Canvas(2 * wide, 80, BLACK)
    large.text("囍", 4, WHITE, scale=2)

    for y, row in enumerate(large.rows):
        assert row == b"".join(small[y // 2][3 * x : 3 * x + 3] * 2 for x in range(wide))


def test_ink_covers_a_ground_of_any_colour_in_part_or_whole() -> None:
    canvas = Canvas(36, 36, (168, 16, 31))
    canvas.text("鑫", 0, (255, 246, 230))

    shades = {bytes(row[place : place + 3]) for row in canvas.rows for place in range(0, len(row), 3)}

    assert shades == {bytes(shade) for shade in ((168, 16, 31), (197, 92, 97), (226, 169, 163), (255, 246, 230))}
