"""Hundreds of people in one tree (thousands in `make soak`), joined and counted by several hands."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.campaigns.invites import queries as invite_queries
from chalicelib.campaigns.invites import tables as invite_tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.participants.names import Invite, place_below
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.runtime.dynamo import Item
from tests.sizes import size

PEOPLE = size(300, soak=2_000)


@pytest.mark.soak
def test_a_crowd_is_counted_by_level_and_found_in_the_tree(
    make_campaign: Callable[..., Campaign],
) -> None:
    campaign = make_campaign()
    rows = _people(campaign)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_join_and_count, rows))
    for row in rows[:50]:
        _join_and_count(row)

    report = reports.report(campaign.campaign_id, clock.now())
    assert report.participants == PEOPLE
    assert report.by_depth == dict(sorted(Counter(row["depth"] for row in rows).items()))
    assert {chain.depth for chain in report.deepest_chains} <= {max(report.by_depth)}
    for root in (None, *(row["pk"] for row in rows[:60])):
        assert sorted(_listed(campaign, root)) == sorted(row["pk"] for row in rows if row.get("parent_id") == root)


def _people(campaign: Campaign) -> list[Item]:
    """A chain of 40 levels, and everybody else under somebody who was there before."""
    chance = random.Random(7)
    rows: list[Item] = []
    for place in range(PEOPLE):
        above = None if place in (0, 41, 42) else rows[place - 1 if place <= 40 else chance.randrange(place)]
        own = participant_names.participant_id(campaign.campaign_id, secrets.token_hex(8))
        parent_id, depth = place_below(own, Invite(above["pk"], above["depth"]) if above else None)
        row = {"pk": own, "campaign_id": campaign.campaign_id, "member_id": f"mbr_{place}", "depth": depth}
        rows.append({**row, "joined_at": clock.now(), **({"parent_id": parent_id} if parent_id else {})})
    return rows


def _join_and_count(row: Item) -> None:
    fields = {name: value for name, value in row.items() if name != "pk"}
    participant_tables.join(row["pk"], fields)
    invite_tables.count_joining(row)
    invite_tables.record_depth(row["campaign_id"], row["depth"], row["pk"])


def _listed(campaign: Campaign, root: str | None) -> list[str]:
    """Everybody right below, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        nodes, cursor = invite_queries.tree(campaign.campaign_id, root, 200, cursor, clock.now())
        found += [node.participant_id for node in nodes]
        if cursor is None:
            return found
