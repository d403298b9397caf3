"""From a binding's row to the lists that guides read."""

from __future__ import annotations

import json
from typing import Any

from tests.functions.guides.conftest import records
from tests.support import drain


def record(new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    from chalicelib.runtime.dynamo import pack_item

    images = {"NewImage": pack_item(new), **({"OldImage": pack_item(old)} if old else {})}
    return {
        "eventID": "e1",
        "eventName": "MODIFY" if old else "INSERT",
        "dynamodb": {"SequenceNumber": "1", "ApproximateCreationDateTime": 1_767_225_600, **images},
    }


def test_a_claim_is_told_to_the_roster(stack: str) -> None:
    from chalicelib.guides import events
    from chalicelib.runtime.events.functions import change_of

    row = {"pk": "BIND#mbr_1", "sk": "0000000000007#gde_b#badge", "st": None}

    (told,) = events.events_of(change_of(record(row)))

    assert (told.type, told.at) == ("binding.claimed", 7)
    assert told.data == {"member_id": "mbr_1", "guide_id": "gde_b", "store_id": None, "at": 7, "reason": "badge"}


def test_other_rows_say_nothing(stack: str) -> None:
    from chalicelib.guides import events
    from chalicelib.runtime.events.functions import change_of

    assert list(events.events_of(change_of(record({"pk": "GUIDES", "sk": "gde_a"})))) == []


def test_the_stream_function_fills_the_queue(stack: str) -> None:
    from functions.guides_stream import guides_stream

    row = {"pk": "BIND#mbr_queue", "sk": "0000000000007#gde_q#badge", "st": None}

    guides_stream({"Records": [record(row)]}, None)

    assert "mbr_queue" in [event["data"].get("member_id") for event in drain("guides-roster")]


def test_a_change_of_guide_reaches_the_directory_and_the_numbers(stack: str) -> None:
    from chalicelib.guides.bindings import rules, tables
    from chalicelib.members import service as members
    from functions.guides_roster import guides_roster

    known = {"openid": "o-guides-stream"}
    member_id = members.recognise(known, channel_id=None, origin="test", now=1).member_id
    tables.put_claim(rules.Claim(member_id, "gde_q", None, 7, "badge"))
    facts = {"member_id": member_id, "guide_id": "gde_q", "store_id": None, "at": 7, "reason": "badge"}
    body = json.dumps({"event_id": "e", "type": "binding.claimed", "at": 7, "data": facts})

    assert guides_roster(records([body]), None)["batchItemFailures"] == []

    for queue in ("segments-directory", "insights-fold"):
        assert member_id in [event["data"].get("member_id") for event in drain(queue)], queue
