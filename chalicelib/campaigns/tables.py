"""The writes and reads of campaigns themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.campaigns.models import (
    CampaignRow,
    Live,
)
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

CAMPAIGNS: Final = "CAMPAIGNS"


LIVE: Final = "LIVE"


PUBLISHED: Final = "published"


def create(campaign_id: str, fields: Item) -> Item:
    """A campaign, or the one that an earlier try with the same id made."""
    item = {"pk": CAMPAIGNS, "sk": campaign_id, **fields}
    outcome = dynamo.put_once(CampaignRow, item)
    return item if outcome.done else outcome.item


def find(campaign_id: str, *, strong: bool = False) -> Item | None:
    """A campaign's row."""
    return dynamo.get(CampaignRow, CAMPAIGNS, campaign_id, strong=strong)


def list_page(limit: int, cursor: str | None) -> Page:
    """Campaigns by age."""
    return dynamo.page(CampaignRow, CAMPAIGNS, limit=limit, cursor=cursor)


def every() -> Iterator[Item]:
    """All campaigns by age."""
    return dynamo.every(CampaignRow, CAMPAIGNS, page_size=100)


def step(campaign_id: str, sources: Sequence[str], target: str, ended_at: Millis | None = None) -> Outcome:
    """Take a campaign to another state. Of an operator's rival steps the first decides what the second meets."""
    states = {f":s{place}": state for place, state in enumerate(sources)}
    return dynamo.update(
        CampaignRow,
        CAMPAIGNS,
        campaign_id,
        "SET st = :to, version = version + :one" + (", ended_at = :at" if ended_at else ""),
        condition=f"st IN ({', '.join(states)})",
        values={**states, ":to": target, ":one": 1, **({":at": ended_at} if ended_at else {})},
        returns="ALL_NEW",
    )


def add_generation(campaign_id: str, version: int, pots: str) -> Outcome:
    """Offer a new generation of the pot: `pots` are all later ones; a campaign that had ended goes on.

    Of two that would offer the same money again the first changes the version that the second has seen.
    """
    return dynamo.update(
        CampaignRow,
        CAMPAIGNS,
        campaign_id,
        "SET pots = :pots, version = version + :one, st = :published REMOVE ended_at",
        condition="version = :seen",
        values={":pots": pots, ":seen": version, ":one": 1, ":published": PUBLISHED},
        returns="ALL_NEW",
    )


def add_live(campaign_id: str) -> None:
    """From now on acts may count in this campaign."""
    dynamo.put_once(Live, {"pk": LIVE, "sk": campaign_id})


def live_ids() -> list[str]:
    """Campaigns in which acts and leavings may still change something."""
    return [row["sk"] for row in dynamo.every(Live, LIVE)]


def drop_live(campaign_id: str) -> None:
    """Nothing can change in this campaign any more."""
    dynamo.delete(Live, LIVE, campaign_id)
