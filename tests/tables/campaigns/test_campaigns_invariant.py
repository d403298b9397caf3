"""Reserve, commit, release, offer again: after every step of any order of them the money adds up (I2, I3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chalicelib.campaigns import repository
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.pot import generations
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import rules, sending
from chalicelib.payouts import service as payouts
from chalicelib.payouts import tables as payout_tables

SHARES = 4
FUNDED = 800


def machine_of(make_campaign: Callable[..., Campaign], make_member: Callable[..., str]) -> type[RuleBasedStateMachine]:
    """Members who draw, payouts that end this way or that, and an operator, in any order and any number of times."""

    class Pot(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.campaign_id = make_campaign(total_fen=FUNDED, shares=SHARES).campaign_id
            self.amounts: dict[str, int] = {}
            self.packets: dict[str, str] = {}

        @rule()
        def somebody_joins_and_draws(self) -> None:
            self._draw(make_member(), is_new=True)

        @precondition(lambda self: self.packets)
        @rule(data=st.data())
        def somebody_draws_again(self, data: Any) -> None:
            self._draw(data.draw(st.sampled_from(sorted(self.packets))), is_new=False)

        @rule(times=st.integers(1, 2))
        def the_stream_is_delivered(self, times: int) -> None:
            for _ in range(times):
                self._deliver()

        @precondition(lambda self: self.packets)
        @rule(data=st.data(), how=st.sampled_from(["SUCCESS", "FAIL"]), times=st.integers(1, 2))
        def a_payout_ends(self, data: Any, how: str, times: int) -> None:
            member_id = data.draw(st.sampled_from(sorted(self.packets)))
            row = payouts.find(source="packet", source_id=self.packets[member_id], member_id=member_id)
            if row is None:
                return
            payout_tables.begin_sending(member_id, row["sk"], clock.now())
            for _ in range(times):
                number = rules.out_bill_no(row["sk"], row["attempt"])
                sending.receive_notification(number, how, row["amount_fen"], None, clock.now())
                self._settle(member_id)

        @rule(shares=st.integers(1, 3))
        def an_operator_offers_again(self, shares: int) -> None:
            try:
                generations.offer_again(
                    self.campaign_id, shares=shares, min_fen=None, generation=None, seed=b"s" * 16, now=clock.now()
                )
            except SiyuError as error:
                if error.code not in ("conflict", "impossible_pot"):
                    raise

        @invariant()
        def the_money_adds_up(self) -> None:
            told = reports.report(self.campaign_id, clock.now())
            in_hands = told.drawn_fen - told.released_fen
            back = told.released_fen - told.reoffered_fen
            assert told.funded_fen == FUNDED == in_hands + told.remaining_fen + back
            assert min(in_hands, told.remaining_fen, back) >= 0
            assert told.drawn_fen == sum(self.amounts.values())
            assert told.paid_fen + told.released_fen <= told.drawn_fen
            # What is paid or may still be paid never exceeds what was put in.
            assert in_hands <= FUNDED

        def _draw(self, member_id: str, *, is_new: bool) -> None:
            participants.join(self.campaign_id, member_id, None, clock.now())
            try:
                drawn = drawing.draw(self.campaign_id, member_id, 1, clock.now())
            except SiyuError as error:
                # Who has drawn meets the packet again, however empty the pot is.
                if error.code != "pot_empty" or not is_new:
                    raise
                return
            assert self.amounts.setdefault(drawn.packet_id, drawn.amount_fen) == drawn.amount_fen
            assert self.packets.setdefault(member_id, drawn.packet_id) == drawn.packet_id

        def _deliver(self) -> None:
            now = clock.now()
            latest = repository.fresh(self.campaign_id, now)
            for generation in range(1, latest.generation + 1):
                for bucket in range(latest.at(generation).buckets):
                    image = pot_tables.find_bucket(pot_tables.bucket_key(self.campaign_id, generation, bucket))
                    for name in image.keys() - {"pk", "sk", "n"}:
                        share = {"generation": generation, "bucket": bucket, "index": image[name], "name": name}
                        packets.save_share(campaign_id=self.campaign_id, at=now, now=now, **share)

        def _settle(self, member_id: str) -> None:
            packet_id = self.packets[member_id]
            row = payouts.find(source="packet", source_id=packet_id, member_id=member_id)
            if row is None or row["st"] not in rules.ENDED or not packet_tables.find_packet(member_id, packet_id):
                return
            packets.complete(
                member_id=member_id,
                payout_id=row["sk"],
                attempt=row["attempt"],
                packet_id=packet_id,
                is_paid=row["st"] == rules.SUCCESS,
            )

    return Pot


def test_the_money_adds_up_after_every_step(
    make_campaign: Callable[..., Campaign], make_member: Callable[..., str]
) -> None:
    run_state_machine_as_test(
        machine_of(make_campaign, make_member),
        settings=settings(
            max_examples=3,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
