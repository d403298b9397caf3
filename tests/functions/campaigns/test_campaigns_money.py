"""From the draw to the wallet, through streams, queues and the sandbox: its ledger equals ours to the fen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets.drawing import Drawn
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.kernel.clock import DAY, HOUR
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import jobs as payout_jobs
from chalicelib.payouts import service as payouts
from chalicelib.wechat import connect

MakeCampaign = Callable[..., Campaign]


def draw_all(campaign: Campaign, member_ids: list[str]) -> dict[str, Drawn]:
    """Everybody joins and draws; those who got something."""
    drawn = {}
    for member_id in member_ids:
        participants.join(campaign.campaign_id, member_id, None, clock.now())
        try:
            drawn[member_id] = drawing.draw(campaign.campaign_id, member_id, 1, clock.now())
        except SiyuError as error:
            if error.code != "pot_empty":
                raise
    return drawn


def numbers_of(drawn: dict[str, Drawn]) -> list[str]:
    """WeChat Pay's numbers of these packets' payouts."""
    from chalicelib.payouts import rules

    rows = [payouts.find(source="packet", source_id=found.packet_id, member_id=who) for who, found in drawn.items()]
    return [rules.out_bill_no(row["sk"], row["attempt"]) for row in rows if row]


def ledger(wechat_pay: Any, numbers: list[str]) -> list[dict[str, Any]]:
    return [bill for bill in wechat_pay("GET", "transfers")["items"] if bill["out_bill_no"] in numbers]


def end(wechat_pay: Any, number: str, how: str) -> None:
    wechat_pay("POST", f"transfers/{number}/{how}", {"callback": False})


@pytest.mark.parametrize("times", [1, 2])
def test_every_drawn_fen_arrives_once(
    make_campaign: MakeCampaign, member_with_wallet: Callable[[], str], pump: Any, wechat_pay: Any, times: int
) -> None:
    campaign = make_campaign(shares=3)
    drawn = draw_all(campaign, [member_with_wallet() for _ in range(4)])

    pump.run(times)
    for number in numbers_of(drawn):
        end(wechat_pay, number, "confirm")
    payout_jobs.reconcile(connect.pay(), clock.now() + HOUR)
    pump.run(times)

    bills = ledger(wechat_pay, numbers_of(drawn))
    assert pump.failures == []
    assert sorted(bill["amount_fen"] for bill in bills) == sorted(found.amount_fen for found in drawn.values())
    assert [bill["state"] for bill in bills] == ["SUCCESS"] * 3
    report = reports.report(campaign.campaign_id, clock.now())
    assert (report.funded_fen, report.drawn_fen, report.paid_fen, report.released_fen) == (300, 300, 300, 0)
    assert (report.participants, report.by_depth) == (4, {0: 4})


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_not_confirmed_comes_back_once(
    make_campaign: MakeCampaign, member_with_wallet: Callable[[], str], pump: Any, wechat_pay: Any, times: int
) -> None:
    campaign = make_campaign(shares=2)
    drawn = draw_all(campaign, [member_with_wallet() for _ in range(2)])
    pump.run(times)
    confirmed, expired = numbers_of(drawn)

    end(wechat_pay, confirmed, "confirm")
    end(wechat_pay, expired, "expire")
    payout_jobs.reconcile(connect.pay(), clock.now() + DAY + HOUR)
    pump.run(times)

    report = reports.report(campaign.campaign_id, clock.now())
    paid, released = (found.amount_fen for found in drawn.values())
    assert (report.paid_fen, report.released_fen) == (paid, released)
    assert report.drawn_fen + report.remaining_fen == report.funded_fen == paid + released
    shown = [drawing.draw(campaign.campaign_id, who, 1, clock.now()).state for who in drawn]
    assert shown == ["paid", "expired"]


def test_a_wechat_pay_that_fails_pays_once_all_the_same(
    make_campaign: MakeCampaign, member_with_wallet: Callable[[], str], pump: Any, wechat_pay: Any
) -> None:
    campaign = make_campaign(shares=1)
    drawn = draw_all(campaign, [member_with_wallet()])
    wechat_pay("POST", "faults", {"path": "/v3/fund-app", "mode": "http_500", "times": 1})

    pump.run()
    (number,) = numbers_of(drawn)
    end(wechat_pay, number, "confirm")
    payout_jobs.reconcile(connect.pay(), clock.now() + HOUR)
    pump.run()

    assert [bill["state"] for bill in ledger(wechat_pay, [number])] == ["SUCCESS"]
    assert reports.report(campaign.campaign_id, clock.now()).paid_fen == 100


def test_a_packet_in_its_waiting_period_is_paid_when_it_is_over(
    make_campaign: MakeCampaign, member_with_wallet: Callable[[], str], pump: Any, wechat_pay: Any
) -> None:
    campaign = make_campaign(shares=1, waiting_hours=24)
    ((member_id, found),) = draw_all(campaign, [member_with_wallet()]).items()
    pump.run()

    assert found.state == "waiting"
    assert [row["sk"] for row in packets.waiting_of(member_id)] == [found.packet_id]
    packets.pay_due(clock.now() + HOUR)
    assert payouts.find(source="packet", source_id=found.packet_id, member_id=member_id) is None
    packets.pay_due(clock.now() + 25 * HOUR)
    packets.pay_due(clock.now() + 25 * HOUR)
    pump.run()
    standing = payouts.standing(source="packet", source_id=found.packet_id, member_id=member_id)
    assert standing is not None
    assert standing.state == "confirm"
    assert packets.waiting_of(member_id) == []


def test_payouts_of_other_sources_leave_campaigns_alone(stack: str) -> None:
    import msgspec

    from chalicelib.runtime.events.queues import Event
    from functions.campaigns_settled import campaigns_settled

    facts = {"source": "prize", "source_id": "pkt_x", "member_id": "mbr_x", "payout_id": "pay_x", "attempt": 1}
    body = msgspec.json.encode(Event("e", "payout.settled", 0, {**facts, "state": "SUCCESS", "amount_fen": 1}))
    message = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": body.decode(),
        "attributes": {},
        "eventSource": "aws:sqs",
    }

    answer = campaigns_settled({"Records": [{**message, "messageAttributes": {}}]}, None)

    assert answer == {"batchItemFailures": []}
