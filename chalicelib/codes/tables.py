"""The table of codes: batches, ranges, and a row per code that was scanned. Writes on one code stand in `code_rows`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.codes.code_format import BATCH_LETTERS, batch_number
from chalicelib.codes.ranges import Span
from chalicelib.kernel import crockford
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item

_ATTEMPTS = 16
_BATCH_GET = 100


class Batch(dynamo.Row):
    """Header of a batch. pk = `B#` + its number in 5 Crockford characters, sk = `H`.

    The number is in every code, so a scan finds the header without an index. `prizes` is a list of
    [amount_fen, count]; `whole_channel` and `whole_at` stand for a shipment of the batch as a whole.
    """

    class Meta:
        table_name = dynamo.TableName("codes")

    batch_id = UnicodeAttribute()
    number = NumberAttribute()
    key_version = NumberAttribute()
    product_id = UnicodeAttribute()
    gtin = UnicodeAttribute(null=True)
    quantity = NumberAttribute()
    box_size = NumberAttribute(null=True)
    channel_id = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    state_before = UnicodeAttribute()
    state_at = NumberAttribute()
    whole_channel = UnicodeAttribute(null=True)
    whole_at = NumberAttribute(null=True)
    parts = BooleanAttribute(null=True)
    """Whether any `Chunk` of the batch may exist: while not, a scan reads none."""
    created_at = NumberAttribute()
    created_by = UnicodeAttribute()


class Entry(dynamo.Row):
    """A batch in the list of batches. pk = `BATCHES`, sk = 13 digits of its birth + `#` + batch id."""

    class Meta(Batch.Meta):
        pass

    number = NumberAttribute()


class Operation(dynamo.Row):
    """Who changed what of a batch, and when. sk = `OP#` + 13 digits of time + `#` + kind + `#` + first-last.

    pk = the batch's (its log), and `RNG#` + batch number + `#` + chunk, or `all`: what concerns these codes.
    """

    class Meta(Batch.Meta):
        pass

    by = UnicodeAttribute()


class Chunk(dynamo.Row):
    """Spans of 4,096 sequences. pk = `RNG#` + batch number + `#` + chunk, sk = `RNG`.

    `ships` and `states` are lists of [first, last, value, at], which no two spans of one list share a code of.
    """

    class Meta(Batch.Meta):
        pass

    version = NumberAttribute()


class Code(dynamo.Row):
    """A code that was scanned at least once. pk = `C#` + the canonical code, sk = `C`.

    Attribute names are short: the row stays under 1 KB, so that each scan is 1 WRU.
    f, fd, ft: visit, hashed device and time of the first genuine scan, for ever. r0…r3 with d0…d3, t0…t3: the last
    four visits. n, x: scans counted, and those of an inactive or void code. b, p, s: batch, product, channel.
    k, m, u: state, member and 1 if unshipped, of the last scan. c, ct: the last city that was told, and when.
    own, ca, pz: owner, time of the claim, prize in fen.
    """

    class Meta(Batch.Meta):
        pass


class Visit(dynamo.Row):
    """One scan in a code's history. pk = the code's, sk = `V#` + 13 digits of time + `#` + visit id.

    `signals` is a list of {rule, inputs}.
    """

    class Meta(Batch.Meta):
        pass


class OpenClaim(dynamo.Row):
    """A prize that is being claimed and not yet asked for. pk = `OPEN#` + shard of the code, sk = the code."""

    class Meta(Batch.Meta):
        pass

    at = NumberAttribute()
    due = NumberAttribute()


class Export(dynamo.Row):
    """A file of codes or labels that is being made. pk = `X#` + export id, sk = `X`.

    `first` and `last` are sequences. `kept_codes` and `kept_bytes` are in the `parts` that S3 has; `seen` is the
    progress to show. `lease` names the worker until `lease_until`.
    """

    class Meta(Batch.Meta):
        pass

    state = UnicodeAttribute()
    """waiting → running → done | failed."""


def batch_pk(number: int) -> str:
    """`B#` + the number as it stands in the codes."""
    return f"B#{crockford.encode_int(number, BATCH_LETTERS)}"


def create_batch(batch_id: str, fields: Item) -> Item:
    """Write a batch under the first free one of the numbers it may ask for: 1 WRU, no counter.

    Two batches that ask for one number at once: the first writer has it, the other asks for its next number. A
    repeated request meets its own row.
    """
    for attempt in range(_ATTEMPTS):
        number = batch_number(batch_id, attempt)
        item = {"pk": batch_pk(number), "sk": "H", "batch_id": batch_id, "number": number, **fields}
        outcome = dynamo.put_once(Batch, item)
        if outcome.done:
            return item
        if outcome.item["batch_id"] == batch_id:
            return outcome.item
    raise RuntimeError("no free batch number")


def list_batch(batch_id: str, number: int, created_at: Millis) -> None:
    """Enter a batch in the list of batches; a repeat finds it there."""
    dynamo.put_once(Entry, {"pk": "BATCHES", "sk": f"{created_at:013d}#{batch_id}", "number": number})


def batches_page(limit: int, cursor: str | None) -> dynamo.Page:
    """Headers of batches, the latest first."""
    page = dynamo.query(Entry, "BATCHES", limit=limit, cursor=cursor, forward=False)
    found = {row["pk"]: row for row in _headers([batch_pk(row["number"]) for row in page.items])}
    return dynamo.Page([found[batch_pk(row["number"])] for row in page.items], page.cursor)


def find_batch(batch_id: str) -> Item | None:
    """The batch with this id. Rows are never deleted, so the first free number ends the search."""
    for attempt in range(_ATTEMPTS):
        found = get_header(batch_number(batch_id, attempt))
        if found is None or found["batch_id"] == batch_id:
            return found
    return None


def get_header(number: int, *, strong: bool = False) -> Item | None:
    """The header of the batch with this number."""
    return dynamo.get(Batch, batch_pk(number), "H", strong=strong)


def announce_parts(number: int) -> Item:
    """Say in the header that chunks exist: before they are written, so that none is ever overlooked."""
    return dynamo.update(
        Batch, batch_pk(number), "H", "SET parts = :yes", values={":yes": True}, returns="ALL_NEW"
    ).item


def reveal_prize_key(number: int, by: str, now: Millis) -> dynamo.Outcome:
    """Note that the prize key is public from now on, once: a repeat keeps the first moment."""
    return dynamo.update(
        Batch,
        batch_pk(number),
        "H",
        "SET revealed_at = :now, revealed_by = :by",
        condition="attribute_exists(pk) AND attribute_not_exists(revealed_at)",
        values={":now": now, ":by": by},
        returns="ALL_NEW",
    )


def set_thresholds(number: int, thresholds: Item) -> None:
    """When the batch's signals speak. Of two operators at once the later one holds."""
    dynamo.update(Batch, batch_pk(number), "H", "SET thresholds = :limits", values={":limits": thresholds})


def get_chunk(number: int, chunk: int, *, strong: bool = False) -> Item | None:
    """The spans of a chunk."""
    return dynamo.get(Chunk, chunk_pk(number, chunk), "RNG", strong=strong)


def spans(chunk: Item | None, field: str) -> list[Span]:
    """`ships` or `states` of a chunk's row."""
    return [Span(*stored) for stored in (chunk or {}).get(field, [])]


def _headers(pks: list[str]) -> Iterator[Item]:
    for start in range(0, len(pks), _BATCH_GET):
        table = Batch.Meta.table_name
        wanted = {"Keys": [dynamo.pack_item({"pk": pk, "sk": "H"}) for pk in pks[start : start + _BATCH_GET]]}
        left = {table: wanted}
        while left:
            answer = client("dynamodb").batch_get_item(RequestItems=left, ReturnConsumedCapacity="TOTAL")
            yield from map(dynamo.unpack_item, answer["Responses"].get(table, []))
            left = answer.get("UnprocessedKeys") or {}


def chunk_pk(number: int, chunk: int | str) -> str:
    """Of a chunk's spans, and of the operations that concern its codes."""
    return f"RNG#{crockford.encode_int(number, BATCH_LETTERS)}#{chunk}"


MODELS: Sequence[type[dynamo.Row]] = (Batch, Entry, Operation, Chunk, Code, Visit, Export, OpenClaim)
