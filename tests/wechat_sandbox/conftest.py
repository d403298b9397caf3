"""The gateways against the sandbox: a fresh one per test, with a clock that both sides read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.wechat.gateways import (
    MiniProgramConfig,
    PayConfig,
    WeComConfig,
    build_mini_program,
    build_pay,
    build_wecom,
)
from chalicelib.wechat.mini_program import MiniProgram
from chalicelib.wechat.pay import Pay
from chalicelib.wechat.wecom import WeCom
from infra.local.sandbox.keys import SandboxKeys, make_keys
from infra.local.sandbox.server import SandboxServer
from tests.sandbox.driver import Driver
from tests.unit.wechat.wechat_host import Answer, FakeHost, MemoryStore

# A lost answer is a connection that the sandbox closes: nobody has to wait until a time-out is over, and on a slow
# machine no answer that does come is taken for lost. tests/unit/wechat has the time-outs themselves.
TIMEOUT = (60.0, 60.0)
HELD_SECONDS = 0.05


class MovableClock:
    """The machine's time plus an offset; waiting moves it instead of the test."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds


@pytest.fixture(scope="session")
def keys() -> SandboxKeys:
    return make_keys()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def server(tmp_path: Path, keys: SandboxKeys, clock: MovableClock) -> Iterator[SandboxServer]:
    with SandboxServer(tmp_path, keys, clock=clock) as running:
        yield running


class World(Driver):
    """The sandbox's controls."""

    def fault(self, path: str, mode: str, times: int = 1, errcode: Any = None) -> None:
        body = {"path": path, "mode": mode, "times": times}
        if mode.startswith("timeout"):
            body["seconds"] = HELD_SECONDS
        if mode == "slow":
            body["seconds"] = 0.1
        if errcode is not None:
            body["errcode"] = errcode
        self.control("POST", "faults", body)

    def messages(self) -> list[Any]:
        return list(self.control("GET", "messages")["items"])

    def transfers(self) -> list[Any]:
        return list(self.control("GET", "transfers")["items"])

    def calls_of(self, path: str) -> int:
        calls = self.control("GET", "calls")["items"]
        return sum(1 for call in calls if call["path"] == path)


@pytest.fixture
def world(server: SandboxServer, keys: SandboxKeys) -> World:
    return World(server.url, keys)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def mini_config(server: SandboxServer, keys: SandboxKeys) -> MiniProgramConfig:
    return MiniProgramConfig(appid=keys.appid, secret=keys.app_secret, base_url=server.url, timeout=TIMEOUT)


@pytest.fixture
def wecom_config(server: SandboxServer, keys: SandboxKeys) -> WeComConfig:
    return WeComConfig(
        corp_id=keys.corp_id,
        agent_id=keys.agent_id,
        secret=keys.corp_secret,
        callback_token=keys.callback_token,
        encoding_aes_key=keys.encoding_aes_key,
        base_url=server.url,
        timeout=TIMEOUT,
    )


@pytest.fixture
def pay_config(server: SandboxServer, keys: SandboxKeys) -> PayConfig:
    return PayConfig(
        mch_id=keys.mchid,
        appid=keys.appid,
        merchant_serial=keys.merchant_serial,
        private_key=keys.merchant_private_key,
        apiv3_key=keys.apiv3_key,
        platform_serial=keys.pay_public_key_id,
        platform_keys={keys.pay_public_key_id: keys.pay_public_key},
        base_url=server.url,
        timeout=TIMEOUT,
    )


@pytest.fixture
def mini(mini_config: MiniProgramConfig, store: MemoryStore, clock: MovableClock) -> MiniProgram:
    return build_mini_program(mini_config, store, clock, clock.advance)


@pytest.fixture
def wecom(wecom_config: WeComConfig, store: MemoryStore, clock: MovableClock) -> WeCom:
    return build_wecom(wecom_config, store, clock, clock.advance)


@pytest.fixture
def pay(pay_config: PayConfig, clock: MovableClock) -> Pay:
    return build_pay(pay_config, clock, clock.advance)


@pytest.fixture
def inbox() -> Iterator[FakeHost]:
    """Where callbacks arrive; it answers 200."""
    host = FakeHost()
    host.otherwise = lambda asked: Answer(200, b"")
    yield host
    host.close()
