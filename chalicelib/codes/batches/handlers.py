"""What a minted batch becomes later: an entry in the list of batches."""

from __future__ import annotations

from chalicelib.codes.batches import tables
from chalicelib.runtime.events.queues import Event


def list_batch(event: Event) -> None:
    """Enter a batch in the list of batches; a repeat finds it there. 1 WRU."""
    tables.list_batch(**event.data)
