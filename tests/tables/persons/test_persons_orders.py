"""Whoever earned an order gets it, whichever profile of the buyer says so."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.attribution import queries, service, sources
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Line, Sale
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel import ids
from chalicelib.members import service as members

NOW = 1_767_225_600_000
MINUTE = 60_000


def order_of(shop_id: str) -> Any:
    return orders_tables.find_order(shop_id, "A-1")


def place(shop_id: str, identity: tuple[str, str], *, settling_seconds: int = 0) -> None:
    sale = Sale("e-1", "A-1", identity, "chn_mall", None, NOW + 2 * MINUTE, (Line("TEA-1", 1, 10_000),))
    service.place_order(
        sale, shop_id=shop_id, sources=sources.live(), now=NOW + 3 * MINUTE, settling_seconds=settling_seconds
    )


def paid_by(order: Any) -> list[str]:
    return [credit.payee for credit in queries.credits_of(order)]


@pytest.fixture
def shop_id(stack: str) -> str:
    """A shop of its own."""
    return ids.new_id("shop", NOW)


@pytest.mark.parametrize("named_by", ["member_id", "openid", "unionid"])
def test_an_order_credits_the_guide_of_any_profile(
    customer: Any, guides: list[str], shop_id: str, named_by: str
) -> None:
    bindings.bind(members.person(customer.first), guides[0], reason="badge", at=NOW, now=NOW)
    stands = customer.later()
    named = {"member_id": stands, "openid": customer.openid, "unionid": customer.unionid}

    place(shop_id, (named_by, named[named_by]))

    assert guides[0] in paid_by(order_of(shop_id))


def test_an_order_that_settles_after_the_merge_keeps_its_guide(customer: Any, guides: list[str], shop_id: str) -> None:
    bindings.bind(members.person(customer.first), guides[0], reason="badge", at=NOW, now=NOW)
    place(shop_id, ("openid", customer.openid), settling_seconds=600)
    customer.later()

    service.freeze_order(shop_id, "A-1", sources=sources.live(), now=NOW + 60 * MINUTE, settling_seconds=600)

    order = order_of(shop_id)
    assert "fz" in order
    assert guides[0] in paid_by(order)


def test_the_touches_of_all_profiles_are_on_the_order(customer: Any, shop_id: str) -> None:
    service.touch(members.person(customer.first), kind="scan", key="before", at=NOW)
    stands = customer.later()
    service.touch(members.person(stands), kind="scan", key="after", at=NOW + MINUTE)
    place(shop_id, ("member_id", customer.first))

    service.freeze_order(shop_id, "A-1", sources=sources.live(), now=NOW + 60 * MINUTE, settling_seconds=0)

    touches = queries.touches_of(order_of(shop_id), sources.live(), NOW + 60 * MINUTE)
    assert [touch.at for touch in touches] == [NOW + MINUTE, NOW]
