"""The edge of a login: what brought the person here, and who must hear of it.

It stands beside api.py because it speaks to areas that come after members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service

if TYPE_CHECKING:
    from chalicelib.codes.scans.service import ScanRef


SAME_SHOWING: Final = 10 * MINUTE
"""A badge that is shown again so soon, also by a login that is tried again, is one touch."""


class Arrival(NamedTuple):
    """How a person came. `key` is the token's own key: a visit id, a guide id, an invite.

    `at`: when it brought them here first, which a login that is tried again does not change.
    """

    origin: str
    key: str
    channel_id: str | None
    at: Millis
    code: str | None = None
    guide_id: str | None = None


def arrival_of(scan_id: str | None, guide_id: str | None, invite: str | None, openid: str, now: Millis) -> Arrival:
    """What the tokens of a login say.

    A scan id that is over its 30 minutes, not ours or spent by another attributes nothing and does not stand in
    the way of the login.
    """
    scan, at = _scan_of(scan_id, openid, now)
    channel_id = scan.channel_id if scan else None
    if guide_id and not channel_id:
        channel_id = _channel_of_guide(guide_id)
    if scan:
        return Arrival("scan", scan.visit_id, channel_id, at, scan.code, guide_id)
    if guide_id:
        return Arrival("badge", guide_id, channel_id, at, None, guide_id)
    return Arrival("invite" if invite else "mini_program", invite or "", channel_id, at)


def record(came: Arrival, known: service.Recognised, now: Millis) -> str | None:
    """Write the touches, the timeline and the binding of a login; the guide the member is bound to then."""
    person = known.person
    if came.code:
        if not known.is_new:  # who was born by it has it in the profile
            service.add_to_timeline(person.id, "scan", came.key, came.at, code=came.code, channel_id=came.channel_id)
        _touch(person, "scan", came.key, came.at, came.channel_id)
    if came.guide_id:
        return bind_by_badge(person, came.guide_id, came.channel_id, now)
    # Nobody binds who did not exist a moment ago: a first login saves the read.
    if known.is_new and not person.aliases:
        return None
    found = bindings.binding_as_of(person, now)
    return found.guide_id if found else None


def bind_by_badge(person: service.Person, guide_id: str, channel_id: str | None, now: Millis) -> str:
    """Bind a member who showed a guide's badge, and note the touch; the guide in force then."""
    binding = bindings.bind(person, guide_id, reason="badge", at=now, now=now)
    shown_at = now - now % SAME_SHOWING
    _touch(person, "badge", f"{guide_id}:{shown_at}", shown_at, channel_id, guide_id)
    return binding.guide_id


def _touch(
    person: service.Person, kind: str, key: str, at: Millis, channel_id: str | None, guide_id: str | None = None
) -> None:
    from chalicelib.attribution.service import touch

    touch(person, kind=kind, key=key, at=at, channel_id=channel_id, guide_id=guide_id)


def _scan_of(scan_id: str | None, openid: str, now: Millis) -> tuple[ScanRef | None, Millis]:
    if not scan_id:
        return None, now
    from chalicelib.codes.scans.service import read_scan_id

    try:
        scan = read_scan_id(scan_id, now)
    except SiyuError:
        return None, now
    since = service.spend_scan(scan.code, scan.visit_id, openid, now)
    return (None, now) if since is None else (scan, since)


def _channel_of_guide(guide_id: str) -> str | None:
    store_id = guides.get_guide(guide_id).get("store_id")
    channel_id = brand.get_store(store_id).get("channel_id") if store_id else None
    return str(channel_id) if channel_id else None
