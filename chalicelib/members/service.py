"""Use cases of members: who is this, what may we send them, what did they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import canonical_phone, decrypt, mask_phone
from chalicelib.members import tables
from chalicelib.members.consents import rules as consents_rules
from chalicelib.members.consents import tables as consents_tables
from chalicelib.members.identity import rules as identity_rules
from chalicelib.members.identity import scan_tables
from chalicelib.members.identity import tables as identity_tables
from chalicelib.members.identity.merge import alias_rows as alias_rows
from chalicelib.members.identity.merge import current_of as current_of
from chalicelib.members.identity.merge import decide as decide
from chalicelib.members.identity.merge import list_reviews as list_reviews
from chalicelib.members.identity.merge import reconcile
from chalicelib.members.identity.merge import unmerge as unmerge
from chalicelib.members.identity.person import Person as Person
from chalicelib.members.identity.person import person as person
from chalicelib.members.identity.person import person_of as person_of
from chalicelib.members.identity.person import person_or_erased as person_or_erased
from chalicelib.members.identity.resolve import Erased as Erased
from chalicelib.members.identity.resolve import Recognised as Recognised
from chalicelib.members.identity.resolve import current as current
from chalicelib.members.identity.resolve import identity_key, sealed_phone
from chalicelib.members.identity.resolve import recognise as recognise
from chalicelib.members.tables import member_id_of as member_id_of
from chalicelib.members.timeline import tables as timeline_tables
from chalicelib.members.timeline.service import newest_of_timeline as newest_of_timeline
from chalicelib.members.timeline.service import timeline as timeline
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram


def member_of(kind: str, value: str) -> str | None:
    """The current member with this identity, None when nobody has it (any more): 0.5 RRU."""
    owner = identity_tables.owner(identity_key(kind, value))
    return owner.member_id if owner and owner.gone_at is None else None


def erased_since(kind: str, value: str) -> Millis | None:
    """When the person with this identity was erased and has not come back since: 0.5 RRU."""
    owner = identity_tables.owner(identity_key(kind, value))
    return owner.gone_at if owner else None


def find(member_id: str) -> Item | None:
    """The profile that stands for a member today, None when there is none or no more."""
    try:
        return current(member_id)
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return None


def ids_of(profile: Item) -> list[str]:
    """Every member id under which this person may have claimed something: the one that stands today, those merged
    into it, and those they had before they were erased. Who gives something once per person asks for all of them.
    """
    return list(person_of(profile).ids_ever)


def known_since(profile: Item) -> Millis:
    """Since when the brand has known this person: also over an erasure, so that nobody becomes new twice."""
    return int(profile["known_since"] if "known_since" in profile else profile["created_at"])


def openid_of(member_id: str) -> str | None:
    """Where this member's money goes; None when they never opened the mini program."""
    profile = current(member_id)
    openids = (row.get("openid") for row in [profile, *alias_rows(profile)])
    return next((openid for openid in openids if openid), None)


def may_send(member_id: str, purpose: str) -> bool:
    """Whether the member allows messages for `purpose` (`service`, `marketing`, …) now; the stricter consent wins."""
    return reach_of(member_id, purpose).allowed


class Reach(NamedTuple):
    """Where a member is reached now. `member_id` is the one that stands today; `allowed`: as `may_send` says."""

    member_id: str
    openid: str | None
    allowed: bool


def reach_of(member_id: str, purpose: str) -> Reach:
    """What a push asks about a recipient, in one read of 0.5 RRU (more for merged members); 404 for one erased."""
    profile = current(member_id)
    rows = [profile, *alias_rows(profile)]
    openid = next((row["openid"] for row in rows if row.get("openid")), None)
    allowed = consents_rules.may_send([consents_rules.allows(consents_rules.stricter(rows), purpose)], purpose)
    return Reach(tables.member_id_of(profile), openid, allowed)


def united(profile: Item) -> Item:
    """The profile with what those merged into it add: identities, phone, accounts; the stricter consents."""
    rows = [profile, *alias_rows(profile)]
    names = ("openid", "unionid", "external_userid", "phone_masked")
    known = {name: next((row[name] for row in rows if row.get(name)), None) for name in names}
    accounts = {account for row in rows for account in row.get("accounts", ())}
    return {**profile, **known, "accounts": accounts, "consents": consents_rules.stricter(rows)}


def add_to_timeline(member_id: str, kind: str, key: str, at: Millis, **facts: Any) -> None:
    """One dated row of the timeline (scan, contact, join, order …); the same kind, key and moment make one row."""
    timeline_tables.put_entry(
        member_id, kind, key, at, {name: fact for name, fact in facts.items() if fact is not None}
    )


def spend_scan(code: str, visit_id: str, openid: str, now: Millis) -> Millis | None:
    """Since when a scan id attributes this person; None unless they were the first to log in with it.

    A login that is tried again gets the moment of the first try: what it records is recorded once.
    """
    return scan_tables.spend_scan(code, visit_id, identity_key("openid", openid), now)


def identities_of_login(js_code: str, mini_program: MiniProgram) -> dict[str, str]:
    """Who logs in: openid and, when WeChat tells it, unionid.

    401 `invalid_js_code` for a code that is wrong, used or over its five minutes; 429 `too_many_requests`.
    """
    from chalicelib.wechat.errors import Refused, WeChatError

    try:
        session = mini_program.code_to_session(js_code)
    except Refused as error:
        if error.limited:
            raise SiyuError("too_many_requests", "Too many logins. Wait a minute and try again.") from error
        raise SiyuError("invalid_js_code", "WeChat refused the code: call wx.login again.", param="js_code") from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeChat gave no answer: call wx.login again.") from error
    return {"openid": session.openid, **({"unionid": session.unionid} if session.unionid else {})}


def verify_phone(member_id: str, phone_code: str, mini_program: MiniProgram, now: Millis) -> Item:
    """Tie the phone behind the button's code to this member; the profile that stands for them then.

    401 `invalid_js_code` for a bad code; 409 `conflict` when both this member and the one who has the phone are
    identified: a person decides.
    """
    phone = _phone_of(phone_code, mini_program)
    profile = current(member_id, strong=True)
    key = identity_key("phone", phone)
    owner = _claimed(key, tables.member_id_of(profile), now)
    if owner.claimed_by != tables.member_id_of(profile):
        profile = _reconciled(profile, owner.claimed_by, key, now)
    # A phone is sealed for the profile that claimed it; an alias keeps its own.
    holder = owner.claimed_by
    kept = tables.save_phone(holder, key, sealed_phone(phone, holder), mask_phone(phone), now)
    if not kept.done:
        raise Erased
    tables.save_former(tables.member_id_of(profile), owner.since, owner.former)
    return current(tables.member_id_of(profile), strong=True)


def link_account(member_id: str, system: str, account: str, now: Millis) -> Item:
    """Tie a shop account or a card (`system` such as tmall, card) to a member: linked, not verified.

    Whose account it is proves nothing of who a person is, so nothing is ever merged by it. 409 `already_exists`
    when it is another member's, 422 when the member has too many.
    """
    profile = current(member_id, strong=True)
    member_id = tables.member_id_of(profile)
    key = identity_key("account", f"{system}:{account}")
    owner = _claimed(key, member_id, now)
    if owner.member_id != member_id:
        raise SiyuError("already_exists", "This account is linked to another member.", param="account")
    if owner.claimed_by != member_id:
        return profile
    kept = tables.save_account(member_id, key, f"{system}:{account}")
    if not kept.done:
        raise SiyuError(
            "refused", f"A member can have at most {identity_rules.MOST_IDENTITIES} identities.", param="account"
        )
    return kept.item


def phone_of(profile: Item) -> str | None:
    """The phone of a person, for its owner's eyes."""
    holder = next((row for row in [profile, *alias_rows(profile)] if row.get("phone")), None)
    if holder is None:
        return None
    return decrypt(holder["phone"], app_secrets().phone_key, context=tables.member_id_of(holder))


def record_consent(member_id: str, *, purpose: str, granted: bool, version: str, now: Millis) -> Item:
    """What the member says about a purpose, dated and versioned; the profile as it is then."""
    member_id = tables.member_id_of(current(member_id))
    outcome = consents_tables.save_consent(member_id, consents_rules.checked_purpose(purpose), granted, version, now)
    if not outcome.done and purpose not in outcome.item.get("consents", {}):
        raise SiyuError(
            "refused", f"A member can answer at most {consents_rules.MOST_PURPOSES} purposes.", param="purpose"
        )
    return outcome.item


def consents_of(member_id: str) -> list[Item]:
    """Every answer that a member gave, by purpose and moment."""
    return consents_tables.consents(member_id)


def _claimed(key: str, member_id: str, now: Millis) -> identity_tables.Owner:
    owner = identity_tables.claim(key, member_id, now)
    if owner.gone_at is None:
        return owner
    return identity_tables.take_over(key, owner.claimed_by, member_id, now)


def _reconciled(profile: Item, owner: str, key: str, now: Millis) -> Item:
    stands = reconcile(profile, owner, key, now)
    together = {tables.member_id_of(stands), *stands.get("aliases", ())}
    if owner not in together:
        raise SiyuError(
            "conflict",
            "This phone belongs to another member. Both profiles are under review. Use another phone or ask the brand.",
            param="phone_code",
        )
    return stands


def _phone_of(phone_code: str, mini_program: MiniProgram) -> str:
    from chalicelib.wechat.errors import Refused, WeChatError

    try:
        # The country code stands first: without its plus an American number reads as a mainland one.
        return canonical_phone(f"+{mini_program.phone_number(phone_code)}")
    except Refused as error:
        raise SiyuError(
            "invalid_js_code", "WeChat refused the code: press the phone button again.", param="phone_code"
        ) from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeChat gave no answer: press the phone button again.") from error
