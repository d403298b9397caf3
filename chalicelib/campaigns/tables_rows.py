"""More of the campaigns' table: acts, the invite tree, what the fraud rules saw, gifts. Their writes stand beside."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.runtime import dynamo


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
    """A participant under who invited them. pk = `KIDS#<parent, or campaign id>#<shard>`, sk = participant id."""

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
    gone = NumberAttribute(null=True)
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
