"""Which codes of a batch a request means."""

from __future__ import annotations

from chalicelib.codes.batches import service
from chalicelib.codes.batches.schemas import Part
from chalicelib.kernel.errors import SiyuError


def part_of(batch_id: str, body: Part) -> tuple[int, int | None] | None:
    """The sequences (first, last or None for the end) of a request; None when it means the whole batch.

    400 for boxes and sequences together, or for boxes of a batch that has none.
    """
    by_box = body.from_box is not None or body.to_box is not None
    by_sequence = body.from_seq is not None or body.to_seq is not None
    if by_box and by_sequence:
        raise SiyuError("invalid_parameter", "Name boxes or sequences, not both.", param="from_box")
    if by_box:
        return service.of_boxes(service.get_batch(batch_id), body.from_box, body.to_box)
    return (body.from_seq or 0, body.to_seq) if by_sequence else None
