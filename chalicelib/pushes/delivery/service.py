"""Sending a page: one recipient after the other, each at most once, whatever happens to the worker.

The order per recipient is: look (0.5 RRU), claim (1 WRU on the member's row), send, note. A worker that dies
between claim and note leaves a claim behind; who comes next finds it, reports the recipient as `unknown` and
sends nothing. So a lost worker costs knowledge, never a second message.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.pushes import audience, rules
from chalicelib.pushes import tables as pushes_tables
from chalicelib.pushes.delivery import caps, media, progress, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram

WORKS_FOR: Final = 60 * SECOND
"""A worker hands the page on after that long: well before Lambda ends it (120 s)."""
LEASED_FOR: Final = 150 * SECOND
"""Longer than a worker can live, shorter than the queue's visibility time-out."""
LOOKS_UP_EVERY: Final = 50
"""Recipients between two looks at whether the push was paused or cancelled."""
AWAY_AFTER: Final = 3
"""Attempts in a row that could not be made, after which the medium is taken to be away."""
ROUNDS: Final = 5
"""Rounds with the medium away before its recipients count as failed."""
PAUSE_SECONDS: Final = 60


class PageBusy(RuntimeError):
    """Another worker has the page: the event is to be delivered again, should that one die."""


class Courier(NamedTuple):
    """What a worker works with. `pace` waits until the next message may go out."""

    mini_program: MiniProgram
    clock: Callable[[], Millis]
    pace: Callable[[], None]


def deliver(push_id: str, page_id: str, courier: Courier) -> int | None:
    """Send a page, or go on with it. None when there is nothing left to do, else the seconds until the next round.

    `PageBusy` when another worker has it.
    """
    push, page = pushes_tables.get_push(push_id), tables.get_page(push_id, page_id)
    if push is None or page is None or push["state"] != "sending":
        return None
    started, token = courier.clock(), secrets.token_hex(4)
    recipients = audience.unpack_members(page["m"])
    lease = tables.lease(push_id, page_id, token, len(recipients), started, started + LEASED_FOR)
    if not lease.done:
        if lease.item.get("done"):
            progress.fold(push_id, started)
            return None
        raise PageBusy(f"page {page_id} of {push_id} is in work")
    work = _Round(push, recipients, list(lease.item["st"]), token, lease.item["bad"], courier)
    try:
        work.run(started + WORKS_FOR)
    finally:
        count("PushRecipientsServed", len(recipients) - work.status.count(rules.PENDING))
        tables.save(push_id, page_id, token, "".join(work.status), work.bad, courier.clock())
    if rules.PENDING not in work.status:
        progress.fold(push_id, courier.clock())
        return None
    return work.pause


class _Round:
    """One worker's work on one page. `status` has a letter per recipient and is true at every moment."""

    def __init__(
        self, push: Item, recipients: list[str], status: list[str], token: str, bad: int, courier: Courier
    ) -> None:
        self.push = push
        self.push_id = push["pk"].removeprefix("PUSH#")
        self.recipients = recipients
        self.status = status
        self.token = token
        self.bad = bad
        self.courier = courier
        self.claimed = False
        self.pause: int | None = 0

    def run(self, deadline: Millis) -> None:
        """Send until all are reached, the time is over, the push is stopped or the medium is away."""
        away = 0
        for done, place in enumerate(self._pending()):
            if self.courier.clock() >= deadline:
                return
            if done and done % LOOKS_UP_EVERY == 0 and self._is_stopped():
                self.pause = None
                return
            self.status[place] = self._reach(place)
            away = away + 1 if self.status[place] == rules.PENDING else 0
            if away == AWAY_AFTER:
                break
        if rules.PENDING in self.status:
            self.bad += 1
            self.pause = PAUSE_SECONDS * self.bad

    def _pending(self) -> list[int]:
        return [place for place, letter in enumerate(self.status) if letter == rules.PENDING]

    def _is_stopped(self) -> bool:
        push = pushes_tables.get_push(self.push_id)
        return push is None or push["state"] != "sending"

    def _reach(self, place: int) -> str:
        """The recipient's outcome. One that breaks our code fails alone; the engine's errors stop the page."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._claim_and_send(self.recipients[place], f"{self.token}{place}")
        except (BotoCoreError, ClientError):
            raise
        except Exception:
            logger().exception("A recipient could not be served", push_id=self.push_id, place=place)
            return rules.UNKNOWN if self.claimed else "e"

    def _claim_and_send(self, member_id: str, trace: str) -> str:
        self.claimed, now = False, self.courier.clock()
        if not self.push["ignore_quiet_hours"] and rules.is_quiet(now):
            return "q"
        reach = _reach_of(member_id, self.push["purpose"])
        refusal = self._look(reach)
        if reach is None or refusal:
            return refusal
        dedupe = rules.dedupe_of(self.push_id)
        guard = caps.claim(reach.member_id, dedupe, self.push["purpose"], trace, now)
        if not guard.taken:
            # Claimed for this very id, yet never noted: a worker died in between. Another id was merged into it.
            return rules.UNKNOWN if guard.why == "d" and reach.member_id == member_id else guard.why
        self.claimed = True
        letter = self._send(reach)
        if letter == rules.PENDING or letter in rules.FAILED:
            caps.release(reach.member_id, dedupe, now)
        return letter

    def _look(self, reach: members.Reach | None) -> str:
        """What speaks against sending before anything is claimed: gone, no consent, no address."""
        if reach is None:
            return "g"
        if not reach.allowed:
            return "n"
        usable = [medium for medium in self.push["media"] if medium in rules.SUPPORTED]
        if not usable:
            return "m"
        return "" if reach.openid else "a"

    def _send(self, reach: members.Reach) -> str:
        """Over the first medium that does not refuse. A lost answer ends it: there is no fallback from it."""
        letter = "m"
        for medium in self.push["media"]:
            self.courier.pace()
            tried = media.attempt(medium, reach, self.push["content"], self.courier.mini_program)
            if tried == rules.PENDING and self.bad >= ROUNDS:
                tried = "y"
            if tried in (rules.SENT, rules.UNKNOWN, rules.PENDING):
                return tried
            letter = tried if letter == "m" else letter
        return letter


def _reach_of(member_id: str, purpose: str) -> members.Reach | None:
    try:
        return members.reach_of(member_id, purpose)
    except SiyuError as error:
        if error.code == "not_found":
            return None
        raise
