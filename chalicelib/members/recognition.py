"""Who is this: the writes that make one member of one person, in an order that survives a crash anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import not_found
from chalicelib.kernel.privacy import canonical_phone, keyed_hash
from chalicelib.members import history_tables, merge_tables, rules, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count
from chalicelib.runtime.secrets import app_secrets


class Recognised(NamedTuple):
    """`is_new`: this call is the one that made the member. `profile` is the member's row."""

    member_id: str
    is_new: bool
    profile: Item


def recognise(
    identities: Mapping[str, str], *, channel_id: str | None, origin: str, now: Millis, origin_key: str = ""
) -> Recognised:
    """The member with these identities (kinds `unionid`, `openid`, `external_userid`, `phone`), made if there is none.

    Every write is a conditional put of its own, strongest identity first and the profile last, so a crash between
    any two leaves what the next call completes; the profile's birth is what makes somebody new, once.
    First time: 1 WRU per identity and 1 for the profile, 0.5 RRU per identity. Known: 0.5 RRU more, no write.
    A weaker identity that is another member's makes a merge when that one is nobody identified, else a review.
    """
    values = dict(rules.by_strength(identities))
    keys = {identity_key(kind, value): kind for kind, value in values.items()}
    known = tables.owners(list(keys))
    member_id, others = _claim_all(list(keys), known, now)
    fields = _birth_fields(values, keys, others, channel_id, origin, origin_key, now)
    profile, is_new = _profile_of(member_id, fields, look_first=bool(known))
    if not is_new:
        profile = _completed(profile, values, {key: kind for key, kind in keys.items() if key not in others}, fields)
    for key, other in others.items():
        profile = reconcile(profile, other, key, now)
    return Recognised(tables.member_id_of(profile), is_new, profile)


def current(member_id: str, *, strong: bool = False) -> Item:
    """The profile that stands for this member today, which a merged id leads to; 404 when there is none."""
    seen = member_id
    for _ in range(rules.MOST_ALIASES + 1):
        profile = tables.profile(seen, strong=strong)
        if profile is None:
            break
        if not profile.get("merged_into"):
            return profile
        seen = profile["merged_into"]
    raise not_found("member", member_id)


def identity_key(kind: str, value: str) -> str:
    """pk of the row that says whose this identity is; 400 for a phone that is none."""
    canonical = canonical_phone(value) if kind == "phone" else value
    return tables.identity_key(kind, keyed_hash(f"{kind}:{canonical}", app_secrets().lookup_key))


def _claim_all(keys: list[str], known: Mapping[str, str], now: Millis) -> tuple[str, dict[str, str]]:
    """Whose the strongest key is, and the weaker keys that turned out to be somebody else's."""
    member_id = next((known[key] for key in keys if key in known), None) or ids.new_id("member", now)
    others: dict[str, str] = {}
    for place, key in enumerate(keys):
        owner = known.get(key) or tables.claim(key, member_id, now)
        if place == 0:
            member_id = owner
        elif owner != member_id:
            others[key] = owner
    return member_id, others


def _birth_fields(
    values: Mapping[rules.Kind, str],
    keys: Mapping[str, rules.Kind],
    others: Mapping[str, str],
    channel_id: str | None,
    origin: str,
    origin_key: str,
    now: Millis,
) -> Item:
    channel = rules.channel_of(channel_id, origin)
    own = {key: kind for key, kind in keys.items() if key not in others}
    return {
        "created_at": now,
        "made_by": secrets.token_hex(8),
        "ids": set(own),
        "channel_id": channel,
        "channel_latest": channel,
        "channel_latest_at": now,
        "origin": origin,
        "consents": {},
        **_readable(values, own.values()),
        **({"origin_key": origin_key} if origin_key else {}),
    }


def _readable(values: Mapping[rules.Kind, str], kinds: Iterable[rules.Kind]) -> dict[str, str]:
    """The values that the profile keeps readably: payouts and messages need them. A phone never."""
    return {kind: values[kind] for kind in kinds if kind != "phone"}


def _profile_of(member_id: str, fields: Item, *, look_first: bool) -> tuple[Item, bool]:
    found = tables.profile(member_id) if look_first else None
    profile, is_new = (found, False) if found else tables.create_profile(member_id, fields)
    if profile.get("merged_into"):
        return current(profile["merged_into"], strong=True), False
    return profile, is_new


def _completed(profile: Item, values: Mapping[rules.Kind, str], own: Mapping[str, rules.Kind], fields: Item) -> Item:
    """The profile with identities that came later, and with the channel of this visit."""
    member_id = tables.member_id_of(profile)
    missing = {key: kind for key, kind in own.items() if key not in profile["ids"]}
    if missing:
        profile = tables.link(member_id, missing, _readable(values, missing.values()))
    channel = fields["channel_id"]
    if channel not in (fields["origin"], profile["channel_latest"]):
        tables.keep_latest_channel(member_id, channel, fields["created_at"])
    return profile


def reconcile(profile: Item, other_id: str, key: str, now: Millis) -> Item:
    """Two members share a verified key: merge when the other is nobody identified, else put both up for review."""
    member_id = tables.member_id_of(profile)
    other = _existing(other_id, key, now)
    if tables.member_id_of(other) == member_id:
        return profile
    if rules.may_merge_into_another(other) and merge_tables.merge(other, member_id, {key}, now):
        count("MembersMerged")
        return tables.profile(member_id, strong=True) or profile
    history_tables.put_review(member_id, tables.member_id_of(other), f"shared {key.split('#')[1]}", now)
    count("MembersForReview")
    return profile


def _existing(member_id: str, key: str, now: Millis) -> Item:
    """The other member's profile; one that crashed before its birth is born here, to have something to merge."""
    fields = _birth_fields({}, {key: "phone"}, {}, None, "incomplete_login", "", now)
    profile, _ = tables.create_profile(member_id, fields)
    return current(profile["merged_into"], strong=True) if profile.get("merged_into") else profile
