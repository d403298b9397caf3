"""`Idempotency-Key` on creating POSTs: the same key makes the same thing for 24 hours.

The key's row keeps a random seed, and the new thing's id is derived from it: a second request, also one that
follows a crash half-way, computes the same id and meets the first one's row. No answer needs to be stored.
"""

from __future__ import annotations

import hashlib
import secrets

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.ids import digest32
from chalicelib.runtime import dynamo
from chalicelib.runtime.models import IdempotencyKey


def admit(scope: str, key: str, body: bytes, now: Millis) -> str:
    """The seed of this key's creation, the same at every repeat; 409 `idempotency_conflict` for another body."""
    if len(key) > 255:
        raise SiyuError(
            "invalid_parameter", "Idempotency-Key can have at most 255 characters.", param="Idempotency-Key"
        )
    body_hash = hashlib.sha256(body).hexdigest()
    seed = secrets.token_hex(16)
    outcome = dynamo.update(
        IdempotencyKey,
        f"KEY#{digest32(scope, key)}",
        "KEY",
        "SET body_hash = :hash, seed = :seed, #until = :until, expires = :expires",
        # Two requests with one key at the same instant: one writes its seed, the other reads it.
        condition="attribute_not_exists(pk) OR #until <= :now",
        names={"#until": "until"},
        values={
            ":hash": body_hash,
            ":seed": seed,
            ":now": now,
            ":until": now + DAY,
            ":expires": (now + 2 * DAY) // 1000,
        },
    )
    if outcome.done:
        return seed
    if outcome.item["body_hash"] != body_hash:
        raise SiyuError(
            "idempotency_conflict",
            "This Idempotency-Key was used with another body in the last 24 hours. Use a new key.",
            param="Idempotency-Key",
        )
    return str(outcome.item["seed"])
