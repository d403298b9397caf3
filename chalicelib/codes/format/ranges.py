"""Ranges of a batch: who got which codes and which of them are void, kept by chunks of 4,096 and never per item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

CHUNK_BITS: Final = 12
CHUNK: Final = 1 << CHUNK_BITS


class Span(NamedTuple):
    """`value` holds for the sequences from `first` to `last`, both included, since `at`."""

    first: int
    last: int
    value: str
    at: int


def chunk_of(sequence: int) -> int:
    """The chunk that knows about this sequence."""
    return sequence >> CHUNK_BITS


def by_chunk(span: Span) -> Iterator[tuple[int, Span]]:
    """A span cut at the borders of chunks."""
    for chunk in range(chunk_of(span.first), chunk_of(span.last) + 1):
        start = chunk << CHUNK_BITS
        yield chunk, span._replace(first=max(span.first, start), last=min(span.last, start + CHUNK - 1))


def overlay(spans: Sequence[Span], new: Span, *, final: str | None = None) -> list[Span]:
    """The spans with `new` on top: what it covers is replaced. Doing it twice changes nothing.

    Spans of the value `final` stay as they are for ever: `new` is laid around them.
    """
    kept, pieces = [], [new]
    for span in spans:
        if span.value == final:
            pieces = [rest for piece in pieces for rest in _outside(piece, span)]
            kept.append(span)
        else:
            kept += _outside(span, new)
    return sorted([*kept, *pieces])


def span_at(spans: Sequence[Span], sequence: int) -> Span | None:
    """The span that holds this sequence."""
    return next((span for span in spans if span.first <= sequence <= span.last), None)


def _outside(span: Span, new: Span) -> Iterator[Span]:
    if span.last < new.first or span.first > new.last:
        yield span
        return
    if span.first < new.first:
        yield span._replace(last=new.first - 1)
    if span.last > new.last:
        yield span._replace(first=new.last + 1)
