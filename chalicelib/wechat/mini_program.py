"""The mini program's server API (api.weixin.qq.com)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from chalicelib.wechat.access_tokens import FreshToken
from chalicelib.wechat.errcode_api import JSON, ErrcodeApi, Nothing
from chalicelib.wechat.errors import Refused, Unknown
from chalicelib.wechat.transport import Call

SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
LONGEST_LINK_DAYS: Final = 30
LONGEST_QUERY: Final = 1024


class Session(msgspec.Struct, frozen=True):
    """Who logged in. WeChat's session_key is dropped on arrival: nothing here needs it."""

    openid: str
    unionid: str | None = None


class _Watermark(msgspec.Struct, frozen=True):
    appid: str = ""


class _PhoneInfo(msgspec.Struct, frozen=True, rename="camel"):
    pure_phone_number: str
    country_code: str | int
    watermark: _Watermark = _Watermark()


class _PhoneReply(msgspec.Struct, frozen=True):
    phone_info: _PhoneInfo


class _LinkReply(msgspec.Struct, frozen=True):
    url_link: str


class _TokenReply(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class MiniProgram:
    """Every method raises WeChatError; `api` must carry the mini program's access tokens."""

    def __init__(self, api: ErrcodeApi, appid: str, secret: str, *, version: str = "release") -> None:
        """`version` is the mini program's that codes and messages open: release, trial or develop."""
        self._api = api
        self._appid = appid
        self._secret = secret
        self._version = version

    def code_to_session(self, js_code: str) -> Session:
        """Trade wx.login's code, once. Refused with 40029 (bad), 40163 (used), 40226, 45011.

        Unknown means that the code is spent: the mini program logs in again.
        """
        params = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        call = Call("code_to_session", "GET", "/sns/jscode2session", params)
        reply = self._api.send(call, idempotent=False, signed=False)
        session = self._api.decode(reply, call.api, Session)
        return Session(session.openid, session.unionid or None)

    def phone_number(self, phone_code: str) -> str:
        """The verified phone as digits with country code, no plus: `8613800138000`.

        The code of the button is good once, for 5 minutes: Refused with 40029 after that.
        """
        api = "phone_number"
        reply = self._api.post(api, "/wxa/business/getuserphonenumber", {"code": phone_code}, _PhoneReply)
        info = reply.phone_info
        if info.watermark.appid not in ("", self._appid):
            raise Refused(api, "foreign_watermark", "The phone was given to another mini program.")
        number = f"{info.country_code}{info.pure_phone_number}"
        if not (number.isascii() and number.isdigit()):
            raise Unknown(api, "unreadable", "The phone number is not made of digits.")
        return number

    def send_subscribe_message(
        self, openid: str, template_id: str, data: Mapping[str, str], page: str = "", lang: str = "zh_CN"
    ) -> None:
        """One subscribe message; `data` maps the template's keys to text. Uses up one subscription.

        Refused with 43101 (not subscribed), 40003, 47003. Unknown: it may have arrived, do not repeat.
        """
        state = {"release": "formal", "trial": "trial", "develop": "developer"}[self._version]
        body = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "data": {key: {"value": value} for key, value in data.items()},
            "miniprogram_state": state,
            "lang": lang,
        }
        self._api.post("send_subscribe_message", "/cgi-bin/message/subscribe/send", body, Nothing)

    def url_link(self, path: str, query: str = "", expire_days: int = LONGEST_LINK_DAYS) -> str:
        """An https link that opens the mini program from outside WeChat, for at most 30 days."""
        if not 1 <= expire_days <= LONGEST_LINK_DAYS:
            raise ValueError("A link lives 1 to 30 days.")
        if len(query) > LONGEST_QUERY:
            raise ValueError("A link's query holds at most 1024 characters.")
        body = {
            "path": path,
            "query": query,
            "expire_type": 1,
            "expire_interval": expire_days,
            "env_version": self._version,
        }
        return self._api.post("url_link", "/wxa/generate_urllink", body, _LinkReply, idempotent=True).url_link

    def wxa_code(self, scene: str, page: str, width: int = 430, *, transparent: bool = False) -> bytes:
        """The picture of a mini-program code, without number limit: JPEG, or PNG when `transparent`.

        `scene`: at most 32 of `SCENE`'s characters; `page` without leading slash; `width` 280 to 1280 px.
        """
        if not SCENE.fullmatch(scene):
            raise ValueError("A scene is 1 to 32 letters, digits or !#$&'()*+,/:;=?@-._~ characters.")
        if not 280 <= width <= 1280:
            raise ValueError("A code is 280 to 1280 pixels wide.")
        released = self._version == "release"
        body = {
            "scene": scene,
            "page": page,
            "check_path": released,
            "env_version": self._version,
            "width": width,
            **({"is_hyaline": True} if transparent else {}),
        }
        call = Call("wxa_code", "POST", "/wxa/getwxacodeunlimit", headers=JSON, body=msgspec.json.encode(body))
        picture = self._api.send(call, idempotent=True).body
        if not picture or picture.lstrip()[:1] == b"{":
            raise Unknown("wxa_code", "unreadable", "Neither a picture nor an error came back.")
        return picture


def fetch_stable_token(api: ErrcodeApi, appid: str, secret: str, force: bool) -> FreshToken:
    """The shared token of `stable_token`; `force` only after it was refused (20 a day, 30 s apart)."""
    body = {
        "grant_type": "client_credential",
        "appid": appid,
        "secret": secret,
        "force_refresh": force,
    }
    call = Call("stable_token", "POST", "/cgi-bin/stable_token", headers=JSON, body=msgspec.json.encode(body))
    try:
        reply = api.send(call, idempotent=not force, signed=False)
    except Refused as error:
        if not (force and error.limited):
            raise
        # Somebody forced one moments ago: what they got is there for the asking.
        return fetch_stable_token(api, appid, secret, force=False)
    token = api.decode(reply, call.api, _TokenReply)
    return FreshToken(token.access_token, token.expires_in)
