"""Routes of the audit of prizes: what anyone may read, and how an operator reveals a key."""

from __future__ import annotations

from chalicelib.codes.batches.schemas import PrizeTier
from chalicelib.codes.claims.schemas import Empty
from chalicelib.codes.prizes import audit as prize_audit
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.http import Answer, Api

api = Api(__name__)


class PrizeAudit(Answer):
    """The prizes of a batch. `key` (hex, its SHA-256 is `key_hash`) is null until the claims are over: then anyone can
    compute every winner, as docs/prizes.md says.
    """

    batch_id: str
    quantity: int
    tiers: list[PrizeTier]
    algorithm: str
    key_hash: str
    claim_until: str | None
    key: str | None
    revealed_at: str | None


@api.get("/prize-audits/{batch_id}", errors=("not_found",))
def get_prize_audit(batch_id: str) -> PrizeAudit:
    """What anyone needs to check the prizes of a batch."""
    return _answer(prize_audit.audit(batch_id))


@api.post("/admin/code-batches/{batch_id}/reveal-prize-key", allow=ADMIN, errors=("not_found", "conflict"))
def reveal_prize_key(batch_id: str, body: Empty, caller: Caller, now: Millis) -> PrizeAudit:  # noqa: ARG001 - empty
    """Make the prize key public once no claim can win any more."""
    return _answer(prize_audit.reveal(batch_id, by=caller.id, now=now))


def _answer(audit: prize_audit.Audit) -> PrizeAudit:
    return PrizeAudit(
        batch_id=audit.batch_id,
        quantity=audit.quantity,
        tiers=[PrizeTier(tier.amount_fen, tier.winners) for tier in audit.tiers],
        algorithm=prize_audit.ALGORITHM,
        key_hash=audit.key_hash,
        claim_until=None if audit.claim_until is None else to_rfc3339(audit.claim_until),
        key=audit.key.hex() if audit.key else None,
        revealed_at=None if audit.revealed_at is None else to_rfc3339(audit.revealed_at),
    )
