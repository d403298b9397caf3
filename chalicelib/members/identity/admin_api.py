"""Routes of reviews, merges and accounts, for operators."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.kernel.text import read
from chalicelib.members import service
from chalicelib.members.identity.schemas import Decided, Decision, NewAccount, Review, Side
from chalicelib.members.tables import member_id_of
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


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
    "/admin/members/{member_id}/accounts",
    allow=ADMIN,
    errors=("not_found", "already_exists", "refused", "invalid_parameter"),
    status=201,
)
def link_account(member_id: str, body: NewAccount, now: Millis) -> Side:
    """Tie a shop account or a card to a member: linked, not verified."""
    account = read("reference", body.account, param="account", least=1)
    return _side(service.link_account(member_id, body.system, account, now))


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
