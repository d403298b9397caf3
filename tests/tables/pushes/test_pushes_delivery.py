"""Pushes against the sandbox: who gets what, and never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib import runtime
from chalicelib.kernel.clock import DAY, HOUR
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.pushes import models as pushes_models
from chalicelib.pushes import rules, service
from chalicelib.pushes.delivery import caps
from chalicelib.pushes.delivery import tables as delivery_tables
from chalicelib.segments import service as segments

NOON = 1_768_449_600_000  # 2026-01-15 12:00 in China
SEND = "/cgi-bin/message/subscribe/send"


def _state(push_id: str) -> str:
    return str(service.get_push(push_id)["state"])


def test_everybody_in_the_segment_gets_it_once(audience: Any, send: Any) -> None:
    openids = [audience.join()[1] for _ in range(4)]
    push_id = audience.push()

    counts = send(push_id)
    again = send(push_id)

    assert counts == again == service.Counts(4, 4, 4, 0, 0, 0, 0, {}, {})
    assert [audience.messages(openid) for openid in openids] == [1, 1, 1, 1]
    assert _state(push_id) == "done"


def test_marketing_needs_a_consent_and_service_does_not(audience: Any, send: Any) -> None:
    audience.join()
    audience.join(consents=())

    marketing = send(audience.push())
    service_push = send(audience.push(purpose="service"))

    assert (marketing.sent, marketing.skipped) == (1, {"no_consent": 1})
    assert service_push.sent == 2


def test_a_consent_that_was_taken_back_after_planning_counts(audience: Any, send: Any) -> None:
    member_id, openid = audience.join()
    push_id = audience.push()
    service.plan(push_id, NOON)
    members.record_consent(member_id, purpose="marketing", granted=False, version="1", now=NOON + 1)

    counts = send(push_id)

    assert counts.skipped == {"no_consent": 1}
    assert audience.messages(openid) == 0


def test_an_opt_out_holds_in_the_very_write_that_claims(audience: Any, send: Any) -> None:
    member_id, _ = audience.join()
    service.opt_out(member_id, "marketing", True)

    refused = send(audience.push())
    service.opt_out(member_id, "marketing", False)
    allowed = send(audience.push())

    assert refused.skipped == {"opted_out": 1}
    assert allowed.sent == 1


def test_nothing_goes_out_at_night_unless_told_so(audience: Any, send: Any) -> None:
    _, openid = audience.join()
    night = NOON + 11 * HOUR

    quiet = send(audience.push(now=night), night)
    urgent = send(audience.push(now=night, ignore_quiet_hours=True), night)

    assert quiet.skipped == {"quiet_hours": 1}
    assert urgent.sent == 1
    assert audience.messages(openid) == 1


def test_the_daily_cap_holds_over_all_pushes_and_ends_with_the_day(audience: Any, send: Any) -> None:
    _, openid = audience.join()

    today = [send(audience.push()) for _ in range(rules.DAILY_CAP + 1)]
    tomorrow = send(audience.push(now=NOON + DAY), NOON + DAY)

    assert [counts.sent for counts in today] == [1] * rules.DAILY_CAP + [0]
    assert today[-1].skipped == {"frequency_cap": 1}
    assert tomorrow.sent == 1
    assert audience.messages(openid) == rules.DAILY_CAP + 1


def test_eight_pushes_at_once_keep_to_the_cap(audience: Any) -> None:
    member_id, _ = audience.join()

    with ThreadPoolExecutor(8) as pool:
        guards = pool.map(
            lambda n: caps.claim(member_id, rules.dedupe_of(f"psh_{n}"), "marketing", f"t{n}", NOON), range(8)
        )

    assert sum(guard.taken for guard in guards) == rules.DAILY_CAP


def test_eight_workers_on_one_page_send_it_once(audience: Any, courier: Any) -> None:
    openids = [audience.join()[1] for _ in range(6)]
    push_id = audience.push()
    service.plan(push_id, NOON)

    def work(_: int) -> str:
        try:
            service.deliver(push_id, "00001", courier())
        except service.PageBusy:
            return "busy"
        return "ended"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert [audience.messages(openid) for openid in openids] == [1] * 6
    assert service.counts_of(push_id).sent == 6


def test_workers_whose_leases_are_all_ignored_still_send_once(
    audience: Any, courier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    openids = [audience.join()[1] for _ in range(6)]
    push_id = audience.push()
    service.plan(push_id, NOON)
    late = [courier(NOON + place * HOUR // 4) for place in range(8)]  # every lease is over when the next one looks

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: _quietly(push_id, one), late))

    assert max(audience.messages(openid) for openid in openids) == 1


def test_a_worker_that_dies_between_claim_and_send_leaves_an_unknown(audience: Any, courier: Any) -> None:
    openids = [audience.join()[1] for _ in range(3)]
    push_id = audience.push()
    service.plan(push_id, NOON)

    with pytest.raises(Dead):
        service.deliver(push_id, "00001", courier()._replace(pace=Dying(calls=2)))
    delivery_tables.lease(push_id, "00001", "reader", 3, NOON + HOUR, NOON + HOUR)
    service.deliver(push_id, "00001", courier(NOON + 2 * HOUR))

    counts = service.counts_of(push_id)
    assert sum(audience.messages(openid) for openid in openids) == 2
    assert max(audience.messages(openid) for openid in openids) == 1
    assert (counts.sent, counts.unknown) == (2, 1)
    assert _state(push_id) == "done"


def test_a_worker_killed_after_sending_and_before_noting_makes_nobody_get_it_twice(
    audience: Any, courier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    openids = [audience.join()[1] for _ in range(3)]
    push_id = audience.push()
    service.plan(push_id, NOON)

    with monkeypatch.context() as killed:
        killed.setattr(delivery_tables, "save", lambda *_: False)
        service.deliver(push_id, "00001", courier())
    service.deliver(push_id, "00001", courier(NOON + HOUR))

    counts = service.counts_of(push_id)
    assert [audience.messages(openid) for openid in openids] == [1, 1, 1]
    assert (counts.sent, counts.unknown) == (0, 3)


def test_a_lost_answer_is_unknown_and_is_not_repeated_over_another_medium(audience: Any, send: Any) -> None:
    _, openid = audience.join()
    audience.sandbox.control("POST", "faults", {"path": SEND, "mode": "timeout_after", "times": 1, "seconds": 0.05})

    counts = send(audience.push(media=["subscribe_message", "sms"]))

    assert (counts.unknown, counts.sent, counts.failed) == (1, 0, {})
    assert audience.messages(openid) == 1


def test_a_refused_recipient_neither_blocks_the_page_nor_counts_against_the_cap(
    audience: Any, courier: Any, send: Any
) -> None:
    stranger, _ = audience.join(openid="o_not_a_customer_" + audience.channel_id[-8:])
    _, unsubscribed = audience.join()
    _, openid = audience.join()
    for _ in range(10):  # a customer of the sandbox starts with ten subscriptions
        courier().mini_program.send_subscribe_message(unsubscribed, "other", {"thing1": "a"})

    counts = send(audience.push())

    assert (counts.sent, counts.failed) == (1, {"bad_address": 1, "not_subscribed": 1})
    assert audience.messages(openid) == 1
    row = runtime.dynamo.get(pushes_models.Cap, f"CAP#{stranger}", "CAP") or {}
    assert row[rules.day_field(NOON)] == 0
    assert rules.month_fields(NOON)[0] not in row


def test_media_that_can_not_be_sent_over_are_passed_over(audience: Any, send: Any) -> None:
    audience.join()

    assert send(audience.push(media=["wecom", "subscribe_message"])).sent == 1
    with pytest.raises(SiyuError) as refused:
        audience.push(media=["wecom"])
    assert refused.value.code == "refused"


def test_when_the_medium_is_away_the_page_waits_and_then_goes_on(audience: Any, courier: Any) -> None:
    openids = [audience.join()[1] for _ in range(2)]
    push_id = audience.push()
    service.plan(push_id, NOON)
    audience.sandbox.control("POST", "faults", {"path": SEND, "mode": "errcode", "errcode": 45009, "times": 2})

    wait = service.deliver(push_id, "00001", courier())
    later = service.deliver(push_id, "00001", courier())

    assert (wait, later) == (60, None)
    assert [audience.messages(openid) for openid in openids] == [1, 1]
    assert service.counts_of(push_id).sent == 2


def test_a_poison_recipient_fails_alone(audience: Any, send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    poison, _ = audience.join()
    _, openid = audience.join()
    real = members.reach_of

    def reach_of(member_id: str, purpose: str) -> members.Reach:
        if member_id == poison:
            raise ValueError("a row that nobody can read")
        return real(member_id, purpose)

    monkeypatch.setattr(members, "reach_of", reach_of)
    counts = send(audience.push())

    assert (counts.sent, counts.failed) == (1, {"error": 1})
    assert audience.messages(openid) == 1


def test_merged_profiles_are_one_recipient(audience: Any, send: Any) -> None:
    customer = audience.sandbox.customer()
    person = members.recognise(
        {"openid": customer["openid"], "unionid": customer["unionid"]},
        channel_id=audience.channel_id,
        origin="scan",
        now=NOON,
    )
    contact, _ = audience.join(openid="o_second_" + customer["openid"][-12:])
    members.record_consent(person.member_id, purpose="marketing", granted=True, version="1", now=NOON)
    segments.refresh(person.member_id, NOON)
    push_id = audience.push()
    service.plan(push_id, NOON)
    members.recognise(
        {"unionid": customer["unionid"], "openid": "o_second_" + customer["openid"][-12:]},
        channel_id=None,
        origin="scan",
        now=NOON,
    )
    assert members.current(contact)["pk"] == f"MBR#{person.member_id}"

    counts = send(push_id)

    assert counts.sent == 1
    assert audience.messages(customer["openid"]) == 1


def test_a_resent_claim_recognises_itself(audience: Any) -> None:
    member_id, _ = audience.join()

    first = caps.claim(member_id, "push000001", "marketing", "worker1", NOON)
    resent = caps.claim(member_id, "push000001", "marketing", "worker1", NOON)
    other = caps.claim(member_id, "push000001", "marketing", "worker2", NOON)

    assert first.taken
    assert resent.taken
    assert (other.taken, other.why) == (False, "d")


class Dead(BaseException):
    """The worker's process is gone."""


class Dying:
    """A pace that kills the worker right after its n-th message was claimed, before it is sent."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Dead


def _quietly(push_id: str, courier: service.Courier) -> None:
    try:
        service.deliver(push_id, "00001", courier)
    except service.PageBusy:
        return
