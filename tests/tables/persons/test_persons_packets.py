"""A member sees the packets of all of their profiles, each once, whatever the size of the page."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.member_center import queries
from chalicelib.members import service as members
from chalicelib.payouts import service as payouts

NOW = 1_767_225_600_000


def ask_for_payout(member_id: str, amount_fen: int = 100) -> str:
    """A payout to this member; the packet it is for."""
    packet_id = ids.new_id("packet", NOW)
    payouts.request(
        source="packet",
        source_id=packet_id,
        member_id=member_id,
        openid="o",
        amount_fen=amount_fen,
        remark="红包",
        now=NOW,
    )
    return packet_id


def pages_of(member_id: str, limit: int) -> list[list[str]]:
    """The packets' sources page by page, as an old or new token asks for them."""
    found: list[list[str]] = []
    cursor: str | None = None
    while True:
        page, cursor = queries.payouts_of(members.person(member_id), limit, cursor)
        found.append([row["src_id"] for row in page])
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_payouts_of_all_profiles_are_listed_once(customer: Any, limit: int) -> None:
    before = [ask_for_payout(customer.first) for _ in range(3)]
    stands = customer.later()
    after = [ask_for_payout(stands) for _ in range(2)]

    for token in (customer.first, stands):
        found = pages_of(token, limit)

        assert sorted(packet for page in found for packet in page) == sorted(before + after)
        assert all(len(page) == limit for page in found[:-1])


def test_the_payee_of_a_large_packet_is_named_by_whoever_they_are_now(customer: Any) -> None:
    packet_id = ask_for_payout(customer.first, 19_900)
    stands = customer.later()

    with pytest.raises(SiyuError, match="No name is needed"):
        queries.name_payee(members.person(stands), packet_id, "张三")


def test_a_cursor_of_somebody_else_is_refused(customer: Any) -> None:
    for _ in range(2):
        ask_for_payout(customer.first)
    _, cursor = queries.payouts_of(members.person(customer.first), 1, None)

    with pytest.raises(SiyuError) as refused:
        queries.payouts_of(members.Person("mbr_else"), 1, cursor)

    assert refused.value.code == "invalid_cursor"
