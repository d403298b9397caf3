"""Makes the files of codes and labels that operators ask for: four at once, so that scans keep their containers."""

from __future__ import annotations

import secrets

from chalicelib.codes.exports import handlers as export_handlers
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-exports", batch_size=1, concurrency=4)
def codes_exports(event: Event) -> None:
    """One stretch of one export."""
    export_handlers.work(event.data["export_id"], secrets.token_hex(8), clock.now)
