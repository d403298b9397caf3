"""The breaker: when WeChat Pay fails for everybody, payouts wait in their queue instead of failing one by one."""

from __future__ import annotations

from typing import Final, NamedTuple

from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.payouts import breaker_tables
from chalicelib.runtime.cache import Cache, as_configured
from chalicelib.runtime.observability import count, logger

FAULTS_A_MINUTE: Final = 10
"""So many empty accounts, lost permissions or refused connections within a minute pause all payouts."""
_CACHED_SECONDS: Final = 5


def _some_seconds() -> Millis:
    return min(_CACHED_SECONDS * SECOND, as_configured())


_paused: Final[Cache[None, bool]] = Cache(1, _some_seconds)


class State(NamedTuple):
    """Whether payouts are paused, since when and why; `probe` = member and payout to try again first."""

    is_paused: bool
    since: Millis | None = None
    why: str | None = None
    probe: tuple[str, str] | None = None


def state() -> State:
    """Whether payouts are paused now."""
    row = breaker_tables.find_pause()
    if row is None:
        return State(False)
    probe = (row["member_id"], row["payout_id"]) if row.get("payout_id") else None
    return State(True, row["since"], row["why"], probe)


def is_paused(now: Millis) -> bool:
    """Whether payouts must wait; a container may be some seconds late to know."""
    return _paused.get(None, now, lambda: state().is_paused)


def count_fault(code: str, member_id: str, payout_id: str, now: Millis) -> None:
    """WeChat Pay failed in a way that is not this payout's own: often enough, and all payouts pause."""
    count("WeChatPayFailing")
    if breaker_tables.count_fault(now) >= FAULTS_A_MINUTE:
        pause(code, now, (member_id, payout_id))


def pause(why: str, now: Millis, probe: tuple[str, str] | None = None) -> None:
    """Pause all payouts; nothing is lost. Without a `probe` only an operator resumes them."""
    if breaker_tables.pause(why, now, probe):
        logger().error("Payouts are paused", why=why)
        count("PayoutsPaused")
    _paused.drop(None)


def resume() -> None:
    """Let payouts go on. Resuming what is not paused changes nothing."""
    if breaker_tables.resume():
        logger().info("Payouts go on")
    _paused.drop(None)
