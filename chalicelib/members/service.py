"""Use cases of members: who is this, what may we send them, what did they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import canonical_phone, decrypt, encrypt, mask_phone
from chalicelib.members import history_tables, rules, tables
from chalicelib.members.recognition import Recognised as Recognised
from chalicelib.members.recognition import current as current
from chalicelib.members.recognition import identity_key, reconcile
from chalicelib.members.recognition import recognise as recognise
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram


def member_of(kind: str, value: str) -> str | None:
    """The current member with this identity, None when nobody has it: 0.5 RRU."""
    return tables.owner(identity_key(kind, value))


def openid_of(member_id: str) -> str | None:
    """Where this member's money goes; None when they never opened the mini program."""
    profile = current(member_id)
    openids = (row.get("openid") for row in [profile, *_alias_rows(profile)])
    return next((openid for openid in openids if openid), None)


def may_send(member_id: str, purpose: str) -> bool:
    """Whether the member allows messages for `purpose` (`service`, `marketing`, …) now; the stricter consent wins."""
    profile = current(member_id)
    said = [rules.allows(row["consents"], purpose) for row in [profile, *_alias_rows(profile)]]
    return rules.may_send(said, purpose)


class Reach(NamedTuple):
    """Where a member is reached now. `member_id` is the one that stands today; `allowed`: as `may_send` says."""

    member_id: str
    openid: str | None
    allowed: bool


def reach_of(member_id: str, purpose: str) -> Reach:
    """What a push asks about a recipient, in one read of 0.5 RRU (more for merged members); 404 for one erased."""
    profile = current(member_id)
    rows = [profile, *_alias_rows(profile)]
    openid = next((row["openid"] for row in rows if row.get("openid")), None)
    allowed = rules.may_send([rules.allows(row["consents"], purpose) for row in rows], purpose)
    return Reach(tables.member_id_of(profile), openid, allowed)


def note(member_id: str, kind: str, key: str, at: Millis, **facts: Any) -> None:
    """One dated row of the timeline (scan, contact, join, order …); the same kind, key and moment make one row."""
    history_tables.put_moment(
        member_id, kind, key, at, {name: fact for name, fact in facts.items() if fact is not None}
    )


def timeline(profile: Item, limit: int, cursor: str | None) -> Page:
    """What a member did, newest first; the last row is how they came, which the profile itself keeps."""
    page = history_tables.moments(tables.member_id_of(profile), limit, cursor)
    if page.cursor:
        return page
    facts = {"channel_id": profile["channel_id"], "origin": profile["origin"]}
    birth = {"kind": "joined", "key": profile.get("origin_key", ""), "at": profile["created_at"], "facts": facts}
    return Page([*page.items, birth], None)


def spend_scan(code: str, visit_id: str, openid: str, now: Millis) -> bool:
    """Whether a scan id may attribute this person: the first who logs in with it, also when they do so again."""
    return history_tables.spend_scan(code, visit_id, identity_key("openid", openid), now)


def everything(member_id: str, limit: int, cursor: str | None) -> Page:
    """A page of every row that this area keeps about a member."""
    return history_tables.everything(member_id, limit, cursor)


def identities_of_login(js_code: str, mini_program: MiniProgram) -> dict[str, str]:
    """Who logs in: openid and, when WeChat tells it, unionid.

    401 `invalid_js_code` for a code that is wrong, used or over its five minutes; 429 `too_many_requests`.
    """
    from chalicelib.wechat.errors import Refused, WeChatError

    try:
        session = mini_program.code_to_session(js_code)
    except Refused as error:
        if error.limited:
            raise SiyuError("too_many_requests", "Too many logins of this person: wait a minute.") from error
        raise SiyuError("invalid_js_code", "WeChat refused the code: call wx.login again.", param="js_code") from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeChat gave no answer: call wx.login again.") from error
    return {"openid": session.openid, **({"unionid": session.unionid} if session.unionid else {})}


def verify_phone(member_id: str, phone_code: str, mini_program: MiniProgram, now: Millis) -> Item:
    """Tie the phone behind the button's code to this member; the profile as it is then.

    401 `invalid_js_code` for a bad code; 409 `conflict` when an identified member has this phone: a person decides.
    """
    phone = _phone_of(phone_code, mini_program)
    profile = current(member_id, strong=True)
    member_id = tables.member_id_of(profile)
    key = identity_key("phone", phone)
    owner = tables.claim(key, member_id, now)
    if owner != member_id:
        _settle_phone(profile, owner, key, now)
    sealed = encrypt(phone, app_secrets().phone_key, context=member_id)
    return tables.keep_phone(member_id, key, sealed, mask_phone(phone), now)


def phone_of(profile: Item) -> str | None:
    """The verified phone of a profile, for its owner's eyes."""
    if not profile.get("phone"):
        return None
    return decrypt(profile["phone"], app_secrets().phone_key, context=tables.member_id_of(profile))


def record_consent(member_id: str, *, purpose: str, granted: bool, version: str, now: Millis) -> Item:
    """What the member says about a purpose, dated and versioned; the profile as it is then."""
    member_id = tables.member_id_of(current(member_id))
    outcome = history_tables.keep_consent(member_id, rules.checked_purpose(purpose), granted, version, now)
    if not outcome.done and purpose not in outcome.item.get("consents", {}):
        raise SiyuError("refused", f"A member answers {rules.MOST_PURPOSES} purposes at most.", param="purpose")
    return outcome.item


def _settle_phone(profile: Item, owner: str, key: str, now: Millis) -> None:
    reconcile(profile, owner, key, now)
    if tables.member_id_of(current(owner, strong=True)) != tables.member_id_of(profile):
        raise SiyuError(
            "conflict",
            "This phone belongs to another member. Both were put up for review; use another phone or ask the brand.",
            param="phone_code",
        )


def _alias_rows(profile: Item) -> list[Item]:
    found = (tables.profile(alias) for alias in sorted(profile.get("aliases", ())))
    return [row for row in found if row]


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
