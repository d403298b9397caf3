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


def test_a_members_scan_makes_them_the_owner(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import service as scans

    _, (code, *_) = mint()
    scanner, other = new_member(now), new_member(now)
    scans.scan(code, scans.Visit("anonymous"), now)
    scans.scan(code, scans.Visit("anonymous", member_id=scanner), now)

    assert outcome_of(code, other, now) == "claimed_by_another"
    assert outcome_of(code, scanner, now) == code


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
