"""What a member got lately, read from the guard that every message passes: no row per message is kept for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import rules
from chalicelib.pushes.delivery import caps
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item

MOST: Final = 20


class Sent(dynamo.Row):
    """Which push the guard's ten letters stand for. pk = `SENT#<letters>`, sk = `PUSH`."""

    class Meta:
        table_name = dynamo.TableName("pushes")

    push_id = UnicodeAttribute()
    title = UnicodeAttribute()
    purpose = UnicodeAttribute()
    at = NumberAttribute()


def note(push_id: str, push: Item) -> None:
    """Let a push be found by its letters: 1 WRU per push."""
    row = {"push_id": push_id, "title": push["content"]["title"], "purpose": push["purpose"], "at": push["starts_at"]}
    dynamo.put_once(Sent, {"pk": f"SENT#{rules.dedupe_of(push_id)}", "sk": "PUSH", **row})


def messages_of(member_ids: Iterable[str], now: Millis) -> list[Item]:
    """The pushes of this month and the last that went to a member, newest first, 20 at most: 0.5 RRU each and 0.5.

    `at` is when the push began; `member_ids`: the member and those merged into them.
    """
    rows = [caps.row(member_id) for member_id in member_ids]
    letters = {letter for row in rows for month in rules.month_fields(now) for letter in row.get(month, ())}
    found = [dynamo.get(Sent, f"SENT#{letter}", "PUSH") for letter in sorted(letters)]
    return sorted((row for row in found if row), key=lambda row: int(row["at"]), reverse=True)[:MOST]
