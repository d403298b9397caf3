"""The campaigns' table: its entities, and the writes on campaigns and participants.

Those on pots stand in tables_pot.py, those on packets and counters in tables_packets.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.campaigns.tables_rows import Act, Child, Deep, Gift, Inviter, Seen, SplitAtEnd, UnderReview, Used
from chalicelib.campaigns.tables_sweep import Swept
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item, Outcome, Page

CAMPAIGNS: Final = "CAMPAIGNS"
LIVE: Final = "LIVE"
SELF: Final = "SELF"
PUBLISHED: Final = "published"
_KEYS_A_CALL: Final = 100


class CampaignRow(dynamo.Row):
    """A campaign (活动). pk = `CAMPAIGNS`, sk = campaign id. Read through a cache: never hot."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    st = UnicodeAttribute()
    version = NumberAttribute()
    made_at = NumberAttribute()
    spec = UnicodeAttribute()
    """The offer as JSON, immutable."""
    pots = UnicodeAttribute(null=True)
    """Later generations of the pot as JSON: money that came back and is offered again."""
    ended_at = NumberAttribute(null=True)
    """When it was ended before its time."""


class Live(dynamo.Row):
    """A campaign that acts and leavings can still change something in. pk = `LIVE`, sk = campaign id."""

    class Meta:
        table_name = dynamo.TableName("campaigns")


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
    conv = NumberAttribute(null=True)
    """Present when the act is part of the level counts."""
    told = NumberAttribute(null=True)
    """Present when this invite is part of the inviter's count."""
    gone = NumberAttribute(null=True)
    """Present when the leaving is part of the inviter's count."""
    left_at = NumberAttribute(null=True)
    """When they left or gave back within the waiting period."""
    dev = UnicodeAttribute(null=True)
    adr = UnicodeAttribute(null=True)
    """Keyed digests of the device and the address of joining; none for a trusted address."""
    checked = NumberAttribute(null=True)
    """When the fraud rules were asked last."""
    review = UnicodeAttribute(null=True)
    """The rule that put them under review, and its inputs, as JSON."""
    ruled = UnicodeAttribute(null=True)
    """What an operator decided: release or reject."""
    twins = UnicodeSetAttribute(null=True)
    """Participants of the same person, whose profiles were merged after they had joined."""


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
    """waiting or held (under review) → open → paid | released."""
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


def join(participant_id: str, fields: Item) -> Outcome:
    """The participant, once: a second joining, whatever its invite, meets the first one's parent."""
    return dynamo.put_once(Participant, {"pk": participant_id, "sk": SELF, **fields})


def find_participant(participant_id: str, *, strong: bool = False) -> Item | None:
    """A participant."""
    return dynamo.get(Participant, participant_id, SELF, strong=strong)


def keep_live(campaign_id: str) -> None:
    """From now on acts may count in this campaign."""
    dynamo.put_once(Live, {"pk": LIVE, "sk": campaign_id})


def live_ids() -> list[str]:
    """Campaigns in which acts and leavings may still change something."""
    return [row["sk"] for row in dynamo.query(Live, LIVE, limit=1_000).items]


def drop_live(campaign_id: str) -> None:
    """Nothing can change in this campaign any more."""
    client("dynamodb").delete_item(
        TableName=Live.Meta.table_name, Key=dynamo.pack_item({"pk": LIVE, "sk": campaign_id})
    )


def find_participants(participant_ids: Sequence[str]) -> dict[str, Item]:
    """Participants by id, a hundred a call, 0.5 RRU each."""
    table = Participant.Meta.table_name
    found: dict[str, Item] = {}
    for start in range(0, len(participant_ids), _KEYS_A_CALL):
        wanted = [{"pk": {"S": key}, "sk": {"S": SELF}} for key in participant_ids[start : start + _KEYS_A_CALL]]
        while wanted:
            answer = client("dynamodb").batch_get_item(RequestItems={table: {"Keys": wanted}})
            items = (dynamo.unpack_item(item) for item in answer["Responses"].get(table, []))
            found |= {item["pk"]: item for item in items}
            wanted = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


MODELS: Sequence[type[dynamo.Row]] = (
    CampaignRow,
    Live,
    Participant,
    Bucket,
    Pin,
    Packet,
    Due,
    Counter,
    Act,
    Used,
    Child,
    Inviter,
    Deep,
    Seen,
    UnderReview,
    Gift,
    SplitAtEnd,
    Swept,
)
