"""One-time codes: wx.login, phone number and WeCom OAuth codes live five minutes and work once."""

import secrets

from .store import Row, Store

JS_CODE = "js"
PHONE_CODE = "phone"
STAFF_CODE = "staff"

LIFETIME_SECONDS = 300


def issue(store: Store, kind: str, subject: str, now: float) -> str:
    """A new code for an openid or a userid."""
    code = secrets.token_urlsafe(24)
    store.run("INSERT INTO codes VALUES(?, ?, ?, ?, NULL)", code, kind, subject, now)
    return code


def find(store: Store, kind: str, code: str, now: float) -> Row | None:
    """The code's row (look at `used_at`), or None when it is unknown or older than five minutes."""
    row = store.one("SELECT * FROM codes WHERE kind = ? AND code = ?", kind, code)
    return row if row and row["created_at"] + LIFETIME_SECONDS > now else None


def use(store: Store, code: str, now: float) -> None:
    """Mark it as used."""
    store.run("UPDATE codes SET used_at = ? WHERE code = ?", now, code)


def used_since(store: Store, kind: str, subject: str, since: float) -> int:
    """How many codes of this person were used after `since`."""
    return store.number(
        "SELECT count(*) FROM codes WHERE kind = ? AND subject = ? AND used_at > ?", kind, subject, since
    )
