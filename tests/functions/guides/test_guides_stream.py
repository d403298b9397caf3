"""From a binding's row to the lists that guides read."""

from __future__ import annotations

from typing import Any

from tests.support import drain


def record(new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    from chalicelib.runtime.dynamo import pack_item

    images = {"NewImage": pack_item(new), **({"OldImage": pack_item(old)} if old else {})}
    return {
        "eventID": "e1",
        "eventName": "MODIFY" if old else "INSERT",
        "dynamodb": {"SequenceNumber": "1", "ApproximateCreationDateTime": 1_767_225_600, **images},
    }


def test_a_binding_is_told_to_the_roster(stack: str) -> None:
    from chalicelib.guides import events
    from chalicelib.runtime.events.functions import change_of

    row = {"pk": "BIND#mbr_1", "sk": "000002", "g": "gde_b", "st": None, "at": 7, "why": "badge", "pol": "last_wins"}
    row |= {"prev": "gde_a", "cur": "gde_b", "rep": "gde_a"}

    (told,) = events.events_of(change_of(record(row)))

    assert told.type == "binding.changed"
    assert told.data == {
        "member_id": "mbr_1",
        "guide_id": "gde_b",
        "store_id": None,
        "previous_guide_id": "gde_a",
        "at": 7,
        "reason": "badge",
        "sequence": 2,
        "current_guide_id": "gde_b",
        "replaced_guide_id": "gde_a",
    }


def test_other_rows_and_renewals_say_nothing(stack: str) -> None:
    from chalicelib.guides import events
    from chalicelib.runtime.events.functions import change_of

    renewal = {"pk": "BIND#mbr_1", "sk": "000002", "g": "gde_a", "prev": "gde_a"}
    guide = {"pk": "GUIDES", "sk": "gde_a"}

    assert [list(events.events_of(change_of(record(row)))) for row in (renewal, guide)] == [[], []]


def test_the_stream_function_fills_the_queues(stack: str) -> None:
    from functions.guides_stream import guides_stream

    row = {"pk": "BIND#mbr_queue", "sk": "000001", "g": "gde_q", "st": None, "at": 7, "why": "badge"}
    row |= {"pol": "last_wins", "prev": None, "cur": "gde_q", "rep": None}

    guides_stream({"Records": [record(row)]}, None)

    for queue in ("guides-roster", "segments-directory", "insights-fold"):
        assert "mbr_queue" in [event["data"].get("member_id") for event in drain(queue)], queue
