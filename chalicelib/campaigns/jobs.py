"""What the clock does to campaigns: an empty one ends early, a pot is split at the end, an old one is put aside."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns import repository, rules, service, tables
from chalicelib.campaigns.pot import split_at_end
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import DAY, HOUR, Millis
from chalicelib.runtime.observability import count

_LATE_NEWS: Final = 7 * DAY
"""So long after the last waiting period callbacks and refunds of the campaign's time may still be told."""


def tend(now: Millis) -> None:
    """Look at every campaign that is not put aside; doing it again changes nothing."""
    for campaign in repository.live(now):
        _tend(repository.fresh(campaign.campaign_id, now), now)


def is_given_away(campaign: Campaign) -> bool:
    """Whether every fen of the pot was drawn and paid: nothing can come back to be offered again."""
    told = reports.money(campaign)
    return told.funded_fen > 0 and told.paid_fen == told.funded_fen


def _tend(campaign: Campaign, now: Millis) -> None:
    if rules.state_at(campaign, now) == "running":
        if is_given_away(campaign):
            service.step_campaign(campaign.campaign_id, "end", now)
            count("CampaignEndedEmpty")
        return
    if campaign.state == rules.DRAFT or now < campaign.over_at:
        return
    split_at_end.split_when_over(campaign, now)
    if now > campaign.over_at + campaign.spec.waiting_hours * HOUR + _LATE_NEWS:
        tables.drop_live(campaign.campaign_id)
