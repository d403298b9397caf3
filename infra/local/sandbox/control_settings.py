"""Controls of what can be set. Settings outlive a reset."""

from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from . import pay_bills
from .answers import json_response
from .context import Call, Json
from .control_fields import fields, number, text
from .errors import ControlRefusal

_LARGEST_FEN = 10**12
_NUMBERS = {
    "transfer_min_fen": _LARGEST_FEN,
    "transfer_max_fen": _LARGEST_FEN,
    "balance_fen": _LARGEST_FEN,
    "transfer_state_seconds": 30 * 86400,
}
_NAMES = ("wecom_callback_url", "transfer_first_state", *_NUMBERS)


def put_settings(call: Call) -> Response:
    """PUT /_control/settings: what is named is changed; null means the default again

    `wecom_callback_url`: where WeCom events go. `transfer_min_fen`, `transfer_max_fen`: what one transfer may be.
    `balance_fen`: what the merchant's account holds now; it goes down with each accepted transfer, up with each
    that fails, and what is above it is NOT_ENOUGH (default: no limit).
    `transfer_first_state`: ACCEPTED, PROCESSING or WAIT_USER_CONFIRM (default) of a new transfer, in which it stays
    for `transfer_state_seconds`, then waits for the user (default: until /_control/transfers/{out_bill_no}/state).
    """
    values = _checked(fields(call, *_NAMES))
    unset = [name for name, value in call.body().items() if value is None]
    pay_bills.settle_due(call.store, call.now)  # whatever came back before is part of the balance that is replaced
    with call.store.transaction():
        for name in unset:
            call.store.unset(name)
        for name, value in values.items():
            call.store.set_setting(name, value)
    return get_settings(call)


def get_settings(call: Call) -> Response:
    """GET /_control/settings: what was set; `balance_fen` is what is left"""
    pay_bills.settle_due(call.store, call.now)
    stored = {name: call.store.setting(name) for name in _NAMES}
    shown = {name: int(value) if name in _NUMBERS else value for name, value in stored.items() if value}
    return json_response({"wecom_callback_url": None, **shown})


def checked_url(url: str) -> str:
    """An http(s) address, or '' for none."""
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ControlRefusal("wecom_callback_url: an http or https address is needed")
    return url


def _checked(body: Json) -> dict[str, str]:
    values = {name: str(number(body, name, None, 0, most)) for name, most in _NUMBERS.items() if name in body}
    if "wecom_callback_url" in body:
        values["wecom_callback_url"] = checked_url(text(body, "wecom_callback_url", ""))
    if "transfer_first_state" in body:
        values["transfer_first_state"] = checked_state(body, "transfer_first_state")
    return values


def checked_state(body: Json, name: str) -> str:
    """A state in which the user has not been asked or has not answered yet."""
    state = text(body, name)
    if state not in pay_bills.UNCONFIRMED:
        raise ControlRefusal(f"{name}: one of {', '.join(pay_bills.UNCONFIRMED)}")
    return state
