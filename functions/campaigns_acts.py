"""Counts what members did elsewhere, or undid, for the campaigns that it matters to; hears of merged profiles."""

from __future__ import annotations

from chalicelib.campaigns import acts, tree
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("campaigns-acts", concurrency=16)
def campaigns_acts(event: Event) -> None:
    if event.type == "member.merged":
        tree.link_twins(event.data["member_id"], clock.now())
        return
    deed = acts.deed_of(event)
    if deed:
        acts.take(deed, clock.now())
