"""What the routes of the member centre take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.members.schemas import Me
from chalicelib.runtime.http import Answer, Body

Code = Annotated[str, Meta(min_length=1, max_length=512)]


class Login(Body):
    """What wx.login gave, and what brought the person here."""

    js_code: Code
    scan_id: Annotated[str, Meta(max_length=256)] | None = None
    invite: Annotated[str, Meta(max_length=64)] | None = None
    badge: Annotated[str, Meta(max_length=64)] | None = None


class LoggedIn(Answer):
    """A token for the routes of members, valid `expires_in` seconds."""

    token: str
    expires_in: int
    is_new: bool
    member: Me


class PhoneCode(Body):
    """The code of the phone-number button."""

    phone_code: Code


class Consent(Body):
    """An answer to one purpose, to a version of its text."""

    purpose: str
    granted: bool
    version: Annotated[str, Meta(min_length=1, max_length=32)]


class Badge(Body):
    """A guide's printed token."""

    badge: Annotated[str, Meta(min_length=1, max_length=64)]
