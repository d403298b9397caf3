"""Campaigns as this container knows them: read through a cache, read again before anybody is turned away."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.campaigns import rules, tables
from chalicelib.campaigns.pot.split import Pot
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.cache import Cache
from chalicelib.runtime.dynamo import Item

_MOST_CACHED: Final = 256
_campaigns: Final[Cache[str, Campaign]] = Cache(_MOST_CACHED)
_live_ids: Final[Cache[None, list[str]]] = Cache(1)


def campaign(campaign_id: str, now: Millis) -> Campaign:
    """A campaign, at most `settings().cache_seconds` old; 404 when there is none."""
    return _campaigns.get(campaign_id, now, lambda: _read(campaign_id))


def fresh(campaign_id: str, now: Millis) -> Campaign:
    """A campaign, read strongly; 404 when there is none."""
    found = _read_strongly(campaign_id)
    remember(found, now)
    return found


def remember(found: Campaign, now: Millis) -> None:
    """Answer with this version for a while."""
    _campaigns.put(found.campaign_id, now, found)


def live(now: Millis) -> list[Campaign]:
    """Campaigns in which acts and leavings may still change something, as this container knows them."""
    return [campaign(campaign_id, now) for campaign_id in _live_ids.get(None, now, tables.live_ids)]


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


def _read(campaign_id: str) -> Campaign:
    # One that was made a moment ago may not be seen by a plain read.
    row = tables.find(campaign_id)
    return _read_strongly(campaign_id) if row is None else of_row(row)


def _read_strongly(campaign_id: str) -> Campaign:
    row = tables.find(campaign_id, strong=True)
    if row is None:
        raise not_found("campaign", campaign_id)
    return of_row(row)
