"""What a recipient costs, in DynamoDB's own numbers."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ulid import ULID

from chalicelib import runtime
from chalicelib.kernel import ids
from chalicelib.pushes import models as pushes_models
from chalicelib.pushes import rules, service
from chalicelib.pushes import tables as pushes_tables
from chalicelib.pushes.delivery import caps, progress
from chalicelib.pushes.delivery import tables as delivery_tables
from chalicelib.runtime.aws import client
from chalicelib.segments import service as segments

NOON = 1_768_449_600_000  # 2026-01-15 12:00 in China
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


@contextmanager
def metered() -> Iterator[Counter[str]]:
    """Units consumed inside, as `wru` and `rru`."""
    used: Counter[str] = Counter()
    events = client("dynamodb").meta.events

    def note(parsed: Any, model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity") or []
        for part in consumed if isinstance(consumed, list) else [consumed]:
            used["wru" if model.name in WRITES else "rru"] += part["CapacityUnits"]

    events.register("after-call.dynamodb", note)
    try:
        yield used
    finally:
        events.unregister("after-call.dynamodb", note)


def test_a_recipient_costs_one_write_and_half_a_read(audience: Any, courier: Any) -> None:
    for _ in range(20):
        audience.join()
    push_id = audience.push()
    service.plan(push_id, NOON)
    courier().mini_program.send_subscribe_message(
        audience.sandbox.customer()["openid"], "warm-up", {"thing1": "a"}
    )  # the access token is fetched once, not per push

    with metered() as used:
        service.deliver(push_id, "00001", courier())

    lease_outcomes_counts, ended = 3, 1
    assert used["wru"] == 20 + lease_outcomes_counts + ended
    push_page_run_progress = 3
    assert used["rru"] == 20 / 2 + push_page_run_progress


def test_a_page_of_500_is_written_for_at_most_12(audience: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(segments, "members_page", _five_hundred)
    push_id = audience.push()

    with metered() as used:
        service.plan(push_id, NOON)
        token, name = secrets.token_hex(4), "00001"
        delivery_tables.lease(push_id, name, token, 500, NOON, NOON + 1000)
        delivery_tables.save(push_id, name, token, rules.SENT * 500, 0, NOON)
        progress.fold(push_id, NOON)

    finished = 1  # the push itself becomes `done`, once
    assert used["wru"] <= 12 + finished
    assert service.counts_of(push_id).sent == 500


def test_a_busy_members_row_stays_within_one_unit(audience: Any) -> None:
    member_id = ids.new_id("member", NOON)
    day = 86_400_000
    for number in range(28):
        caps.claim(
            member_id, rules.dedupe_of(f"psh_{number}"), "marketing", f"{number}", NOON - 27 * day + number * day
        )

    with metered() as used:
        assert caps.claim(member_id, rules.dedupe_of("psh_last"), "marketing", "last", NOON).taken

    row = runtime.dynamo.get(pushes_models.Cap, f"CAP#{member_id}", "CAP") or {}
    assert used["wru"] == 1
    assert [name for name in row if name.startswith("d")] == [rules.day_field(NOON)]


def _five_hundred(*_: Any) -> segments.Found:
    return segments.Found([f"mbr_{ULID()}" for _ in range(pushes_tables.RECIPIENTS)], None)
