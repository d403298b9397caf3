"""Scans on a real table: one write, one first scan, nothing counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY, MINUTE, Millis
from tests.codes_world import LostAnswer

Mint = Callable[..., Any]


def scan(code: str, now: Millis, visit: str = "", device: str = "", city: str = "", member: str = "") -> Any:
    from chalicelib.codes.scans import service as scans

    return scans.scan(code, scans.Visit(visit or ids.new_id("visit", now), device, city, member), now)


def test_32_phones_at_once_make_one_first_scan(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint()

    with ThreadPoolExecutor(32) as phones:
        found = list(phones.map(lambda place: scan(code, now, f"visit-{place}"), range(32)))

    assert Counter(one.verdict for one in found) == {"first_scan": 1, "repeat_scan": 31}
    assert sorted(one.count for one in found) == list(range(1, 33))


def test_every_scan_sent_twice_is_counted_once(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint()

    with ThreadPoolExecutor(8) as phones:
        found = list(phones.map(lambda place: scan(code, now, f"visit-{place // 2}"), range(8)))

    by_visit: dict[str, set[str]] = {}
    for place, one in enumerate(found):
        by_visit.setdefault(f"visit-{place // 2}", set()).add(one.verdict)
    assert scan(code, now, "visit-0").count == 4
    assert all(len(verdicts) == 1 for verdicts in by_visit.values())
    assert sum(verdicts == {"first_scan"} for verdicts in by_visit.values()) == 1


def test_a_then_b_then_a_again_leaves_a_first_and_counts_two(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint()

    scan(code, now, "a")
    scan(code, now + 1, "b")
    again = scan(code, now + 2, "a")

    assert (again.verdict, again.count, again.first_at) == ("first_scan", 2, now)


def test_the_first_visit_is_known_after_many_others(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint()
    for place in range(7):
        scan(code, now + place, f"visit-{place}")

    assert scan(code, now + DAY - 1, "visit-0").verdict == "first_scan"
    assert scan(code, now + DAY - 1, "visit-6").count == 7


def test_a_repetition_of_the_first_scan_is_known_for_a_day(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans import tables as scan_tables

    _, (code, *_) = mint()
    scan(code, now, "a", device="phone")
    first = scan_tables.get_code(code)["f"]

    late = scan(code, now + DAY, "a", device="phone")

    assert (late.verdict, late.count, late.first_at) == ("repeat_scan", 2, now)
    assert scan_tables.get_code(code)["f"] == first


def test_one_visit_id_on_two_devices_is_two_visits(mint: Mint, now: Millis) -> None:
    _, (code, other, *_) = mint()

    found = [scan(code, now, "printed", device=device) for device in ("phone", "tablet", "phone")]
    found.append(scan(other, now, "printed", device="phone"))

    assert [one.verdict for one in found] == ["first_scan", "repeat_scan", "first_scan", "first_scan"]
    assert [one.count for one in found] == [1, 2, 2, 1]
    assert len({one.visit_id for one in found}) == 3
    assert {len(one.visit_id) for one in found} == {26}


def test_a_device_that_looks_again_is_the_same_visit_for_ten_minutes(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans.service import read_scan_id

    _, (code, *_) = mint()

    first = scan(code, now, device="phone")
    soon = scan(code, now + 9 * MINUTE, device="phone")
    other = scan(code, now + 9 * MINUTE, device="tablet")
    late = scan(code, now + 10 * MINUTE, device="phone")

    assert [one.verdict for one in (first, soon, other, late)] == [
        "first_scan",
        "first_scan",
        "repeat_scan",
        "repeat_scan",
    ]
    assert late.count == 3
    visits = {read_scan_id(one.scan_id, now + 9 * MINUTE).visit_id for one in (first, soon)}
    assert len(visits) == 1


def test_every_spelling_of_a_code_is_one_row(mint: Mint, now: Millis) -> None:
    _, codes = mint(64)
    code = next(one for one in codes if "0" in one and "1" in one)

    scan(code, now, "a")
    spelt = scan(code.lower().replace("0", "O").replace("1", "l"), now, "b")

    assert (spelt.code, spelt.verdict, spelt.count) == (code, "repeat_scan", 2)


def test_inactive_scans_are_recorded_and_leave_the_first_scan_open(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.scans import tables as scan_tables

    batch, (code, *_) = mint(active=False)

    early = scan(code, now, "a", device="phone")
    lifecycle.activate(batch["batch_id"], None, by="test", now=now)
    after = scan(code, now + 1, "a", device="phone")

    assert (early.verdict, early.count) == ("inactive", 1)
    assert (after.verdict, after.count) == ("first_scan", 1)
    assert scan_tables.get_code(code)["x"] == 1


def test_void_scans_are_recorded(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint()
    lifecycle.void(batch["batch_id"], (1, 2), by="test", now=now)

    verdicts = [scan(code, now).verdict for code in codes]
    assert verdicts == ["first_scan", "void", "void", "first_scan"]


def test_a_warm_scan_is_one_call_and_one_write_unit(
    mint: Mint, now: Millis, calls: list[tuple[str, float]], caching: None
) -> None:
    _, codes = mint()
    scan(codes[0], now)
    calls.clear()

    for place in range(7):
        # The longest that a client may send: the row must stay under 1 KB for ever.
        longest = {"visit": f"{place:040d}", "device": f"{place:0128d}", "city": "乌鲁木齐" * 8}
        scan(codes[1], now + place, **longest, member="mbr_01JD0000000000000000000000")

    assert calls == [("UpdateItem", 1.0)] * 7


def test_a_cold_scan_of_a_shipped_part_reads_half_a_unit_for_its_range(
    mint: Mint, now: Millis, calls: list[tuple[str, float]]
) -> None:
    from chalicelib.brand import service as brand
    from chalicelib.codes.lifecycle import service as lifecycle

    channel = brand.create_channel(ids.new_id("channel", now), name="成都", regions=["成都"], now=now)
    batch, codes = mint()
    lifecycle.ship(batch["batch_id"], (0, 1), channel["sk"], by="test", now=now)
    calls.clear()

    found = scan(codes[0], now, city="沈阳")

    assert found.located.place == ("active", channel["sk"], True)
    assert found.signals == ["out_of_region"]
    assert ("UpdateItem", 1.0) in calls
    assert all(units == 0.5 for name, units in calls if name == "GetItem")
    assert not scan(codes[2], now).located.place.shipped


def test_a_forged_code_asks_no_database(mint: Mint, now: Millis, calls: list[tuple[str, float]]) -> None:
    _, (code, *_) = mint()
    calls.clear()

    found = scan(code[:-1] + ("0" if code[-1] != "0" else "1"), now)

    assert (found.verdict, found.scan_id) == ("unknown", None)
    assert calls == []


def test_minting_a_thousand_codes_is_one_write(mint: Mint, calls: list[tuple[str, float]]) -> None:
    calls.clear()

    _, codes = mint(1000)

    assert len(set(codes)) == 1000
    assert [units for name, units in calls if name == "PutItem"] == [1.0]


def test_two_batches_that_ask_for_one_number_get_different_ones(
    mint: Mint, now: Millis, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.codes import models as code_models
    from chalicelib.codes.batches import tables as batch_tables
    from chalicelib.codes.format import code as code_format

    _, _ = mint()
    ids_of_two = [ids.new_id("batch", now) for _ in range(2)]
    taken = code_format.batch_number(ids_of_two[0], 0)
    fields = {"note": "same number"}
    first = batch_tables.create_batch(ids_of_two[0], fields)
    # The row of the other batch stands where this one asks first: as if their hashes were equal.
    assert first["number"] == taken
    other = ids.new_id("batch", now)
    squatter = {"pk": batch_tables.batch_pk(code_format.batch_number(other, 0)), "sk": "H", "batch_id": ids_of_two[1]}
    from chalicelib.runtime import dynamo

    dynamo.put_once(code_models.Batch, squatter)

    made = batch_tables.create_batch(other, fields)

    assert made["number"] == code_format.batch_number(other, 1)
    assert batch_tables.create_batch(other, fields) == made
    assert batch_tables.find_batch(other) == made


def test_an_expired_or_foreign_scan_id_is_refused(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.scans.service import ScanRef, read_scan_id, visit_key
    from chalicelib.kernel.errors import SiyuError

    batch, (code, *_) = mint()
    token = scan(code, now, "my-visit").scan_id

    assert read_scan_id(token, now + 30 * MINUTE - 1) == ScanRef(
        code, visit_key(code, "my-visit", ""), batch["batch_id"], None
    )
    assert len(token) <= 240
    for bad, at in ((token, now + 30 * MINUTE), (token[::-1], now), ("", now)):
        with pytest.raises(SiyuError):
            read_scan_id(bad, at)


def test_a_scan_whose_answer_was_lost_is_still_the_first(mint: Mint, now: Millis, lost_answer: LostAnswer) -> None:
    _, (code, *_) = mint()

    lost_answer()
    found = scan(code, now)

    assert lost_answer.sent == 2
    assert (found.verdict, found.count) == ("first_scan", 1)
