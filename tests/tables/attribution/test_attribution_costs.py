"""What an order costs with the real members and guides beside it (request units as DynamoDB reports them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.attribution import service, sources
from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel import ids
from chalicelib.members import service as members
from chalicelib.members.service import Person

NOW = 1_767_225_600_123


@pytest.fixture
def buyer(stack: str) -> dict[str, str]:
    """Member id and openid of a member who is bound to a guide, and the guide's id."""
    openid = ids.new_id("visit", NOW)
    identities = {"openid": openid}
    member_id = members.recognise(identities, channel_id="chn_mall", origin="test", now=NOW - 60_000).member_id
    guide_id = ids.new_id("guide", NOW)
    guides.create_guide(guide_id, name="G", userid=guide_id, store_id=None, now=NOW - 60_000)
    bindings.bind(Person(member_id), guide_id, reason="badge", at=NOW - 60_000, now=NOW - 60_000)
    return {"member_id": member_id, "openid": openid, "guide_id": guide_id}


@pytest.mark.usefixtures("saved_policy")
@pytest.mark.parametrize(("kind", "rru"), [("member_id", 2), ("openid", 2.5)])
def test_an_order_reads_the_buyer_and_the_binding(
    shop: Any, buyer: dict[str, str], kind: str, rru: float, measure: Callable[[], Any]
) -> None:
    sale = shop.sale(identity=(kind, buyer[kind]))

    with measure() as units:
        service.place_order(sale, shop_id=shop.shop_id, sources=sources.live(), now=NOW, settling_seconds=0)

    assert len(shop.order()["cr"]) == 2
    assert units.wru == 2
    # 0.5 the buyer's profile (and 0.5 whose openid it is) + 1 the binding + 0.5 the policy, which a deployed stage
    # keeps for a while. The profile names everybody who was merged into it: each of them has bindings, too.
    assert units.rru == rru


@pytest.mark.usefixtures("saved_policy")
def test_a_merged_buyer_costs_the_bindings_of_one_more_profile(
    shop: Any, buyer: dict[str, str], measure: Callable[[], Any]
) -> None:
    unionid = ids.new_id("visit", NOW)
    members.recognise({"unionid": unionid}, channel_id=None, origin="wecom_contact", now=NOW - 50_000)
    both = {"openid": buyer["openid"], "unionid": unionid}
    stands = members.recognise(both, channel_id=None, origin="mini_program", now=NOW - 40_000).member_id
    # An empty query costs 0.5 RRU on AWS and nothing on the local engine: so there is a claim on either profile.
    bindings.bind(members.person(stands), buyer["guide_id"], reason="badge", at=NOW - 30_000, now=NOW)

    with measure() as units:
        sale = shop.sale(identity=("member_id", stands))
        service.place_order(sale, shop_id=shop.shop_id, sources=sources.live(), now=NOW, settling_seconds=0)

    assert stands != buyer["member_id"]
    assert len(shop.order()["cr"]) == 2
    assert units.rru == 3
