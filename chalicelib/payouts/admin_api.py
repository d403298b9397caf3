"""Routes by which operators see and mend payouts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.payouts import breaker, operator_actions
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api, Listed

api = Api(__name__)


class PayoutList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which list: `failed` ended unpaid, `refused` WeChat Pay does not take, `near_horizon` it will soon forget."""

    state: Literal["failed", "refused", "near_horizon"] = "failed"
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: str | None = None


class PayoutView(Answer):
    """A payout. `state` is the machine's: RESERVED, SENDING, WAIT_CONFIRM, SUCCESS, FAILED or RELEASED."""

    payout_id: str
    member_id: str
    source: str
    source_id: str
    amount_fen: int
    state: str
    attempt: int
    why: str | None
    made_at: str


class BreakerState(Answer):
    """Whether payouts are paused, since when and why."""

    paused: bool
    since: str | None
    why: str | None


@api.get("/admin/payouts", allow=ADMIN, errors=("invalid_cursor",))
def list_payouts(query: PayoutList) -> Listed[PayoutView]:
    """Payouts that somebody must look at."""
    found, cursor = operator_actions.page_of(query.state, query.limit, query.cursor)
    return Listed([_payout_view(one.payout) for one in found], cursor)


@api.get("/admin/payouts/{payout_id}", allow=ADMIN, errors=("not_found",))
def get_payout(payout_id: str) -> PayoutView:
    """One payout."""
    return _payout_view(operator_actions.find(payout_id))


@api.post("/admin/payouts/{payout_id}/retry", allow=ADMIN, errors=("not_found", "conflict"))
def retry_payout(payout_id: str, now: Millis) -> PayoutView:
    """Send a failed payout again under a new number, a refused one under its own."""
    return _payout_view(operator_actions.retry(payout_id, now))


@api.post("/admin/payouts/{payout_id}/release", allow=ADMIN, errors=("not_found", "conflict"))
def release_payout(payout_id: str, now: Millis) -> PayoutView:
    """Take the money of a payout back that nobody has and nobody can still get."""
    from chalicelib.wechat import connect

    return _payout_view(operator_actions.release(payout_id, connect.pay(), now))


@api.get("/admin/payout-rail", allow=ADMIN)
def get_breaker() -> BreakerState:
    """Whether payouts are paused."""
    return _breaker_state()


@api.post("/admin/payout-rail/pause", allow=ADMIN)
def pause_payouts(now: Millis) -> BreakerState:
    """Pause all payouts; what was asked for waits."""
    breaker.pause("operator", now)
    return _breaker_state()


@api.post("/admin/payout-rail/resume", allow=ADMIN)
def resume_payouts() -> BreakerState:
    """Let payouts go on."""
    breaker.resume()
    return _breaker_state()


def _breaker_state() -> BreakerState:
    found = breaker.state()
    return BreakerState(found.is_paused, to_rfc3339(found.since) if found.since else None, found.why)


def _payout_view(row: Item) -> PayoutView:
    return PayoutView(
        payout_id=row["sk"],
        member_id=row["pk"].removeprefix("MBR#"),
        source=row["src"],
        source_id=row["src_id"],
        amount_fen=row["amount_fen"],
        state=row["st"],
        attempt=row["attempt"],
        why=row.get("refused") or row.get("why"),
        made_at=to_rfc3339(row["made_at"]),
    )
