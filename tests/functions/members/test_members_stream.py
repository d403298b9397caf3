"""What others hear of members."""

from __future__ import annotations

import json

from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import pack_item
from chalicelib.runtime.queues import queue_url


def test_a_birth_reaches_directory_and_insights(stack: str) -> None:
    from functions.members_stream import members_stream

    for queue in ("segments-directory", "insights-fold"):
        client("sqs").create_queue(QueueName=f"{stack}-{queue}")
    born = {"pk": "MBR#mbr_born", "sk": "PROFILE", "channel_id": "chn_1", "origin": "scan", "created_at": 5}
    change = {"SequenceNumber": "1", "ApproximateCreationDateTime": 1, "NewImage": pack_item(born)}

    members_stream({"Records": [{"eventID": "e1", "dynamodb": change}]}, None)

    for queue in ("segments-directory", "insights-fold"):
        found = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10)["Messages"]
        told = [json.loads(message["Body"]) for message in found]
        assert ("member.joined", "mbr_born") in [(event["type"], event["data"]["member_id"]) for event in told]
