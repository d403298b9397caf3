"""Who wants all rows gets all, however few the engine gives at a time: a page ends at 1 MB, or at its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ulid import ULID

from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client

NOW = 1_767_225_600_000
MANY = 5


@pytest.fixture(autouse=True)
def short_pages(stack: str) -> Iterator[None]:
    """Every page of every query has two rows at most."""

    def cut(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = min(2, params.get("Limit", 2))

    events = client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.Query", cut)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb.Query", cut)


@pytest.fixture
def one() -> str:
    """An id that nobody else has."""
    return str(ULID())


def test_a_member_has_all_their_packets(one: str) -> None:
    from chalicelib.campaigns.models import Packet
    from chalicelib.campaigns.packets import tables

    keys = _put(Packet, f"MBR#{one}", "pkt_{}")

    assert [row["sk"] for row in tables.packets_of(one)] == keys


def test_a_participant_has_all_their_gifts(one: str) -> None:
    from chalicelib.campaigns.gifts import tables
    from chalicelib.campaigns.models import Gift

    keys = _put(Gift, f"GIFT#{one}", "prt_a#{}")

    assert [row["sk"] for row in tables.of_participant(one, "prt_a")] == keys


def test_a_campaign_is_counted_whole(one: str) -> None:
    from chalicelib.campaigns.models import Counter
    from chalicelib.campaigns.packets import tables

    keys = _put(Counter, f"CNT#{one}#3", "LEVELS#{}")

    assert [row["sk"] for row in tables.counters(one)] == keys


def test_every_live_campaign_hears_of_an_act(one: str) -> None:
    from chalicelib.campaigns import tables

    keys = [f"cmp_{one}{place}" for place in range(MANY)]
    for key in keys:
        tables.add_live(key)

    try:
        assert set(keys) <= set(tables.live_ids())
    finally:
        for key in keys:
            tables.drop_live(key)


def test_an_order_id_has_the_rows_of_all_shops(one: str) -> None:
    from chalicelib.attribution.models import Order
    from chalicelib.attribution.orders import tables

    keys = _put(Order, f"O#{one}", "shop_{}")

    assert [row["sk"] for row in tables.rows_of_order_id(one)] == keys


def test_an_order_meets_every_refund_that_waits_for_it(one: str) -> None:
    from chalicelib.attribution.orders import tables

    for place in range(MANY):
        tables.save_waiting("shop_a", one, f"refund-{place}", {"place": place})

    assert sorted(row["place"] for row in tables.waiting_refunds("shop_a", one)) == list(range(MANY))


def test_a_sale_is_credited_by_the_touches_it_may_have(one: str) -> None:
    from chalicelib.attribution import tables

    for place in range(tables.TOUCHES_READ + 1):
        tables.add_touch(one, NOW + place, f"touch-{place}", {})

    read = tables.touches_until(one, NOW + 100)

    assert [row["at"] - NOW for row in read] == list(range(tables.TOUCHES_READ, 0, -1))


def test_a_person_is_shown_all_their_touches(one: str) -> None:
    from chalicelib.attribution import privacy, tables

    for place in range(MANY):
        tables.add_touch(one, NOW + place, f"touch-{place}", {})

    assert [touch["at"] - NOW for touch in privacy.touches(one)] == [4, 3, 2, 1, 0]


def test_a_box_clusters_wherever_it_does(one: str) -> None:
    from chalicelib.codes.diversion import tables

    box = tables.BoxKey(int(ULID()) % 10**7, 7)
    _put(tables.Box, box.pk, "S#{}", rule="box_cluster", inputs={})

    assert len(tables.box_signals(box)) == MANY


def test_a_code_keeps_the_latest_of_what_was_done_to_it() -> None:
    from chalicelib.codes.lifecycle import tables
    from chalicelib.codes.models import Operation

    number = int(ULID()) % 10**7
    facts = {"first": 0, "last": 9}
    keys = _put(Operation, tables.chunk_pk(number, "all"), "OP#{}", **facts)

    assert [row["sk"] for row in tables.operations_on(number, 4)] == keys


def test_every_loss_of_a_customer_counts(one: str) -> None:
    from chalicelib.guides.contacts import tables

    for at in range(MANY):
        tables.put_loss(one, "amy", at, "deleted", False)

    assert len(tables.losses(one, "amy")) == MANY


def test_every_guide_behind_a_code_has_a_count(one: str) -> None:
    from chalicelib.guides.contact_ways import tables

    for place in range(MANY):
        tables.count_in(one, "20260101", f"gde_{place}", f"contact-{place}", 9, NOW)

    assert tables.counts(one, "20260101") == {f"gde_{place}": 1 for place in range(MANY)}


def test_a_timeline_page_is_full_and_the_next_one_goes_on(one: str) -> None:
    from chalicelib.members import service

    profile = {"pk": f"MBR#{one}", "sk": "PROFILE", "created_at": NOW, "channel_id": None, "origin": "import"}
    for place in range(1, MANY + 1):
        service.add_to_timeline(one, "order", f"o-{place}", NOW + place)

    rows, cursor = service.timeline(profile, 4, None)
    rest, end = service.timeline(profile, 4, cursor)

    assert [row["at"] - NOW for row in (*rows, *rest)] == [5, 4, 3, 2, 1, 0]
    assert end is None


def _put(model: type[dynamo.Row], pk: str, sk: str, **facts: Any) -> list[str]:
    keys = [sk.format(place) for place in range(MANY)]
    for key in keys:
        dynamo.put_once(model, {"pk": pk, "sk": key, **facts})
    return keys
