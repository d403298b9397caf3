"""This deployment's gateways, made once per container from its settings and secrets.

Secrets: `mini-program`, `wecom` and `pay`, each the JSON of the fields of its config in `gateways.py`
without the addresses, which are settings.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from chalicelib.kernel import clock
from chalicelib.runtime.models import AccessToken
from chalicelib.runtime.secrets import read_secret
from chalicelib.runtime.settings import settings
from chalicelib.wechat import gateways
from chalicelib.wechat.tables import DynamoTokenStore

if TYPE_CHECKING:
    from chalicelib.wechat.access_tokens import SharedTokens
    from chalicelib.wechat.callback_crypto import CallbackCrypto
    from chalicelib.wechat.mini_program import MiniProgram
    from chalicelib.wechat.pay import Pay
    from chalicelib.wechat.wecom import WeCom

SANDBOX_PREFIXES: Final = ("wx00000000", "ww00000000", "PUB_KEY_ID_00000000")
"""How the sandbox's ids begin; WeChat gives out none like these."""


@lru_cache(maxsize=1)
def mini_program() -> MiniProgram:
    """The brand's mini program."""
    config = msgspec.convert(
        {**read_secret("mini-program"), "base_url": settings().weixin_url}, gateways.MiniProgramConfig
    )
    _refuse_sandbox(config.appid)
    return gateways.build_mini_program(config, _tokens(), _unix_seconds)


@lru_cache(maxsize=1)
def wecom() -> WeCom:
    """The brand's WeCom app."""
    return gateways.build_wecom(wecom_config(), _tokens(), _unix_seconds)


@lru_cache(maxsize=1)
def callback_crypto() -> CallbackCrypto:
    """What reads WeCom's callbacks."""
    return gateways.build_callback_crypto(wecom_config())


@lru_cache(maxsize=1)
def pay() -> Pay:
    """The brand's merchant account."""
    config = msgspec.convert({**read_secret("pay"), "base_url": settings().pay_url}, gateways.PayConfig)
    _refuse_sandbox(config.platform_serial)
    return gateways.build_pay(config, _unix_seconds)


@lru_cache(maxsize=1)
def wecom_config() -> gateways.WeComConfig:
    """Ids and secrets of the WeCom app."""
    config = msgspec.convert({**read_secret("wecom"), "base_url": settings().wecom_url}, gateways.WeComConfig)
    _refuse_sandbox(config.corp_id)
    return config


def _refuse_sandbox(identity: str) -> None:
    if settings().is_production and identity.startswith(SANDBOX_PREFIXES):
        raise RuntimeError("A production stage must not have the sandbox's ids: put WeChat's own into its secrets.")


@lru_cache(maxsize=1)
def shared_tokens() -> dict[str, SharedTokens]:
    """The access tokens that all functions share."""
    return gateways.shared_tokens(_mini_program_config(), wecom_config(), _tokens(), _unix_seconds)


def _mini_program_config() -> gateways.MiniProgramConfig:
    return msgspec.convert(
        {**read_secret("mini-program"), "base_url": settings().weixin_url}, gateways.MiniProgramConfig
    )


def _tokens() -> DynamoTokenStore:
    return DynamoTokenStore(AccessToken)


def _unix_seconds() -> float:
    """The time for tokens and signatures: the sandbox lives as much later as the stage does."""
    return clock.now() / 1000
