"""A push to a page of five hundred: what each recipient costs, and what the page costs beside them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.bare import recording, replay
from tests.bench.measuring import Figures, cpu_ms, other_client
from tests.bench.metering import Spent, metered
from tests.world import World, delivery

RECIPIENTS = 500
OWN_ROWS = ("CAP", "MBR")
"""Rows of a single recipient: the guard, and the profile with address and consent."""


def measure_push(world: World) -> tuple[Figures, dict[str, float]]:
    """Figures per recipient, and under names of their own what a page costs and what a push costs, once.

    A push to nobody tells the push's own part; what it does not explain and no recipient's row bears is the page's.
    """
    from chalicelib.runtime.aws import client
    from chalicelib.wechat import connect

    # The access token is there, as it is in a warm container.
    connect.mini_program().url_link("pages/product/index", "")
    _make_audience(world)
    with metered() as of_push:
        _send(world, {"tag": _tag(world)}, 0)
    dynamodb = client("dynamodb")
    with metered() as spent, recording(dynamodb, other_client()) as told:
        _send(world, {"all": []}, RECIPIENTS)
    told.undo()
    bare = cpu_ms(lambda: replay(dynamodb, told.calls))
    real = cpu_ms(lambda: _send(world, {"all": []}, RECIPIENTS))
    own_wru = sum(spent.wru_of[kind] for kind in OWN_ROWS)
    own_rru = sum(spent.rru_of[kind] for kind in OWN_ROWS)
    return _figures(spent, own_wru, own_rru, real, bare), {
        "recipients": RECIPIENTS,
        "page_overhead_wru": spent.wru - own_wru - of_push.wru,
        "page_overhead_rru": spent.rru - own_rru - of_push.rru,
        "push_overhead_wru": of_push.wru,
        "push_overhead_rru": of_push.rru,
        "wru_with_overhead": round(spent.wru / RECIPIENTS, 3),
        "rru_with_overhead": round(spent.rru / RECIPIENTS, 3),
    }


def _figures(spent: Spent, own_wru: float, own_rru: float, real: float, bare: float) -> Figures:
    wru, rru = round(own_wru / RECIPIENTS, 3), round(own_rru / RECIPIENTS, 3)
    return Figures(
        wru=wru,
        rru=rru,
        aws_calls=round(spent.calls / RECIPIENTS, 2),
        cpu_ms=round(real / RECIPIENTS, 2),
        cpu_ratio_to_bare=round(real / bare, 2),
        wru_worst=wru,
        rru_worst=rru,
        item_wru=spent.largest,
    )


def _make_audience(world: World) -> None:
    from chalicelib.kernel import clock
    from chalicelib.segments import service

    def join(_: int) -> None:
        member_id, _headers = world.member(world.sandbox.customer())
        service.refresh(member_id, clock.now())

    assert world.channel_id
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(join, range(RECIPIENTS)))


def _tag(world: World) -> str:
    return str(world.ask("POST", "/admin/tags", {"name": f"nobody-{world.number()}"})["tag_id"])


def _send(world: World, rule: dict[str, Any], expected: int) -> None:
    from chalicelib.pushes import tables as pushes_tables
    from chalicelib.pushes.delivery import tables as delivery_tables
    from functions.pushes_deliver import pushes_deliver
    from functions.pushes_plan import pushes_plan

    segment_id = world.ask("POST", "/admin/segments", {"name": "会员", "rule": rule})["segment_id"]
    push_id = str(world.ask("POST", "/admin/pushes", _asked(segment_id))["push_id"])
    pushes_plan(delivery("push.planned", push_id=push_id), None)
    for number in range(1, pushes_tables.get_run(push_id)["n"] + 1):
        pushes_deliver(delivery("push.page", push_id=push_id, page_id=delivery_tables.page_id_of(number)), None)
    told = world.ask("GET", f"/admin/pushes/{push_id}")
    assert (told["state"], told["audience"], told["sent"]) == ("done", expected, expected), told


def _asked(segment_id: str) -> dict[str, Any]:
    return {
        "segment_id": segment_id,
        "media": ["subscribe_message"],
        "purpose": "service",
        "content": {"title": "新茶到店", "text": "您收藏的明前龙井已到店。"},
        "send_at": None,
        "ignore_quiet_hours": True,
    }
