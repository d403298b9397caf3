"""Who a WeCom userid is to us, and which guides a store has."""

from __future__ import annotations

from chalicelib.guides.models import Staff, StoreGuide
from chalicelib.kernel.text import userid_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page


def claim_userid(userid: str, guide_id: str) -> str:
    """The guide that this userid is from now on; a manager or admin stays one.

    Settles two guides made for one userid: the first stands.
    """
    outcome = dynamo.update(
        Staff,
        _pk(userid),
        "STAFF",
        "SET guide_id = :guide, #role = if_not_exists(#role, :role)",
        condition="attribute_not_exists(guide_id)",
        names={"#role": "role"},
        values={":guide": guide_id, ":role": "guide"},
    )
    return guide_id if outcome.done else str(outcome.item["guide_id"])


def staff(userid: str) -> Item | None:
    """The staff row of a userid."""
    return dynamo.get(Staff, _pk(userid), "STAFF", strong=True)


def put_role(userid: str, role: str, stores: list[str]) -> Item:
    """What a userid may do; the last writer's word stands."""
    return dynamo.update(
        Staff,
        _pk(userid),
        "STAFF",
        "SET #role = :role, stores = :stores",
        names={"#role": "role"},
        values={":role": role, ":stores": stores},
        returns="ALL_NEW",
    ).item


def put_in_store(store_id: str, guide_id: str) -> None:
    """Put a guide on a store's list."""
    dynamo.put_once(StoreGuide, {"pk": f"STORE#{store_id}", "sk": guide_id})


def guides_of_store(store_id: str, limit: int, cursor: str | None) -> Page:
    """Guides of a store in the order of their ids, which stand in `sk`."""
    return dynamo.page(StoreGuide, f"STORE#{store_id}", limit=limit, cursor=cursor)


def _pk(userid: str) -> str:
    return f"STAFF#{userid_key(userid)}"
