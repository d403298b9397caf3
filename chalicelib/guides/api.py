"""Routes of guides: the sidebar in WeCom and managers. Operators' stand in `admin_api` and `ways_api`."""

from __future__ import annotations

import secrets

from chalicelib.guides import presenting, reading, service, staff
from chalicelib.guides.shapes import Guide, JsConfig, MemberProfile, OAuthCode, OwnMember, Page, StaffToken
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.pushes import service as pushes
from chalicelib.runtime.auth import STAFF, Caller, Role, issue_token
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.wechat import connect

api = Api(__name__)

MANAGER: tuple[Role, ...] = ("manager", "admin")


@api.post("/auth/wecom", errors=("invalid_token", "wrong_role", "upstream_unavailable"))
def log_in_staff(body: OAuthCode, now: Millis) -> StaffToken:
    """Log in from WeCom; the role is read anew each time."""
    found = staff.staff_of_code(body.code, connect.wecom())
    role: Role = found["role"]
    guide_id = found.get("guide_id")
    token, expires_in = issue_token(Caller(role, found["userid"], guide_id=guide_id or ""), now)
    return StaffToken(token, expires_in, role, guide_id)


@api.get("/guides/me", allow=STAFF, errors=("not_found",))
def get_my_guide(caller: Caller) -> Guide:
    """Who I am as a guide, with badge and QR code."""
    return presenting.guide(service.get_guide(caller.guide_id))


@api.get("/guides/me/members", allow=STAFF, errors=("invalid_cursor",))
def list_my_members(query: Listing, caller: Caller) -> Listed[OwnMember]:
    """Members who are bound to me or whom I follow in WeCom, with what they did last."""
    rows, cursor = reading.own_members(caller.guide_id, query.limit, query.cursor)
    return Listed([presenting.own_member(row) for row in rows], cursor)


@api.get("/guides/me/members/{member_id}", allow=STAFF, errors=("not_found", "invalid_cursor"))
def get_my_member(member_id: str, query: Listing, caller: Caller, now: Millis) -> MemberProfile:
    """One of my members, or of my stores' if I am their manager: profile, messages and timeline."""
    profile, binding = staff.member_seen_by(caller.role, caller.id, caller.guide_id, member_id, now)
    page = members.timeline(profile, query.limit, query.cursor)
    messages = pushes.messages_of([presenting.member_id_of(profile), *sorted(profile.get("aliases") or ())], now)
    return presenting.member_profile(profile, binding, messages, page.items, page.cursor)


@api.get("/stores/{store_id}/guides", allow=MANAGER, errors=("not_found", "invalid_cursor"))
def list_guides_of_store(store_id: str, query: Listing, caller: Caller) -> Listed[Guide]:
    """The guides of a store of mine, as its manager."""
    page = staff.guides_of_store(caller.role, caller.id, store_id, query.limit, query.cursor)
    return Listed([presenting.guide(row) for row in page.items], page.cursor)


@api.get("/guides/{guide_id}/members", allow=MANAGER, errors=("not_found", "invalid_cursor"))
def list_members_of_guide(guide_id: str, query: Listing, caller: Caller) -> Listed[OwnMember]:
    """The members of a guide in a store of mine, as its manager."""
    guide = staff.guide_of_own_store(caller.role, caller.id, guide_id)
    rows, cursor = reading.own_members(guide["sk"], query.limit, query.cursor)
    return Listed([presenting.own_member(row) for row in rows], cursor)


@api.get("/wecom/js-config", allow=STAFF, errors=("invalid_parameter", "upstream_unavailable"))
def get_js_config(query: Page, now: Millis) -> JsConfig:
    """Signatures that the sidebar needs to call WeCom's JS API."""
    from chalicelib.wechat.wecom import js_signature

    wecom, config, nonce, seconds = connect.wecom(), connect.wecom_config(), secrets.token_hex(8), now // 1000
    return JsConfig(
        config.corp_id,
        config.agent_id,
        seconds,
        nonce,
        js_signature(wecom.jsapi_ticket("corp"), query.url, nonce, seconds),
        js_signature(wecom.jsapi_ticket("agent"), query.url, nonce, seconds),
    )
