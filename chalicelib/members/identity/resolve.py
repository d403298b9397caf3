"""Who is this: the writes that make one member of one person, in an order that survives a crash anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.privacy import canonical_phone, encrypt, keyed_hash, mask_phone
from chalicelib.members import tables as member_tables
from chalicelib.members.identity import merge, rules, tables
from chalicelib.members.identity.person import Person, person_of
from chalicelib.members.identity.tables import Owner
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.secrets import app_secrets


class Recognised(NamedTuple):
    """`is_new`: this call is the one that made the member. `profile` is the member's row."""

    member_id: str
    is_new: bool
    profile: Item

    @property
    def person(self) -> Person:
        """All ids of whom was recognised."""
        return person_of(self.profile)


class Erased(SiyuError):
    """404 `not_found`: the person was erased after the moment that is told of. What was in flight ends here."""

    def __init__(self) -> None:
        super().__init__("not_found", "This person was erased since.")


class Visit(NamedTuple):
    """How and when somebody came."""

    channel_id: str | None
    origin: str
    origin_key: str
    now: Millis
    by_hand: bool = False


def recognise(
    identities: Mapping[str, str],
    *,
    channel_id: str | None,
    origin: str,
    now: Millis,
    origin_key: str = "",
    known: Mapping[str, Owner] | None = None,
    by_hand: bool = False,
) -> Recognised:
    """The member with these identities (kinds `unionid`, `openid`, `external_userid`, `phone`), made if there is none.

    Every write is a conditional put of its own, strongest identity first and the profile last, so a crash between
    any two leaves what the next call completes; the profile's birth is what makes somebody new, once.
    First time: 1 WRU per identity and 1 for the profile, 0.5 RRU per identity. Known: 0.5 RRU more, no write.
    A weaker identity that is another member's makes a merge when one of the two is nobody identified, else a review;
    then who came through the mini program stays the member of their openid.
    `known`: owners of the identities that were read already. `Erased` when they were erased after `now`.
    `by_hand`: the brand says so, nobody is here. Then nothing is verified, so nothing is merged (409 `conflict`), it
    is no visit, and who was erased stays so.
    """
    values = dict(rules.by_strength(identities))
    keys = {identity_key(kind, value): kind for kind, value in values.items()}
    found = tables.owners(list(keys)) if known is None else {key: known[key] for key in keys if key in known}
    visit = Visit(channel_id, origin, origin_key, now, by_hand)
    if by_hand:
        _refuse_unless_one(found.values())
    owners = _claim_all(list(keys), found, now)
    member_id = next(iter(owners.values())).member_id
    profile, is_new = _profile_of(member_id, values, keys, owners, visit, look_first=bool(found))
    if profile.get("erased_at"):
        _reclaim(owners, profile, now)
        return recognise(identities, channel_id=channel_id, origin=origin, now=now, origin_key=origin_key)
    if by_hand:
        _refuse_unless_one(owners.values())
    for key, owner in owners.items():
        if member_tables.member_id_of(profile) != owner.member_id:
            profile = merge.reconcile(profile, owner.member_id, key, now)
    profile = _at_their_door(profile, keys, owners)
    return Recognised(member_tables.member_id_of(profile), is_new, profile)


def current(member_id: str, *, strong: bool = False) -> Item:
    """The profile that stands for this member today, which a merged id leads to; 404 when there is none or no more."""
    return merge.current(member_id, strong=strong)


def identity_key(kind: str, value: str) -> str:
    """pk of the row that says whose this identity is; 400 for a phone that is none."""
    canonical = canonical_phone(value) if kind == "phone" else value
    return member_tables.identity_key(kind, keyed_hash(f"{kind}:{canonical}", app_secrets().lookup_key))


def sealed_phone(phone: str, member_id: str) -> bytes:
    """A phone as it is kept: only together with this member can it be read again."""
    return encrypt(canonical_phone(phone), app_secrets().phone_key, context=member_id)


def _claim_all(keys: list[str], known: Mapping[str, Owner], now: Millis) -> dict[str, Owner]:
    """Whose each key is from now on, strongest first: the first key's owner is the member, or a new one."""
    if any(owner.gone_at is not None and owner.gone_at >= now for owner in known.values()):
        raise Erased
    alive = (known[key].member_id for key in keys if key in known and known[key].gone_at is None)
    member_id = next(alive, None) or ids.new_id("member", now)
    claimed: dict[str, Owner] = {}
    for place, key in enumerate(keys):
        owner = known.get(key) or tables.claim(key, member_id, now)
        if owner.gone_at is not None:
            if owner.gone_at >= now:
                raise Erased
            owner = tables.take_over(key, owner.claimed_by, member_id, now)
        claimed[key] = owner
        if place == 0:
            member_id = owner.member_id
    return claimed


def _profile_of(
    member_id: str,
    values: Mapping[rules.Kind, str],
    keys: Mapping[str, rules.Kind],
    owners: Mapping[str, Owner],
    visit: Visit,
    *,
    look_first: bool,
) -> tuple[Item, bool]:
    """The member's row, born now or completed by what this visit brings."""
    own = {key: kind for key, kind in keys.items() if owners[key].claimed_by == member_id}
    found = member_tables.profile(member_id) if look_first else None
    if found is None:
        birth = birth_fields(member_id, own, values, visit, owners.values())
        profile, is_new = member_tables.create_profile(member_id, birth)
        if is_new:
            return profile, not birth.get("former")
        found = profile
    if found.get("merged_into"):
        return current(found["merged_into"], strong=True), False
    if found.get("erased_at"):
        return found, False
    return _completed(found, values, own, owners, visit), False


def birth_fields(
    member_id: str,
    own: Mapping[str, rules.Kind],
    values: Mapping[rules.Kind, str],
    visit: Visit,
    owners: Iterable[Owner] = (),
) -> Item:
    """A new profile. Somebody whom a tombstone knows is born with it: then nobody is told of a new member."""
    channel = rules.channel_of(visit.channel_id, visit.origin)
    former = {known for owner in owners for known in owner.former}
    since = [owner.since for owner in owners if owner.since is not None]
    return {
        "created_at": visit.now,
        "made_by": secrets.token_hex(8),
        "ids": set(own),
        "channel_id": channel,
        "channel_latest": channel,
        "channel_latest_at": visit.now,
        "origin": visit.origin,
        "consents": {},
        **_values_to_save(values, own.values(), member_id),
        **({"origin_key": visit.origin_key} if visit.origin_key else {}),
        **({"former": former, "known_since": min(since, default=visit.now)} if former else {}),
    }


def _values_to_save(
    values: Mapping[rules.Kind, str], kinds: Iterable[rules.Kind], member_id: str
) -> dict[str, str | bytes]:
    """The values that the profile keeps: payouts and messages need them. A phone never readably."""
    kept: dict[str, str | bytes] = {kind: values[kind] for kind in kinds if kind != "phone" and kind in values}
    if "phone" in kinds and "phone" in values:
        phone = canonical_phone(values["phone"])
        kept |= {"phone": sealed_phone(phone, member_id), "phone_masked": mask_phone(phone)}
    return kept


def _completed(
    profile: Item,
    values: Mapping[rules.Kind, str],
    own: Mapping[str, rules.Kind],
    owners: Mapping[str, Owner],
    visit: Visit,
) -> Item:
    """The profile with identities that came later, and with the channel of this visit."""
    member_id = member_tables.member_id_of(profile)
    missing = {key: kind for key, kind in own.items() if key not in profile["ids"]}
    if missing:
        linked = member_tables.link(member_id, missing, _values_to_save(values, missing.values(), member_id))
        if not linked.done:
            raise _not_linked(linked.item)
        profile = linked.item
        for key in missing:
            member_tables.save_former(member_id, owners[key].since, owners[key].former)
    channel = rules.channel_of(visit.channel_id, visit.origin)
    if not visit.by_hand and channel not in (visit.origin, profile["channel_latest"]):
        member_tables.save_latest_channel(member_id, channel, visit.now)
    return profile


def _refuse_unless_one(owners: Collection[Owner]) -> None:
    if any(owner.gone_at is not None for owner in owners):
        raise Erased
    if len({owner.member_id for owner in owners}) > 1:
        raise SiyuError("conflict", "These identities belong to more than one member.")


def _reclaim(owners: Mapping[str, Owner], erased: Item, now: Millis) -> None:
    """Identities that were claimed while the person was being erased: no tombstone, yet nobody's any more."""
    if erased["erased_at"] >= now:
        raise Erased
    member_id, gone = ids.new_id("member", now), member_tables.member_id_of(erased)
    for key, owner in owners.items():
        if owner.claimed_by == gone:
            tables.take_over(key, gone, member_id, now)


def _at_their_door(profile: Item, keys: Mapping[str, rules.Kind], owners: Mapping[str, Owner]) -> Item:
    """Of two people put up for review the one whose openid it is: there is what they did so far, and their money."""
    door = next((owners[key].member_id for key, kind in keys.items() if kind == "openid"), None)
    if door is None or door == member_tables.member_id_of(profile) or door in profile.get("aliases", ()):
        return profile
    return current(door, strong=True)


def _not_linked(profile: Item) -> SiyuError:
    if not profile or profile.get("erased_at"):
        return Erased()
    return not_found("member", member_tables.member_id_of(profile)) if profile.get("merged_into") else _too_many()


def _too_many() -> SiyuError:
    return SiyuError("refused", f"A member can have at most {rules.MOST_IDENTITIES} identities.")
