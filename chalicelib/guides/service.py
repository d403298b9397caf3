"""Use cases of guides: make one, bind members to them, show them their members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.guides import binding_tables, contact_tables, kept, rules, short_tokens, staff_tables, tables
from chalicelib.guides.rules import Binding as Binding
from chalicelib.guides.rules import Policy
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.privacy import keyed_hash
from chalicelib.kernel.tokens import BadToken
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.observability import count
from chalicelib.runtime.secrets import app_secrets

_TRIES: Final = 8
_HEIRS: Final = 8


def create_guide(guide_id: str, *, name: str, userid: str, store_id: str | None, now: Millis) -> Item:
    """A guide's row, before anything is asked of WeCom; 409 `already_exists` when the userid is another guide.

    404 for an unknown store. With the id of an earlier try: what that try wrote.
    """
    if store_id is not None:
        brand.get_store(store_id)
    if staff_tables.claim_userid(userid, guide_id) != guide_id:
        raise SiyuError("already_exists", "This userid is a guide already: see GET /admin/guides.", param="userid")
    tables.keep_short(short_tokens.short_guide(guide_id), guide_id)
    if store_id is not None:
        tables.keep_short(short_tokens.short_store(store_id), store_id)
    state = short_tokens.state_of(guide_id, store_id, app_secrets().token_key)
    fields = {"name": name, "userid": userid, "store_id": store_id, "state": state, "created_at": now}
    if store_id is not None:
        staff_tables.put_in_store(store_id, guide_id)
    return tables.create_guide(guide_id, fields)


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


class Source(NamedTuple):
    """What a contact way's state names: a guide's own code or a shared one (`way_id`), and the store it hangs in."""

    guide_id: str | None = None
    way_id: str | None = None
    store_id: str | None = None


def source_of_state(state: str) -> Source:
    """Where the code with this state hangs and whose it is; nothing for a state that is none of ours."""
    try:
        owner, store = short_tokens.read_state(state, app_secrets().token_key)
    except BadToken:
        return Source()
    full, store_id = tables.full_of(owner), tables.full_of(store)
    if full and ids.looks_like("contact_way", full):
        return Source(None, full, store_id)
    return Source(full, None, store_id)


def contact_key(external_userid: str) -> str:
    """A customer of WeCom in our keys: the id itself stands only where messages need it."""
    return keyed_hash(f"external_userid:{external_userid}", app_secrets().lookup_key)


def bind(
    member_id: str, guide_id: str, *, reason: str, at: Millis, now: Millis, store_id: str | None = None
) -> Binding:
    """Tie a member to a guide as of `at`, if the policy allows; the binding in force as of `now`.

    `reason`: badge, contact_added, … `store_id`: where, else the guide's store. 404 for an unknown guide. What
    is printed of a guide who left leads to who took over.
    1 WRU and 1 RRU, 2 RRU when guide and policy are not kept, if nobody binds the same member at the same instant.
    """
    guide, policy = _standing(guide_id, at, now)
    guide_id = guide["sk"]
    for _ in range(_TRIES):
        known = binding_tables.bindings(member_id)
        if not rules.may_bind(known, guide_id, reason, at, policy):
            return rules.in_force(known, now) or known[-1]
        made = _made(known, member_id, guide_id, store_id or guide.get("store_id"), reason, at)
        if _append(known, made, policy):
            count("MemberBound", reason=reason)
            return rules.in_force([*known, made], now) or made
    raise SiyuError("conflict", "Several guides bind this member at once: try again.")


def assign(member_id: str, guide_id: str, now: Millis) -> Binding:
    """Give a member to a guide by an operator's word, whatever the policy; 404 for an unknown one."""
    get_guide(guide_id)
    return bind(members.current(member_id)["pk"].removeprefix("MBR#"), guide_id, reason="operator", at=now, now=now)


def binding_as_of(member_id: str, at: Millis, *, aliases: Iterable[str] = ()) -> Binding | None:
    """Whose the member was at a moment, by a strong read: 1 RRU, and 1 for each of the members merged into them."""
    profiles = (member_id, *sorted(aliases))
    return rules.in_force([row for profile in profiles for row in binding_tables.bindings(profile)], at)


def get_policy() -> Policy:
    """When a guide may take over another's customer."""
    return binding_tables.policy()


def set_policy(kind: str, days: int, groups: bool = False) -> Policy:
    """Change the binding policy for the bindings to come, within `cache_seconds`; what was bound stays."""
    policy = rules.checked_policy(kind, days, groups)
    binding_tables.put_policy(policy)
    return policy


def roster(guide_id: str, limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """A page of the members bound to a guide or followed by the guide; `sk` is the member's id."""
    return contact_tables.roster_page(guide_id, limit, cursor)


def member_of_guide(guide_id: str, member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """The profile of a guide's own member and the binding in force; 404 for everybody else's."""
    profile, binding = member_and_binding(member_id, now)
    member_id, aliases = profile["pk"].removeprefix("MBR#"), sorted(profile.get("aliases", ()))
    if binding is None or binding.guide_id != guide_id:
        rows = (contact_tables.roster_row(guide_id, known) or {} for known in (member_id, *aliases))
        if not any(row.get("followed") for row in rows):
            raise not_found("member", member_id)
    return profile, binding


def member_and_binding(member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """A member's profile and the binding in force; 404 for nobody."""
    profile = members.current(member_id)
    return profile, binding_as_of(profile["pk"].removeprefix("MBR#"), now, aliases=profile.get("aliases", ()))


def own_row(guide_id: str, member_id: str) -> Item | None:
    """A member's row on a guide's list, under whichever of their ids it stands; None when they are not on it."""
    try:
        profile = members.current(member_id)
    except SiyuError:
        return None
    for known in (profile["pk"].removeprefix("MBR#"), *sorted(profile.get("aliases", ()))):
        row = contact_tables.roster_row(guide_id, known)
        if row and (row.get("bound") or row.get("followed")):
            return row
    return None


def history(member_id: str) -> list[Binding]:
    """Every binding of a member in the order of writing, also of those merged into them; 404 for nobody."""
    profile = members.current(member_id)
    profiles = (profile["pk"].removeprefix("MBR#"), *sorted(profile.get("aliases", ())))
    return [row for known in profiles for row in binding_tables.bindings(known)]


def _standing(guide_id: str, at: Millis, now: Millis) -> tuple[Item, Policy]:
    """The guide whose this claim is: who took over, when it is from after the guide left."""
    guide, policy = kept.guide_and_policy(guide_id, now)
    for _ in range(_HEIRS):
        if guide is None or not guide.get("heir") or at < guide["heir_at"]:
            break
        guide, policy = kept.guide_and_policy(guide["heir"], now)
    if guide is None:
        raise not_found("guide", guide_id)
    return guide, policy


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
