"""Claims on a real table: one owner, one prize, one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.codes.prizes.rules import Tier
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from tests.codes_world import LostAnswer
from tests.interleaving import Act, at_every_call

Mint = Callable[..., Any]


def new_member(now: Millis) -> str:
    import secrets

    from chalicelib.members import service as members

    openid = f"o-{secrets.token_hex(8)}"
    return str(members.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id)


def claim(code: str, member: str, now: Millis) -> Any:
    from chalicelib.codes.claims import service as claims

    return claims.claim(code, member, now, visit_id=f"claim-{member}")


def outcome_of(code: str, member: str, now: Millis) -> str:
    try:
        return str(claim(code, member, now).code)
    except SiyuError as error:
        return error.code


def test_of_members_who_claim_at_once_one_owns_the_code(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint(prizes=[Tier(100, 4)])
    members = [new_member(now) for _ in range(4)]

    with ThreadPoolExecutor(8) as phones:
        found = list(phones.map(lambda place: outcome_of(code, members[place % 4], now), range(8)))

    assert Counter(found) == {code: 2, "claimed_by_another": 6}


def test_the_owners_repeat_gets_the_same_answer(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint(prizes=[Tier(100, 4)])
    member = new_member(now)

    first, again = claim(code, member, now), claim(code.lower(), member, now + 5)

    assert first == again
    assert (first.prize_fen, first.packet_id[:4]) == (100, "pkt_")


def test_a_claim_of_an_unscanned_code_is_its_first_scan(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import tables as scan_tables

    _, (code, *_) = mint()

    assert claim(code, new_member(now), now).packet_id is None
    row = scan_tables.get_code(code)
    assert (row["n"], row["ft"]) == (1, now)


def scan(code: str, member: str, now: Millis) -> Any:
    from chalicelib.codes.scans import service as scans

    return scans.scan(code, scans.Visit(f"scan-{member}", member_id=member), now)


def row_of(code: str) -> Any:
    from chalicelib.codes.scans import tables as scan_tables

    return scan_tables.get_code(code, strong=True)


def test_a_scan_attributes_and_does_not_claim(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import service as scans

    _, (code, *_) = mint(prizes=[Tier(100, 4)])
    scanner, buyer = new_member(now), new_member(now)
    scans.scan(code, scans.Visit("anonymous"), now)
    scans.scan(code, scans.Visit("anonymous", member_id=scanner), now)
    scan(code, new_member(now), now)

    row = row_of(code)
    assert ("own" in row, row["by"]) == (False, scanner)
    assert claim(code, buyer, now).prize_fen == 100
    assert outcome_of(code, scanner, now) == "claimed_by_another"
    row = row_of(code)
    assert (row["own"], row["by"]) == (buyer, scanner)


def test_an_erased_scanner_bars_nobody_and_an_erased_claimant_everybody(mint: Mint, now: Millis) -> None:
    from chalicelib.members.identity import erase as erasures
    from chalicelib.privacy.erase import erase

    _, (scanned, claimed, *_) = mint(prizes=[Tier(100, 4)])
    gone, other = new_member(now), new_member(now)
    scan(scanned, gone, now)
    claim(claimed, gone, now)
    erasures.ask(gone, now)
    erase(gone, now)

    assert outcome_of(scanned, other, now + 1) == scanned
    assert outcome_of(claimed, other, now + 1) == "claimed_by_another"


def test_whenever_a_stranger_scans_the_claim_holds(mint: Mint, now: Millis) -> None:
    scanner, buyer = new_member(now), new_member(now)

    def begin() -> tuple[str, Act, Act]:
        _, (code, *_) = mint(prizes=[Tier(100, 4)])
        return code, lambda: claim(code, buyer, now), lambda: scan(code, scanner, now)

    def rivals_swapped() -> tuple[str, Act, Act]:
        code, act, rival = begin()
        return code, rival, act

    for code in (*at_every_call(begin), *at_every_call(rivals_swapped)):
        row = row_of(code)
        assert (row["own"], row["by"], row["pz"]) == (buyer, scanner, 100)
        assert outcome_of(code, scanner, now) == "claimed_by_another"


def test_of_rival_claims_at_every_call_one_holds_and_the_other_is_told(mint: Mint, now: Millis) -> None:
    one, other = new_member(now), new_member(now)

    def begin() -> tuple[list[str], Act, Act]:
        _, (code, *_) = mint(prizes=[Tier(100, 4)])
        told: list[str] = [code]
        return told, *(lambda member=member: told.append(outcome_of(code, member, now)) for member in (one, other))

    for code, *told in at_every_call(begin):
        assert Counter(told) == {code: 1, "claimed_by_another": 1}
        assert told[0] == code
        assert row_of(code)["own"] == other


@pytest.mark.parametrize("part", [(0, 0), None])
def test_a_claim_after_a_void_is_refused_at_whichever_call_the_void_comes(
    mint: Mint, now: Millis, part: tuple[int, int | None] | None
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    member, late = new_member(now), new_member(now)

    def begin() -> tuple[list[str], Act, Act]:
        batch, (code, *_) = mint(prizes=[Tier(100, 4)])
        told: list[str] = [code]
        return (
            told,
            lambda: lifecycle.void(batch["batch_id"], part, by="ann", now=now),
            lambda: told.append(outcome_of(code, member, now)),
        )

    def rivals_swapped() -> tuple[list[str], Act, Act]:
        told, void, claiming = begin()
        return told, claiming, void

    for code, told in (*at_every_call(begin), *at_every_call(rivals_swapped)):
        assert told in (code, "code_void")
        assert ("ca" in row_of(code)) == (told == code)
        assert outcome_of(code, late, now) == "code_void"


def test_a_claim_is_one_write_unit_and_one_strong_read(
    mint: Mint, now: Millis, calls: list[tuple[str, float]], caching: None
) -> None:
    _, (whole, *_) = mint()
    scan(whole, "mbr_01JD0000000000000000000000", now)
    calls.clear()

    claim(whole, "mbr_01JD0000000000000000000001", now)

    assert calls == [("GetItem", 1.0), ("UpdateItem", 1.0)]


def test_a_void_code_pays_nothing_though_its_header_is_kept(mint: Mint, now: Millis, caching: None) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.scans import service as scans

    batch, (code, *_) = mint()
    scans.scan(code, scans.Visit("before"), now)
    lifecycle.void(batch["batch_id"], None, by="test", now=now)

    assert scans.scan(code, scans.Visit("while kept"), now).verdict == "repeat_scan"
    with pytest.raises(SiyuError, match="withdrawn") as refused:
        claim(code, new_member(now), now)
    assert refused.value.status == 422


def test_a_void_part_and_an_inactive_batch_pay_nothing(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint()
    lifecycle.void(batch["batch_id"], (0, 0), by="test", now=now)
    _, (inactive, *_) = mint(active=False)
    member = new_member(now)

    assert outcome_of(codes[0], member, now) == "code_void"
    assert outcome_of(codes[1], member, now) == codes[1]
    assert outcome_of(inactive, member, now) == "code_inactive"
    assert outcome_of("0" * 20, member, now) == "not_found"


def test_void_is_for_ever(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, _ = mint(active=False)
    lifecycle.void(batch["batch_id"], None, by="test", now=now)

    with pytest.raises(SiyuError) as refused:
        lifecycle.activate(batch["batch_id"], None, by="test", now=now + 1)
    assert refused.value.status == 409


def test_shipments_of_one_range_at_once_all_arrive(mint: Mint, now: Millis) -> None:
    from chalicelib.brand import service as brand
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.lifecycle import tables as lifecycle_tables
    from chalicelib.kernel import ids

    channel = brand.create_channel(ids.new_id("channel", now), name="华东", regions=[], now=now)["sk"]
    batch, _ = mint(64)

    with ThreadPoolExecutor(4) as clerks:
        list(
            clerks.map(
                lambda box: lifecycle.ship(batch["batch_id"], (box * 8, box * 8 + 7), channel, by="t", now=now),
                range(4),
            )
        )

    ships = lifecycle_tables.spans(lifecycle_tables.get_chunk(batch["number"], 0), "ships")
    assert [(span.first, span.last) for span in ships] == [(0, 7), (8, 15), (16, 23), (24, 31)]


def test_a_claim_whose_answer_was_lost_is_still_the_members(mint: Mint, now: Millis, lost_answer: LostAnswer) -> None:
    _, (code, *_) = mint(prizes=[Tier(100, 4)])
    member = new_member(now)

    # The first write notes the prize, the second one is the claim.
    lost_answer(after=1)
    found = claim(code, member, now)

    assert lost_answer.sent == 3
    assert found == claim(code, member, now)
    assert found.prize_fen == 100


def test_who_claimed_under_an_older_profile_is_still_the_owner(mint: Mint, now: Millis) -> None:
    import secrets

    from chalicelib.members import service as members

    _, codes = mint(prizes=[Tier(100, 4)])
    openid, unionid, external = (f"{kind}-{secrets.token_hex(8)}" for kind in ("o", "u", "wm"))
    facts: dict[str, Any] = {"channel_id": None, "origin": "test", "now": now}
    shopper = members.recognise({"openid": openid}, **facts).member_id
    contact = members.recognise({"unionid": unionid, "external_userid": external}, **facts).member_id
    for code, member in zip(codes, (shopper, contact), strict=False):
        claim(code, member, now)

    one = members.recognise({"openid": openid, "unionid": unionid}, **facts).member_id

    assert shopper != contact
    assert [claim(code, one, now).prize_fen for code in codes[:2]] == [100, 100]
    assert outcome_of(codes[0], new_member(now), now) == "claimed_by_another"
