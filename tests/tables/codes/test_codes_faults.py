"""A fault at every call in turn, before it is sent and after it took effect: files and prizes come out the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.codes.prizes.rules import Tier
from chalicelib.kernel import ids
from chalicelib.kernel.clock import MINUTE, Millis
from tests.codes_world import mint, now, product
from tests.exports_world import bucket, fetch

__all__ = ["bucket", "mint", "now", "product"]

Mint = Callable[..., Any]
MOMENTS = ["before-send", "after-call"]


class Died(Exception):
    """The process is gone: no call of it succeeds any more."""


@contextmanager
def dying(moment: str, place: int) -> Iterator[dict[str, int]]:
    """From its `place`-th call on, every call to S3 and DynamoDB fails before (or just after) it takes effect."""
    from chalicelib.runtime.aws import client

    seen = {"calls": 0}

    def fail(**_: Any) -> None:
        seen["calls"] += 1
        if seen["calls"] >= place:
            raise Died

    services = [(client(name).meta.events, f"{moment}.{name}") for name in ("s3", "dynamodb")]
    for events, event in services:
        events.register(event, fail)
    try:
        yield seen
    finally:
        for events, event in services:
            events.unregister(event, fail)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["csv", "labels_zip"])
def test_an_export_survives_a_death_at_every_call(mint: Mint, bucket: str, now: Millis, moment: str, kind: str) -> None:
    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.codes.exports import service as exports

    batch, _ = mint(2_000 if kind == "csv" else 4)
    part_bytes = 70_000 if kind == "csv" else 3_000

    def work(export_id: str, worker: str, at: Millis) -> None:
        export_handlers.work(export_id, worker, lambda: at, part_bytes=part_bytes)

    files, place, done = set(), 0, False
    while not done:
        place += 1
        asked = exports.ask(ids.new_id("export", now), batch["batch_id"], kind, None, by="test", now=now)  # type: ignore[arg-type]
        try:
            with dying(moment, place):
                work(asked["export_id"], "first", now)
            done = True
        except Died:
            work(asked["export_id"], "second", now + 2 * MINUTE)
        finished = exports.get(batch["batch_id"], asked["export_id"], now)
        assert finished["state"] == "done", place
        files.add(fetch(exports.link(finished)).content)

    assert place > 8
    assert len(files) == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_claim_that_dies_at_any_call_is_paid_if_it_was_made(mint: Mint, now: Millis, moment: str) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.prizes import payments
    from chalicelib.codes.scans import tables as scan_tables
    from chalicelib.members import service as members
    from chalicelib.payouts import service as payouts

    identities = {"openid": f"o-{secrets.token_hex(8)}"}
    member = members.recognise(identities, channel_id=None, origin="test", now=now).member_id
    _, codes = mint(8, prizes=[Tier(100, 8)])
    made, died = 0, True

    for place, code in enumerate(codes, start=1):
        try:
            with dying(moment, place):
                claims.claim(code, member, now, visit_id="v")
            died = False
        except Died:
            died = True
        payments.reconcile(payouts.request, now + 5 * MINUTE)
        made += "ca" in scan_tables.get_code(code, strong=True)
        assert len(payouts.of_member(member, 20, None)[0]) == made

    assert not died
    assert 0 < made < len(codes)
