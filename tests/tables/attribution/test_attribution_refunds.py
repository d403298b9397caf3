"""Refunds on the real engine: never more than the order, once each, in any order of arrival."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.attribution import service
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Line, Refund
from chalicelib.kernel import ids
from chalicelib.kernel.errors import SiyuError

NOW = 1_767_225_600_123


def test_two_full_refunds_at_once_are_one(shop: Any) -> None:
    shop.place(shop.sale())

    def refund(place: int) -> str:
        try:
            return str(shop.refund(10_000, refund_id=f"r-{place}"))
        except SiyuError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(refund, range(2)))

    assert Counter(answers) == {"accepted": 1, "refund_exceeds_order": 1}
    assert shop.order()["rest"] == 0


def test_a_refund_sent_eight_times_at_once_is_taken_once(shop: Any) -> None:
    shop.place(shop.sale())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.refund(1_000), range(8)))

    assert Counter(answers) == {"accepted": 1, "duplicate": 7}
    assert shop.order()["rest"] == 9_000


def test_a_refund_id_with_another_amount_is_refused(shop: Any) -> None:
    shop.place(shop.sale())
    shop.refund(1_000)

    with pytest.raises(SiyuError) as refused:
        shop.refund(2_000, event_id="another event")

    assert refused.value.code == "idempotency_conflict"


@pytest.mark.parametrize("event_id", ["e-1", "event of r-1"])
def test_a_known_event_id_with_another_refund_is_refused(shop: Any, event_id: str) -> None:
    shop.place(shop.sale())
    shop.refund(1_000)

    with pytest.raises(SiyuError) as refused:
        shop.refund(1_000, refund_id="r-2", event_id=event_id)

    assert refused.value.code == "idempotency_conflict"


def test_a_refund_above_what_is_left_is_refused(shop: Any) -> None:
    shop.place(shop.sale())
    shop.refund(9_000)

    with pytest.raises(SiyuError) as refused:
        shop.refund(1_001, refund_id="r-2")

    assert refused.value.code == "refund_exceeds_order"


def test_a_refund_id_may_be_longer_than_an_attribute_name(shop: Any) -> None:
    shop.place(shop.sale())

    assert shop.refund(1, refund_id="退" * 256) == "accepted"


def test_lines_that_give_back_more_than_the_refund_are_refused(shop: Any) -> None:
    refund = Refund("e-2", "A-1", "r-1", 100, (Line("TEA-1", 1, 101),))

    with pytest.raises(SiyuError) as refused:
        service.record_refund(refund, shop_id=shop.shop_id, now=NOW)

    assert refused.value.param == "refund.lines"


def test_a_refund_that_comes_before_its_order_is_taken_when_the_order_arrives(shop: Any, ledger: Any) -> None:
    assert shop.refund(4_000) == "accepted"
    assert shop.refund(4_000) == "duplicate"
    shop.place(shop.sale())
    ledger.follow()

    shop.settle()
    ledger.follow()
    shop.settle()
    ledger.follow()

    assert shop.order()["rest"] == 6_000
    assert ledger.balances == {"gde_bound": 180, "gde_closing": 120}


def test_an_early_refund_that_is_sent_again_after_the_order_is_taken_once(shop: Any) -> None:
    shop.refund(4_000)
    shop.place(shop.sale())

    assert shop.refund(4_000) == "accepted"
    shop.settle()

    assert shop.order()["rest"] == 6_000


def test_an_early_refund_above_the_order_stays_visible_as_waiting(shop: Any) -> None:
    shop.refund(10_001)
    shop.place(shop.sale())

    shop.settle()

    assert shop.order()["rest"] == 10_000
    assert len(orders_tables.waiting_refunds(shop.shop_id, "A-1")) == 1


def test_refunds_before_the_freezing_make_no_entries_of_their_own(shop: Any, ledger: Any) -> None:
    shop.place(shop.sale(), settling_seconds=600)
    ledger.follow()
    shop.refund(4_000)
    ledger.follow()
    assert ledger.balances == {}

    shop.settle(now=NOW + 600_000, settling_seconds=600)
    ledger.follow()

    assert ledger.balances == {"gde_bound": 180, "gde_closing": 120}


def test_an_order_takes_a_bounded_number_of_refunds(shop: Any) -> None:
    shop.place(shop.sale())
    for place in range(orders_tables.MAX_REFUNDS):
        shop.refund(1, refund_id=f"r-{place}")

    with pytest.raises(SiyuError) as refused:
        shop.refund(1, refund_id="one more")

    assert refused.value.code == "refused"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 1_000_000), st.lists(st.integers(1, 1_000_000), max_size=4))
def test_refunds_to_the_last_fen_net_every_payee_to_nothing(
    shop: Any, ledger: Any, total: int, wanted: list[int]
) -> None:
    mine = shop._replace(shop_id=ids.new_id("shop", NOW))
    book = type(ledger)(mine)
    mine.place(mine.sale(total=total))
    book.follow()

    left = total
    for place, amount in enumerate([*wanted, total]):
        if part := min(amount, left):
            mine.refund(part, refund_id=f"r-{place}")
            left -= part
            book.follow()
            expected = {"gde_bound": left * 3 // 100, "gde_closing": left * 2 // 100}
            assert {payee: book.balances.get(payee, 0) for payee in expected} == expected

    assert left == 0
    assert not any(book.balances.values())
