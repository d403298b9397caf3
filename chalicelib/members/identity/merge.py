"""Two profiles of one person: when they become one, by whom that is decided, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import tables as member_tables
from chalicelib.members.identity import merge_tables, review_tables, rules, tables
from chalicelib.members.tables import member_id_of
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.observability import count

_TRIES = 5


def current(member_id: str, *, strong: bool = False) -> Item:
    """The profile that stands for this member today, which a merged id leads to; 404 when there is none or no more."""
    seen = member_id
    for _ in range(rules.MOST_ALIASES + 1):
        profile = member_tables.profile(seen, strong=strong)
        if profile is None or profile.get("erased_at"):
            break
        if not profile.get("merged_into"):
            return profile
        seen = profile["merged_into"]
    raise not_found("member", member_id)


def current_of(member_ids: Iterable[str]) -> dict[str, Item]:
    """The profiles that stand for these members today, by the id that was asked for: 0.5 RRU each, a hundred a call.

    Who is gone is left out. Each step up a chain of merges is one more round of those it concerns.
    """
    leads_to = {member_id: member_id for member_id in member_ids}
    found: dict[str, Item] = {}
    for _ in range(rules.MOST_ALIASES + 1):
        profiles = member_tables.profiles(leads_to.values())
        alive = {
            member_id: profiles[seen]
            for member_id, seen in leads_to.items()
            if seen in profiles and not profiles[seen].get("erased_at")
        }
        found |= {member_id: row for member_id, row in alive.items() if not row.get("merged_into")}
        leads_to = {member_id: row["merged_into"] for member_id, row in alive.items() if row.get("merged_into")}
        if not leads_to:
            break
    return found


def alias_rows(profile: Item, *, strong: bool = False) -> list[Item]:
    """The profiles that lead to this one: 0.5 RRU each, at most 8."""
    aliases = sorted(profile.get("aliases", ()))
    found = member_tables.profiles(aliases, strong=strong)
    return [found[alias] for alias in aliases if alias in found]


def reconcile(profile: Item, other_id: str, key: str, now: Millis) -> Item:
    """Two members share a verified key: one leads to the other when nobody identified it, else both go to review.

    The profile that stands for `profile`'s member then. Another merge at the same instant makes this one look again.
    """
    mine = profile
    for _ in range(_TRIES):
        mine, other = current(member_id_of(profile), strong=True), _other(other_id, key, now)
        if other is None:
            return _inherited(mine, other_id, key, now)
        if member_id_of(mine) == member_id_of(other):
            return mine
        leads = rules.who_leads_to(mine, other)
        if leads is None:
            break
        loser, survivor, claimed = (other, mine, {key}) if leads == "other" else (mine, other, set[str]())
        if merge_tables.merge(loser, [], member_id_of(survivor), claimed & _of(loser, key), now):
            count("MembersMerged")
            return current(member_id_of(survivor), strong=True)
    return _put_up(mine, other_id, key, now)


def list_reviews(limit: int, cursor: str | None) -> Page:
    """A page of the pairs that wait for a decision."""
    return review_tables.open_reviews(limit, cursor)


def decide(review_id: str, decision: str, *, survivor: str | None, by: str, now: Millis) -> Item:
    """An operator's word on two members: `merge` or `keep_apart`; the review as it stands then.

    The first decision stands, the same one again is the same (409 `conflict` for another one). `survivor`: who
    stays; by itself the older of the two. 404 for an unknown review or when one of the two is gone.
    """
    review = review_tables.review(review_id)
    if review is None:
        raise not_found("review", review_id)
    if survivor not in (None, review["one"], review["other"]):
        raise SiyuError("invalid_parameter", "survivor must be one of the two members.", param="survivor")
    stays = survivor or min(review["one"], review["other"])
    if decision == "merge" and not review.get("decision"):
        _checked_pair(review, stays)
    decided = review_tables.decide_review(review_id, decision, stays, by, now)
    if decided["decision"] != decision or (survivor and decided["survivor"] != survivor):
        raise SiyuError(
            "conflict", f"This review was already decided: {decided['decision']}. To undo a merge, use …/unmerge."
        )
    if decision == "merge":
        _merge_pair(decided, now)
    review_tables.close_review(review_id)
    count("ReviewDecided", decision=decision)
    return decided


def unmerge(member_id: str, now: Millis) -> Item:
    """Undo the merge of a member that leads to another: it stands for itself again, and no login merges the two.

    What either did since stays where it was written. 404 for nobody, 409 `conflict` for one who was not merged.
    """
    for _ in range(_TRIES):
        loser = member_tables.profile(member_id, strong=True)
        if loser is None or loser.get("erased_at"):
            raise not_found("member", member_id)
        if not loser.get("merged_into"):
            if loser.get("unmerged_at"):
                return loser
            raise SiyuError("conflict", "This member was not merged into another.", param="member_id")
        if merge_tables.unmerge(loser, alias_rows(loser, strong=True), _above(loser), now):
            count("MembersUnmerged")
            return current(member_id, strong=True)
    raise SiyuError("conflict", "These members are being changed at this moment. Try again.")


def _of(loser: Item, key: str) -> set[str]:
    found = tables.owner(key)
    return {key} if found and found.claimed_by == member_id_of(loser) else set()


def _put_up(mine: Item, other_id: str, key: str, now: Millis) -> Item:
    other = current(other_id, strong=True)
    if member_id_of(other) != member_id_of(mine):
        review_tables.put_review(member_id_of(mine), member_id_of(other), f"shared {key.split('#')[1]}", now)
        count("MembersForReview")
    return mine


def _inherited(mine: Item, gone_id: str, key: str, now: Millis) -> Item:
    """The profile with a key whose owner was erased while claiming it."""
    owner = tables.take_over(key, gone_id, member_id_of(mine), now)
    linked = member_tables.link(member_id_of(mine), [key], {})
    member_tables.save_former(member_id_of(mine), owner.since, owner.former)
    return linked.item if linked.done else mine


def _other(member_id: str, key: str, now: Millis) -> Item | None:
    """The other member's profile, None for one who was erased.

    One that crashed before its birth is born here, to have something to merge.
    """
    if member_tables.profile(member_id, strong=True) is None:
        channel = rules.channel_of(None, "incomplete_login")
        born = {"created_at": now, "made_by": key, "ids": {key}, "origin": "incomplete_login", "consents": {}}
        known = {"channel_id": channel, "channel_latest": channel, "channel_latest_at": now}
        member_tables.create_profile(member_id, {**born, **known})
    try:
        return current(member_id, strong=True)
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return None


def _checked_pair(review: Item, stays: str) -> tuple[Item, Item] | None:
    """The profiles of loser and survivor as they stand, None when they are one; 422 when they are too many."""
    goes = review["other"] if stays == review["one"] else review["one"]
    loser, survivor = current(goes, strong=True), current(stays, strong=True)
    if member_id_of(loser) == member_id_of(survivor):
        return None
    aliases = 1 + len(loser.get("aliases", ())) + len(survivor.get("aliases", ()))
    keys = sum(len(row.get("ids", ())) for row in [loser, survivor, *alias_rows(loser), *alias_rows(survivor)])
    if aliases > rules.MOST_ALIASES or keys > merge_tables.MOST_KEYS:
        raise SiyuError(
            "refused", f"One person can have at most {rules.MOST_ALIASES} merged members. Keep these two apart."
        )
    return loser, survivor


def _merge_pair(review: Item, now: Millis) -> None:
    for _ in range(_TRIES):
        pair = _checked_pair(review, review["survivor"])
        if pair is None:
            return
        loser, survivor = pair
        if merge_tables.merge(loser, alias_rows(loser, strong=True), member_id_of(survivor), (), now):
            count("MembersMerged")
            return
    raise SiyuError("conflict", "These members are being changed at this moment. Decide again.")


def _above(loser: Item) -> list[Item]:
    """Who the loser leads to, one after the other."""
    found: list[Item] = []
    leads_to = loser["merged_into"]
    while leads_to:
        above = member_tables.profile(leads_to, strong=True)
        if above is None:
            raise not_found("member", leads_to)
        found.append(above)
        leads_to = above.get("merged_into")
    return found
