"""Paying a packet and taking it back are rivals: whichever comes between the other's steps, one of them happens.

Of every pair one worker is stopped before each of its calls in turn while the other runs. Afterwards everything goes
on, and no packet may be stuck, paid and released, or counted as another amount than WeChat Pay's ledger has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, Final

import pytest

from chalicelib.campaigns import privacy, rules
from chalicelib.campaigns.actions import revocation
from chalicelib.campaigns.fraud import reviews
from chalicelib.campaigns.fraud import tables as fraud_tables
from chalicelib.campaigns.packets import reconcile
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import HOUR
from chalicelib.kernel.errors import SiyuError
from chalicelib.members.identity import erase as erasures
from chalicelib.payouts import rules as payout_rules
from chalicelib.payouts import sending
from chalicelib.payouts import service as payouts
from chalicelib.payouts import tables as payout_tables
from chalicelib.wechat import connect
from tests.sizes import size
from tests.tables.campaigns.interleaving import stopped_before

FEN: Final = 100
SHARES: Final = 76
WAITING: Final = 24
Step = Callable[["Case"], None]


class Case:
    """One drawn packet of one yuan whose waiting period is over, and what may become of it."""

    def __init__(self, campaign: Campaign, member_id: str, openid: str) -> None:
        self.campaign, self.member_id, self.openid = campaign, member_id, openid
        self.at = clock.now()
        self.later = self.at + (WAITING + 1) * HOUR
        part = participants.join(campaign.campaign_id, member_id, None, self.at)
        self.participant_id = part.participant_id
        self.packet_id = participant_names.packet_id(self.participant_id, 1)
        self.payout_id = ids.derived_id("payout", "packet", self.packet_id)
        name = participant_names.name_in_pot(campaign.campaign_id, self.participant_id, 1)
        place = pot_finder.draw(campaign, name, self.at)
        assert place is not None
        self.share: dict[str, Any] = {
            "campaign_id": campaign.campaign_id,
            "generation": 1,
            "bucket": place.bucket,
            "index": place.slot,
            "name": name,
            "at": self.at,
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """One of them is in every call that has to do with the packet."""
        return self.campaign.campaign_id, self.member_id, self.participant_id, self.packet_id, self.payout_id

    @property
    def packet(self) -> dict[str, Any]:
        return packet_tables.find_packet(self.member_id, self.packet_id) or {}

    @property
    def payout(self) -> dict[str, Any] | None:
        return payouts.find(source="packet", source_id=self.packet_id, member_id=self.member_id)

    def is_saved(self) -> None:
        """The stream tells of the share at once."""
        packets.save_share(**self.share, now=self.at)

    def is_told(self) -> None:
        """The stream tells of the share late, perhaps again."""
        packets.save_share(**self.share, now=self.later)

    def is_due(self) -> None:
        packets.pay_due(self.later)

    def is_asked(self) -> None:
        packet_tables.ask(self.packet, self.openid)

    def leaves(self) -> None:
        revocation.leave(self.campaign, self.participant_id, self.at + 1, self.later)

    def is_put_under_review(self) -> None:
        row = participant_tables.find_participant(self.participant_id, strong=True)
        fraud_tables.put_under_review(row or {}, '{"rule": "per_device", "inputs": {}, "at": 1}')

    def is_rejected(self) -> None:
        self._is_decided("reject")

    def is_reviewed_and_rejected(self) -> None:
        self.is_put_under_review()
        self.is_rejected()

    def is_cleared(self) -> None:
        self._is_decided("release")

    def is_erased(self) -> None:
        erasures.ask(self.member_id, self.later)
        privacy.forget(self.member_id)

    def is_reconciled(self) -> None:
        reconcile.reconcile(self.campaign.campaign_id, 1, 0, self.later)

    def fails(self) -> None:
        """WeChat Pay ends the payout unpaid, and campaigns are told."""
        payout = self.payout
        if payout is None or payout["st"] in payout_rules.ENDED:
            return
        payout_tables.begin_sending(self.member_id, payout["sk"], self.later)
        number = payout_rules.out_bill_no(payout["sk"], payout["attempt"])
        sending.receive_notification(number, "FAIL", FEN, None, self.later)

    def is_told_of_the_end(self) -> None:
        payout = self.payout
        if payout is not None and payout["st"] in (payout_rules.SUCCESS, payout_rules.FAILED):
            packets.complete(
                member_id=self.member_id,
                payout_id=payout["sk"],
                attempt=payout["attempt"],
                packet_id=self.packet_id,
                is_paid=payout["st"] == payout_rules.SUCCESS,
            )

    def is_tried_again(self) -> None:
        """An operator sends a failed payout once more."""
        payout = self.payout
        if payout is not None and payout["st"] == payout_rules.FAILED:
            payouts.try_again(self.member_id, payout["sk"], payout["attempt"], self.later)

    def goes_on(self, sandbox: Any) -> None:
        """Days later all is told again, who is still under review is cleared, and the payee confirms."""
        self.later += 2 * WAITING * HOUR
        self.is_told()
        row = participant_tables.find_participant(self.participant_id, strong=True) or {}
        if rules.is_under_review(row):
            self.is_cleared()
        if self.packet["st"] == packet_tables.WAITING:
            self.is_due()
        self.is_reconciled()
        payout = self.payout
        if payout is not None and payout["st"] == payout_rules.RESERVED:
            sending.send(self.member_id, payout["sk"], pay=connect.pay(), now=self.later)
            number = payout_rules.out_bill_no(payout["sk"], payout["attempt"])
            sandbox.control("POST", f"transfers/{number}/confirm", {"callback": False})
            sending.receive_notification(number, "SUCCESS", FEN, None, self.later)
        self.is_told_of_the_end()
        self.is_reconciled()

    def _is_decided(self, decision: reviews.Decision) -> None:
        with suppress(SiyuError):
            reviews.decide(self.campaign.campaign_id, self.participant_id, decision, self.later)


STARTS: Final[dict[str, tuple[Step, ...]]] = {
    "drawn": (),
    "drawn, paid at once": (),
    "waiting": (Case.is_saved,),
    "under review": (Case.is_saved, Case.is_put_under_review),
    "held": (Case.is_saved, Case.is_put_under_review, Case.is_due),
    "asked, and the worker died": (Case.is_saved, Case.is_asked),
    "failed": (Case.is_saved, Case.is_due, Case.fails),
}
USUAL: Final = (Case.is_told, Case.is_due, Case.leaves, Case.is_erased, Case.is_reconciled)
REVIEWED: Final = (Case.is_due, Case.leaves, Case.is_erased, Case.is_rejected, Case.is_cleared)
ENDING: Final = (Case.is_told_of_the_end, Case.is_tried_again, Case.is_erased, Case.is_reconciled, Case.leaves)
RIVALS: Final[dict[str, tuple[Step, ...]]] = {
    "drawn": (Case.is_told, Case.is_erased, Case.is_reconciled, Case.leaves),
    "drawn, paid at once": (Case.is_told, Case.is_erased, Case.is_reconciled, Case.is_reviewed_and_rejected),
    "waiting": USUAL,
    "under review": REVIEWED,
    "held": (*REVIEWED, Case.is_reconciled),
    "asked, and the worker died": USUAL,
    "failed": ENDING,
}
EVERY_PAIR: Final = [
    pytest.param(start, first, second, id=f"{start}-{first.__name__}-{second.__name__}")
    for start, steps in RIVALS.items()
    for first in steps
    for second in steps
    if first != second
]
SEEN_TO_FAIL: Final = re.compile(
    r"(waiting|held)-is_due-(leaves|is_erased|is_cleared)|under review-is_cleared-(leaves|is_erased)"
)
"""What was released and paid, or held for ever, before the packet's row decided."""
PAIRS: Final = [
    pair
    for place, pair in enumerate(EVERY_PAIR)
    if place % size(8, soak=1) == 0 or SEEN_TO_FAIL.fullmatch(str(pair.id))
]


@pytest.mark.soak
@pytest.mark.parametrize(("start", "first", "second"), PAIRS)
def test_whichever_call_of_the_one_the_other_comes_before_the_money_goes_one_way(
    make_campaign: Callable[..., Campaign],
    make_member: Callable[[str], str],
    sandbox: Any,
    start: str,
    first: Step,
    second: Step,
) -> None:
    waiting_hours = 0 if start == "drawn, paid at once" else WAITING
    campaign = make_campaign(total_fen=SHARES * FEN, shares=SHARES, split="equal", waiting_hours=waiting_hours)
    packets.pay_due(clock.now() + 5 * WAITING * HOUR)

    cases = []
    for call in count(1):
        openid = sandbox.customer()["openid"]
        case = Case(campaign, make_member(openid), openid)
        cases.append(case)
        for step in STARTS[start]:
            step(case)
        has_met = stopped_before(call, case.ids, partial(first, case), partial(second, case))
        case.goes_on(sandbox)
        if not has_met:
            break

    arrived = arrived_of(sandbox)
    wrong = {call: found for call, case in enumerate(cases, 1) if (found := faults(case, arrived[case.openid]))}
    assert wrong == {}
    told = reports.report(campaign.campaign_id, clock.now())
    assert told.paid_fen == sum(arrived[case.openid] for case in cases)
    assert told.paid_fen + told.released_fen == told.drawn_fen == len(cases) * FEN


def arrived_of(sandbox: Any) -> Counter[str]:
    """What WeChat Pay's ledger says that each openid has got."""
    arrived: Counter[str] = Counter()
    for bill in sandbox.control("GET", "transfers")["items"]:
        arrived[bill["openid"]] += bill["amount_fen"] if bill["state"] == "SUCCESS" else 0
    return arrived


def faults(case: Case, arrived: int) -> list[str]:
    """What is wrong with a packet that has gone its way."""
    state, payout = case.packet.get("st"), case.payout
    found = []
    if state not in (packet_tables.PAID, packet_tables.RELEASED):
        found.append(f"stuck {state}")
    if (state == packet_tables.PAID) != (arrived == FEN):
        found.append(f"{state}, and {arrived} fen arrived")
    if state == packet_tables.RELEASED and payout is not None and payout["st"] != payout_rules.RELEASED:
        found.append(f"released, and its payout is {payout['st']}")
    return found
