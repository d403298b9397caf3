"""Access tokens of the two hosts that use them. They differ in what 40001 means (see `require_*`)."""

import secrets

from .errors import ApiRefusal
from .store import Row, Store

MINI_PROGRAM = "mini_program"
WECOM = "wecom"
JSAPI_TICKET = "jsapi_ticket"
AGENT_TICKET = "agent_ticket"

LIFETIME_SECONDS = 7200
_RENEWED_BEFORE_SECONDS = 300
_FORCED_INTERVAL_SECONDS = 30
_FORCED_PER_DAY = 20
_MINI_PREFIX = "80_"
_MINI_LENGTH = len(_MINI_PREFIX) + 128


def stable_token(store: Store, now: float) -> Row:
    """The shared mini program token; renewed in its last five minutes, when old and new are both valid."""
    with store.transaction():
        current = _newest(store, MINI_PROGRAM)
        if current and current["expires_at"] - now > _RENEWED_BEFORE_SECONDS:
            return current
        return _issue(store, MINI_PROGRAM, now)


def forced_token(store: Store, now: float) -> Row:
    """`force_refresh`: a new token, the old ones are dead at once. 20 a day, 30 s apart, else 45009, 45011."""
    with store.transaction():
        _spend_forced_refresh(store, now)
        store.run("UPDATE tokens SET revoked = 1 WHERE kind = ?", MINI_PROGRAM)
        return _issue(store, MINI_PROGRAM, now)


def shared_token(store: Store, kind: str, now: float) -> Row:
    """A WeCom token or JS ticket: asking again while it is valid gives the same one."""
    with store.transaction():
        current = _newest(store, kind)
        return current if current and current["expires_at"] > now else _issue(store, kind, now)


def seconds_left(token: Row, now: float) -> int:
    """`expires_in`."""
    return max(0, int(token["expires_at"] - now))


def require_mini_program(store: Store, token: str, now: float) -> None:
    """40014 malformed, 40001 unknown or replaced (refresh once), 42001 expired, 41001 missing."""
    if not token:
        raise ApiRefusal(41001, "access_token missing")
    if not token.startswith(_MINI_PREFIX) or len(token) != _MINI_LENGTH:
        raise ApiRefusal(40014, "invalid access_token")
    row = store.one("SELECT * FROM tokens WHERE token = ? AND kind = ?", token, MINI_PROGRAM)
    if row is None or row["revoked"]:
        raise ApiRefusal(40001, "invalid credential, access_token is invalid or not latest")
    if row["expires_at"] <= now:
        raise ApiRefusal(42001, "access_token expired")


def require_wecom(store: Store, token: str, now: float) -> None:
    """40014 unknown, 42001 expired, 41001 missing. 40001 is never said of a token: it means a bad secret."""
    if not token:
        raise ApiRefusal(41001, "access_token missing")
    row = store.one("SELECT * FROM tokens WHERE token = ? AND kind = ?", token, WECOM)
    if row is None or row["revoked"]:
        raise ApiRefusal(40014, "invalid access_token")
    if row["expires_at"] <= now:
        raise ApiRefusal(42001, "access_token expired")


def expire_all(store: Store, now: float) -> int:
    """Let every token and ticket run out now; how many were still valid."""
    return store.run("UPDATE tokens SET expires_at = ? WHERE expires_at > ? AND revoked = 0", now, now)


def _spend_forced_refresh(store: Store, now: float) -> None:
    if store.number("SELECT count(*) FROM forced_refreshes WHERE at > ?", now - _FORCED_INTERVAL_SECONDS):
        raise ApiRefusal(45011, "api minute-quota reach limit, force_refresh needs 30 seconds between two calls")
    if store.number("SELECT count(*) FROM forced_refreshes WHERE at > ?", now - 86400) >= _FORCED_PER_DAY:
        raise ApiRefusal(45009, "reach max api daily quota limit")
    store.run("INSERT INTO forced_refreshes VALUES(?)", now)


def _newest(store: Store, kind: str) -> Row | None:
    return store.one("SELECT * FROM tokens WHERE kind = ? AND revoked = 0 ORDER BY expires_at DESC LIMIT 1", kind)


def _issue(store: Store, kind: str, now: float) -> Row:
    token = _MINI_PREFIX + secrets.token_urlsafe(96) if kind == MINI_PROGRAM else secrets.token_urlsafe(96)
    store.run("INSERT INTO tokens VALUES(?, ?, ?, ?, 0)", token, kind, now, now + LIFETIME_SECONDS)
    row = store.one("SELECT * FROM tokens WHERE token = ?", token)
    assert row is not None
    return row
