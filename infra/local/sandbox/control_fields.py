"""Reading the body of a control: 400 with a message that says what is wrong."""

from typing import Any

from . import people
from .context import Call, Json
from .errors import ControlRefusal
from .store import Row


def fields(call: Call, *names: str) -> Json:
    """The body, when it holds no other fields than these."""
    body = call.body()
    unknown = sorted(body.keys() - set(names))
    if unknown:
        raise ControlRefusal(f"unknown field {unknown[0]}; known are: {', '.join(names) or 'none'}")
    return {name: value for name, value in body.items() if value is not None}


def text(body: Json, name: str, default: str | None = None) -> str:
    """A string; required (and not empty) unless there is a default."""
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise ControlRefusal(f"{name}: a string is needed")
    return value


def flag(body: Json, name: str, default: bool) -> bool:
    """true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise ControlRefusal(f"{name}: true or false is needed")
    return value


def number(body: Json, name: str, default: int | None, lowest: int, highest: int) -> int:
    """An integer within bounds; required when the default is None."""
    value: Any = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ControlRefusal(f"{name}: an integer from {lowest} to {highest} is needed")
    return value


def customer_by_openid(call: Call, body: Json, name: str = "openid") -> Row:
    """The customer whose openid the field names."""
    row = people.by_openid(call.store, text(body, name))
    if row is None:
        raise ControlRefusal(f"{name}: no such customer; POST /_control/customers makes one")
    return row


def customer_by_external_userid(call: Call, body: Json) -> Row:
    """The customer that `external_userid` names."""
    row = people.by_external_userid(call.store, text(body, "external_userid"))
    if row is None:
        raise ControlRefusal("external_userid: no such customer; POST /_control/customers makes one")
    return row


def staff_member(call: Call, body: Json, name: str = "userid") -> Row:
    """The staff member that the field names."""
    row = call.store.one("SELECT * FROM staff WHERE userid = ?", text(body, name))
    if row is None:
        raise ControlRefusal(f"{name}: no such staff member; POST /_control/staff makes one")
    return row
