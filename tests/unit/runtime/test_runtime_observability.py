"""Metrics are valid EMF lines; logs hold ids and never what is personal or secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel import ids
from chalicelib.runtime.observability import cleaned, count, logger

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the container's logger writes."""
    output = io.StringIO()
    handlers: list[Any] = list(logging.getLogger(logger().name).handlers)
    streams = [handler.setStream(output) for handler in handlers]
    yield output
    for handler, stream in zip(handlers, streams, strict=True):
        handler.setStream(stream)


def test_a_metric_is_one_line_of_embedded_metric_format(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    monkeypatch.setenv("SIYU_STACK", "siyu-x")

    count("CodeScanned", 3, verdict="first_scan")

    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    (block,) = found["_aws"]["CloudWatchMetrics"]
    assert block["Namespace"] == "siyu"
    assert block["Metrics"] == [{"Name": "CodeScanned", "Unit": "Count"}]
    assert [sorted(names) for names in block["Dimensions"]] == [["service", "verdict"]]
    assert found["CodeScanned"] in (3, [3.0])
    assert (found["service"], found["verdict"]) == ("siyu-x", "first_scan")
    assert isinstance(found["_aws"]["Timestamp"], int)


def test_a_log_line_is_one_json_object_with_its_fields(log: io.StringIO) -> None:
    logger().info("A payout was sent", payout_id="pay_1", amount_fen=13_800_138_000)

    line = json.loads(log.getvalue())
    assert (line["level"], line["message"]) == ("INFO", "A payout was sent")
    assert (line["payout_id"], line["amount_fen"]) == ("pay_1", 13_800_138_000)


def test_an_error_of_a_library_brings_nothing_personal_or_secret_into_the_log(log: io.StringIO) -> None:
    hidden = ["13800138000", OPENID, "wxSECRETsecret", "77_tokenTOKEN", "eyJhbGciOi.J9.x"]
    try:
        raise ConnectionError(
            f"Max retries exceeded with url: /sns/jscode2session?appid=wx1&secret={hidden[2]}&js_code=c0de "
            f"(Caused by /cgi-bin?access_token={hidden[3]}) for {hidden[1]!r}, phone '+86{hidden[0]}', "
            f"headers {{'Authorization': 'Bearer {hidden[4]}'}}"
        )
    except ConnectionError:
        logger().exception("A request failed unexpectedly", who=hidden[1], phone=hidden[0])

    line = json.loads(log.getvalue())
    assert not [word for word in hidden if word in log.getvalue()]
    assert "ConnectionError" in line["exception"]
    assert "appid=wx1" in line["exception"]


@given(st.sampled_from(sorted(ids.PREFIXES)), st.integers(1_700_000_000_000, 1_900_000_000_000))
def test_ids_and_times_stay_readable(kind: str, now: int) -> None:
    line = json.dumps({"id": ids.new_id(kind, now), "derived": ids.derived_id(kind, now), "at": now, "n": now // 100})

    assert cleaned(line) == line
    assert cleaned(line.replace(": ", ":")) == line.replace(": ", ":")


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_a_phone_never_stays(phone: int) -> None:
    for text in (f"{phone}", f"+86{phone}", f"phone={phone},", f"'{phone}'", f'"{phone}"', f"（{phone}）"):
        assert str(phone) not in cleaned(text)
