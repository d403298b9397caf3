"""Builds the gateways from explicit values: the one place that knows how their parts fit together."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from chalicelib.wechat.access_tokens import FreshToken, SharedTokens, TokenSource, TokenStore
from chalicelib.wechat.errcode_api import ErrcodeApi
from chalicelib.wechat.errcodes import MINI_PROGRAM, WECOM
from chalicelib.wechat.mini_program import MiniProgram, fetch_stable_token
from chalicelib.wechat.transport import Transport
from chalicelib.wechat.wecom import TicketKind, WeCom, fetch_access_token, fetch_ticket

if TYPE_CHECKING:
    from chalicelib.wechat.callback_crypto import CallbackCrypto
    from chalicelib.wechat.pay import Pay

Clock = Callable[[], float]
Sleep = Callable[[float], None]

MINI_PROGRAM_URL: Final = "https://api.weixin.qq.com"
WECOM_URL: Final = "https://qyapi.weixin.qq.com"
PAY_URL: Final = "https://api.mch.weixin.qq.com"


class _Config(msgspec.Struct, frozen=True, kw_only=True):
    """`timeout` is (connect, read) in seconds; `proxy` an HTTP proxy with the address WeChat trusts."""

    SECRETS: ClassVar[tuple[str, ...]] = ()

    timeout: tuple[float, float] = (3.0, 5.0)
    proxy: str | None = None

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if name in (*self.SECRETS, 'proxy') else repr(getattr(self, name))}"
            for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class MiniProgramConfig(_Config, frozen=True, kw_only=True):
    """`version`: which mini program codes and messages open: release, trial or develop."""

    SECRETS: ClassVar[tuple[str, ...]] = ("secret",)

    appid: str
    secret: str
    base_url: str = MINI_PROGRAM_URL
    version: str = "release"


class WeComConfig(_Config, frozen=True, kw_only=True):
    """One self-built app. `callback_token` and `encoding_aes_key` stand on its callback page."""

    SECRETS: ClassVar[tuple[str, ...]] = ("secret", "callback_token", "encoding_aes_key")

    corp_id: str
    agent_id: int
    secret: str
    callback_token: str
    encoding_aes_key: str
    base_url: str = WECOM_URL


class PayConfig(_Config, frozen=True, kw_only=True):
    """One merchant. `platform_keys`: serial or PUB_KEY_ID → PEM, `platform_serial` the one of them in use.

    While WeChat Pay migrates to its public key both are listed.
    """

    SECRETS: ClassVar[tuple[str, ...]] = ("private_key", "apiv3_key")

    mch_id: str
    appid: str
    merchant_serial: str
    private_key: str
    apiv3_key: str
    platform_serial: str
    platform_keys: dict[str, str]
    base_url: str = PAY_URL
    timeout: tuple[float, float] = (3.0, 10.0)  # a longer wait costs less than an unknown outcome


def build_mini_program(
    config: MiniProgramConfig, token_store: TokenStore, clock: Clock, sleep: Sleep = time.sleep
) -> MiniProgram:
    """The mini program's gateway; its token is shared through `token_store`."""
    plain = ErrcodeApi(_transport(config.base_url, config, clock), MINI_PROGRAM, sleep=sleep)
    tokens = _mini_program_tokens(plain, config, token_store, clock, sleep)
    return MiniProgram(plain.with_tokens(tokens), config.appid, config.secret, version=config.version)


def shared_tokens(
    mini_program: MiniProgramConfig,
    wecom: WeComConfig,
    token_store: TokenStore,
    clock: Clock,
    sleep: Sleep = time.sleep,
) -> dict[str, SharedTokens]:
    """The access tokens of both platforms by a name for logs: what one function renews for all."""
    of_mini_program = ErrcodeApi(_transport(mini_program.base_url, mini_program, clock), MINI_PROGRAM, sleep=sleep)
    of_wecom = ErrcodeApi(_transport(wecom.base_url, wecom, clock), WECOM, sleep=sleep)
    return {
        "mini_program": _mini_program_tokens(of_mini_program, mini_program, token_store, clock, sleep),
        "wecom": _wecom_tokens(of_wecom, wecom, token_store, clock, sleep),
    }


def build_wecom(config: WeComConfig, token_store: TokenStore, clock: Clock, sleep: Sleep = time.sleep) -> WeCom:
    """WeCom's gateway; token and JS tickets are shared through `token_store`."""
    plain = ErrcodeApi(_transport(config.base_url, config, clock), WECOM, sleep=sleep)
    name = _wecom_name(config)
    api = plain.with_tokens(_wecom_tokens(plain, config, token_store, clock, sleep))

    def tickets_of(kind: TicketKind) -> TokenSource:
        return SharedTokens(f"{name}:{kind}", token_store, lambda _: fetch_ticket(api, kind), clock, sleep)

    return WeCom(api, {"corp": tickets_of("corp"), "agent": tickets_of("agent")}, config.agent_id)


def build_callback_crypto(config: WeComConfig) -> CallbackCrypto:
    """What reads WeCom's callbacks to this app."""
    from chalicelib.wechat.callback_crypto import CallbackCrypto

    return CallbackCrypto(config.callback_token, config.encoding_aes_key, config.corp_id)


def build_pay(config: PayConfig, clock: Clock, sleep: Sleep = time.sleep) -> Pay:
    """The merchant's gateway."""
    from chalicelib.wechat.pay import Pay
    from chalicelib.wechat.pay_crypto import PayKeys

    if config.platform_serial not in config.platform_keys:
        raise ValueError("platform_serial names none of platform_keys: give the key of that serial.")
    return Pay(
        _transport(config.base_url, config, clock),
        PayKeys(config.private_key, config.platform_keys, config.apiv3_key),
        mch_id=config.mch_id,
        appid=config.appid,
        merchant_serial=config.merchant_serial,
        platform_serial=config.platform_serial,
        clock=clock,
        sleep=sleep,
    )


def _mini_program_tokens(
    plain: ErrcodeApi, config: MiniProgramConfig, store: TokenStore, clock: Clock, sleep: Sleep
) -> SharedTokens:
    fetch = partial(fetch_stable_token, plain, config.appid, config.secret)
    return SharedTokens(f"mini_program:{config.appid}", store, fetch, clock, sleep)


def _wecom_tokens(
    plain: ErrcodeApi, config: WeComConfig, store: TokenStore, clock: Clock, sleep: Sleep
) -> SharedTokens:
    def fetch(_: bool) -> FreshToken:
        return fetch_access_token(plain, config.corp_id, config.secret)

    return SharedTokens(_wecom_name(config), store, fetch, clock, sleep)


def _wecom_name(config: WeComConfig) -> str:
    return f"wecom:{config.corp_id}:{config.agent_id}"


def _transport(base_url: str, config: _Config, clock: Clock) -> Transport:
    return Transport(base_url, clock=clock, timeout=config.timeout, proxy=config.proxy)
