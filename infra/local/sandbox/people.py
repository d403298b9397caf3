"""Who there is: a person has one WeChat account, hence one unionid and one external_userid, and one or more openids.

Whether a unionid is told is decided twice: WeCom tells it once the corp is bound to the Open Platform account of
the mini program (page 92114), code2Session once the mini program itself is.
"""

import secrets

from .store import Row, Store

FIRST_SUBSCRIPTIONS = 10
# No carrier gives out 199 00…: an invented number is seen as one.
_INVENTED_PHONE_PREFIX = "19900"

_CUSTOMERS = (
    "SELECT o.openid, o.subscriptions, o.app_knows, p.* FROM openids o"
    " JOIN people p ON p.external_userid = o.external_userid"
)


def by_openid(store: Store, openid: str) -> Row | None:
    """The person with this openid; `app_knows` says whether code2Session tells the unionid."""
    return store.one(f"{_CUSTOMERS} WHERE o.openid = ?", openid)


def by_external_userid(store: Store, external_userid: str) -> Row | None:
    """The person as WeCom knows them; `corp_knows` says whether it tells the unionid."""
    return store.one("SELECT * FROM people WHERE external_userid = ?", external_userid)


def add_person(store: Store, phone: str | None, name: str | None, *, unionid_told: bool) -> str:
    """A new person without an openid; their external_userid."""
    external_userid = "wm" + _letters(30)
    store.run(
        "INSERT INTO people VALUES(?, ?, ?, ?, ?, NULL)",
        external_userid, "o" + _letters(27), phone or _invented_phone(store), name or f"顾客{external_userid[-4:]}",
        unionid_told,
    )  # fmt: skip
    return external_userid


def add_openid(store: Store, external_userid: str, *, unionid_told: bool) -> str:
    """One more openid of a person."""
    openid = "o" + _letters(27)
    store.run("INSERT INTO openids VALUES(?, ?, ?, ?)", openid, external_userid, FIRST_SUBSCRIPTIONS, unionid_told)
    return openid


def follow_official_account(store: Store, external_userid: str) -> None:
    """Give the person the openid that the official account knows them by, unless they have it."""
    store.run(
        "UPDATE people SET oa_openid = ? WHERE external_userid = ? AND oa_openid IS NULL",
        "o" + _letters(27), external_userid,
    )  # fmt: skip


def reveal_unionid(store: Store, external_userid: str) -> None:
    """WeCom and code2Session tell the unionid from now on.

    The corp can be bound only to the Open Platform account that holds the mini program, and of such a mini
    program code2Session tells the unionid too.
    """
    with store.transaction():
        store.run("UPDATE people SET corp_knows = 1 WHERE external_userid = ?", external_userid)
        store.run("UPDATE openids SET app_knows = 1 WHERE external_userid = ?", external_userid)


def _invented_phone(store: Store) -> str:
    while True:
        phone = f"{_INVENTED_PHONE_PREFIX}{secrets.randbelow(10**6):06d}"
        if store.one("SELECT 1 FROM people WHERE phone = ?", phone) is None:
            return phone


def _letters(length: int) -> str:
    return secrets.token_urlsafe(length)[:length]
