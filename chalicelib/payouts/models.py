"""The rows of payouts' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.runtime import dynamo


class Pause(dynamo.Row):
    """Payouts are paused. pk = `RAIL`, sk = `PAUSE`; no row, no pause."""

    class Meta:
        table_name = dynamo.TableName("payouts")

    since = NumberAttribute(null=True)
    why = UnicodeAttribute(null=True)
    member_id = UnicodeAttribute(null=True)
    payout_id = UnicodeAttribute(null=True)
    """The payout at which WeChat Pay failed: the one to try again first. None when an operator paused."""


class Faults(dynamo.Row):
    """How often WeChat Pay failed in a minute. pk = `RAIL`, sk = `FAULTS#` + the minute since 1970."""

    class Meta:
        table_name = dynamo.TableName("payouts")

    n = NumberAttribute()
    expires = NumberAttribute()
    """Seconds since 1970, for DynamoDB's TTL; nobody reads a past minute."""


class Owner(dynamo.Row):
    """Whose a payout is, for ever. pk = payout id, sk = `OWNER`.

    Written first: the same cause can never pay two people, and a notification finds its payout by it.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    member_id = UnicodeAttribute()


class FollowUp(dynamo.Row):
    """When to look at a payout that may still be open. pk = `LOOK#` + shard, sk = due in 13 digits + `#` + payout id.

    One stands for every payout that has not ended, from before the payout is written. The reconciler reads what is
    due and nothing else, however many wait for their payees.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    member_id = UnicodeAttribute()
    since = NumberAttribute()


class OperatorAction(dynamo.Row):
    """A payout that an operator must see. pk = `TROUBLE#` + kind, sk = payout id.

    The payout itself says whether it is still so.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    member_id = UnicodeAttribute()
    at = NumberAttribute()


class Payout(dynamo.Row):
    """A payment to a person. pk = `MBR#` + member id, sk = payout id, so that a person's are one query.

    At most 1 KB with a bill whose texts are as long as WeChat Pay allows.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    st = UnicodeAttribute()
    """RESERVED → SENDING → WAIT_CONFIRM → SUCCESS | FAILED; FAILED → RESERVED (next attempt) | RELEASED."""
    amount_fen = NumberAttribute()
    attempt = NumberAttribute()
    src = UnicodeAttribute()
    src_id = UnicodeAttribute()
    bill = UnicodeAttribute()
    """What WeChat Pay is asked for, frozen when the payout was made."""
    made_at = NumberAttribute()
    sent_at = NumberAttribute(null=True)
    package_info = UnicodeAttribute(null=True)
    confirm_before = NumberAttribute(null=True)
    ended_at = NumberAttribute(null=True)
    why = UnicodeAttribute(null=True)
    needs = UnicodeAttribute(null=True)
    """Present while the payee's real name is asked for: nothing is sent."""
    sealed_name = UnicodeAttribute(null=True)
    """The payee's real name, encrypted, until the payout has ended."""
    refused = UnicodeAttribute(null=True)
    refused_at = NumberAttribute(null=True)
    """Why and when WeChat Pay refused this attempt: only an operator lets it be asked again."""
    lost = NumberAttribute(null=True)
    """Present when this attempt is being cancelled because nobody can confirm it."""


MODELS: Sequence[type[dynamo.Row]] = (Payout, Owner, FollowUp, OperatorAction, Pause, Faults)
