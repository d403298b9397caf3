"""Counts what members did elsewhere, or undid, for the campaigns that it matters to; hears of merged profiles."""

from __future__ import annotations

from chalicelib.campaigns.actions import service as actions
from chalicelib.campaigns.invites import service as invites
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("campaigns-acts", concurrency=16)
def campaigns_acts(event: Event) -> None:
    if event.type == "member.merged":
        invites.link_merged_profiles(event.data["member_id"], clock.now())
        return
    action = actions.action_of(event)
    if action:
        actions.handle(action, clock.now())
