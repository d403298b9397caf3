"""The story of a code and the operations on a batch as operators get them."""

from __future__ import annotations

from chalicelib.codes.diversion.tables import BoxKey, box_signals
from chalicelib.codes.lifecycle import service
from chalicelib.codes.lifecycle.schemas import CodeStory, LifeEvent, OperationAnswer, SignalAnswer, VisitAnswer
from chalicelib.codes.lifecycle.service import Story
from chalicelib.kernel.clock import to_rfc3339, to_rfc3339_or_none
from chalicelib.runtime.dynamo import Item


def story_answer(story: Story) -> CodeStory:
    """A code's story as operators get it."""
    located, row = story.located, story.row
    return CodeStory(
        code=located.code,
        batch_id=located.header["batch_id"],
        product_id=located.header["product_id"],
        seq=located.sequence,
        state=located.place.state,
        channel_id=located.place.channel_id,
        shipped=located.place.shipped,
        scan_count=row.get("n", 0),
        refused_scan_count=row.get("x", 0),
        first_scanned_at=to_rfc3339_or_none(row.get("ft")),
        scanned_by=row.get("by"),
        owner=row.get("own"),
        claimed_at=to_rfc3339_or_none(row.get("ca")),
        prize_fen=row.get("pz"),
        signals=sorted(_rules_of(story)),
        stage=service.stage(story),
        life=[LifeEvent(event.what, to_rfc3339(event.at), event.by or None, event.facts) for event in story.life],
        history=[visit_answer(visit) for visit in story.visits],
        next_cursor=story.next_cursor,
    )


def operation_answer(row: Item) -> OperationAnswer:
    """An operation as it was logged."""
    known = ("pk", "sk", "kind", "by", "at", "first", "last")
    facts = {name: fact for name, fact in row.items() if name not in known}
    return OperationAnswer(row["kind"], to_rfc3339(row["at"]), row["by"], row["first"], row["last"], facts)


def visit_answer(row: Item) -> VisitAnswer:
    """A row of history."""
    return VisitAnswer(
        visit_id=row["visit_id"],
        at=to_rfc3339(row["at"]),
        state=row["state"],
        first=row["first"],
        city=row.get("city"),
        member_id=row.get("member_id"),
        channel_id=row.get("channel_id"),
        signals=[SignalAnswer(**signal) for signal in row.get("signals", [])],
    )


def _rules_of(story: Story) -> set[str]:
    """Rules that spoke of this page's scans or of the code's box."""
    spoken = {signal["rule"] for visit in story.visits for signal in visit.get("signals", [])}
    size, number = story.located.header["box_size"], story.located.header["number"]
    if size:
        spoken |= {signal.rule for signal in box_signals(BoxKey(number, story.located.sequence // size + 1))}
    return spoken
