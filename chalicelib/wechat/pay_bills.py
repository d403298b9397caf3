"""What siyu asks WeChat Pay to transfer, and what WeChat Pay says has become of it."""

from __future__ import annotations

import re
from typing import Final

import msgspec

NAME_REQUIRED_FEN: Final = 200_000  # from 2,000 yuan the payee's real name must be given
NAME_ALLOWED_FEN: Final = 30  # below 0.30 yuan it must not be
OUT_BILL_NO: Final = re.compile(r"[0-9A-Za-z]{1,32}")

FINAL_STATES: Final = frozenset({"SUCCESS", "FAIL", "CANCELLED"})
STATES: Final = FINAL_STATES | {"ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "TRANSFERING", "CANCELING"}


class ReportInfo(msgspec.Struct, frozen=True):
    """One line of what a transfer scene must report, as scene 1000's 活动名称 and 奖励说明."""

    info_type: str
    info_content: str


class TransferBill(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to a person (商家转账). Store it whole before it is sent: a retry sends the same again.

    `user_name` is the payee's real name in plain text, encrypted on the way out.
    """

    out_bill_no: str
    openid: str
    amount_fen: int
    remark: str
    scene_id: str
    report_infos: tuple[ReportInfo, ...]
    user_name: str | None = None
    notify_url: str | None = None
    perception: str | None = None


class TransferState(msgspec.Struct, frozen=True, kw_only=True):
    """What WeChat Pay says. `package_info` exists only while the payee is to confirm."""

    out_bill_no: str
    state: str
    amount_fen: int
    transfer_bill_no: str | None = None
    package_info: str | None = None
    fail_reason: str | None = None
    openid: str | None = None

    @property
    def is_final(self) -> bool:
        """Nothing will change it any more."""
        return self.state in FINAL_STATES

    @property
    def is_paid(self) -> bool:
        """The payee has the money."""
        return self.state == "SUCCESS"

    @property
    def is_failed(self) -> bool:
        """The payee will never have it: the only reason for a new number."""
        return self.state in ("FAIL", "CANCELLED")


def fault_of(bill: TransferBill) -> str | None:
    """Which rule of the API the bill breaks, or None (page 4012716434)."""
    rules = (
        (OUT_BILL_NO.fullmatch(bill.out_bill_no), "out_bill_no is 1 to 32 letters and digits."),
        (bill.openid, "openid is missing."),
        (bill.amount_fen > 0, "The amount is not positive."),
        (1 <= len(bill.remark) <= 32, "remark is 1 to 32 characters."),
        (bill.scene_id, "scene_id is missing."),
        (bill.report_infos, "report_infos are missing."),
        (all(1 <= len(i.info_content) <= 32 for i in bill.report_infos), "A report is 1 to 32 characters."),
        (bill.user_name or bill.amount_fen < NAME_REQUIRED_FEN, "From 2,000 yuan the name is required."),
        (not bill.user_name or bill.amount_fen >= NAME_ALLOWED_FEN, "Below 0.30 yuan no name may be sent."),
    )
    return next((text for kept, text in rules if not kept), None)
