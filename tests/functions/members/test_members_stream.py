"""What others hear of members."""

from __future__ import annotations

from chalicelib.runtime.dynamo import pack_item
from tests.support import drain


def test_a_birth_reaches_directory_and_insights(stack: str) -> None:
    from functions.members_stream import members_stream

    born = {"pk": "MBR#mbr_born", "sk": "PROFILE", "channel_id": "chn_1", "origin": "scan", "created_at": 5}
    change = {"SequenceNumber": "1", "ApproximateCreationDateTime": 1, "NewImage": pack_item(born)}

    members_stream({"Records": [{"eventID": "e1", "dynamodb": change}]}, None)

    for queue in ("segments-directory", "insights-fold"):
        assert ("member.joined", "mbr_born") in [
            (event["type"], event["data"].get("member_id")) for event in drain(queue)
        ]
