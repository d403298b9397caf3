"""Applies WeCom's contact events."""

from __future__ import annotations

from chalicelib.guides.contacts import handlers as contact_handlers
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("guides-contacts", concurrency=5)
def guides_contacts(event: Event) -> None:
    """One callback; whoever came to a guide by it touched the guide."""
    from chalicelib.attribution.service import touch

    for added in contact_handlers.handle(event.data["fields"], event.data["digest"], connect.wecom(), clock.now()):
        touch(
            added.person,
            kind="contact",
            key=event.data["digest"],
            at=added.at,
            channel_id=added.channel_id,
            guide_id=added.guide_id,
        )
