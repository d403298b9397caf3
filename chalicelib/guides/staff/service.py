"""Staff: who they are by WeCom's word, what they may do, whose members they see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.brand import service as brand
from chalicelib.guides import service as guides
from chalicelib.guides import tables as guide_tables
from chalicelib.guides.bindings import rules as binding_rules
from chalicelib.guides.rosters import service as rosters
from chalicelib.guides.staff import tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item, Page

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom


def staff_of_code(code: str, wecom: WeCom) -> Item:
    """The staff row of whom WeCom's OAuth code names, with `userid`.

    401 `invalid_token` for a bad or used code, 403 `wrong_role` for somebody who is not staff here.
    """
    from chalicelib.wechat.errors import Refused, WeChatError

    try:
        visitor = wecom.user_of_code(code)
    except Refused as error:
        raise SiyuError("invalid_token", "WeCom refused the code: open the page again.", param="code") from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeCom gave no answer: open the page again.") from error
    found = tables.staff(visitor.userid) if visitor.userid else None
    if found is None:
        raise SiyuError("wrong_role", "You are not on the brand's staff list: ask an administrator.")
    return {**found, "userid": visitor.userid}


def set_role(userid: str, role: str, store_ids: Sequence[str]) -> Item:
    """What a staff member may do from their next login on: `guide`, `manager` of these stores, or `admin`.

    404 for an unknown store.
    """
    for store_id in store_ids:
        brand.get_store(store_id)
    return tables.put_role(userid, role, sorted(set(store_ids)))


def stores_of(userid: str) -> frozenset[str]:
    """The stores a manager answers for, as they are now: 1 RRU."""
    row = tables.staff(userid)
    return frozenset(row.get("stores") or ()) if row and row["role"] == "manager" else frozenset()


def guides_of_store(role: str, userid: str, store_id: str, limit: int, cursor: str | None) -> Page:
    """Guides of a store, for its manager or an admin; 404 for everybody else's store."""
    if role != "admin" and store_id not in stores_of(userid):
        raise not_found("store", store_id)
    rows, following = tables.guides_of_store(store_id, limit, cursor)
    found = guide_tables.guides_by_id(row["sk"] for row in rows)
    return [found[row["sk"]] for row in rows if row["sk"] in found], following


def guide_of_own_store(role: str, userid: str, guide_id: str) -> Item:
    """A guide in one of the manager's stores, or any guide for an admin; 404 for everybody else's."""
    guide = guides.get_guide(guide_id)
    if role != "admin" and guide.get("store_id") not in stores_of(userid):
        raise not_found("guide", guide_id)
    return guide


def member_seen_by(
    role: str, userid: str, guide_id: str, member_id: str, now: Millis
) -> tuple[Item, binding_rules.Binding | None]:
    """A member's profile and binding, for the guide who serves them, the manager of the store they are bound in, or
    an admin; 404 for everybody else's.
    """
    if role == "guide":
        return rosters.member_of_guide(guide_id, member_id, now)
    profile, binding = rosters.member_and_binding(member_id, now)
    if role == "admin" or (binding is not None and binding.store_id in stores_of(userid)):
        return profile, binding
    return rosters.member_of_guide(guide_id, member_id, now) if guide_id else _nobodys(member_id)


def _nobodys(member_id: str) -> tuple[Item, binding_rules.Binding | None]:
    raise not_found("member", member_id)
