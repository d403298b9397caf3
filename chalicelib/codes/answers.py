"""How what the use cases return is answered."""

from __future__ import annotations

from chalicelib.codes import life
from chalicelib.codes.evidence import BoxKey, box_signals
from chalicelib.codes.life import Story
from chalicelib.codes.service import Scan
from chalicelib.codes.shapes import (
    BatchAnswer,
    CodeStory,
    LifeEvent,
    OperationAnswer,
    PrizeTier,
    PublicPrize,
    PublicProduct,
    ScanAnswer,
    SignalAnswer,
    VisitAnswer,
)
from chalicelib.kernel.clock import to_rfc3339, to_rfc3339_or_none
from chalicelib.runtime.dynamo import Item


def scan_answer(scan: Scan, join_url: str | None) -> ScanAnswer:
    """A scan as customers get it."""
    located = scan.located
    return ScanAnswer(
        scan_id=scan.scan_id,
        code=scan.code,
        verdict=scan.verdict,
        product=public_product(scan.product) if scan.product else None,
        channel_id=located.place.channel_id if located else None,
        scan_count=scan.count,
        first_scanned_at=to_rfc3339_or_none(scan.first_at),
        signals=scan.signals,
        prize=_public_prize(scan),
        join_url=join_url,
    )


def public_product(row: Item) -> PublicProduct:
    """The article as customers see it."""
    return PublicProduct(row["sk"], row["name"], row["gtin"], row["content"])


def batch_answer(row: Item) -> BatchAnswer:
    """A batch as operators get it."""
    return BatchAnswer(
        batch_id=row["batch_id"],
        product_id=row["product_id"],
        quantity=row["quantity"],
        box_size=row["box_size"],
        channel_id=row["channel_id"],
        prizes=[PrizeTier(*tier) for tier in row["prizes"]],
        prize_key_hash=row["prize_key_hash"],
        claim_until=to_rfc3339_or_none(row.get("claim_until")),
        prize_key_revealed_at=to_rfc3339_or_none(row.get("revealed_at")),
        state=row["state"],
        state_before=row["state_before"],
        state_at=to_rfc3339(row["state_at"]),
        key_version=row["key_version"],
        created_at=to_rfc3339(row["created_at"]),
        created_by=row["created_by"],
    )


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
        owner=row.get("own"),
        claimed_at=to_rfc3339_or_none(row.get("ca")),
        prize_fen=row.get("pz"),
        signals=sorted(_rules_of(story)),
        stage=life.stage(story),
        life=[LifeEvent(event.what, to_rfc3339(event.at), event.by or None, event.facts) for event in story.life],
        history=[visit_answer(visit) for visit in story.visits.items],
        next_cursor=story.visits.cursor,
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


def _public_prize(scan: Scan) -> PublicPrize | None:
    if scan.located is None or scan.located.place.state != "active":
        return None
    if scan.claimed and scan.located.header["prizes"]:
        return PublicPrize("claimed")
    return PublicPrize("claimable" if scan.has_prizes else "none")


def _rules_of(story: Story) -> set[str]:
    """Rules that spoke of this page's scans or of the code's box."""
    spoken = {signal["rule"] for visit in story.visits.items for signal in visit.get("signals", [])}
    size, number = story.located.header["box_size"], story.located.header["number"]
    if size:
        spoken |= {signal.rule for signal in box_signals(BoxKey(number, story.located.sequence // size + 1))}
    return spoken
