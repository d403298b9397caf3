"""A pot of many buckets under a crowd, in memory: every share drawn, no key too busy, late-comers nearly free."""

from __future__ import annotations

from chalicelib.campaigns.participants import names as participant_names
from tests.soak.simulation import Crowd, campaign_with, names_of


def test_every_share_is_drawn_when_as_many_come_as_there_are_shares(stack: str) -> None:
    campaign = campaign_with(5_000)
    crowd = Crowd(containers=40, a_second=5_000)

    told = crowd.draw(campaign, names_of(campaign.campaign_id, 5_000, participant_names.name_in_pot))

    assert (told.drawn, told.empty, told.repeated_elsewhere) == (5_000, 0, 0)
    seen = crowd.figures()
    assert seen.throttled == 0
    assert seen.largest_bytes <= 1_024
    # Two tries, a pin and a draw for those who search; one write for everybody else.
    assert seen.wru < 2 * 5_000


def test_late_comers_buy_no_writes_once_the_pot_is_known_to_be_drained(stack: str) -> None:
    campaign = campaign_with(5_000)
    crowd = Crowd(containers=40, a_second=5_000)
    people = names_of(campaign.campaign_id, 9_000, participant_names.name_in_pot)
    crowd.draw(campaign, people[:6_500])
    crowd.rest(5)
    crowd.draw(campaign, people[6_500:7_500])
    before = crowd.figures()

    told = crowd.draw(campaign, people[7_500:])

    assert (told.drawn, told.searching) == (0, 0)
    assert crowd.figures().wru == before.wru


def test_whoever_has_a_share_finds_it_again_by_any_container(stack: str) -> None:
    campaign = campaign_with(3_000)
    crowd = Crowd(containers=20, a_second=3_000)
    people = names_of(campaign.campaign_id, 3_000, participant_names.name_in_pot)
    seats = {
        name: finder.take(campaign, name, 0) for name, finder in zip(people[:2_000], crowd.finders * 100, strict=True)
    }

    again = {
        name: finder.take(campaign, name, 0)
        for name, finder in zip(people[:2_000], crowd.finders[::-1] * 100, strict=True)
    }

    assert all(seat is not None and seat.is_new for seat in seats.values())
    assert {name: seat and seat[:2] for name, seat in seats.items()} == {
        name: seat and seat[:2] for name, seat in again.items()
    }


def test_a_small_pot_under_ten_thousand_draws_a_second_is_saved_by_what_containers_remember(stack: str) -> None:
    campaign = campaign_with(500)
    crowd = Crowd(containers=300, a_second=10_000)

    told = crowd.draw(campaign, names_of(campaign.campaign_id, 20_000, participant_names.name_in_pot))

    assert (told.drawn, told.searching) == (500, 0)
    assert crowd.figures().throttled == 0
