"""Routes of guides: for operators, for the sidebar in WeCom, and WeCom's own callbacks."""

from __future__ import annotations

import secrets

from chalice.app import Response

from chalicelib.guides import callbacks, local_stage, service
from chalicelib.guides.shapes import (
    BindingPolicy,
    Guide,
    JsConfig,
    MemberProfile,
    NewGuide,
    OAuthCode,
    OwnMember,
    Page,
    Staff,
    StaffRole,
    StaffToken,
)
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.members import service as members
from chalicelib.runtime.auth import ADMIN, STAFF, Caller, Role, issue_token
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import SAFE_HEADERS, Api, Listed, Listing, Request
from chalicelib.wechat import connect

api = Api(__name__)

_CALLBACK_BYTES = 512 * 1024
_CALLBACK_ERRORS = ("invalid_signature", "stale_request", "invalid_body")


@api.post(
    "/admin/guides",
    allow=ADMIN,
    creates="guide",
    status=201,
    errors=("not_found", "already_exists", "conflict", "refused", "upstream_unavailable"),
)
def create_guide(body: NewGuide, new_id: str, now: Millis) -> Guide:
    """Make a guide with a WeCom contact way and a badge."""
    service.create_guide(new_id, name=body.name, userid=body.userid, store_id=body.store_id, now=now)
    try:
        return _guide(service.open_contact_way(new_id, connect.wecom(), now))
    except service.UnknownStaff:
        if not local_stage.add_staff(body.userid, body.name):
            raise
    return _guide(service.open_contact_way(new_id, connect.wecom(), now))


@api.get("/admin/guides", allow=ADMIN, errors=("invalid_cursor",))
def list_guides(query: Listing) -> Listed[Guide]:
    """List guides."""
    page = service.list_guides(query.limit, query.cursor)
    return Listed([_guide(row) for row in page.items], page.cursor)


@api.get("/admin/binding-policy", allow=ADMIN)
def get_binding_policy() -> BindingPolicy:
    """When a guide may take over a customer."""
    policy = service.get_policy()
    return BindingPolicy(policy.kind, policy.days)


@api.put("/admin/binding-policy", allow=ADMIN, errors=("invalid_parameter",))
def put_binding_policy(body: BindingPolicy) -> BindingPolicy:
    """Change when a guide may take over a customer, from now on."""
    policy = service.set_policy(body.kind, body.days)
    return BindingPolicy(policy.kind, policy.days)


@api.put("/admin/staff/{userid}", allow=ADMIN)
def put_staff_role(userid: str, body: StaffRole) -> Staff:
    """Say what a staff member may do from their next login on."""
    row = service.set_role(userid, body.role)
    return Staff(userid, row["role"], row.get("guide_id"))


@api.post("/auth/wecom", errors=("invalid_token", "wrong_role", "upstream_unavailable"))
def log_in_staff(body: OAuthCode, now: Millis) -> StaffToken:
    """Log in from WeCom; the role is read anew each time."""
    staff = service.staff_of_code(body.code, connect.wecom())
    role: Role = staff["role"]
    guide_id = staff.get("guide_id")
    token, expires_in = issue_token(Caller(role, staff["userid"], guide_id=guide_id or ""), now)
    return StaffToken(token, expires_in, role, guide_id)


@api.get("/guides/me", allow=STAFF, errors=("not_found",))
def get_my_guide(caller: Caller) -> Guide:
    """Who I am as a guide, with badge and QR code."""
    return _guide(service.get_guide(caller.guide_id))


@api.get("/guides/me/members", allow=STAFF, errors=("invalid_cursor",))
def list_my_members(query: Listing, caller: Caller) -> Listed[OwnMember]:
    """Members who are bound to me or whom I follow in WeCom."""
    rows, cursor = service.roster(caller.guide_id, query.limit, query.cursor)
    return Listed([_own_member(row) for row in rows], cursor)


@api.get("/guides/me/members/{member_id}", allow=STAFF, errors=("not_found", "invalid_cursor"))
def get_my_member(member_id: str, query: Listing, caller: Caller, now: Millis) -> MemberProfile:
    """One of my members: profile and timeline."""
    profile, binding = service.member_of_guide(caller.guide_id, member_id, now)
    page = members.timeline(profile, query.limit, query.cursor)
    return _member_profile(profile, binding, page.items, page.cursor)


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


@api.get("/callbacks/wecom", content_type="text/plain", errors=_CALLBACK_ERRORS)
def verify_wecom_callback(request: Request, now: Millis) -> Response:
    """What WeCom asks when the callback's address is set."""
    echo = callbacks.read_echo(request.query, connect.callback_crypto(), now)
    return Response(echo, {"Content-Type": "text/plain; charset=utf-8", **SAFE_HEADERS})


@api.post("/callbacks/wecom", content_type="text/plain", errors=_CALLBACK_ERRORS, max_body=_CALLBACK_BYTES)
def receive_wecom_callback(request: Request, now: Millis) -> Response:
    """An event from WeCom: kept durably, then answered."""
    callbacks.receive(request.query, request.body, connect.callback_crypto(), connect.wecom, now)
    return Response("", {"Content-Type": "text/plain; charset=utf-8", **SAFE_HEADERS})


def _guide(row: Item) -> Guide:
    return Guide(
        guide_id=row["sk"],
        name=row["name"],
        userid=row["userid"],
        store_id=row["store_id"],
        badge=service.badge_of(row["sk"]),
        qr_code=row.get("qr_code"),
        created_at=to_rfc3339(row["created_at"]),
    )


def _own_member(row: Item) -> OwnMember:
    bound = bool(row.get("bound"))
    return OwnMember(
        member_id=row["sk"],
        bound=bound,
        bound_at=to_rfc3339(row["bat"]) if bound else None,
        followed=bool(row.get("followed")),
    )


def _member_profile(
    profile: Item, binding: service.Binding | None, timeline: list[Item], cursor: str | None
) -> MemberProfile:
    return MemberProfile(
        member_id=profile["pk"].removeprefix("MBR#"),
        channel_id=profile["channel_id"],
        channel_latest=profile["channel_latest"],
        phone_masked=profile.get("phone_masked"),
        joined_at=to_rfc3339(profile["created_at"]),
        guide_id=binding.guide_id if binding else None,
        bound_at=to_rfc3339(binding.at) if binding else None,
        bound_by=binding.reason if binding else None,
        timeline=[{"kind": row["kind"], "at": to_rfc3339(row["at"]), **row["facts"]} for row in timeline],
        next_cursor=cursor,
    )
