"""HTTP contract of exports, with the function that makes them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Change
from tests.codes_world import mint, now, product
from tests.exports_world import bucket, fetch

__all__ = ["bucket", "mint", "now", "product"]

Mint = Callable[..., Any]


def sqs(event: Any) -> dict[str, Any]:
    body = msgspec.json.encode(event).decode()
    return {"Records": [{"messageId": "m", "body": body, "eventSource": "aws:sqs"}]}


def test_an_export_is_asked_for_made_and_fetched(
    http: Any, admin: dict[str, str], mint: Mint, bucket: str, now: Millis
) -> None:
    from chalicelib.codes.events import events_of
    from chalicelib.codes.exports import tables as export_tables
    from functions.codes_exports import codes_exports

    batch, codes = mint(30)
    path = f"/admin/code-batches/{batch['batch_id']}/exports"
    asked = http.post(path, headers=admin, body=b'{"kind": "csv", "from_seq": 10, "to_seq": 19}')
    export_id = asked.json_body["export_id"]
    before = http.get(f"{path}/{export_id}", headers=admin).json_body
    (told,) = events_of(Change("e", {}, export_tables.find(export_id) or {}, "1", now))

    answer = codes_exports(sqs(told), None)
    after = http.get(f"{path}/{export_id}", headers=admin).json_body

    assert asked.status_code == 202
    assert (before["state"], before["progress"], before["url"]) == ("waiting", 0, None)
    assert answer == {"batchItemFailures": []}
    assert (after["state"], after["progress"], after["codes"], after["created_by"]) == ("done", 100, 10, "local-admin")
    got = fetch(after["url"])
    assert [line.split(",")[0] for line in got.text.splitlines()[1:]] == codes[10:20]
    assert f"{batch['batch_id']}-10-19.csv" in got.headers["Content-Disposition"]


def test_one_idempotency_key_asks_for_one_file(http: Any, admin: dict[str, str], mint: Mint, bucket: str) -> None:
    batch, _ = mint(3)
    path = f"/admin/code-batches/{batch['batch_id']}/exports"
    headers = {**admin, "Idempotency-Key": f"k{time.time_ns()}"}

    made = [http.post(path, headers=headers, body=b'{"kind": "labels_pdf"}').json_body for _ in range(2)]

    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"kind": "xlsx"}, 400), ({"kind": "csv", "from_seq": 3}, 400), ({"kind": "csv", "from_seq": -1}, 400)],
)
def test_what_can_not_be_exported_is_refused(
    http: Any, admin: dict[str, str], mint: Mint, bucket: str, body: dict[str, Any], status: int
) -> None:
    batch, _ = mint(3)

    answer = http.post(
        f"/admin/code-batches/{batch['batch_id']}/exports", headers=admin, body=json.dumps(body).encode()
    )

    assert answer.status_code == status


def test_a_link_is_short_lived_and_nothing_is_public(
    http: Any, admin: dict[str, str], mint: Mint, bucket: str, now: Millis
) -> None:
    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.codes.exports import service as exports
    from chalicelib.kernel import clock, ids

    batch, _ = mint(3)
    asked = exports.ask(ids.new_id("export", now), batch["batch_id"], "csv", None, by="test", now=now)
    export_handlers.work(asked["export_id"], "worker", clock.now)

    url = exports.link(exports.get(batch["batch_id"], asked["export_id"], now))

    assert url is not None
    assert "X-Amz-Expires=600" in url
    assert http.get(f"/admin/code-batches/{batch['batch_id']}/exports/exp_x", headers=admin).status_code == 404
