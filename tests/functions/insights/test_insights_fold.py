"""Counting, by the very events that Lambda gets."""

from __future__ import annotations

import json
import secrets
from typing import Any

from chalicelib.insights import service

NOW = 1_767_225_600_123


def _sqs(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{place}", "receiptHandle": "h", "body": json.dumps(event), "eventSource": "aws:sqs"}
            for place, event in enumerate(events)
        ]
    }


def test_a_batch_that_comes_again_counts_once_and_a_broken_event_stands_alone(stack: str) -> None:
    from functions.insights_fold import insights_fold

    channel_id = f"chn_{secrets.token_hex(8)}"
    data = {"channel_id": channel_id, "first": True}
    scan = {"event_id": channel_id, "type": "code.scanned", "at": NOW, "data": data}
    broken = {"event_id": "x", "type": "order.frozen", "at": NOW, "data": {}}

    for _ in range(2):
        assert insights_fold(_sqs(broken, scan), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]

    assert service.insights(NOW, NOW).by_channel[channel_id] == {"scans": 1, "first_scans": 1, "persons": 1}
