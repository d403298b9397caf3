"""Telling the merchant of the ends that time alone brings (24 h of silence, a cancellation that completes).

A notification that is not taken is repeated in WeChat Pay's own pauses, by the sandbox's clock and after a restart.
"""

import logging

from . import pay, pay_bills
from .context import Sandbox
from .store import Row

_log = logging.getLogger("sandbox")
_LOOK_EVERY_SECONDS = 0.1
_PAUSES_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)


def keep_telling(sandbox: Sandbox) -> None:
    """Look again and again until the server stops."""
    while not sandbox.stopping.wait(_LOOK_EVERY_SECONDS):
        try:
            _tell_due(sandbox)
        except Exception:
            _log.exception("a notification failed")


def _tell_due(sandbox: Sandbox) -> None:
    now = sandbox.clock()
    pay_bills.settle_due(sandbox.store, now)
    for bill in sandbox.store.all("SELECT * FROM transfers WHERE notify_at <= ? ORDER BY notify_at", now):
        taken = pay.notify(sandbox, bill)[-1].accepted
        sandbox.store.run(
            "UPDATE transfers SET notify_at = ?, notified = notified + 1 WHERE out_bill_no = ?",
            None if taken else _next_time(bill, now), bill["out_bill_no"],
        )  # fmt: skip


def _next_time(bill: Row, now: float) -> float | None:
    """When to try again; None after the last time."""
    return now + _PAUSES_SECONDS[bill["notified"]] if bill["notified"] < len(_PAUSES_SECONDS) else None
