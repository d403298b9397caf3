"""Routes of members: for the mini program and for operators."""

from __future__ import annotations

from typing import Any

from chalicelib.guides import service as guides
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.members import erasing, exporting, importing, login, service
from chalicelib.members.shapes import (
    Badge,
    Consent,
    Decided,
    Decision,
    Erasing,
    Export,
    Import,
    LoggedIn,
    Login,
    Me,
    NewAccount,
    NewImport,
    PhoneCode,
    RefusedRow,
    Review,
    Side,
    Upload,
)
from chalicelib.members.tables import member_id_of
from chalicelib.runtime.auth import ADMIN, MEMBER, Caller, issue_token
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing
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
    return _present(service.current(caller.id), caller, now)


@api.post("/me/phone", allow=MEMBER, errors=("invalid_js_code", "conflict", "upstream_unavailable", "not_found"))
def verify_my_phone(body: PhoneCode, caller: Caller, now: Millis) -> Me:
    """Tie my phone to me."""
    profile = service.verify_phone(caller.id, body.phone_code, connect.mini_program(), now)
    return _present(profile, caller, now)


@api.post("/me/consents", allow=MEMBER, errors=("invalid_parameter", "refused", "not_found"))
def record_my_consent(body: Consent, caller: Caller, now: Millis) -> Me:
    """Say yes or no to a purpose."""
    profile = service.record_consent(
        caller.id, purpose=body.purpose, granted=body.granted, version=body.version, now=now
    )
    return _present(profile, caller, now)


@api.post("/me/guide", allow=MEMBER, errors=("invalid_parameter", "not_found"))
def bind_me_to_guide(body: Badge, caller: Caller, now: Millis) -> Me:
    """Bind me to the guide of a badge."""
    guide_id = guides.guide_of_badge(body.badge)
    profile = service.current(caller.id)
    bound_to = login.bind_by_badge(member_id_of(profile), guide_id, None, now)
    return me(service.united(profile), bound_to, caller.openid)


@api.delete("/me", allow=MEMBER, status=202, errors=("not_found", "conflict"))
def erase_me(caller: Caller, now: Millis) -> Erasing:
    """Leave and be forgotten: at once for everybody, within minutes in every store."""
    erasure = erasing.ask(caller.id, now)
    return Erasing("erasing" if "due" in erasure else "erased", to_rfc3339(erasure["at"]))


@api.get("/me/export", allow=MEMBER, errors=("not_found", "invalid_cursor"))
def export_me(query: Listing, caller: Caller, now: Millis) -> Export:
    """Everything that is known about me, over all areas; `next_cursor` leads to more of the timeline."""
    profile = service.current(caller.id)
    page = service.timeline(profile, query.limit, query.cursor)
    known = exporting.everything(profile)
    return Export(
        member=_present(profile, caller, now),
        timeline=[moment(row) for row in page.items],
        next_cursor=page.cursor,
        **known,
    )


@api.get("/admin/reviews", allow=ADMIN, errors=("invalid_cursor",))
def list_reviews(query: Listing) -> Listed[Review]:
    """Pairs of members who share a key and are both identified: for a person to decide."""
    rows, cursor = service.list_reviews(query.limit, query.cursor)
    return Listed([_review(row) for row in rows], cursor)


@api.post("/admin/reviews/{review_id}", allow=ADMIN, errors=("not_found", "conflict", "refused", "invalid_parameter"))
def decide_review(review_id: str, body: Decision, caller: Caller, now: Millis) -> Decided:
    """Say whether two members are one person."""
    decided = service.decide(review_id, body.decision, survivor=body.survivor, by=caller.id, now=now)
    merged = decided["decision"] == "merge"
    return Decided(review_id, decided["decision"], decided["survivor"] if merged else None)


@api.post("/admin/members/{member_id}/unmerge", allow=ADMIN, errors=("not_found", "conflict"))
def unmerge_member(member_id: str, now: Millis) -> Side:
    """Undo a merge: the member stands for itself again."""
    return _side(service.unmerge(member_id, now))


@api.post(
    "/admin/members/{member_id}/accounts", allow=ADMIN, errors=("not_found", "already_exists", "refused"), status=201
)
def link_account(member_id: str, body: NewAccount, now: Millis) -> Side:
    """Tie a shop account or a card to a member: linked, not verified."""
    return _side(service.link_account(member_id, body.system, body.account, now))


@api.post("/admin/member-imports", allow=ADMIN, creates="import", status=201, errors=("not_found",))
def create_member_import(body: NewImport, new_id: str, now: Millis) -> Upload:
    """Bring existing members in: answers where to upload their CSV."""
    return Upload(new_id, importing.create(new_id, body.channel_id, now))


@api.post(
    "/admin/member-imports/{import_id}/start", allow=ADMIN, status=202, errors=("not_found", "conflict", "too_large")
)
def start_member_import(import_id: str) -> Import:
    """Begin with an uploaded CSV."""
    return _import(import_id, importing.start(import_id))


@api.get("/admin/member-imports/{import_id}", allow=ADMIN, errors=("not_found",))
def get_member_import(import_id: str) -> Import:
    """How far an import is."""
    return _import(import_id, importing.progress(import_id))


@api.get("/admin/member-imports/{import_id}/refusals", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_refused_rows(import_id: str, query: Listing) -> Listed[RefusedRow]:
    """The rows that were not imported, and why."""
    rows, cursor = importing.refused(import_id, query.limit, query.cursor)
    found = [RefusedRow(int(row["sk"].removeprefix("X#")), row["why"], row.get("column")) for row in rows]
    return Listed(found, cursor)


def moment(row: Item) -> dict[str, Any]:
    """A row of the timeline, for whoever may read it."""
    return {"kind": row["kind"], "at": to_rfc3339(row["at"]), **row["facts"]}


def _present(profile: Item, caller: Caller, now: Millis) -> Me:
    profile = service.united(profile)
    binding = guides.binding_as_of(member_id_of(profile), now, aliases=profile.get("aliases", ()))
    return me(profile, binding.guide_id if binding else None, caller.openid)


def me(profile: Item, guide_id: str | None, openid: str) -> Me:
    consents = {purpose: {**said, "at": to_rfc3339(said["at"])} for purpose, said in profile["consents"].items()}
    return Me(
        member_id=member_id_of(profile),
        channel_id=profile["channel_id"],
        channel_latest=profile["channel_latest"],
        guide_id=guide_id,
        phone_masked=profile.get("phone_masked"),
        openid=openid or profile.get("openid"),
        consents=consents,
        created_at=to_rfc3339(profile["created_at"]),
    )


def _review(row: Item) -> Review:
    sides = [_side(profile) for profile in map(service.find, (row["one"], row["other"])) if profile]
    return Review(row["sk"], row["reason"], to_rfc3339(row["at"]), sides)


def _side(profile: Item) -> Side:
    return Side(
        member_id=member_id_of(profile),
        created_at=to_rfc3339(profile["created_at"]),
        origin=profile["origin"],
        channel_id=profile["channel_id"],
        phone_masked=profile.get("phone_masked"),
        identities=sorted({key.split("#")[1] for key in profile.get("ids", ())}),
        accounts=sorted(profile.get("accounts", ())),
    )


def _import(import_id: str, found: importing.Progress) -> Import:
    return Import(import_id, found.state, found.rows, found.done, found.created, found.known, found.refused, found.why)
