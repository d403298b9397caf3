"""Use cases of guides: make one, bind members to them, show them their members."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from chalicelib.brand import service as brand
from chalicelib.guides import binding_tables, contact_tables, kept, rules, short_tokens, tables
from chalicelib.guides.rules import Binding as Binding
from chalicelib.guides.rules import Policy
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.tokens import BadToken
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.observability import count
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom

_TRIES: Final = 8


class UnknownStaff(SiyuError):
    """422 `refused`: WeCom does not know the userid."""


def create_guide(guide_id: str, *, name: str, userid: str, store_id: str | None, now: Millis) -> Item:
    """A guide's row, before anything is asked of WeCom; 409 `already_exists` when the userid is another guide.

    404 for an unknown store. With the id of an earlier try: what that try wrote.
    """
    if store_id is not None:
        brand.get_store(store_id)
    if tables.claim_userid(userid, guide_id) != guide_id:
        raise SiyuError("already_exists", "This userid is a guide already: see GET /admin/guides.", param="userid")
    tables.keep_short(short_tokens.short_guide(guide_id), guide_id)
    if store_id is not None:
        tables.keep_short(short_tokens.short_store(store_id), store_id)
    state = short_tokens.state_of(guide_id, store_id, app_secrets().token_key)
    fields = {"name": name, "userid": userid, "store_id": store_id, "state": state, "created_at": now}
    return tables.create_guide(guide_id, fields)


def open_contact_way(guide_id: str, wecom: WeCom, now: Millis) -> Item:
    """The guide with a contact way (渠道活码), made in WeCom unless there is one: its printed picture is for ever.

    409 `conflict` while another try is at it; 422 `refused` when WeCom says no (41054: not activated, no real name).
    After a lost answer the next try waits out a lease of 30 s and may leave an unused way behind in WeCom.
    """
    leased = tables.lease_way(guide_id, now)
    if not leased.done:
        if leased.item.get("config_id"):
            return leased.item
        raise SiyuError("conflict", "This guide's contact way is being made: repeat the request in 30 seconds.")
    guide = leased.item
    way = _ask_for_way(guide, wecom)
    count("ContactWayMade")
    return tables.keep_way(guide_id, *way)


def get_guide(guide_id: str) -> Item:
    """A guide; 404 when there is none."""
    found = tables.guide(guide_id) if ids.looks_like("guide", guide_id) else None
    if found is None:
        raise not_found("guide", guide_id)
    return found


def list_guides(limit: int, cursor: str | None) -> Page:
    """A page of guides."""
    return tables.guides_page(limit, cursor)


def badge_of(guide_id: str) -> str:
    """The guide's printed token, 32 characters: it fits a mini-program scene."""
    return short_tokens.badge_of(guide_id, app_secrets().token_key)


def guide_of_badge(badge: str) -> str:
    """Whose badge this is, without a read; 400 `invalid_parameter` for one that we did not make."""
    try:
        return short_tokens.guide_of_badge(badge, app_secrets().token_key)
    except BadToken as error:
        raise SiyuError("invalid_parameter", "This is not a badge of ours: scan it again.", param="badge") from error


def guide_of_state(state: str) -> tuple[str | None, str | None]:
    """Guide and store that a contact way's state names; (None, None) for a state that is none of ours."""
    with contextlib.suppress(BadToken):
        guide, store = short_tokens.read_state(state, app_secrets().token_key)
        return tables.full_of(guide), tables.full_of(store)
    return None, None


def bind(
    member_id: str, guide_id: str, *, reason: str, at: Millis, now: Millis, store_id: str | None = None
) -> Binding:
    """Tie a member to a guide as of `at`, if the policy allows; the binding in force as of `now`.

    `reason`: badge, contact_added, … `store_id`: where, else the guide's store. 404 for an unknown guide.
    1 WRU and 1 RRU, 2 RRU when guide and policy are not kept, if nobody binds the same member at the same instant.
    """
    guide, policy = kept.guide_and_policy(guide_id, now)
    if guide is None:
        raise not_found("guide", guide_id)
    for _ in range(_TRIES):
        known = binding_tables.bindings(member_id)
        if not rules.may_bind(known, guide_id, reason, at, policy):
            return rules.in_force(known, now) or known[-1]
        made = _made(known, member_id, guide_id, store_id or guide.get("store_id"), reason, at)
        if _append(known, made, policy):
            count("MemberBound", reason=reason)
            return rules.in_force([*known, made], now) or made
    raise SiyuError("conflict", "Several guides bind this member at once: try again.")


def binding_as_of(member_id: str, at: Millis, *, aliases: Iterable[str] = ()) -> Binding | None:
    """Whose the member was at a moment, by a strong read: 1 RRU, and 1 for each of the members merged into them."""
    profiles = (member_id, *sorted(aliases))
    return rules.in_force([row for profile in profiles for row in binding_tables.bindings(profile)], at)


def get_policy() -> Policy:
    """When a guide may take over another's customer."""
    return binding_tables.policy()


def set_policy(kind: str, days: int) -> Policy:
    """Change the binding policy for the bindings to come, within `cache_seconds`; what was bound stays."""
    policy = rules.checked_policy(kind, days)
    binding_tables.put_policy(policy)
    return policy


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


def set_role(userid: str, role: str) -> Item:
    """What a staff member may do from their next login on: `guide`, `manager` or `admin`."""
    return tables.put_role(userid, role)


def roster(guide_id: str, limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """A page of the members bound to a guide or followed by the guide; `sk` is the member's id."""
    return contact_tables.roster_page(guide_id, limit, cursor)


def member_of_guide(guide_id: str, member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """The profile of a guide's own member and the binding in force; 404 for everybody else's."""
    profile = members.current(member_id)
    member_id = profile["pk"].removeprefix("MBR#")
    aliases = sorted(profile.get("aliases", ()))
    binding = binding_as_of(member_id, now, aliases=aliases)
    if binding is None or binding.guide_id != guide_id:
        rows = (contact_tables.roster_row(guide_id, known) or {} for known in (member_id, *aliases))
        if not any(row.get("followed") for row in rows):
            raise not_found("member", member_id)
    return profile, binding


def _made(
    known: list[Binding], member_id: str, guide_id: str, store_id: str | None, reason: str, at: Millis
) -> Binding:
    made = Binding(member_id, len(known) + 1, guide_id, store_id, at, reason, guide_id)
    latest = rules.newest([*known, made])
    current = latest.guide_id if latest else guide_id
    return Binding(member_id, made.sequence, guide_id, store_id, at, reason, current)


def _append(known: list[Binding], made: Binding, policy: Policy) -> bool:
    replaced = rules.newest(known)
    previous = rules.in_force(known, made.at)
    return binding_tables.append(
        made,
        replaced.guide_id if replaced else None,
        previous.guide_id if previous else None,
        policy.kind,
    )


def _ask_for_way(guide: Item, wecom: WeCom) -> tuple[str, str]:
    from chalicelib.wechat.errors import Refused, Unreachable, WeChatError

    try:
        way = wecom.add_contact_way([guide["userid"]], guide["state"], remark=guide["name"][:30])
    except Refused as error:
        tables.end_lease(guide["sk"])
        kind = UnknownStaff if error.code in ("40003", "60111") else SiyuError
        raise kind("refused", f"WeCom refused the contact way: {error.detail}", param="userid") from error
    except Unreachable as error:
        tables.end_lease(guide["sk"])
        raise SiyuError("upstream_unavailable", "WeCom can not be reached: repeat the request.") from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeCom gave no answer: repeat the request in 30 seconds.") from error
    return way.config_id, way.qr_code
