"""Money that came back: offered again as a whole, once, and only when everything offered before is drawn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.campaigns import repository
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.packets.drawing import Drawn
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.pot import generations
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.kernel.errors import SiyuError

MakeCampaign = Callable[..., Campaign]
SEED = b"s" * 16


def draw(campaign: Campaign, member_id: str) -> Drawn | str:
    """The packet, or the code of the refusal."""
    try:
        return drawing.draw(campaign.campaign_id, member_id, 1, clock.now())
    except SiyuError as error:
        return error.code


def deliver(campaign: Campaign) -> None:
    """What stream and queue do: every drawn share of every generation becomes a packet."""
    now = clock.now()
    latest = repository.fresh(campaign.campaign_id, now)
    for generation in range(1, latest.generation + 1):
        for bucket in range(latest.at(generation).buckets):
            image = pot_tables.find_bucket(pot_tables.bucket_key(campaign.campaign_id, generation, bucket))
            for name in image.keys() - {"pk", "sk", "n"}:
                share = {"generation": generation, "bucket": bucket, "index": image[name], "name": name}
                packets.save_share(campaign_id=campaign.campaign_id, at=now, now=now, **share)


def release(campaign: Campaign, member_id: str, drawn: Drawn) -> None:
    """The payee never took it."""
    packet = packet_tables.find_packet(member_id, drawn.packet_id)
    assert packet is not None
    packet_tables.end(packet, packet_tables.RELEASED)


def offer(campaign: Campaign, shares: int, generation: int | None = None) -> Campaign:
    return generations.offer_again(
        campaign.campaign_id, shares=shares, min_fen=None, generation=generation, seed=SEED, now=clock.now()
    )


def balance(campaign: Campaign) -> int:
    """I2: drawn + remaining + released-not-reoffered − funded, where what came back is not drawn any more."""
    told = reports.report(campaign.campaign_id, clock.now())
    drawn = told.drawn_fen - told.released_fen
    return drawn + told.remaining_fen + (told.released_fen - told.reoffered_fen) - told.funded_fen


@pytest.fixture
def drained(make_campaign: MakeCampaign, make_member: Callable[..., str]) -> tuple[Campaign, list[tuple[str, Drawn]]]:
    """Four lucky shares of 8 yuan, drawn by four members."""
    campaign = make_campaign(total_fen=800, shares=4)
    drawn = []
    for _ in range(4):
        member_id = make_member()
        participants.join(campaign.campaign_id, member_id, None, clock.now())
        found = draw(campaign, member_id)
        assert isinstance(found, Drawn)
        drawn.append((member_id, found))
    deliver(campaign)
    return campaign, drawn


def test_what_came_back_is_drawn_by_others_to_the_fen(drained: Any, make_member: Callable[..., str]) -> None:
    campaign, drawn = drained
    for member_id, found in drawn[:2]:
        release(campaign, member_id, found)
    back = sum(found.amount_fen for _, found in drawn[:2])

    made = offer(campaign, 2)
    late = [make_member() for _ in range(3)]
    for member_id in late:
        participants.join(campaign.campaign_id, member_id, None, clock.now())
    answers = [draw(campaign, member_id) for member_id in late]
    deliver(campaign)

    assert (made.generation, made.spec.pot.total_fen, made.funded_fen) == (2, back, 800)
    assert sum(found.amount_fen for found in answers if isinstance(found, Drawn)) == back
    assert answers[2] == "pot_empty"
    told = reports.report(campaign.campaign_id, clock.now())
    assert (told.drawn_fen, told.remaining_fen, told.reoffered_fen) == (800 + back, 0, back)
    assert balance(campaign) == 0


def test_who_has_drawn_meets_the_same_packet_in_a_later_generation(drained: Any) -> None:
    campaign, drawn = drained
    member_id, found = drawn[0]
    release(campaign, member_id, found)
    offer(campaign, 1)

    again = draw(campaign, member_id)

    assert isinstance(again, Drawn)
    assert (again.packet_id, again.amount_fen) == (found.packet_id, found.amount_fen)
    assert reports.report(campaign.campaign_id, clock.now()).remaining_fen == found.amount_fen


def test_nothing_is_offered_again_while_shares_are_left(
    make_campaign: MakeCampaign, make_member: Callable[..., str]
) -> None:
    campaign = make_campaign(total_fen=800, shares=4)

    with pytest.raises(SiyuError) as error:
        offer(campaign, 1)

    assert error.value.code == "conflict"


def test_nothing_that_came_back_is_nothing_to_offer(drained: Any) -> None:
    with pytest.raises(SiyuError) as error:
        offer(drained[0], 1)

    assert error.value.code == "conflict"


def test_the_same_money_is_offered_once_by_many_operators_at_once(drained: Any) -> None:
    campaign, drawn = drained
    for member_id, found in drawn[1:]:
        release(campaign, member_id, found)

    def ask(_: int) -> str:
        try:
            return str(offer(campaign, 2, generation=2).generation)
        except SiyuError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))

    assert answers <= {"2", "conflict"}
    told = reports.report(campaign.campaign_id, clock.now())
    assert told.reoffered_fen == told.released_fen == told.remaining_fen
    assert balance(campaign) == 0


def test_what_comes_back_of_a_second_generation_makes_a_third(drained: Any, make_member: Callable[..., str]) -> None:
    campaign, drawn = drained
    release(campaign, *drawn[0])
    offer(campaign, 1, generation=2)
    member_id = make_member()
    participants.join(campaign.campaign_id, member_id, None, clock.now())
    second = draw(campaign, member_id)
    assert isinstance(second, Drawn)
    with pytest.raises(SiyuError):
        offer(campaign, 1, generation=3)
    deliver(campaign)
    release(campaign, member_id, second)

    third = offer(campaign, 1, generation=3)

    assert (third.generation, third.spec.pot.total_fen) == (3, drawn[0][1].amount_fen)
    assert offer(campaign, 5, generation=2).generation == 3
    assert balance(campaign) == 0


def test_a_pot_that_can_not_be_split_is_refused_and_changes_nothing(drained: Any) -> None:
    campaign, drawn = drained
    release(campaign, *drawn[0])

    with pytest.raises(SiyuError) as error:
        offer(campaign, 500)

    assert error.value.code == "impossible_pot"
    assert repository.fresh(campaign.campaign_id, clock.now()).generation == 1
