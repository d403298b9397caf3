"""A batch for Chengdu turns up in Shenyang: on the deployed stack, from the scan to the operator and to CloudWatch."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import requests

from infra.local.companion import metrics_of
from tests.waiting import waited

SCANS = 30


def test_a_batch_for_chengdu_scanned_in_shenyang_is_seen_by_operators(deployed: dict[str, Any]) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {deployed['admin_token']}"
    api = deployed["api_url"]
    started = int(time.time() * 1000)
    channel = _made(session, f"{api}/admin/channels", {"name": "成都经销商", "regions": ["成都"]})["channel_id"]
    product = _made(session, f"{api}/admin/products", {"name": "龙井", "sku": "LJ"})["product_id"]
    minted = {"product_id": product, "quantity": SCANS, "active": True}
    batch = _made(session, f"{api}/admin/code-batches", minted)["batch_id"]
    path = f"{api}/admin/code-batches/{batch}"
    shipped = session.post(f"{path}/ship", json={"from_seq": 0, "to_seq": SCANS - 1, "channel_id": channel}, timeout=60)
    assert shipped.status_code == 200, shipped.text

    member = _member(deployed)
    for line in csv.DictReader(io.StringIO(session.get(f"{path}/codes?limit={SCANS}", timeout=60).text)):
        scanned = requests.post(f"{api}/scans", json={"code": line["code"], "city": "沈阳"}, headers=member, timeout=60)
        assert scanned.json()["signals"] == ["out_of_region"]

    def listed() -> Any:
        items = session.get(f"{api}/admin/diversion", timeout=60).json()["items"]
        return next((item for item in items if item["channel_id"] == channel), {"evidence": 0})

    found = waited(listed, lambda item: item["evidence"] == SCANS)
    assert (found["evidence"], found["cities"]) == (SCANS, {"沈阳": SCANS})
    assert found["batches"] == {batch: SCANS}
    counted = waited(lambda: sum(_signals_in_logs(started)), lambda number: number >= SCANS)
    assert counted == SCANS


def test_forged_codes_are_a_metric(deployed: dict[str, Any]) -> None:
    started = int(time.time() * 1000)

    for place in range(3):
        forged = requests.get(
            f"{deployed['api_url']}/c/{place:020d}", headers={"Accept": "application/json"}, timeout=60
        )
        assert forged.status_code == 404

    def counted() -> float:
        return sum(sum(datum["Values"]) for datum in _metrics(started, "ForgedCodes"))

    assert waited(counted, lambda number: number >= 3) >= 3


def _signals_in_logs(started: int) -> Iterator[float]:
    """What CloudWatch makes of the logs: the value of each `Signals` metric of the rule."""
    for datum in _metrics(started, "Signals"):
        if {"Name": "rule", "Value": "out_of_region"} in datum["Dimensions"]:
            yield from datum["Values"]


def _metrics(started: int, name: str) -> Iterator[dict[str, Any]]:
    from chalicelib.runtime.aws import client

    logs = client("logs")
    for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/siyu-local-")["logGroups"]:
        for event in logs.filter_log_events(logGroupName=group["logGroupName"], startTime=started)["events"]:
            yield from (datum for _, datum in metrics_of(event["message"]) if datum["MetricName"] == name)


def _member(deployed: dict[str, Any]) -> dict[str, str]:
    """Headers of a new member in the mini program."""
    control, api = f"{deployed['sandbox_url']}/_control", deployed["api_url"]
    customer = requests.post(f"{control}/customers", json={}, timeout=60).json()
    code = requests.post(f"{control}/js-codes", json={"openid": customer["openid"]}, timeout=60).json()["js_code"]
    token = requests.post(f"{api}/auth/mini-program", json={"js_code": code}, timeout=60).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def _made(session: requests.Session, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = session.post(url, json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
