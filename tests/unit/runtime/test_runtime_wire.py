"""Plain values in DynamoDB's shape and back, and the cursors made of keys."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime import dynamo

TEXT = st.text(max_size=20)
LARGE = st.integers(-(10**38) + 1, 10**38 - 1)
SETS = st.one_of(
    st.sets(TEXT, min_size=1, max_size=4),
    st.sets(LARGE, min_size=1, max_size=4),
    st.sets(st.binary(max_size=8), min_size=1, max_size=4),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), LARGE, TEXT, st.binary(max_size=20), SETS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)
ITEMS = st.dictionaries(TEXT, VALUES, max_size=6)


@given(ITEMS)
def test_an_item_survives_the_wire(item: dict[str, Any]) -> None:
    assert dynamo.unpack_item(dynamo.pack_item(item)) == item


@given(ITEMS)
def test_an_item_survives_a_stream_record(item: dict[str, Any]) -> None:
    record = json.loads(json.dumps(_as_in_json(dynamo.pack_item(item))))

    assert dynamo.unpack_item(record) == item


def test_a_truth_is_no_number() -> None:
    assert dynamo.pack(True) == {"BOOL": True}
    assert dynamo.unpack(dynamo.pack(True)) is True
    assert dynamo.unpack(dynamo.pack(1)) == 1


@pytest.mark.parametrize("value", [1.5, set(), frozenset(), {1, "a"}, {1.5}, object(), {"a": [1.0]}])
def test_what_has_no_exact_shape_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot store"):
        dynamo.pack(value)


@given(st.text(min_size=1, max_size=60))
def test_a_cursor_gives_its_key_back(sk: str) -> None:
    assert dynamo.decode_cursor(dynamo.encode_cursor(sk)) == sk


@given(st.text(max_size=60))
def test_a_cursor_has_one_spelling(cursor: str) -> None:
    try:
        sk = dynamo.decode_cursor(cursor)
    except SiyuError:
        return
    assert dynamo.encode_cursor(sk) == cursor


@pytest.mark.parametrize("cursor", ["=", "!!!!", "a", "é", "_w", "UEFHRQ==", "UEFH*RQ", "A" * 4000])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(SiyuError, match="next_cursor") as refused:
        dynamo.decode_cursor(cursor)

    assert (refused.value.code, refused.value.status, refused.value.param) == ("invalid_cursor", 400, "cursor")


def _as_in_json(wire: Any) -> Any:
    """As Lambda delivers it: bytes in base64."""
    match wire:
        case bytes():
            return b64encode(wire).decode()
        case dict():
            return {name: _as_in_json(part) for name, part in wire.items()}
        case list():
            return [_as_in_json(part) for part in wire]
    return wire
