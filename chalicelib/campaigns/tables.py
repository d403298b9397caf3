"""The campaigns' table: its entities, and the writes on campaigns and participants.

Those on pots stand in tables_pot.py, those on packets and counters in tables_packets.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

CAMPAIGNS: Final = "CAMPAIGNS"
SELF: Final = "SELF"


class CampaignRow(dynamo.Row):
    """A campaign (活动). pk = `CAMPAIGNS`, sk = campaign id. Read through a cache: never hot."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    st = UnicodeAttribute()
    version = NumberAttribute()
    made_at = NumberAttribute()
    spec = UnicodeAttribute()
    """The offer as JSON, immutable."""


class Participant(dynamo.Row):
    """A member in a campaign (参与者). pk = participant id, sk = `SELF`."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    campaign_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    parent_id = UnicodeAttribute(null=True)
    """Who invited, set once at joining."""
    depth = NumberAttribute()
    joined_at = NumberAttribute()
    acted_at = NumberAttribute(null=True)
    """When the counted act was done."""
    kids = UnicodeSetAttribute(null=True)
    """Valid invitees, as many as can still earn something."""
    counted = NumberAttribute(null=True)
    """Present when this joining is part of the level counts."""
    review = UnicodeAttribute(null=True)
    """Present while under review."""


class Bucket(dynamo.Row):
    """Shares of a pot. pk = `P#<campaign>#<generation>#<bucket>`, sk = `B`.

    `n` shares are drawn; one attribute per draw, its name from `names.name_in_pot`, its value the share's place.
    Once full it never changes again: no draw is taken back, n never falls.
    """

    class Meta:
        table_name = dynamo.TableName("campaigns")

    n = NumberAttribute()


class Pin(dynamo.Row):
    """The bucket in which a draw settles when both of its hashed ones are full. pk = `D#` + pot + name, sk = `D`."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    b = NumberAttribute()


class Packet(dynamo.Row):
    """A drawn share on its way to a person (红包). pk = `MBR#` + member id, sk = packet id."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    st = UnicodeAttribute()
    """waiting → open → paid | released."""
    campaign_id = UnicodeAttribute()
    participant_id = UnicodeAttribute()
    generation = NumberAttribute()
    draw_no = NumberAttribute()
    amount_fen = NumberAttribute()
    made_at = NumberAttribute()
    due_at = NumberAttribute()


class Due(dynamo.Row):
    """A packet in its waiting period. pk = `DUE#<shard>`, sk = due time, 13 digits of ms + `#` + packet id."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    member_id = UnicodeAttribute()


class Counter(dynamo.Row):
    """Folded numbers of a campaign. pk = `CNT#<campaign>#<shard>`, sk = `MONEY` or `LEVELS#<block of 64 depths>`.

    Each addition stands in one transaction with the mark that says it was made: redelivery counts nothing twice.
    """

    class Meta:
        table_name = dynamo.TableName("campaigns")


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
    return dynamo.query(CampaignRow, CAMPAIGNS, limit=limit, cursor=cursor)


def step(campaign_id: str, sources: Sequence[str], target: str) -> Outcome:
    """Take a campaign to another state. Of an operator's rival steps the first decides what the second meets."""
    states = {f":s{place}": state for place, state in enumerate(sources)}
    return dynamo.update(
        CampaignRow,
        CAMPAIGNS,
        campaign_id,
        "SET st = :to, version = version + :one",
        condition=f"st IN ({', '.join(states)})",
        values={**states, ":to": target, ":one": 1},
        returns="ALL_NEW",
    )


def join(participant_id: str, fields: Item) -> Outcome:
    """The participant, once: a second joining, whatever its invite, meets the first one's parent."""
    return dynamo.put_once(Participant, {"pk": participant_id, "sk": SELF, **fields})


def find_participant(participant_id: str, *, strong: bool = False) -> Item | None:
    """A participant."""
    return dynamo.get(Participant, participant_id, SELF, strong=strong)


def add_kid(participant_id: str, kid: str, cap: int) -> bool:
    """Note a valid invitee; a set, so that telling it twice counts once. False when no more can matter."""
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "ADD kids :kids",
        # Invitees of one person arrive together: only as many as can earn are kept, the item stays small.
        condition="attribute_exists(pk) AND (attribute_not_exists(kids) OR size(kids) < :cap)",
        values={":kids": {kid}, ":cap": cap},
        returns="NONE",
    ).done


MODELS: Sequence[type[dynamo.Row]] = (CampaignRow, Participant, Bucket, Pin, Packet, Due, Counter)
