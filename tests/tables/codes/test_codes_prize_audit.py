"""The prizes of a batch are what its hash promised, and anyone can recount them once claims are over."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.codes.prizes.rules import Tier, amount_of
from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from tests.sizes import size

Mint = Callable[..., Any]
TIERS = [Tier(8_800, 2), Tier(100, 20)]
DOCUMENT = Path(__file__).parents[3] / "docs" / "prizes.md"


def claim(code: str, now: Millis) -> Any:
    from chalicelib.codes.claims import service as claims

    return claims.claim(code, ids.new_id("member", now), now, visit_id=ids.new_id("visit", now))


def test_the_program_of_the_document_finds_the_winners_that_are_paid(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.prizes import api as prize_api
    from chalicelib.codes.prizes import audit

    batch, codes = mint(300, prizes=TIERS, claim_until=now + DAY)
    paid = {seq: won for seq, code in enumerate(codes) if (won := claim(code, now).prize_fen)}
    audit.reveal(batch["batch_id"], by="test", now=now + DAY + 5 * MINUTE)
    published = prize_api.get_prize_audit(batch["batch_id"])
    program = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0]

    import msgspec

    done = subprocess.run(
        [sys.executable, "-I", "-c", program], input=msgspec.json.encode(published), capture_output=True, check=True
    )

    found = dict(map(int, line.split()) for line in done.stdout.decode().splitlines())  # type: ignore[misc]
    assert found == paid
    assert Counter(paid.values()) == {8_800: 2, 100: 20}


def test_the_key_is_secret_until_claims_are_over(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.batches import service as batches
    from chalicelib.codes.prizes import audit

    batch, _ = mint(30, prizes=TIERS, claim_until=now + DAY)
    batch_id = batch["batch_id"]

    for early in (now, now + DAY + 5 * MINUTE - 1):
        with pytest.raises(SiyuError) as refused:
            audit.reveal(batch_id, by="test", now=early)
        assert refused.value.status == 409
    before = audit.audit(batch_id)
    first = audit.reveal(batch_id, by="test", now=now + DAY + 5 * MINUTE)
    again = audit.reveal(batch_id, by="other", now=now + 2 * DAY)

    assert before.key is None
    assert first.key is not None
    assert hashlib.sha256(first.key).hexdigest() == before.key_hash
    assert first == again == audit.audit(batch_id)
    assert batches.get_batch(batch_id)["revealed_by"] == "test"


def test_a_batch_without_deadline_reveals_its_key_when_it_is_void(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.prizes import audit

    batch, _ = mint(30, prizes=TIERS)
    with pytest.raises(SiyuError, match="deadline"):
        audit.reveal(batch["batch_id"], by="test", now=now + 900 * DAY)

    lifecycle.void(batch["batch_id"], None, by="test", now=now)

    assert audit.reveal(batch["batch_id"], by="test", now=now + 6 * MINUTE).key


def test_a_late_claim_makes_the_item_theirs_without_a_prize(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import service as scans
    from chalicelib.codes.scans import views as scan_views

    _, codes = mint(2, prizes=[Tier(100, 2)], claim_until=now + DAY)

    in_time, late = claim(codes[0], now + DAY - 1), claim(codes[1], now + DAY)

    assert (in_time.prize_fen, late.prize_fen, late.packet_id) == (100, 0, None)
    shown = [scans.peek(code, now + DAY) for code in codes]
    assert [scan_views.scan_answer(scan, None).prize.state for scan in shown] == ["claimed", "claimed"]
    _, (fresh, *_) = mint(2, prizes=[Tier(100, 2)], claim_until=now + DAY)
    assert scan_views.scan_answer(scans.peek(fresh, now), None).prize.state == "claimable"
    assert scan_views.scan_answer(scans.peek(fresh, now + DAY), None).prize.state == "none"


def test_another_prize_key_in_the_secret_pays_nobody(mint: Mint, now: Millis, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.codes import models as code_models
    from chalicelib.runtime import dynamo

    batch, (code, *_) = mint(2, prizes=[Tier(100, 2)])
    dynamo.update(
        code_models.Batch,
        batch["pk"],
        "H",
        "SET prize_key_hash = :other",
        values={":other": hashlib.sha256().hexdigest()},
    )

    with pytest.raises(RuntimeError, match="prize key"):
        claim(code, now)


def test_a_deadline_that_is_over_is_refused(mint: Mint, now: Millis) -> None:
    with pytest.raises(SiyuError, match="future"):
        mint(2, prizes=[Tier(100, 2)], claim_until=now)


@pytest.mark.soak
def test_the_prizes_of_a_large_batch_are_exact() -> None:
    quantity = size(20_000, soak=100_000)
    tiers = [Tier(20_000, 1), Tier(8_800, 99), Tier(100, 900), Tier(30, 9_000)]

    won = Counter(amount_of(sequence, quantity, tiers, b"k" * 32) for sequence in range(quantity))

    assert won == {20_000: 1, 8_800: 99, 100: 900, 30: 9_000, 0: quantity - 10_000}


def test_the_audit_is_public_and_the_key_is_the_operators(http: Any, admin: dict[str, str], mint: Mint) -> None:
    batch, _ = mint(30, prizes=TIERS)
    plain, _ = mint(3)
    path = f"/prize-audits/{batch['batch_id']}"

    published = http.get(path).json_body
    refused = http.post(f"/admin/code-batches/{batch['batch_id']}/reveal-prize-key", headers=admin, body=b"{}")

    assert (published["key"], published["quantity"], published["tiers"][0]) == (
        None,
        30,
        {"amount_fen": 8_800, "count": 2},
    )
    assert refused.status_code == 409
    assert http.get(f"/prize-audits/{plain['batch_id']}").status_code == 404
    body = {"product_id": batch["product_id"], "quantity": 5, "claim_until": "2040-01-01T00:00:00Z"}
    minted = http.post("/admin/code-batches", headers=admin, body=json.dumps(body).encode()).json_body
    assert minted["claim_until"] == "2040-01-01T00:00:00.000Z"
