"""Use cases of pushes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.ids import digest32
from chalicelib.pushes import received, rules, tables
from chalicelib.pushes.audience import kick as kick
from chalicelib.pushes.audience import plan as plan
from chalicelib.pushes.delivery import caps, progress
from chalicelib.pushes.delivery.service import Courier as Courier
from chalicelib.pushes.delivery.service import PageBusy as PageBusy
from chalicelib.pushes.delivery.service import deliver as deliver
from chalicelib.pushes.received import messages_of as messages_of
from chalicelib.pushes.rules import State
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.segments import service as segments

STALLED_AFTER: Final = 15 * MINUTE
"""A push that is sending and has noted nothing for so long gets its work put on the queues again."""


class Counts(NamedTuple):
    """Recipients of a push.

    `audience` = `created` + skipped + those whose turn is still to come; `created` = `sent` + `unknown` + those
    whom a medium refused. `sent`: the platform took the message. `confirmed`, `delivered`, `opened` count receipts,
    and a subscribe message has none: they stay 0 rather than repeat `sent`.
    """

    audience: int
    created: int
    sent: int
    confirmed: int
    delivered: int
    opened: int
    unknown: int
    skipped: dict[str, int]
    failed: dict[str, int]


def create_push(push_id: str, *, segment_id: str, asked: dict[str, Any], send_at: Millis | None, now: Millis) -> Item:
    """A new push; one whose time has come begins at once. `asked`: media, purpose, content, ignore_quiet_hours.

    404 for an unknown segment, 422 when no medium of `media` can be sent over, 409 when the id (made of a
    dedupe_key) stands for another push already.
    """
    if not set(asked["media"]) & set(rules.SUPPORTED):
        raise SiyuError(
            "refused", f"Choose from the media that are supported: {', '.join(rules.SUPPORTED)}.", param="media"
        )
    digest = digest32(segment_id, msgspec.json.encode(asked, order="sorted").decode(), send_at or "")
    starts_at = now if send_at is None else send_at
    fields = {
        "segment_id": segment_id,
        "version": segments.freeze(segment_id),
        **asked,
        "starts_at": starts_at,
        "state": "scheduled" if starts_at > now else "sending",
        "asked": digest,
        "created_at": now,
    }
    push = tables.create(push_id, fields)
    if push["asked"] != digest:
        raise SiyuError(
            "idempotency_conflict", "This dedupe_key was used for another push. Use a new one.", param="dedupe_key"
        )
    received.note(push_id, push)
    return push


def get_push(push_id: str) -> Item:
    """A push; 404 when there is none."""
    push = tables.get_push(push_id, strong=True)
    if push is None:
        raise not_found("push", push_id)
    return push


def counts_of(push_id: str) -> Counts:
    """What became of the recipients so far."""
    run = tables.get_run(push_id)
    counts = progress.counts(push_id, run)
    skipped = {reason: counts[letter] for letter, reason in rules.SKIPPED.items() if counts[letter]}
    failed = {reason: counts[letter] for letter, reason in rules.FAILED.items() if counts[letter]}
    refused = sum(counts[letter] for letter in rules.FAILED if letter not in rules.NEVER_TRIED)
    sent, unknown = counts[rules.SENT], counts[rules.UNKNOWN]
    return Counts(run["a"], sent + unknown + refused, sent, 0, 0, 0, unknown, skipped, failed)


def pause(push_id: str) -> Item:
    """Stop a push for now; messages on their way still arrive. 409 when it is over."""
    return _move(push_id, ["scheduled", "sending"], "paused")


def resume(push_id: str, now: Millis) -> Item:
    """Go on with a paused push: at its time, or at once when that has passed. 409 when it is not paused."""
    push = get_push(push_id)
    return _move(push_id, ["paused"], "scheduled" if push["starts_at"] > now else "sending")


def cancel(push_id: str) -> Item:
    """End a push: nobody else gets it. 409 when it is done."""
    return _move(push_id, ["scheduled", "sending", "paused"], "cancelled")


def start_due(now: Millis) -> int:
    """Start every scheduled push whose time has come and wake those that stall; how many were started.

    Reads the small list of open pushes only. A push leaves the list when it is over, so none is forgotten.
    """
    return sum(_nudge(push_id, now) for push_id in tables.open_pushes(now))


def opt_out(member_id: str, purpose: str, refused: bool) -> None:
    """What a member says about the pushes of a purpose; holds for every message that is not out yet."""
    caps.opt_out(member_id, purpose, refused)


def _nudge(push_id: str, now: Millis) -> bool:
    push = get_push(push_id)
    match push["state"]:
        case "scheduled":
            return tables.change_state(push_id, ["scheduled"], "sending").done
        case "done" | "cancelled":
            tables.close(push)
        case "sending" if now - tables.get_run(push_id)["at"] > STALLED_AFTER:
            wake = Event(f"{push_id}.{now}", "push.planned", now, {"push_id": push_id, "resumed": True})
            queues.send("pushes-plan", [wake])
    return False


def _move(push_id: str, allowed: list[State], state: State) -> Item:
    """The push in its new state, also when it was there already: the same order twice is one order."""
    push = get_push(push_id)
    outcome = tables.change_state(push_id, allowed, state)
    found = state if outcome.done else outcome.item["state"]
    if found != state:
        raise SiyuError("conflict", f"The push is {found}: it cannot become {state}.", param="push_id")
    return {**push, "state": state}
