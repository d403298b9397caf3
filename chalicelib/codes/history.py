"""What becomes of a scan after the answer: one dated row on the code, and on the member's timeline."""

from __future__ import annotations

from chalicelib.codes import code_rows
from chalicelib.members import service as members
from chalicelib.runtime.queues import Event

_FACTS = ("state", "first", "city", "member_id", "channel_id", "signals")


def keep(told: Event) -> None:
    """Write the history of one `code.scanned`; delivered twice, it finds its rows there."""
    data = told.data
    facts = {name: data[name] for name in _FACTS if data.get(name) not in (None, [])}
    code_rows.record_visit(data["code"], data["visit_id"], told.at, facts)
    if data.get("member_id"):
        members.note(data["member_id"], "scan", data["visit_id"], told.at, code=data["code"], first=data["first"])
