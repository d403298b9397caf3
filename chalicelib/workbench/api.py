"""Routes of the sidebar in WeCom, for guides and managers."""

from __future__ import annotations

import secrets

from chalicelib.guides import service as guides
from chalicelib.guides import views as guide_views
from chalicelib.guides.rosters import queries as rosters_queries
from chalicelib.guides.rosters import views as rosters_views
from chalicelib.guides.rosters.schemas import MemberProfile, OwnMember
from chalicelib.guides.schemas import Guide
from chalicelib.guides.staff import service as staff
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.pushes import service as pushes
from chalicelib.runtime.auth import STAFF, Caller, Role
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.wechat import connect
from chalicelib.workbench.schemas import JsConfig, Page

api = Api(__name__)


MANAGER: tuple[Role, ...] = ("manager", "admin")


@api.get("/guides/me", allow=STAFF, errors=("not_found",))
def get_my_guide(caller: Caller) -> Guide:
    """Who I am as a guide, with badge and QR code."""
    return guide_views.guide(guides.get_guide(caller.guide_id))


@api.get("/guides/me/members", allow=STAFF, errors=("invalid_cursor",))
def list_my_members(query: Listing, caller: Caller) -> Listed[OwnMember]:
    """Members who are bound to me or whom I follow in WeCom, with what they did last."""
    rows, cursor = rosters_queries.own_members(caller.guide_id, query.limit, query.cursor)
    return Listed([rosters_views.own_member(row) for row in rows], cursor)


@api.get("/guides/me/members/{member_id}", allow=STAFF, errors=("not_found", "invalid_cursor"))
def get_my_member(member_id: str, query: Listing, caller: Caller, now: Millis) -> MemberProfile:
    """One of my members, or of my stores' if I am their manager: profile, messages and timeline."""
    profile, binding = staff.member_seen_by(caller.role, caller.id, caller.guide_id, member_id, now)
    rows, cursor = members.timeline(profile, query.limit, query.cursor)
    messages = pushes.messages_of(list(members.person_of(profile).ids), now)
    return rosters_views.member_profile(profile, binding, messages, rows, cursor)


@api.get("/stores/{store_id}/guides", allow=MANAGER, errors=("not_found", "invalid_cursor"))
def list_guides_of_store(store_id: str, query: Listing, caller: Caller) -> Listed[Guide]:
    """The guides of a store of mine, as its manager."""
    rows, cursor = staff.guides_of_store(caller.role, caller.id, store_id, query.limit, query.cursor)
    return Listed([guide_views.guide(row) for row in rows], cursor)


@api.get("/guides/{guide_id}/members", allow=MANAGER, errors=("not_found", "invalid_cursor"))
def list_members_of_guide(guide_id: str, query: Listing, caller: Caller) -> Listed[OwnMember]:
    """The members of a guide in a store of mine, as its manager."""
    guide = staff.guide_of_own_store(caller.role, caller.id, guide_id)
    rows, cursor = rosters_queries.own_members(guide["sk"], query.limit, query.cursor)
    return Listed([rosters_views.own_member(row) for row in rows], cursor)


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
