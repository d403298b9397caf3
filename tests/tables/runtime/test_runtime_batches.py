"""Many items in one call on the engine, which may leave a part of them undone."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.runtime import dynamo
from chalicelib.runtime.models import AccessToken as Row


def test_what_exists_is_found_by_its_key(pk: str) -> None:
    _put(pk, 3)

    found = dynamo.batch_get(Row, [(pk, "K#001"), (pk, "nowhere"), (pk, "K#000")], strong=True)

    assert found == {(pk, f"K#{place:03d}"): {"pk": pk, "sk": f"K#{place:03d}", "n": place} for place in (1, 0)}


def test_more_keys_than_a_call_takes_are_asked_for_in_several(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 130)

    with serving_only("BatchGetItem", 100, times=0) as asked:
        found = dynamo.batch_get(Row, keys)

    assert asked == [100, 30]
    assert set(found) == set(keys)


def test_a_key_that_is_named_twice_is_asked_for_once(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 2)

    with serving_only("BatchGetItem", 100, times=0) as asked:
        found = dynamo.batch_get(Row, [*keys, *keys])

    assert asked == [2]
    assert set(found) == set(keys)


@pytest.mark.parametrize("key", [("", "A"), ("x" * 2049, "A"), ("x", ""), ("x", "y" * 1025)])
def test_a_key_that_can_not_exist_is_left_out(pk: str, key: tuple[str, str]) -> None:
    keys = _put(pk, 1)

    assert set(dynamo.batch_get(Row, [key, *keys])) == set(keys)
    assert dynamo.batch_get(Row, [key]) == {}


def test_no_keys_ask_nothing(stack: str, serving_only: Any) -> None:
    with serving_only("BatchGetItem", 100, times=0) as asked:
        assert dynamo.batch_get(Row, []) == {}

    assert asked == []


def test_keys_that_were_left_unread_are_asked_for_again(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 25)

    with serving_only("BatchGetItem", 10, times=2) as asked:
        found = dynamo.batch_get(Row, keys, strong=True)

    assert asked == [25, 15, 5]
    assert set(found) == set(keys)


def test_keys_that_stay_unread_are_an_error_and_no_missing_rows(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 25)

    with serving_only("BatchGetItem", 1, times=99) as asked, pytest.raises(dynamo.BatchUnfinished) as left:
        dynamo.batch_get(Row, keys)

    assert len(asked) == dynamo.BATCH_ATTEMPTS
    assert left.value.left == 25 - dynamo.BATCH_ATTEMPTS


def test_a_row_is_deleted_whether_or_not_it_is_there(pk: str) -> None:
    _put(pk, 2)

    assert dynamo.delete(Row, pk, "K#000")
    assert dynamo.delete(Row, pk, "K#000")

    assert _left(pk) == ["K#001"]


def test_a_row_that_is_not_as_it_was_seen_stays(pk: str) -> None:
    _put(pk, 1)
    seen = {"condition": "#n = :seen", "names": {"#n": "n"}}

    assert not dynamo.delete(Row, pk, "K#000", values={":seen": 7}, **seen)
    assert _left(pk) == ["K#000"]

    assert dynamo.delete(Row, pk, "K#000", values={":seen": 0}, **seen)
    assert _left(pk) == []


def test_many_rows_are_deleted_twenty_five_a_call(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 60)

    with serving_only("BatchWriteItem", 25, times=0) as asked:
        dynamo.delete_all(Row, [*keys[:55], *keys[:5]])

    assert asked == [25, 25, 5]
    assert _left(pk) == [sk for _, sk in keys[55:]]


def test_deletes_that_were_left_undone_are_asked_for_again(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 25)

    with serving_only("BatchWriteItem", 10, times=2) as asked:
        dynamo.delete_all(Row, keys)

    assert asked == [25, 15, 5]
    assert _left(pk) == []


def test_deletes_that_stay_undone_are_an_error_after_a_bounded_time(pk: str, serving_only: Any) -> None:
    keys = _put(pk, 25)

    with serving_only("BatchWriteItem", 1, times=99) as asked, pytest.raises(dynamo.BatchUnfinished):
        dynamo.delete_all(Row, keys)

    assert len(asked) == dynamo.BATCH_ATTEMPTS
    assert _left(pk) == [sk for _, sk in keys[dynamo.BATCH_ATTEMPTS :]]


def test_a_partition_is_deleted_but_for_what_is_kept(pk: str) -> None:
    _put(pk, 30)

    assert dynamo.delete_partition(Row, pk, keep=("K#007",)) == 29
    assert dynamo.delete_partition(Row, pk, keep=("K#007",)) == 0

    assert _left(pk) == ["K#007"]


def _left(pk: str) -> list[str]:
    return [row["sk"] for row in dynamo.every(Row, pk, strong=True)]


def _put(pk: str, many: int) -> list[tuple[str, str]]:
    keys = [(pk, f"K#{place:03d}") for place in range(many)]
    for place, (_, sk) in enumerate(keys):
        dynamo.put_once(Row, {"pk": pk, "sk": sk, "n": place})
    return keys
