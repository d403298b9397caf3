"""The life of codes: each change dated, attributed, and told in the story of every code that it touched."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Barrier
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from tests.codes_world import LostAnswer

Mint = Callable[..., Any]


@pytest.fixture
def channel(stack: str, now: Millis) -> str:
    from chalicelib.brand import service as brand

    return str(brand.create_channel(ids.new_id("channel", now), name="成都", regions=["成都"], now=now)["sk"])


def told(code: str, now: Millis) -> list[tuple[str, str]]:
    from chalicelib.codes.lifecycle import service as lifecycle

    return [(event.what, event.by) for event in lifecycle.story(code, 10, None, now).life]


def stage_of(code: str, now: Millis) -> str:
    from chalicelib.codes.lifecycle import service as lifecycle

    return lifecycle.stage(lifecycle.story(code, 10, None, now))


def test_a_code_goes_through_every_stage(mint: Mint, channel: str, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.scans import service as scans

    batch, (code, *_) = mint(8, active=False)
    batch_id, stages = batch["batch_id"], [stage_of(code, now)]

    lifecycle.activate(batch_id, None, by="ann", now=now + 1)
    stages.append(stage_of(code, now + 1))
    lifecycle.ship(batch_id, (0, 3), channel, by="bob", now=now + 2)
    stages.append(stage_of(code, now + 2))
    scans.scan(code, scans.Visit("v"), now + 3)
    stages.append(stage_of(code, now + 3))
    claims.claim(code, "mbr_x", now + 4, visit_id="c")
    stages.append(stage_of(code, now + 4))
    lifecycle.void(batch_id, (0, 0), by="cat", now=now + 5)
    stages.append(stage_of(code, now + 5))

    assert stages == ["minted", "active", "shipped", "scanned", "claimed", "void"]
    assert told(code, now + 5) == [
        ("minted", "test"),
        ("activated", "ann"),
        ("shipped", "bob"),
        ("scanned", ""),
        ("claimed", "mbr_x"),
        ("voided", "cat"),
    ]


def test_only_the_codes_of_a_range_tell_of_it(mint: Mint, channel: str, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint(4)
    lifecycle.ship(batch["batch_id"], (1, 2), channel, by="ann", now=now)
    lifecycle.ship(batch["batch_id"], (2, 3), channel, by="bob", now=now + 1)

    who = [[by for what, by in told(code, now) if what == "shipped"] for code in codes]

    assert who == [[], ["ann"], ["ann", "bob"], ["bob"]]


def test_a_shipment_of_the_whole_batch_is_told_by_all(mint: Mint, channel: str, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint(3)
    lifecycle.ship(batch["batch_id"], (0, None), channel, by="ann", now=now)

    assert all(("shipped", "ann") in told(code, now) for code in codes)


def test_the_log_has_every_operation_the_latest_first(mint: Mint, channel: str, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, _ = mint(8, active=False)
    batch_id = batch["batch_id"]
    lifecycle.activate(batch_id, (0, 3), by="ann", now=now)
    lifecycle.ship(batch_id, (0, 1), channel, by="bob", now=now + 1)
    lifecycle.activate(batch_id, None, by="cat", now=now + 2)
    lifecycle.activate(batch_id, None, by="dan", now=now + 3)

    log = [(row["kind"], row["by"], row["first"], row["last"]) for row in lifecycle.operations(batch_id, 10, None)[0]]

    assert log == [("activate", "cat", 0, 7), ("ship", "bob", 0, 1), ("activate", "ann", 0, 3)]


def test_of_operators_who_void_at_once_one_is_on_record(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, _ = mint(2)

    with ThreadPoolExecutor(4) as operators:
        found = list(
            operators.map(lambda by: lifecycle.void(batch["batch_id"], None, by=f"op{by}", now=now + by), range(4))
        )

    assert len({row["state_at"] for row in found}) == 1
    assert len(lifecycle.operations(batch["batch_id"], 10, None)[0]) == 1


def test_boxes_name_their_codes(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.batches import parts
    from chalicelib.codes.batches.schemas import Part

    boxed, _ = mint(50, box_size=12)
    loose, _ = mint(3)

    def part(batch: Any, **body: Any) -> Any:
        return parts.part_of(batch["batch_id"], Part(**body))

    assert part(boxed, from_box=2, to_box=2) == (12, 23)
    assert part(boxed, from_box=3) == (24, None)
    assert part(boxed, to_box=1) == (0, 11)
    assert part(boxed) is None
    for batch, body in ((loose, {"from_box": 1}), (boxed, {"from_box": 1, "to_seq": 3})):
        with pytest.raises(SiyuError):
            part(batch, **body)


def _tell_of(batch_id: str) -> None:
    """What the stream and its consumer make of a minted batch."""
    from chalicelib.codes import events
    from chalicelib.codes.batches import tables as batch_tables
    from chalicelib.runtime.events.functions import Change

    header = batch_tables.find_batch(batch_id)
    assert header is not None
    (told,) = events.events_of(Change("e", {}, header, "1", header["created_at"]))
    batch_tables.list_batch(**told.data)


def test_batches_are_listed_the_latest_first(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.batches import service as batches
    from chalicelib.codes.lifecycle import service as lifecycle

    minted = [mint(2)[0]["batch_id"] for _ in range(3)]
    for batch_id in (*minted, minted[0]):
        _tell_of(batch_id)
    lifecycle.void(minted[1], None, by="ann", now=now)

    listed, cursor = [], None
    while not set(minted) <= {row["batch_id"] for row in listed}:
        rows, cursor = batches.list_batches(2, cursor)
        listed += rows
        assert cursor or set(minted) <= {row["batch_id"] for row in listed}

    states = {row["batch_id"]: row["state"] for row in listed}
    assert [states[batch_id] for batch_id in minted] == ["active", "void", "active"]
    assert [row["created_at"] for row in listed] == sorted((row["created_at"] for row in listed), reverse=True)


def test_the_routes_list_batches_and_operations(
    http: Any, admin: dict[str, str], mint: Mint, channel: str, now: Millis
) -> None:
    batch, codes = mint(24, box_size=12)
    _tell_of(batch["batch_id"])
    path = f"/admin/code-batches/{batch['batch_id']}"
    body = f'{{"from_box": 2, "channel_id": "{channel}"}}'.encode()

    shipped = http.post(f"{path}/ship", headers=admin, body=body)
    operations = http.get(f"{path}/operations", headers=admin).json_body
    listed = http.get("/admin/code-batches?limit=200", headers=admin).json_body
    stories = [http.get(f"/admin/codes/{codes[seq]}", headers=admin).json_body for seq in (11, 12)]

    assert shipped.status_code == 200
    (done,) = operations["items"]
    assert (done["kind"], done["by"], done["from_seq"], done["to_seq"]) == ("ship", "local-admin", 12, 23)
    assert done["facts"] == {"channel_id": channel}
    assert batch["batch_id"] in {row["batch_id"] for row in listed["items"]}
    assert [story["stage"] for story in stories] == ["active", "shipped"]
    assert [event["what"] for event in stories[1]["life"]] == ["minted", "shipped"]


def test_a_change_whose_answer_was_lost_is_on_record_once(mint: Mint, now: Millis, lost_answer: LostAnswer) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.runtime.aws import client

    batch, _ = mint(2, active=False)
    events = client("dynamodb").meta.events
    events.register_first("needs-retry.dynamodb.TransactWriteItems", lost_answer.lose)
    try:
        lost_answer()
        header = lifecycle.activate(batch["batch_id"], None, by="ann", now=now)
    finally:
        events.unregister("needs-retry.dynamodb.TransactWriteItems", lost_answer.lose)

    assert header["state"] == "active"
    assert [row["by"] for row in lifecycle.operations(batch["batch_id"], 10, None)[0]] == ["ann"]


def _states_of(codes: list[str], now: Millis) -> list[str]:
    """What a claim of each code would meet."""
    from chalicelib.codes.scans.lookup import locate_strongly

    found = [locate_strongly(code, now) for code in codes]
    return [one.place.state for one in found if one]


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("part", [(0, 4), (1, 2), (1, 1), None])
def test_an_activation_leaves_void_codes_void(
    mint: Mint, now: Millis, part: tuple[int, int | None] | None, active: bool
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint(5, active=active)
    lifecycle.void(batch["batch_id"], (1, 2), by="ann", now=now)

    lifecycle.activate(batch["batch_id"], part, by="bob", now=now + 1)

    assert _states_of(codes, now + 2)[1:3] == ["void", "void"]
    if active or part in (None, (0, 4)):
        assert [_states_of(codes, now + 2)[place] for place in (0, 3, 4)] == ["active"] * 3


def test_a_shipment_of_void_codes_neither_revives_them_nor_is_lost(mint: Mint, channel: str, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.scans.lookup import locate_strongly

    batch, codes = mint(5)
    lifecycle.void(batch["batch_id"], (1, 2), by="ann", now=now)
    lifecycle.ship(batch["batch_id"], (0, 3), channel, by="bob", now=now + 1)
    lifecycle.activate(batch["batch_id"], (0, 4), by="cat", now=now + 2)

    located = locate_strongly(codes[1], now + 3)

    assert located is not None
    assert located.place == ("void", channel, True)


def test_a_void_that_is_repeated_keeps_its_first_moment(mint: Mint, now: Millis, caching: None) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.lifecycle import tables as lifecycle_tables

    batch, _ = mint(5)
    for later in (0, 60_000):
        lifecycle.void(batch["batch_id"], (1, 2), by="ann", now=now + later)

    states = lifecycle_tables.spans(lifecycle_tables.get_chunk(batch["number"], 0), "states")
    assert [(span.first, span.last, span.value, span.at < now + 60_000) for span in states] == [(1, 2, "void", True)]


@pytest.mark.parametrize("part", [(0, 4), None])
def test_of_a_void_and_an_activation_at_once_the_void_wins(
    mint: Mint, now: Millis, part: tuple[int, int | None] | None
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    for _ in range(6):
        batch, codes = mint(5, active=False)
        batch_id, together = batch["batch_id"], Barrier(4)

        def change(who: int, batch_id: str = batch_id, together: Barrier = together) -> None:
            together.wait()
            if who % 2:
                lifecycle.activate(batch_id, part, by=f"op{who}", now=now)
            else:
                lifecycle.void(batch_id, (1, 2), by=f"op{who}", now=now)

        with ThreadPoolExecutor(4) as operators:
            list(operators.map(change, range(4)))

        assert _states_of(codes, now) == ["active", "void", "void", "active", "active"]


@pytest.mark.parametrize(("first", "part"), list(product(("void", "activate"), ((0, 4), None))))
def test_a_void_wins_at_whichever_call_of_the_rival_it_comes(
    mint: Mint, now: Millis, first: str, part: tuple[int, int | None] | None
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from tests.interleaving import at_every_call

    def begin() -> tuple[Any, Callable[[], Any], Callable[[], Any]]:
        batch, codes = mint(5, active=False)
        void = lambda: lifecycle.void(batch["batch_id"], (1, 2), by="ann", now=now)  # noqa: E731
        activate = lambda: lifecycle.activate(batch["batch_id"], part, by="bob", now=now)  # noqa: E731
        return (codes, void, activate) if first == "void" else (codes, activate, void)

    for codes in at_every_call(begin):
        assert _states_of(codes, now) == ["active", "void", "void", "active", "active"]
