"""A file of members is cut into parts that several workers read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.members.imports.rules import ROWS_A_PART, parts_of

HEADER = b"phone\n"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3 * ROWS_A_PART + 1))
def test_parts_cover_every_line_once(quantity: int) -> None:
    lines = [b"%d\n" % number for number in range(quantity)]

    parts = list(parts_of(iter(lines), len(HEADER)))

    text = HEADER + b"".join(lines)
    assert b"".join(text[part.start : part.end] for part in parts) == b"".join(lines)
    assert [part.first_line for part in parts] == [2 + ROWS_A_PART * place for place in range(len(parts))]
    assert sum(part.lines for part in parts) == quantity


def test_no_part_is_larger_than_the_others() -> None:
    parts = list(parts_of(iter([b"1\n"] * (2 * ROWS_A_PART + 1)), len(HEADER)))

    assert [part.lines for part in parts] == [ROWS_A_PART, ROWS_A_PART, 1]
