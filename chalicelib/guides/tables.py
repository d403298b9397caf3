"""The guides' table: guides and staff, contact ways, bindings, contacts, and the rosters that guides read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.guides.group_tables import CorpTag, Group, GroupMember
from chalicelib.guides.staff_tables import Staff, StoreGuide
from chalicelib.guides.transfer_tables import Awaited, Handed, OpenTransfer, TransferJob
from chalicelib.guides.way_tables import AddedToday, Way
from chalicelib.kernel.clock import DAY, SECOND, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

LEASE: Final = 30 * SECOND
MARK_LIFETIME: Final = 2 * DAY
KEPT_LIFETIME: Final = 30 * DAY


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
    """One binding, never changed. pk = `BIND#<member_id>`, sk = its number in the order of writing, 6 digits."""

    class Meta:
        table_name = dynamo.TableName("guides")

    g = UnicodeAttribute()
    st = UnicodeAttribute(null=True)
    at = NumberAttribute()
    why = UnicodeAttribute()
    pol = UnicodeAttribute()
    prev = UnicodeAttribute(null=True)
    """The guide in force at `at` before this row."""
    cur = UnicodeAttribute()
    rep = UnicodeAttribute(null=True)
    """The current guide after and before this row."""


class PolicyRow(dynamo.Row):
    """The binding policy in force. pk = `POLICY`, sk = `BINDING`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    kind = UnicodeAttribute()
    days = NumberAttribute()
    groups = BooleanAttribute(null=True)


class Contact(dynamo.Row):
    """How a staff member and a customer stand in WeCom. pk = `CONTACT#<keyed hash>`, sk = the userid."""

    class Meta:
        table_name = dynamo.TableName("guides")

    rel = UnicodeAttribute()
    ct = NumberAttribute()
    by = UnicodeAttribute()
    xu = UnicodeAttribute()
    """The external_userid: messages need it."""


class RosterRow(dynamo.Row):
    """A member in a guide's list. pk = `ROSTER#<guide_id>#<shard>`, sk = the member's id.

    A projection: `seq` orders what bindings say of it, `fct` what contacts say.
    """

    class Meta:
        table_name = dynamo.TableName("guides")

    bound = BooleanAttribute(null=True)
    seq = NumberAttribute(null=True)
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
    """A contact that ended. pk = `LOST#<contact>`, sk = `<userid>#<second>`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    rel = UnicodeAttribute()
    moved = BooleanAttribute()
    """By a transfer: the customer went to a colleague."""
    told = BooleanAttribute(null=True)


class KeptEvent(dynamo.Row):
    """A callback that nothing here understands yet. pk = `KEPT#<digest>`, sk = `KEPT`."""

    class Meta:
        table_name = dynamo.TableName("guides")

    fields = JSONAttribute()
    expires = NumberAttribute()


def create_guide(guide_id: str, fields: Item) -> Item:
    """Write a guide, or answer what an earlier try with the same id wrote."""
    item = {"pk": "GUIDES", "sk": guide_id, **fields}
    outcome = dynamo.put_once(Guide, item)
    return item if outcome.done else outcome.item


def guide(guide_id: str) -> Item | None:
    """A guide's row."""
    return dynamo.get(Guide, "GUIDES", guide_id)


def guides_page(limit: int, cursor: str | None) -> Page:
    """Guides in the order of their ids."""
    return dynamo.query(Guide, "GUIDES", limit=limit, cursor=cursor)


def put_heir(guide_id: str, heir_id: str, now: Millis) -> Item:
    """Who took over from a guide who left: the moment is that of the first time, the person that of the last."""
    return dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET heir = :heir, heir_at = if_not_exists(heir_at, :now)",
        values={":heir": heir_id, ":now": now},
        returns="ALL_NEW",
    ).item


def lease_way(guide_id: str, now: Millis) -> Outcome:
    """Done for the one who may ask WeCom for the contact way now.

    Settles two tries at once, each of which would get a code of its own: the second waits out the lease.
    """
    return dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET way_lease = :until",
        condition="attribute_not_exists(config_id) AND (attribute_not_exists(way_lease) OR way_lease <= :now)",
        values={":until": now + LEASE, ":now": now},
        returns="ALL_NEW",
    )


def end_lease(guide_id: str) -> None:
    """Let the next try begin at once: this one was refused and made nothing."""
    dynamo.update(Guide, "GUIDES", guide_id, "REMOVE way_lease")


def keep_way(guide_id: str, config_id: str, qr_code: str) -> Item:
    """The contact way that WeCom made; the first stands, for it may be printed."""
    outcome = dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET config_id = :config, qr_code = :qr REMOVE way_lease",
        condition="attribute_not_exists(config_id)",
        values={":config": config_id, ":qr": qr_code},
        returns="ALL_NEW",
    )
    return outcome.item


def keep_short(short: str, full: str) -> None:
    """Remember what a short token stands for."""
    dynamo.put_once(Short, {"pk": f"SHORT#{short}", "sk": "SHORT", "full": full})


def full_of(short: str) -> str | None:
    """What a short token stands for."""
    found = dynamo.get(Short, f"SHORT#{short}", "SHORT")
    return str(found["full"]) if found else None


MODELS: Sequence[type[dynamo.Row]] = (
    Guide,
    Short,
    BindingRow,
    PolicyRow,
    Contact,
    RosterRow,
    Mark,
    KeptEvent,
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
