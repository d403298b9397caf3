"""The directory and the counts, by the very events that Lambda gets."""

from __future__ import annotations

import json
import secrets
from typing import Any

from chalicelib.kernel import clock, ids
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import pack_item
from chalicelib.segments import service
from tests.support import drain


def _sqs(data: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"event_id": "e", "type": "t", "at": 1, "data": data})
    return {"Records": [{"messageId": "m", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs"}]}


def test_a_member_is_in_the_count_once_told_of(stack: str) -> None:
    from functions.segments_build import segments_build
    from functions.segments_directory import segments_directory

    now, channel_id = clock.now(), f"chn_{secrets.token_hex(8)}"
    openid = f"o{secrets.token_hex(8)}"
    member_id = members.recognise({"openid": openid}, channel_id=channel_id, origin="scan", now=now).member_id
    rule = {"attribute": "channel_id", "op": "eq", "value": channel_id}
    segment_id = service.create_segment(ids.new_id("segment", now), name="s", rule=rule, now=now)["sk"]

    for _ in range(2):
        assert segments_directory(_sqs({"member_id": member_id}), None) == {"batchItemFailures": []}
        segments_build(_sqs({"segment_id": segment_id, "version": 1, "number": 1}), None)

    assert service.preview(segment_id, now).found == 1


def test_only_a_new_count_is_told(stack: str) -> None:
    from functions.segments_stream import segments_stream

    segment_id = ids.new_id("segment", clock.now())
    row = {"pk": "SEGMENTS", "sk": segment_id, "version": 1, "counting": 1}
    entry = {"pk": "DIR#07", "sk": "mbr_1", "v": 1}
    changes = [({}, row), (row, row), ({}, entry)]
    records = [
        {
            "eventID": f"e{place}",
            "dynamodb": {"SequenceNumber": "1", "OldImage": pack_item(old), "NewImage": pack_item(new)},
        }
        for place, (old, new) in enumerate(changes)
    ]

    segments_stream({"Records": records}, None)

    told = [event["data"] for event in drain("segments-build")]
    mine = [data for data in told if data["segment_id"] == segment_id]
    assert mine == [{"segment_id": segment_id, "version": 1, "number": 1}]
