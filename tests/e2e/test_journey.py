"""The journey, as `make journey` plays it, on the deployed stack."""

from __future__ import annotations

import re
from typing import Any

import boto3
import requests

from infra.local.journey import Journey


def test_the_journey_passes_and_shows_nowhere_where_the_gateway_itself_serves(deployed: dict[str, Any]) -> None:
    """It is played once more on the same stack, at a later time: in test_local_stage.py."""
    steps, answers = list[str](), list[requests.Response]()
    journey = Journey(deployed, steps.append)
    journey.http.hooks["response"].append(lambda answer, **_: answers.append(answer))

    journey.play()
    for path in (f"/c/{journey.code}", "/docs", "/no/such/route"):
        answers.append(requests.get(f"{deployed['api_url']}{path}", headers={"Accept": "text/html"}, timeout=60))

    assert len(steps) > 15
    assert all("✓" in line for line in steps)
    assert len(answers) > 30
    for text in (*steps, *(f"{answer.url}\n{answer.headers}\n{answer.text}" for answer in answers)):
        assert "_user_request_" not in text
        assert deployed["aws_endpoint_url"] not in text


def test_no_event_was_given_up_on_the_way(deployed: dict[str, Any]) -> None:
    sqs = boto3.client("sqs", endpoint_url=deployed["aws_endpoint_url"], region_name=deployed["region"])
    urls = sqs.list_queues(QueueNamePrefix=deployed["stack"])["QueueUrls"]
    given_up = [url for url in urls if url.endswith(("-dlq", "-stream-parking"))]

    left = {
        url.rpartition("/")[2]: sqs.receive_message(QueueUrl=url, VisibilityTimeout=1).get("Messages", [])
        for url in given_up
    }

    assert len(given_up) > 20
    assert not {name: messages for name, messages in left.items() if messages}


def test_unknown_routes_are_answered_in_the_one_error_shape(deployed: dict[str, Any]) -> None:
    answer = requests.get(f"{deployed['api_url']}/no/such/route", timeout=60)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_the_document_and_its_page_are_served(deployed: dict[str, Any]) -> None:
    document = requests.get(f"{deployed['api_url']}/openapi.json", timeout=60).json()
    page = requests.get(f"{deployed['api_url']}/docs", timeout=60)

    assert document["servers"] == [{"url": deployed["api_url"]}]
    assert page.headers["Content-Type"].startswith("text/html")
    assert "/campaigns/{campaign_id}/draw" in document["paths"]
    assert 'data-document="openapi.json"' in page.text


def test_the_scripts_of_the_page_come_compressed_and_may_be_kept(deployed: dict[str, Any]) -> None:
    page = requests.get(f"{deployed['api_url']}/docs", timeout=60).text
    (name,) = re.findall(r'"(docs/swagger-ui-bundle[^"]+)"', page)

    small = requests.get(f"{deployed['api_url']}/{name}", stream=True, timeout=60)
    whole = requests.get(f"{deployed['api_url']}/{name}", headers={"Accept-Encoding": "identity"}, timeout=60)

    assert small.headers["Content-Encoding"] == "gzip"
    assert "immutable" in small.headers["Cache-Control"]
    assert len(small.raw.read(decode_content=False)) == int(small.headers["Content-Length"]) < 500_000
    assert b"SwaggerUIBundle" in whole.content
    assert "Content-Encoding" not in whole.headers
