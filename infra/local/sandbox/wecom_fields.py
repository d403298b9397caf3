"""Reading a WeCom request: 40058 for what does not fit, 40003 for a userid that is not there."""

from typing import Any

from .context import Json
from .errors import ApiRefusal
from .store import Row, Store


def invalid(name: str, why: str = "invalid") -> ApiRefusal:
    """40058, naming the field."""
    return ApiRefusal(40058, f"invalid Request Parameter, {name} {why}")


def text(body: Json, name: str, *, longest: int, default: str | None = None) -> str:
    """A string field of at most `longest` characters; required unless a default is given."""
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise invalid(name, "missing")
    if len(value) > longest:
        raise invalid(name, f"longer than {longest}")
    return value


def strings(body: Json, name: str, *, most: int, required: bool = True) -> list[str]:
    """A list of strings with at most `most` entries."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise invalid(name)
    if len(value) > most or (required and not value):
        raise invalid(name, "length out of range")
    return value


def limit(body: Json, name: str, most: int) -> int:
    """A page size from 1 to `most`; the largest when absent."""
    value = body.get(name) or most
    if not isinstance(value, int) or not 1 <= value <= most:
        raise invalid(name, "out of range")
    return value


def offset(body: Json) -> int:
    """A cursor as this sandbox writes it."""
    cursor = str(body.get("cursor") or "0")
    if not cursor.isdecimal():
        raise invalid("cursor")
    return int(cursor)


def paged(items: list[Any], start: int, size: int) -> tuple[list[Any], str]:
    """One page and the cursor of the next, '' after the last."""
    following = start + size
    return items[start:following], str(following) if following < len(items) else ""


def staff_member(store: Store, userid: Any) -> Row:
    """The staff member's row; 40003 when unknown."""
    row = store.one("SELECT * FROM staff WHERE userid = ?", str(userid))
    if row is None:
        raise ApiRefusal(40003, "invalid userid")
    return row
