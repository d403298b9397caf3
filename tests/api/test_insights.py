"""HTTP contract of insights."""

from __future__ import annotations

import secrets
from typing import Any

from chalicelib.insights import service
from chalicelib.kernel import clock
from chalicelib.runtime.events.queues import Event

METRICS = {
    *("scans", "first_scans", "persons", "conversion", "members", "conversions", "participants"),
    *("drawn_fen", "paid_fen", "orders", "order_fen", "refunds_fen"),
}


def test_numbers_by_day_and_by_channel(http: Any, admin: dict[str, str]) -> None:
    at, channel_id = clock.from_rfc3339("2031-05-01T12:00:00+08:00", "at"), f"chn_{secrets.token_hex(6)}"
    for name in ("a", "b"):
        event = Event(f"{channel_id}{name}", "code.scanned", at, {"channel_id": channel_id, "first": name == "a"})
        service.fold(event, clock.now())

    found = http.get("/admin/insights?from=2031-05-01&to=2031-05-01", headers=admin)

    assert found.status_code == 200
    assert set(found.json_body) >= METRICS
    assert (found.json_body["scans"], found.json_body["first_scans"]) == (2, 1)
    assert found.json_body["by_day"][0]["day"] == "2031-05-01"
    assert found.json_body["by_channel"][0] | {"channel_id": channel_id, "scans": 2} == found.json_body["by_channel"][0]


def test_a_time_names_its_day(http: Any, admin: dict[str, str]) -> None:
    found = http.get("/admin/insights?from=2031-06-01T00:00:00Z&to=2031-06-02T00:00:00Z", headers=admin)

    assert found.json_body["by_day"] == []


def test_a_wrong_day_is_a_bad_request(http: Any, admin: dict[str, str]) -> None:
    for query in ("from=2031-13-01", "from=2031-05-02&to=2031-05-01", "from=yesterday", "since=2031-05-01"):
        assert http.get(f"/admin/insights?{query}", headers=admin).status_code == 400


def test_the_last_days_are_shown_when_nothing_is_asked(http: Any, admin: dict[str, str]) -> None:
    assert http.get("/admin/insights", headers=admin).status_code == 200
