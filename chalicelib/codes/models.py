"""The rows of the table of codes: batches, ranges, and a row per code that was scanned."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.runtime import dynamo


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
    f, fd, ft: visit key, hashed device and time of the first genuine scan, for ever. r0…r3 with d0…d3, t0…t3: the last
    four visits. n, x: scans counted, and those of an inactive or void code. b, p, s: batch, product, channel.
    k, m, u: state, member and 1 if unshipped, of the last scan. c, ct: the last city that was told, and when.
    by: the first member who scanned. own, ca, pz: owner, time and prize in fen of the claim, which alone writes them.
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
    """A prize that is being claimed and not yet asked for. pk = `OPEN#` + shard of the code, sk = the code.

    One attribute for each claimant, named by their member id: the openid of the session that claims, who is paid.
    """

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


MODELS: Sequence[type[dynamo.Row]] = (Batch, Entry, Operation, Chunk, Code, Visit, Export, OpenClaim)
