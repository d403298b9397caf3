"""The rows of the audit trail."""

from __future__ import annotations

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page


class AuditRow(dynamo.Row):
    """One deed. pk = `AUDIT#<YYYYMMDD>` (Shanghai), sk = `<milliseconds>#<request_id>`."""

    class Meta:
        table_name = dynamo.TableName("brand")

    at = NumberAttribute()
    who = UnicodeAttribute()
    role = UnicodeAttribute()
    method = UnicodeAttribute()
    route = UnicodeAttribute()
    ids: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute)
    request_id = UnicodeAttribute()


def put(day: str, at: Millis, request_id: str, fields: Item) -> None:
    """Write a deed. A write that boto3 sends again meets its own row."""
    dynamo.put_once(AuditRow, {"pk": f"AUDIT#{day}", "sk": f"{at:015d}#{request_id}", **fields})


def page(day: str, limit: int, cursor: str | None) -> Page:
    """A day's deeds, newest first."""
    return dynamo.query(AuditRow, f"AUDIT#{day}", limit=limit, cursor=cursor, forward=False)
