"""Every message that took effect: what a customer's or a staff member's phone would show."""

import json
from typing import Any

from .answers import rfc3339
from .context import Json
from .store import Row, Store

SUBSCRIBE_MESSAGE = "subscribe_message"
WELCOME = "welcome"
MASS = "mass"
STAFF_MESSAGE = "staff_message"

_MEDIA = {SUBSCRIBE_MESSAGE: "subscribe_message", WELCOME: "wecom", MASS: "wecom", STAFF_MESSAGE: "wecom"}


def record(
    store: Store,
    now: float,
    kind: str,
    content: Any,
    *,
    openid: str | None = None,
    external_userid: str | None = None,
    userid: str | None = None,
    msgid: str | None = None,
) -> None:
    """Keep a message that reached somebody; `msgid` as the API answered it, when it does."""
    store.run(
        "INSERT INTO messages(kind, openid, external_userid, userid, msgid, content, at) VALUES(?, ?, ?, ?, ?, ?, ?)",
        kind, openid, external_userid, userid, msgid, _written(content), now,
    )  # fmt: skip


def staff_had(store: Store, userid: str, content: Any, since: float) -> bool:
    """Whether the member got just this message after `since`."""
    sql = "SELECT 1 FROM messages WHERE kind = ? AND userid = ? AND content = ? AND at > ?"
    return store.one(sql, STAFF_MESSAGE, userid, _written(content), since) is not None


def to_customers(store: Store) -> list[Json]:
    """What customers got, oldest first."""
    return [_present(row) for row in store.all("SELECT * FROM messages WHERE kind <> ? ORDER BY id", STAFF_MESSAGE)]


def to_staff(store: Store) -> list[Json]:
    """What staff got from the app, oldest first."""
    return [_present(row) for row in store.all("SELECT * FROM messages WHERE kind = ? ORDER BY id", STAFF_MESSAGE)]


def _written(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def _present(row: Row) -> Json:
    names = ("openid", "external_userid", "userid", "msgid")
    known = {name: row[name] for name in names if row[name] is not None}
    kind = {"kind": row["kind"], "medium": _MEDIA[row["kind"]]}
    return {**known, **kind, "content": json.loads(row["content"]), "at": rfc3339(row["at"])}
