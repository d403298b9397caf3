"""Rules of a payout's life: its states, its number at WeChat Pay, what is frozen, when to look again."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.kernel import crockford, ids
from chalicelib.kernel.clock import DAY, HOUR, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen, yuan
from chalicelib.wechat.pay_bills import NAME_REQUIRED_FEN, ReportInfo, TransferBill

RESERVED: Final = "RESERVED"
SENDING: Final = "SENDING"
WAIT_CONFIRM: Final = "WAIT_CONFIRM"
SUCCESS: Final = "SUCCESS"
FAILED: Final = "FAILED"
RELEASED: Final = "RELEASED"
ENDED: Final = frozenset({SUCCESS, FAILED, RELEASED})

CONFIRM_WITHIN: Final = DAY
"""How long a payee may take to confirm (WeChat Pay's FAQ, doc/v3/merchant/4013778940)."""
WECHAT_PAY_MEMORY: Final = 30 * DAY
"""How far back WeChat Pay answers a query (doc/v3/merchant/4012716434)."""
FIRST_FOLLOW_UP: Final = 10 * MINUTE
REFUSED_FOR: Final = DAY
"""How long after a refusal an operator may take the money back: a request that was still on its way has arrived."""
WITHDRAWN: Final = "WITHDRAWN"
RATE: Final = 90
"""Transfers a second of all workers together; WeChat Pay allows a merchant 100."""
WORKERS: Final = 8

_PREFIX: Final = f"{ids.PREFIXES['payout']}_"
# What scene 1000 (现金营销) and 1005 (佣金报酬) must report, in this wording (doc/v3/merchant/4013774588).
_REPORT_TYPES: Final = {"1000": ("活动名称", "奖励说明"), "1005": ("岗位类型", "报酬说明")}
_TEXT_LIMIT: Final = 32
_ID_LENGTH: Final = 26
_ATTEMPT_LENGTH: Final = 2


def out_bill_no(payout_id: str, attempt: int) -> str:
    """The number of an attempt at WeChat Pay: 32 letters and digits, the same at every retry.

    It holds payout and attempt, so that a notification leads to its payout without an index; the last four
    characters tell a foreign number.
    """
    own = payout_id.removeprefix(_PREFIX) + crockford.encode_int(attempt, _ATTEMPT_LENGTH)
    return own + ids.digest32("payout", payout_id, attempt)[:4]


def read_number(number: str) -> tuple[str, int] | None:
    """Payout id and attempt of a number; None for one that we did not make."""
    own, attempt = number[:_ID_LENGTH], number[_ID_LENGTH : _ID_LENGTH + _ATTEMPT_LENGTH]
    try:
        found = f"{_PREFIX}{own}", crockford.decode_int(attempt)
    except KeyError:
        return None
    return found if out_bill_no(*found) == number else None


def bill(
    *, number: str, openid: str, amount_fen: Fen, remark: str, scene: str, report: tuple[str, str], notify_url: str
) -> TransferBill:
    """What will be asked of WeChat Pay, frozen: texts are cut to WeChat Pay's 32 characters."""
    kinds = _REPORT_TYPES[scene]
    return TransferBill(
        out_bill_no=number,
        openid=openid,
        amount_fen=amount_fen,
        remark=remark[:_TEXT_LIMIT],
        scene_id=scene,
        report_infos=tuple(ReportInfo(kind, text[:_TEXT_LIMIT]) for kind, text in zip(kinds, report, strict=True)),
        notify_url=notify_url,
    )


def check(amount_fen: Fen, scene: str, min_fen: Fen, max_fen: Fen) -> None:
    """422 `refused` for an amount out of the payer's range or a scene that we cannot report for."""
    if not min_fen <= amount_fen <= max_fen:
        raise SiyuError(
            "refused",
            f"A payout must be {yuan(min_fen)} to {yuan(max_fen)} yuan. Change the amount or the payer's range.",
            param="amount_fen",
        )
    if scene not in _REPORT_TYPES:
        raise SiyuError("refused", f"The transfer scene must be one of {', '.join(_REPORT_TYPES)}.", param="scene")


def needs_name(amount_fen: Fen) -> bool:
    """Whether WeChat Pay wants the payee's real name (doc/v3/merchant/4012716434)."""
    return amount_fen >= NAME_REQUIRED_FEN


def freeze(frozen: TransferBill) -> str:
    """A bill as it is stored."""
    return msgspec.json.encode(frozen).decode()


def thaw(stored: str, number: str, user_name: str | None = None) -> TransferBill:
    """The stored bill under the number of the current attempt: everything else stays as it was frozen.

    `user_name` is kept beside the bill, sealed, and joins it only on its way out.
    """
    frozen = msgspec.json.decode(stored, type=TransferBill)
    return msgspec.structs.replace(frozen, out_bill_no=number, user_name=user_name)


def next_follow_up(since: Millis, now: Millis) -> Millis:
    """When to look again at a payout that is still open: soon at first, every six hours after a day.

    Just after the payee's 24 hours there is one look, because then WeChat Pay ends it.
    """
    age = now - since
    if age < HOUR:
        return since + HOUR
    if age < CONFIRM_WITHIN:
        return min(now + 6 * HOUR, since + CONFIRM_WITHIN + FIRST_FOLLOW_UP)
    return now + 6 * HOUR


def is_near_horizon(since: Millis, now: Millis) -> bool:
    """Whether WeChat Pay will soon have forgotten the bill: an operator must look."""
    return now - since > WECHAT_PAY_MEMORY - 2 * DAY


def state_seen(state: str, why: str) -> str:
    """What a customer reads: sending, confirm, paid, expired or failed."""
    if state in (FAILED, RELEASED):
        return "expired" if why == "OVERDUE_CLOSE" else "failed"
    return {RESERVED: "sending", SENDING: "sending", WAIT_CONFIRM: "confirm", SUCCESS: "paid"}[state]
