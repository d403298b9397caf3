"""Conditional writes, pages and transactions on the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import transaction
from chalicelib.runtime.models import AccessToken as Row

CONFLICT = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": "x"}
CANCELLED = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"


def test_put_once_keeps_the_first_and_shows_it_to_the_second(pk: str) -> None:
    first = dynamo.put_once(Row, {"pk": pk, "sk": "A", "n": 1})
    second = dynamo.put_once(Row, {"pk": pk, "sk": "A", "n": 2})

    assert first == (True, {})
    assert second == (False, {"pk": pk, "sk": "A", "n": 1})


def test_one_of_eight_writers_is_first(pk: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda n: dynamo.put_once(Row, {"pk": pk, "sk": "A", "n": n}), range(8)))

    kept = dynamo.get(Row, pk, "A", strong=True)
    assert sum(outcome.done for outcome in outcomes) == 1
    assert all(outcome.item == kept for outcome in outcomes if not outcome.done)


def test_an_update_tells_what_it_met(pk: str) -> None:
    created = dynamo.update(Row, pk, "A", "SET n = :n", values={":n": 1})
    changed = dynamo.update(Row, pk, "A", "SET n = :n", condition="n = :old", values={":n": 2, ":old": 1})
    refused = dynamo.update(Row, pk, "A", "SET n = :n", condition="n = :old", values={":n": 3, ":old": 1})

    assert created == (True, {})
    assert changed == (True, {"pk": pk, "sk": "A", "n": 1})
    assert refused == (False, {"pk": pk, "sk": "A", "n": 2})


def test_an_update_of_nothing_under_a_condition_tells_nothing(pk: str) -> None:
    refused = dynamo.update(Row, pk, "A", "SET n = :n", condition="attribute_exists(pk)", values={":n": 1})

    assert refused == (False, {})
    assert dynamo.get(Row, pk, "A") is None


def test_an_update_tells_the_new_item_when_asked(pk: str) -> None:
    outcome = dynamo.update(Row, pk, "A", "ADD #n :one", names={"#n": "n"}, values={":one": 1}, returns="ALL_NEW")

    assert outcome.item["n"] == 1


def test_every_kind_of_value_comes_back(pk: str) -> None:
    item = {
        "pk": pk,
        "sk": "A",
        "large": 10**37 + 1,
        "bytes": b"\x00\xff",
        "none": None,
        "yes": True,
        "texts": {"a", "b"},
        "numbers": {1, 10**20},
        "blobs": {b"a", b"\xff"},
        "nested": {"list": [1, "二", {"deep": b"x"}]},
    }

    dynamo.put_once(Row, item)

    assert dynamo.get(Row, pk, "A", strong=True) == item


def test_pages_hold_every_row_once_in_order(pk: str) -> None:
    keys = [f"K#{place:02d}" for place in range(7)]
    for sk in [*keys, "L#other"]:
        dynamo.put_once(Row, {"pk": pk, "sk": sk})

    assert _walk(pk, prefix="K#", limit=3) == keys
    assert _walk(pk, prefix="K#", limit=3, forward=False) == keys[::-1]
    assert _walk(pk, up_to="K#03", limit=2) == keys[:4]
    assert dynamo.page(Row, pk, prefix="M#", limit=3, cursor=None) == ([], None)


def test_every_row_comes_once_whatever_the_pages(pk: str) -> None:
    keys = [f"K#{place:02d}" for place in range(7)]
    for sk in [*keys, "L#other"]:
        dynamo.put_once(Row, {"pk": pk, "sk": sk})

    for page_size in (1, 3, 7, 100):
        asked = {"prefix": "K#", "page_size": page_size, "strong": True}
        assert _keys(dynamo.every(Row, pk, **asked)) == keys
        assert _keys(dynamo.every(Row, pk, forward=False, **asked)) == keys[::-1]
        assert _keys(dynamo.every(Row, pk, after="K#02", **asked)) == keys[3:]
        assert _keys(dynamo.every(Row, pk, up_to="K#03", page_size=page_size)) == keys[:4]


def test_more_than_a_megabyte_is_read_to_its_end(pk: str) -> None:
    for place in range(5):
        dynamo.put_once(Row, {"pk": pk, "sk": f"K#{place}", "large": "x" * 300_000})

    assert _keys(dynamo.every(Row, pk)) == [f"K#{place}" for place in range(5)]
    assert _keys(dynamo.first(Row, pk, 4)) == [f"K#{place}" for place in range(4)]


def test_an_empty_page_with_a_cursor_is_not_the_end(pk: str) -> None:
    for place in range(3):
        dynamo.put_once(Row, {"pk": pk, "sk": f"K#{place}"})

    with _empty_first_page(pk, before="K#"):
        assert _keys(dynamo.every(Row, pk, prefix="K#", page_size=2)) == ["K#0", "K#1", "K#2"]
    with _empty_first_page(pk, before="K#"):
        assert _keys(dynamo.first(Row, pk, 1, prefix="K#")) == ["K#0"]
    with _empty_first_page(pk, before="K#"):
        rows, cursor = dynamo.page(Row, pk, prefix="K#", limit=2, cursor=None)

    assert rows == []
    assert _keys(dynamo.page(Row, pk, prefix="K#", limit=2, cursor=cursor)[0]) == ["K#0", "K#1"]


def test_who_stops_early_reads_no_further_page(pk: str) -> None:
    for place in range(4):
        dynamo.put_once(Row, {"pk": pk, "sk": f"K#{place}"})

    with _queries() as asked:
        assert next(dynamo.every(Row, pk, page_size=2))["sk"] == "K#0"
        assert len(dynamo.first(Row, pk, 2)) == 2
        assert dynamo.first(Row, pk, 0) == []

    assert asked == [2, 2]


def test_the_greatest_of_an_index_are_found_over_all_its_pages(stack: str, pk: str) -> None:
    from chalicelib.campaigns.models import Inviter

    for number in range(4):
        dynamo.put_once(Inviter, {"pk": f"INV#{pk}{number}", "sk": "I", "tk": pk, "n": number, "large": "x" * 390_000})

    assert [row["n"] for row in dynamo.greatest(Inviter, "top-inviters", ("tk", pk), 3)] == [3, 2, 1]
    assert [row["n"] for row in dynamo.greatest(Inviter, "top-inviters", ("tk", pk), 9)] == [3, 2, 1, 0]


@pytest.mark.parametrize("kind", ["foreign", "empty", "bytes"])
def test_a_cursor_of_another_query_is_refused(pk: str, kind: str) -> None:
    for place in range(3):
        dynamo.put_once(Row, {"pk": pk, "sk": f"K#{place}"})
    _, ours = dynamo.page(Row, pk, prefix="K#", limit=1, cursor=None)
    assert ours is not None
    cursor = {"foreign": dynamo.encode_cursor("T#1"), "empty": "=", "bytes": "_w"}[kind]

    with pytest.raises(SiyuError) as refused:
        dynamo.page(Row, pk, prefix="K#", limit=1, cursor=cursor)

    assert refused.value.code == "invalid_cursor"
    assert _keys(dynamo.page(Row, pk, up_to="K#9", limit=1, cursor=ours)[0]) == ["K#1"]


def test_a_cursor_past_the_asked_end_is_refused(pk: str) -> None:
    with pytest.raises(SiyuError, match="next_cursor"):
        dynamo.page(Row, pk, up_to="K#1", limit=1, cursor=dynamo.encode_cursor("K#2"))


@pytest.mark.parametrize(("pk_text", "sk_text"), [("x", "y" * 1025), ("x", "龙" * 342), ("x" * 2049, "y"), ("x", "")])
def test_a_key_that_no_item_can_have_finds_nothing(stack: str, pk_text: str, sk_text: str) -> None:
    assert dynamo.get(Row, pk_text, sk_text) is None


def test_an_overlong_partition_is_empty(stack: str) -> None:
    assert dynamo.page(Row, "x" * 2049, limit=1, cursor=None) == ([], None)
    assert list(dynamo.every(Row, "x" * 2049)) == []


def test_a_transaction_is_all_or_nothing(pk: str) -> None:
    assert dynamo.transact([_put(pk, "A"), _put(pk, "B")])
    assert not dynamo.transact([_put(pk, "C"), _put(pk, "A")])

    assert _keys(dynamo.every(Row, pk, strong=True)) == ["A", "B"]


def test_each_part_of_a_transaction_does_what_it_says(pk: str) -> None:
    for sk in ("changed", "deleted", "replaced"):
        dynamo.put_once(Row, {"pk": pk, "sk": sk, "n": 1})

    done = dynamo.transact(
        [
            transaction.put(Row, {"pk": pk, "sk": "replaced", "n": 9}),
            transaction.put_once(Row, {"pk": pk, "sk": "new", "n": 9}),
            transaction.update(
                Row, pk, "changed", "SET #n = :n", condition="#n = :one", names={"#n": "n"}, values={":n": 9, ":one": 1}
            ),
            transaction.delete(Row, pk, "deleted"),
        ]
    )

    assert done
    rows = dynamo.every(Row, pk, strong=True)
    assert {row["sk"]: row["n"] for row in rows} == {"changed": 9, "new": 9, "replaced": 9}


def test_a_part_whose_condition_fails_undoes_all(pk: str) -> None:
    dynamo.put_once(Row, {"pk": pk, "sk": "A", "n": 1})
    never = transaction.update(Row, pk, "A", "SET n = :n", condition="n = :n", values={":n": 2})

    assert not dynamo.transact([never, transaction.put(Row, {"pk": pk, "sk": "B"})])
    assert _keys(dynamo.every(Row, pk, strong=True)) == ["A"]


def test_a_transaction_that_met_another_one_is_tried_again(pk: str, answering: Any) -> None:
    conflict = {"__type": CANCELLED, "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}

    with answering("dynamodb", "TransactWriteItems", conflict, status=400, times=2) as calls:
        assert dynamo.transact([_put(pk, "A")])

    assert len(calls) == 3


def test_a_failed_condition_beside_a_conflict_is_an_answer(pk: str, answering: Any) -> None:
    reasons = [{"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}]

    with answering(
        "dynamodb", "TransactWriteItems", {"__type": CANCELLED, "CancellationReasons": reasons}, status=400, times=9
    ) as calls:
        assert not dynamo.transact([_put(pk, "A")])

    assert len(calls) == 1


def test_a_conflict_that_stays_is_raised(pk: str, answering: Any) -> None:
    conflict = {"__type": CANCELLED, "CancellationReasons": [{"Code": "TransactionConflict"}]}

    with (
        answering("dynamodb", "TransactWriteItems", conflict, status=400, times=99) as calls,
        pytest.raises(ClientError),
    ):
        dynamo.transact([_put(pk, "A")])

    assert len(calls) == dynamo.ATTEMPTS


def test_an_update_that_met_a_transaction_is_tried_again(pk: str, answering: Any) -> None:
    with answering("dynamodb", "UpdateItem", CONFLICT, status=400, times=1) as calls:
        outcome = dynamo.update(Row, pk, "A", "SET n = :n", values={":n": 1})

    assert (outcome.done, len(calls)) == (True, 2)


def test_another_error_is_raised_at_once(pk: str, answering: Any) -> None:
    denied = {"__type": "com.amazon.coral.service#AccessDeniedException", "message": "no"}

    with (
        answering("dynamodb", "UpdateItem", denied, status=400, times=9) as calls,
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        dynamo.update(Row, pk, "A", "SET n = :n", values={":n": 1})

    assert len(calls) == 1


def _walk(pk: str, **how: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        rows, cursor = dynamo.page(Row, pk, cursor=cursor, **how)
        assert len(rows) <= how["limit"]
        found += _keys(rows)
        if cursor is None:
            return found


def _keys(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["sk"] for row in rows]


@contextmanager
def _queries() -> Iterator[list[int]]:
    """The limit of each query that is made."""
    asked: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params["Limit"])

    events = client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.Query", note)
    try:
        yield asked
    finally:
        events.unregister("provide-client-params.dynamodb.Query", note)


@contextmanager
def _empty_first_page(pk: str, before: str) -> Iterator[None]:
    """The next query finds nothing up to that sort key, and says that there is more."""
    left = [1]

    def empty(parsed: dict[str, Any], **_: Any) -> None:
        if left:
            left.pop()
            parsed |= {"Items": [], "LastEvaluatedKey": {"pk": {"S": pk}, "sk": {"S": before}}}

    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb.Query", empty)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb.Query", empty)


def _put(pk: str, sk: str) -> dynamo.Write:
    return transaction.put_once(Row, {"pk": pk, "sk": sk})
