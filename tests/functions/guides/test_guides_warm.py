"""The schedule that asks the callback what WeCom would ask."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.guides.contacts import warming
from chalicelib.kernel import clock


def verify(ask: warming.Ask, **more: float) -> bool:
    from chalicelib.wechat import connect

    return warming.verify("https://siyu.example.com", connect.callback_crypto(), ask, clock.now(), **more)


def test_the_callback_answers_as_wecom_wants(http: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(url: str) -> str:
        address = urlsplit(url)
        return str(http.get(f"{address.path}?{address.query}").body.decode())

    assert verify(ask, slow_seconds=60)
    assert "CallbackSlow" not in capsys.readouterr().out


def test_a_wrong_answer_is_an_alarm(stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not verify(lambda _: "")
    assert "CallbackDown" in capsys.readouterr().out


def test_a_slow_answer_is_counted(http: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(url: str) -> str:
        address = urlsplit(url)
        return str(http.get(f"{address.path}?{address.query}").body.decode())

    assert verify(ask, slow_seconds=0)
    assert "CallbackSlow" in capsys.readouterr().out


def test_an_address_that_does_not_answer_is_no_answer() -> None:
    assert warming.ask_over_http("http://127.0.0.1:9/callbacks/wecom") == ""
