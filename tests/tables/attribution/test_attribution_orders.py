"""Orders on the real engine: once each, credited as of the payment, frozen for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.attribution import policies, service
from chalicelib.attribution import tables as attribution_tables
from chalicelib.attribution.rules import Rule
from chalicelib.kernel import ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.members.service import Person

NOW = 1_767_225_600_123


def test_the_bound_and_the_closing_guide_are_credited(shop: Any) -> None:
    assert shop.place(shop.sale()) == "accepted"

    order = shop.order()
    assert order["cr"] == [["binding", "gde_bound", 300, None], ["closing", "gde_closing", 200, None]]
    assert order["pv"] == 1
    assert order["fz"] == NOW


def test_one_event_sent_eight_times_at_once_is_one_order(shop: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.place(shop.sale()), range(8)))

    assert Counter(answers) == {"accepted": 1, "duplicate": 7}


def test_an_event_id_with_another_body_is_refused(shop: Any) -> None:
    shop.place(shop.sale())

    with pytest.raises(SiyuError) as refused:
        shop.place(shop.sale(total=20_000))

    assert refused.value.code == "idempotency_conflict"
    assert shop.order()["tt"] == 10_000


def test_an_event_id_with_another_order_is_refused(shop: Any) -> None:
    shop.place(shop.sale())

    with pytest.raises(SiyuError) as refused:
        shop.place(shop.sale("A-2"))

    assert refused.value.code == "idempotency_conflict"
    assert shop.order("A-2") == {}


def test_a_known_order_with_other_content_is_refused(shop: Any) -> None:
    shop.place(shop.sale())

    with pytest.raises(SiyuError) as refused:
        shop.place(shop.sale(event_id="e-2", total=1))

    assert refused.value.code == "conflict"


def test_a_known_order_told_by_a_new_event_is_a_duplicate(shop: Any) -> None:
    shop.place(shop.sale())

    assert shop.place(shop.sale(event_id="e-2")) == "duplicate"


def test_two_shops_may_have_the_same_order_and_event_ids(shop: Any) -> None:
    other = shop._replace(shop_id=ids.new_id("shop", NOW))
    shop.place(shop.sale())

    assert other.place(other.sale(total=777)) == "accepted"
    assert shop.order()["tt"] == 10_000


def test_rebinding_after_the_payment_changes_nothing(shop: Any) -> None:
    sale = shop.sale(paid_at=NOW - 5_000)
    shop.bindings.append((NOW - 3_000, "gde_later"))

    shop.place(sale, settling_seconds=600)
    shop.settle(now=NOW + 600_000, settling_seconds=600)

    assert shop.order()["cr"][0][1] == "gde_bound"


def test_a_binding_that_is_recorded_late_still_pays_its_guide(shop: Any) -> None:
    shop.bindings.clear()
    shop.place(shop.sale(), settling_seconds=600)
    assert [credit[0] for credit in shop.order()["cr"]] == ["closing"]

    shop.bindings.append((NOW - 60_000, "gde_late"))
    due = shop.settle(now=NOW, settling_seconds=600)
    assert due == NOW - 1_000 + 600_000
    assert "fz" not in shop.order()
    shop.settle(now=due, settling_seconds=600)

    assert shop.order()["cr"][0][:2] == ["binding", "gde_late"]
    assert shop.order()["fz"] == due


def test_settling_again_changes_nothing(shop: Any) -> None:
    shop.place(shop.sale(), settling_seconds=600)
    shop.settle(now=NOW + 600_000, settling_seconds=600)
    frozen = shop.order()

    shop.bindings.append((NOW - 60_000, "gde_even_later"))
    shop.settle(now=NOW + 700_000, settling_seconds=600)

    assert shop.order() == frozen


def test_an_unknown_buyer_is_accepted_without_a_binding_credit(shop: Any) -> None:
    shop.place(shop.sale(identity=("phone", "13800138000")))

    assert "m" not in shop.order()
    assert [credit[0] for credit in shop.order()["cr"]] == ["closing"]
    assert b"13800138000" not in repr(shop.order()).encode()


def test_a_payment_in_the_future_is_refused(shop: Any) -> None:
    with pytest.raises(SiyuError) as refused:
        shop.place(shop.sale(paid_at=NOW + 8 * 3_600_000))

    assert refused.value.param == "paid_at"


def test_the_touches_before_the_payment_are_kept_on_the_settled_order(shop: Any) -> None:
    service.touch(Person(shop.member_id), kind="scan", key="v-1", at=NOW - 9_000, channel_id="chn_mall")
    service.touch(Person(shop.member_id), kind="scan", key="v-2", at=NOW + 9_000)
    shop.place(shop.sale())

    shop.settle()

    assert shop.order()["tc"] == [["scan", NOW - 9_000, "chn_mall", None, None]]


def test_a_touch_told_twice_is_one(shop: Any) -> None:
    for _ in range(2):
        service.touch(Person(shop.member_id), kind="scan", key="v-1", at=NOW)

    assert len(attribution_tables.touches_until(shop.member_id, NOW)) == 1


def test_an_order_keeps_the_policy_that_was_in_force_when_it_was_paid(shop: Any) -> None:
    paid_before = NOW - 1_000
    newer = policies.replace_policy((Rule("binding", 1_000),), 90, expected_version=None, now=NOW)
    try:
        shop.place(shop.sale(paid_at=paid_before))
        shop.place(shop.sale("A-2", event_id="e-2", paid_at=NOW + 10))

        assert shop.order()["cr"][0][2] == 300
        assert shop.order("A-2")["cr"] == [["binding", "gde_bound", 1_000, None]]
        assert shop.order("A-2")["pv"] == newer.version
    finally:
        default = policies.DEFAULT_POLICY
        policies.replace_policy(default.rules, default.lookback_days, expected_version=None, now=NOW)


def test_a_policy_that_somebody_changed_meanwhile_is_a_conflict(stack: str) -> None:
    version = policies.newest_policy().version

    with pytest.raises(SiyuError) as refused:
        policies.replace_policy((Rule("binding", 1),), 90, expected_version=version - 1, now=NOW)

    assert refused.value.code == "conflict"


@pytest.mark.usefixtures("saved_policy")
def test_what_an_order_a_refund_and_a_touch_cost(shop: Any, measure: Callable[[], Any]) -> None:
    with measure() as touch:
        service.touch(
            Person(shop.member_id), kind="scan", key="v-1", at=NOW, channel_id="chn_mall", guide_id="gde_bound"
        )
    with measure() as order:
        shop.place(shop.sale())
    with measure() as refund:
        shop.refund(1_000)

    assert (touch.wru, touch.rru) == (1, 0)
    # One unit for the order with its credits, one for the event id; the policy is the only read in here.
    assert (order.wru, order.rru) == (2, 0.5)
    assert (refund.wru, refund.rru) == (1, 0)
