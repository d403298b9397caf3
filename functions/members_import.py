"""Imports members from a CSV: cuts the file into parts, and works on each."""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.members.imports import service as imports
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


# Each container writes with 8 threads: 16 together some thousand rows a second, below a new table's 4,000 writes.
@bp.queue_consumer("members-import", batch_size=1, concurrency=16)
def members_import(event: Event) -> None:
    """A file to be cut, or a part to go on with; what is left of it is handed on to a next event."""
    import_id = event.data["import_id"]
    if event.type == "import.started":
        imports.plan(import_id)
    elif not imports.work(import_id, event.data["number"], clock.now()):
        queues.send("members-import", [event])
