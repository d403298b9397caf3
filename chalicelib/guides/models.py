"""The rows of the guides' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.runtime import dynamo


class Guide(dynamo.Row):
    """A shopping guide (导购). pk = `GUIDES`, sk = the guide's id."""

    class Meta:
        table_name = dynamo.TableName("guides")

    name = UnicodeAttribute()
    userid = UnicodeAttribute()
    store_id = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    config_id = UnicodeAttribute(null=True)
    qr_code = UnicodeAttribute(null=True)
    heir = UnicodeAttribute(null=True)
    heir_at = NumberAttribute(null=True)
    """Who took over when the guide left, and since when."""
    way_lease = NumberAttribute(null=True)
    """Until when somebody is making the contact way in WeCom, which would make a second one if asked twice."""
    created_at = NumberAttribute()


class Short(dynamo.Row):
    """What a short token in a state stands for. pk = `SHORT#<hex>`, sk = `SHORT`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    full = UnicodeAttribute()


class BindingRow(dynamo.Row):
    """A guide's claim on a member. pk = `BIND#<member_id>`, sk = `<at, 13 digits>#<guide_id>#<reason>`, all it says."""

    class Meta:
        table_name = dynamo.TableName("guides")

    st = UnicodeAttribute(null=True)


class PolicyRow(dynamo.Row):
    """A binding policy. pk = `POLICY`, sk = since when it decides, 13 digits."""

    class Meta:
        table_name = dynamo.TableName("guides")

    kind = UnicodeAttribute()
    days = NumberAttribute()
    groups = BooleanAttribute(null=True)


class Contact(dynamo.Row):
    """How a staff member and a customer stand in WeCom. pk = `CONTACT#<keyed hash>`, sk = the userid's key."""

    class Meta:
        table_name = dynamo.TableName("guides")

    rel = UnicodeAttribute()
    ct = NumberAttribute()
    by = UnicodeAttribute()
    xu = UnicodeAttribute()
    """The external_userid: messages need it."""


class RosterRow(dynamo.Row):
    """A member in a guide's list. pk = `ROSTER#<guide_id>#<shard>`, sk = the member's id.

    A projection: `seen` (how much was known) orders what bindings say of it, `fct` what contacts say.
    """

    class Meta:
        table_name = dynamo.TableName("guides")

    bound = BooleanAttribute(null=True)
    seen = NumberAttribute(null=True)
    bat = NumberAttribute(null=True)
    followed = BooleanAttribute(null=True)
    fct = NumberAttribute(null=True)
    c = UnicodeAttribute(null=True)
    """The contact: what stands in pk of its row."""


class Mark(dynamo.Row):
    """A callback that is safely on the queue. pk = `SEEN#<digest of its XML>`, sk = `SEEN`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    by = UnicodeAttribute()
    """The delivery that wrote it."""
    expires = NumberAttribute()


class Loss(dynamo.Row):
    """A contact that ended. pk = `LOST#<contact>`, sk = `<userid's key>#<second>`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    rel = UnicodeAttribute()
    moved = BooleanAttribute()
    """By a transfer: the customer went to a colleague."""
    told = BooleanAttribute(null=True)


class UnknownEvent(dynamo.Row):
    """A callback that nothing here understands yet. pk = `KEPT#<digest>`, sk = `KEPT`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    fields = JSONAttribute()
    expires = NumberAttribute()


class Staff(dynamo.Row):
    """Who a WeCom userid is to us. pk = `STAFF#<userid's key>`, sk = `STAFF`. One userid is one guide."""

    class Meta:
        table_name = dynamo.TableName("guides")

    role = UnicodeAttribute()
    guide_id = UnicodeAttribute(null=True)
    stores: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute, null=True)
    """The stores that a manager answers for."""


class StoreGuide(dynamo.Row):
    """A guide in a store's list. pk = `STORE#<store_id>`, sk = the guide's id."""

    class Meta:
        table_name = dynamo.TableName("guides")


class TransferJob(dynamo.Row):
    """One transfer (客户继承). pk = `TRANSFER#<transfer_id>`, sk = `JOB`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    src = UnicodeAttribute()
    dst = UnicodeAttribute()
    resigned = BooleanAttribute()
    asked = BooleanAttribute()
    """Whether every customer has been put before WeCom."""
    ended = BooleanAttribute()
    counts: MapAttribute[str, int] = MapAttribute()  # type: ignore[no-untyped-call]
    created_at = NumberAttribute()
    polled_at = NumberAttribute()


class OpenTransfer(dynamo.Row):
    """A transfer that has not ended. pk = `TRANSFERS#OPEN`, sk = its id."""

    class Meta:
        table_name = dynamo.TableName("guides")


class Handed(dynamo.Row):
    """One customer of a transfer. pk = `TRANSFER#<transfer_id>`, sk = `C#<contact>`, or `M#<member_id>` without WeCom.

    `st`: asked → waiting → done | failed.
    """

    class Meta:
        table_name = dynamo.TableName("guides")

    m = UnicodeAttribute()
    st = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    at = NumberAttribute()
    done_at = NumberAttribute(null=True)


class Awaited(dynamo.Row):
    """Which transfer a new contact may come from. pk = `HANDOVER#<contact>`, sk = the receiving userid's key."""

    class Meta:
        table_name = dynamo.TableName("guides")

    t = UnicodeAttribute()


class Way(dynamo.Row):
    """A shared code. pk = `WAYS`, sk = its id."""

    class Meta:
        table_name = dynamo.TableName("guides")

    name = UnicodeAttribute()
    place = UnicodeAttribute(null=True)
    """Where it hangs: the till, the door, a poster."""
    store_id = UnicodeAttribute(null=True)
    channel_id = UnicodeAttribute(null=True)
    turns: ListAttribute[MapAttribute[str, object]] = ListAttribute()
    """Who is behind it and when: `{"guide_id", "userid", "daily_cap", "hours"}` each."""
    backups: ListAttribute[MapAttribute[str, object]] = ListAttribute()
    state = UnicodeAttribute()
    config_id = UnicodeAttribute(null=True)
    qr_code = UnicodeAttribute(null=True)
    applied: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute, null=True)
    """The userids that WeCom has behind the code."""
    rev = NumberAttribute()
    lease = NumberAttribute(null=True)
    """Until when somebody is telling WeCom: two at once could leave the older list standing."""
    created_at = NumberAttribute()


class AddedToday(dynamo.Row):
    """Whom a guide got by a code on a day. pk = `ADDED#<way>#<YYYYMMDD>`, sk = the guide's id."""

    class Meta:
        table_name = dynamo.TableName("guides")

    s = UnicodeSetAttribute()
    expires = NumberAttribute()


class Group(dynamo.Row):
    """A group. pk = `GROUP#<chat_id>`, sk = `GROUP`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    owner = UnicodeAttribute()
    st = UnicodeAttribute()
    ct = NumberAttribute()


class GroupMember(dynamo.Row):
    """A customer in a group. pk = `GROUP#<chat_id>`, sk = `J#<contact>`. `jt`: joined, `lt`: seen gone, in seconds."""

    class Meta:
        table_name = dynamo.TableName("guides")

    jt = NumberAttribute()
    lt = NumberAttribute(null=True)


class CorpTag(dynamo.Row):
    """A tag of the corp or a group of them, as WeCom's events tell. pk = `CORP-TAG#<id>`, sk = `TAG`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    kind = UnicodeAttribute()
    st = UnicodeAttribute()
    ct = NumberAttribute()


MODELS: Sequence[type[dynamo.Row]] = (
    Guide,
    Short,
    BindingRow,
    PolicyRow,
    Contact,
    RosterRow,
    Mark,
    UnknownEvent,
    Loss,
    Staff,
    StoreGuide,
    TransferJob,
    OpenTransfer,
    Handed,
    Awaited,
    Way,
    AddedToday,
    Group,
    GroupMember,
    CorpTag,
)
