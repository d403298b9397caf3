"""The rows of the campaigns' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.runtime import dynamo


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
    invitees = UnicodeSetAttribute(null=True)
    """Valid invitees, as many as can still earn something."""
    joining_counted = NumberAttribute(null=True)
    """Present when this joining is part of the level counts."""
    act_counted = NumberAttribute(null=True)
    """Present when the act is part of the level counts."""
    invite_counted = NumberAttribute(null=True)
    """Present when this invite is part of the inviter's count."""
    leaving_counted = NumberAttribute(null=True)
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
    merged_with = UnicodeSetAttribute(null=True)
    """Participants of the same person, whose profiles were merged after they had joined."""
    openid = UnicodeAttribute(null=True)
    """Of the session that joined: who is paid. A draw by another session is in `payee` + the draw's number."""


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
    """waiting or held (under review) → asked | released; asked → paid | released, as its payout ends."""
    campaign_id = UnicodeAttribute()
    participant_id = UnicodeAttribute()
    generation = NumberAttribute()
    draw_no = NumberAttribute()
    amount_fen = NumberAttribute()
    made_at = NumberAttribute()
    due_at = NumberAttribute()
    openid = UnicodeAttribute(null=True)
    """Who is paid, until the packet has ended."""


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


class Act(dynamo.Row):
    """The counted act of somebody who may not have joined yet. pk = participant id, sk = `ACT`."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    k = UnicodeAttribute()
    """What was done: a code, a guide, an order."""
    at = NumberAttribute(null=True)
    lt = NumberAttribute(null=True)
    """When it was undone."""


class Used(dynamo.Row):
    """Whose act a code is in a campaign. pk = `USED#<campaign>#<code>`, sk = `USED`."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    p = UnicodeAttribute()


class Child(dynamo.Row):
    """A participant under who invited them. pk = `INVITEES#<parent, or campaign id>#<shard>`, sk = participant id."""

    class Meta:
        table_name = dynamo.TableName("campaigns")


class TopInviters(GlobalSecondaryIndex["Inviter"]):  # type: ignore[no-untyped-call]
    """Inviters by the number of their valid invites."""

    class Meta:
        index_name = "top-inviters"
        projection = KeysOnlyProjection()

    tk = UnicodeAttribute(hash_key=True)
    n = NumberAttribute(range_key=True)


class Inviter(dynamo.Row):
    """All valid invites of a person, also beyond those that stand on their row. pk = `INV#<participant id>`, sk = `I`.

    A key of its own for each inviter; the index key `tk` = `TOP#<campaign>#<shard>`.
    """

    class Meta:
        table_name = dynamo.TableName("campaigns")

    tk = UnicodeAttribute()
    n = NumberAttribute()
    leavings = NumberAttribute(null=True)
    """Invitees who left within the waiting period."""
    top = TopInviters()


class Deep(dynamo.Row):
    """The first who reached a depth. pk = `DEEP#<campaign>`, sk = depth, 5 digits."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    p = UnicodeSetAttribute()


class Seen(dynamo.Row):
    """Who showed a trait (device, address and hour, identity). pk = `SEEN#<campaign>#<kind>#<digest>`, sk = `S`."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    p = UnicodeSetAttribute()


class UnderReview(dynamo.Row):
    """A participant under review, for the list. pk = `REVIEW#<campaign>`, sk = participant id."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    review = UnicodeAttribute()


class Gift(dynamo.Row):
    """A gift of a tier that was reached. pk = `GIFT#<campaign>`, sk = participant id + `#` + the tier's invites.

    `st`: reached → claimed → shipped, or revoked.
    """

    class Meta:
        table_name = dynamo.TableName("campaigns")

    st = UnicodeAttribute()
    gift = UnicodeAttribute()
    at = NumberAttribute()
    ship = BinaryAttribute(legacy_encoding=False, null=True)
    """Name, phone and address, encrypted."""
    parcel = UnicodeAttribute(null=True)


class SplitAtEnd(dynamo.Row):
    """Among how many people a pot is split at its end. pk = `SPLIT#<campaign>`, sk = `S`. Never changes."""

    class Meta:
        table_name = dynamo.TableName("campaigns")

    n = NumberAttribute()
    at = NumberAttribute()


class Swept(dynamo.Row):
    """Shares whose money has arrived or come back. pk = `SWEEP#<campaign>#<generation>#<block>`, sk = `S`.

    One attribute for each of the block's buckets, `b` + its number: a bit for every share, the first one lowest.
    """

    class Meta:
        table_name = dynamo.TableName("campaigns")


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
