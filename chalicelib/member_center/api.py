"""Routes of the member centre: login, the member's own page."""

from __future__ import annotations

from chalicelib.guides import service as guides
from chalicelib.kernel.clock import Millis
from chalicelib.member_center import login
from chalicelib.member_center.schemas import Badge, Consent, LoggedIn, Login, PhoneCode
from chalicelib.member_center.views import me_now
from chalicelib.members import service
from chalicelib.members.schemas import Me
from chalicelib.members.views import me
from chalicelib.runtime.auth import MEMBER, Caller, issue_token
from chalicelib.runtime.http import Api
from chalicelib.wechat import connect

api = Api(__name__)


@api.post(
    "/auth/mini-program", errors=("invalid_js_code", "invalid_parameter", "too_many_requests", "upstream_unavailable")
)
def log_in_member(body: Login, now: Millis) -> LoggedIn:
    """Log in from the mini program; a stranger becomes a member."""
    # A badge that is none of ours is refused before WeChat's code is spent.
    guide_id = guides.guide_of_badge(body.badge) if body.badge else None
    identities = service.identities_of_login(body.js_code, connect.mini_program())
    openid = identities["openid"]
    came = login.arrival_of(body.scan_id, guide_id, body.invite, openid, now)
    person = service.recognise(identities, channel_id=came.channel_id, origin=came.origin, origin_key=came.key, now=now)
    guide_id = login.record(came, person, now)
    token, expires_in = issue_token(Caller("member", person.member_id, openid), now)
    profile = service.united(person.profile)
    return LoggedIn(token, expires_in, person.is_new, me(profile, guide_id, openid))


@api.get("/me", allow=MEMBER, errors=("not_found",))
def get_me(caller: Caller, now: Millis) -> Me:
    """Who I am here."""
    return me_now(service.current(caller.id), caller, now)


@api.post("/me/phone", allow=MEMBER, errors=("invalid_js_code", "conflict", "upstream_unavailable", "not_found"))
def verify_my_phone(body: PhoneCode, caller: Caller, now: Millis) -> Me:
    """Tie my phone to me."""
    profile = service.verify_phone(caller.id, body.phone_code, connect.mini_program(), now)
    return me_now(profile, caller, now)


@api.post("/me/consents", allow=MEMBER, errors=("invalid_parameter", "refused", "not_found"))
def record_my_consent(body: Consent, caller: Caller, now: Millis) -> Me:
    """Say yes or no to a purpose."""
    profile = service.record_consent(
        caller.id, purpose=body.purpose, granted=body.granted, version=body.version, now=now
    )
    return me_now(profile, caller, now)


@api.post("/me/guide", allow=MEMBER, errors=("invalid_parameter", "not_found"))
def bind_me_to_guide(body: Badge, caller: Caller, now: Millis) -> Me:
    """Bind me to the guide of a badge."""
    guide_id = guides.guide_of_badge(body.badge)
    profile = service.current(caller.id)
    bound_to = login.bind_by_badge(service.person_of(profile), guide_id, None, now)
    return me(service.united(profile), bound_to, caller.openid)
