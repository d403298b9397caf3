"""Customer groups (客户群) of WeCom: whose they are, who joined when; and the corp's tags as WeCom tells of them."""

from __future__ import annotations

from chalicelib.guides.models import CorpTag, Group, GroupMember
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def put_group(chat_id: str, owner: str, state: str, at: int) -> None:
    """A group as an event tells of it; an older one changes nothing. Settles events out of order."""
    dynamo.update(
        Group,
        f"GROUP#{chat_id}",
        "GROUP",
        "SET #owner = :owner, st = :st, ct = :ct",
        condition="attribute_not_exists(ct) OR ct <= :ct",
        names={"#owner": "owner"},
        values={":owner": owner, ":st": state, ":ct": at},
    )


def members(chat_id: str) -> dict[str, Item]:
    """Everybody who was seen in a group, by contact; a group has 500 members at most."""
    rows = dynamo.every(GroupMember, f"GROUP#{chat_id}", prefix="J#")
    return {row["sk"].removeprefix("J#"): row for row in rows}


def put_joined(chat_id: str, contact: str, at: int) -> None:
    """A customer joined. Settles a repeat and an older event: the latest joining stands."""
    dynamo.update(
        GroupMember,
        f"GROUP#{chat_id}",
        f"J#{contact}",
        "SET jt = :at REMOVE lt",
        condition="attribute_not_exists(jt) OR jt < :at",
        values={":at": at},
    )


def put_left(chat_id: str, contact: str, at: int) -> None:
    """A customer is gone, unless they joined again since."""
    dynamo.update(
        GroupMember,
        f"GROUP#{chat_id}",
        f"J#{contact}",
        "SET lt = :at",
        condition="attribute_exists(pk) AND jt <= :at AND attribute_not_exists(lt)",
        values={":at": at},
    )


def put_corp_tag(tag_id: str, kind: str, state: str, at: int) -> None:
    """A tag as an event tells of it; an older one changes nothing."""
    dynamo.update(
        CorpTag,
        f"CORP-TAG#{tag_id}",
        "TAG",
        "SET kind = :kind, st = :st, ct = :ct",
        condition="attribute_not_exists(ct) OR ct < :ct",
        values={":kind": kind, ":st": state, ":ct": at},
    )
