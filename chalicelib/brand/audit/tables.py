"""The writes and reads of the audit trail."""

from __future__ import annotations

from chalicelib.brand.models import AuditRow
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page


def put(day: str, at: Millis, request_id: str, fields: Item) -> None:
    """Write an audit record. A write that boto3 sends again meets its own row."""
    dynamo.put_once(AuditRow, {"pk": f"AUDIT#{day}", "sk": f"{at:015d}#{request_id}", **fields})


def page(day: str, limit: int, cursor: str | None) -> Page:
    """A day's audit records, newest first."""
    return dynamo.page(AuditRow, f"AUDIT#{day}", limit=limit, cursor=cursor, forward=False)
