"""From a change of a code's row to history and payouts, as Lambda calls the functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.events.functions import Change

Mint = Callable[..., Any]


def changes_of(code: str, *steps: Callable[[], Any]) -> list[Change]:
    """The stream of a code's row while these steps are taken."""
    from chalicelib.codes.scans import tables as scan_tables

    found, old = [], scan_tables.get_code(code)
    for place, step in enumerate(steps):
        step()
        new = scan_tables.get_code(code)
        if new != old:
            found.append(Change(f"e{place}", old, new, str(place).zfill(40), 0))
        old = new
    return found


def sqs(*events: Any) -> dict[str, Any]:
    import msgspec

    return {
        "Records": [
            {"messageId": f"m{place}", "body": msgspec.json.encode(event).decode(), "eventSource": "aws:sqs"}
            for place, event in enumerate(events)
        ]
    }


def test_visits_and_a_claim_are_told_once_each(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.events import events_of
    from chalicelib.codes.prizes.rules import Tier
    from chalicelib.codes.scans import service as scans
    from chalicelib.codes.scans.service import visit_key

    batch, (code, *_) = mint(prizes=[Tier(100, 4)])
    changes = changes_of(
        code,
        lambda: scans.scan(code, scans.Visit("a", city="成都"), now),
        lambda: scans.scan(code, scans.Visit("a", city="成都"), now + 1),
        lambda: scans.scan(code, scans.Visit("b", member_id="mbr_x"), now + 2),
        lambda: claims.claim(code, "mbr_x", now + 3, visit_id="c"),
    )

    told = [event for change in changes for event in events_of(change)]

    assert [event.event_id for event in told] == [
        f"code.scanned:{code}:{visit_key(code, 'a', '')}",
        f"code.scanned:{code}:{visit_key(code, 'b', '')}",
        f"scan.genuine:{code}:{visit_key(code, 'b', '')}",
        f"code.claimed:{code}",
    ]
    first, second, _, claimed = (event.data for event in told)
    assert (first["first"], first["count"], first["city"], first["member_id"]) == (True, 1, "成都", None)
    assert (second["first"], second["count"], second["member_id"]) == (False, 2, "mbr_x")
    assert (claimed["prize_fen"], claimed["batch_id"]) == (100, batch["batch_id"])


def test_a_claim_without_a_scan_tells_both(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.events import events_of
    from chalicelib.codes.scans.service import visit_key

    _, (code, *_) = mint()
    (change,) = changes_of(code, lambda: claims.claim(code, "mbr_x", now, visit_id="c"))

    scanned, claimed = events_of(change)

    assert (scanned.type, scanned.data["first"]) == ("code.scanned", True)
    assert scanned.data["visit_id"] == visit_key(code, "c", "")
    assert (claimed.type, claimed.data["packet_id"]) == ("code.claimed", None)


def test_a_scan_delivered_twice_is_one_row_of_history(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.events import events_of
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.scans import service as scans
    from functions.codes_history import codes_history

    _, (code, *_) = mint()
    (change,) = changes_of(code, lambda: scans.scan(code, scans.Visit("a"), now))
    events = list(events_of(change))

    for _ in range(2):
        answer = codes_history(sqs(*events), None)

    assert answer == {"batchItemFailures": []}
    story = lifecycle.story(code, 10, None, now)
    expected = (scans.visit_key(code, "a", ""), True, now)
    assert [(row["visit_id"], row["first"], row["at"]) for row in story.visits] == [expected]


def test_a_prize_is_asked_for_once(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.events import events_of
    from chalicelib.codes.prizes.rules import Tier
    from chalicelib.members import service as members
    from chalicelib.payouts import service as payouts
    from functions.codes_prizes import codes_prizes

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    openid = f"o{time.time_ns()}"
    member = members.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id
    (change,) = changes_of(code, lambda: claims.claim(code, member, now, visit_id="c"))
    claimed = list(events_of(change))[-1]

    answers = [codes_prizes(sqs(claimed), None) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    (asked,) = payouts.of_member(member, 10, None)[0]
    assert (asked["amount_fen"], asked["src"], asked["src_id"]) == (188, "code_prize", claimed.data["packet_id"])


def test_the_stream_function_puts_scans_on_the_queues_of_their_consumers(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import service as scans
    from chalicelib.codes.scans import tables as scan_tables
    from functions.codes_stream import codes_stream
    from tests.support import drain

    _, (code, *_) = mint()
    scans.scan(code, scans.Visit("a"), now)
    image = dynamo.pack_item(scan_tables.get_code(code))
    record = {"eventID": "1", "dynamodb": {"NewImage": image, "SequenceNumber": "1"}}

    codes_stream({"Records": [record]}, None)

    assert any(event["data"]["code"] == code for event in drain("codes-history"))
