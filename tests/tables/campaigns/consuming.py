"""What the event functions of campaigns do, called directly."""

from __future__ import annotations

from chalicelib.campaigns.invites import service as invites
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.kernel.clock import Millis


def grow(campaign: Campaign, participant_id: str) -> None:
    """Count a joining or an act."""
    invites.count_participant(campaign_id=campaign.campaign_id, participant_id=participant_id, now=clock.now())


def keep(campaign: Campaign, participant_id: str, draw_no: int = 1, *, ahead: Millis = 0) -> None:
    """What the consumer does with a drawn share; the stream's clock may be `ahead` of its own."""
    name = participant_names.name_in_pot(campaign.campaign_id, participant_id, draw_no)
    place = pot_finder.draw(campaign, name, clock.now())
    assert place is not None
    packets.save_share(
        campaign_id=campaign.campaign_id,
        generation=1,
        bucket=place.bucket,
        index=place.slot,
        name=name,
        at=clock.now() + ahead,
        now=clock.now(),
    )
