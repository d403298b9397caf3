"""Campaigns as this container knows them: read through a cache, read again before anybody is turned away."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.campaigns import rules, tables
from chalicelib.campaigns.pot.split import Pot
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.settings import settings

_MOST_CACHED: Final = 256
_cached: dict[str, tuple[Millis, Campaign]] = {}
_live: dict[str, tuple[Millis, list[str]]] = {}


def campaign(campaign_id: str, now: Millis) -> Campaign:
    """A campaign, at most `settings().cache_seconds` old; 404 when there is none."""
    until, found = _cached.get(campaign_id, (0, None))
    if found is not None and now < until:
        return found
    row = tables.find(campaign_id)
    if row is None:
        return fresh(campaign_id, now)
    found = of_row(row)
    remember(found, now)
    return found


def fresh(campaign_id: str, now: Millis) -> Campaign:
    """A campaign, read strongly; 404 when there is none."""
    row = tables.find(campaign_id, strong=True)
    if row is None:
        raise not_found("campaign", campaign_id)
    found = of_row(row)
    remember(found, now)
    return found


def remember(found: Campaign, now: Millis) -> None:
    """Answer with this version for a while."""
    if len(_cached) >= _MOST_CACHED:
        _cached.clear()
    _cached[found.campaign_id] = (now + settings().cache_seconds * 1000, found)


def live(now: Millis) -> list[Campaign]:
    """Campaigns in which acts and leavings may still change something, as this container knows them."""
    read_at, found = _live.get("ids", (0, []))
    if not read_at <= now < read_at + settings().cache_seconds * 1000:
        found = tables.live_ids()
        _live["ids"] = (now, found)
    return [campaign(campaign_id, now) for campaign_id in found]


def running(campaign_id: str, now: Millis) -> Campaign:
    """A campaign that people may take part in now; 409 `campaign_not_running`."""
    found = campaign(campaign_id, now)
    if rules.state_at(found, now) != "running":
        found = fresh(campaign_id, now)
    state = rules.state_at(found, now)
    if state != "running":
        raise SiyuError("campaign_not_running", f"The campaign is {state}, not running.")
    return found


def of_row(row: Item) -> Campaign:
    """A campaign's row as a value."""
    spec = msgspec.json.decode(row["spec"], type=Spec)
    pots = (spec.pot, *msgspec.json.decode(row.get("pots", "[]"), type=tuple[Pot, ...]))
    return Campaign(
        campaign_id=row["sk"],
        state=row["st"],
        version=row["version"],
        made_at=row["made_at"],
        spec=msgspec.structs.replace(spec, pot=pots[-1]),
        ended_at=row.get("ended_at"),
        earlier=pots[:-1],
    )
