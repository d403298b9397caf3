from __future__ import annotations

import socket

import pytest

from chalicelib.wechat.errors import Refused, Unknown, Unreachable, WeChatError
from chalicelib.wechat.transport import Call, Transport, with_retries
from tests.unit.wechat.wechat_host import Answer, Clock, FakeHost

CALL = Call("hello", "GET", "/hello", {"access_token": "top-secret"})


def transport_to(url: str, clock: Clock) -> Transport:
    return Transport(url, clock=clock, timeout=(0.3, 0.3))


def test_an_answer_comes_back_whole(host: FakeHost, clock: Clock) -> None:
    host.answers(Answer(418, b"tea", {"X-Kind": "pot"}))

    reply = transport_to(host.url, clock).send(CALL)

    assert (reply.status, reply.body, reply.headers["x-kind"]) == (418, b"tea", "pot")
    assert host.asked[0].params == {"access_token": "top-secret"}


def test_a_refused_connection_is_unreachable(clock: Clock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(Unreachable):
        transport_to(f"http://127.0.0.1:{port}", clock).send(CALL)


def test_a_host_that_does_not_accept_is_unreachable(clock: Clock) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:  # fill the backlog, so that the next handshake is never answered
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))

        with pytest.raises(Unreachable) as caught:
            transport_to(f"http://127.0.0.1:{port}", clock).send(CALL)

        for client in waiting:
            client.close()
    assert caught.value.code == "connect_timeout"


def test_a_proxy_that_is_not_there_is_unreachable(clock: Clock) -> None:
    transport = Transport("http://127.0.0.1:9", clock=clock, timeout=(0.3, 0.3), proxy="http://127.0.0.1:9")

    with pytest.raises(Unreachable):
        transport.send(CALL)


def test_silence_after_the_request_is_unknown(host: FakeHost, clock: Clock) -> None:
    host.answers(Answer(delay=0.6))

    with pytest.raises(Unknown) as caught:
        transport_to(host.url, clock).send(CALL)

    assert caught.value.code == "read_timeout"


def test_a_connection_that_breaks_after_the_request_is_unknown(host: FakeHost, clock: Clock) -> None:
    host.answers(Answer(hang_up=True))

    with pytest.raises(Unknown) as caught:
        transport_to(host.url, clock).send(CALL)

    assert caught.value.code == "lost_answer"


@pytest.mark.parametrize("answer", [Answer(delay=0.6), Answer(hang_up=True)])
def test_no_error_carries_the_url_with_its_token(host: FakeHost, clock: Clock, answer: Answer) -> None:
    host.answers(answer)

    with pytest.raises(WeChatError) as caught:
        transport_to(host.url, clock).send(CALL)

    error = caught.value
    assert "top-secret" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_the_connection_is_kept_and_dropped_after_idling(host: FakeHost, clock: Clock) -> None:
    host.otherwise = lambda asked: Answer()
    transport = transport_to(host.url, clock)

    transport.send(CALL)
    transport.send(CALL)
    assert host.connections == 1

    clock.now += 60
    transport.send(CALL)
    assert host.connections == 2


def test_redirects_are_not_followed(host: FakeHost, clock: Clock) -> None:
    host.answers(Answer(302, b"", {"Location": "/elsewhere"}))

    assert transport_to(host.url, clock).send(CALL).status == 302
    assert len(host.asked) == 1


def test_proxies_of_the_environment_are_ignored(host: FakeHost, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    host.answers(Answer())

    assert transport_to(host.url, clock).send(CALL).status == 200


class Attempts:
    """Fails as told, then succeeds."""

    def __init__(self, *failures: WeChatError) -> None:
        self.failures = list(failures)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def test_what_was_not_executed_is_repeated_at_most_twice(clock: Clock) -> None:
    busy = Refused("x", "-1", retryable=True)
    away = Unreachable("x", "no_connection")

    assert with_retries(Attempts(busy, away), idempotent=False, sleep=clock.sleep) == "done"

    attempts = Attempts(busy, busy, busy, busy)
    with pytest.raises(Refused):
        with_retries(attempts, idempotent=False, sleep=clock.sleep)
    assert attempts.count == 3


def test_a_lost_answer_is_repeated_once_and_only_for_reads(clock: Clock) -> None:
    lost = Unknown("x", "read_timeout")
    write, read = Attempts(lost), Attempts(lost, lost)

    with pytest.raises(Unknown):
        with_retries(write, idempotent=False, sleep=clock.sleep)
    with pytest.raises(Unknown):
        with_retries(read, idempotent=True, sleep=clock.sleep)

    assert (write.count, read.count) == (1, 2)


def test_a_rate_limit_is_left_to_the_caller(clock: Clock) -> None:
    attempts = Attempts(Refused("x", "45009", limited=True))

    with pytest.raises(Refused):
        with_retries(attempts, idempotent=True, sleep=clock.sleep)

    assert attempts.count == 1
