"""A small client of the sandbox for the tests: controls, the two token hosts, and signed pay requests."""

import base64
import functools
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.sandbox.keys import SandboxKeys

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"


class MovableClock:
    """The machine's time plus an offset that a test may move."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds


@dataclass
class Receiver:
    """What arrived at a callback address."""

    url: str = ""
    arrived: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        self.arrived.append((path, headers, body))
        return self.statuses.pop(0) if self.statuses else 200

    def query(self, index: int = -1) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.arrived[index][0]).query).items()}


@dataclass
class Driver:
    """Calls one sandbox."""

    url: str
    keys: SandboxKeys

    def control(self, method: str, name: str, body: Any = None, status: int = 200) -> Any:
        answer = requests.request(method, f"{self.url}/_control/{name}", json=body, timeout=30)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return requests.get(self.url + path, params=query, timeout=60).json()

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return requests.post(self.url + path, params=query, json=body, timeout=60).json()

    def customer(self, **fields: Any) -> Any:
        return self.control("POST", "customers", fields)

    def staff(self, userid: str = "liming", **fields: Any) -> str:
        self.control("POST", "staff", {"userid": userid, "name": "李明", **fields})
        return userid

    def contact(self, userid: str = "liming", **fields: Any) -> Any:
        """A new customer who is a contact of the staff member."""
        customer = self.customer()
        body = {"external_userid": customer["external_userid"], "userid": userid, "callback": False, **fields}
        return customer | self.control("POST", "add-contact", body)

    def login(self, js_code: str, **changes: Any) -> Any:
        query = {
            "appid": self.keys.appid,
            "secret": self.keys.app_secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        return self.get("/sns/jscode2session", **(query | changes))

    def mini_token(self, **more: Any) -> Any:
        body = {"grant_type": "client_credential", "appid": self.keys.appid, "secret": self.keys.app_secret}
        return self.post("/cgi-bin/stable_token", body | more)

    def mini(self, path: str, body: Any) -> Any:
        return self.post(path, body, access_token=self.mini_token()["access_token"])

    def corp_token(self) -> str:
        query = {"corpid": self.keys.corp_id, "corpsecret": self.keys.corp_secret}
        return str(self.get("/cgi-bin/gettoken", **query)["access_token"])

    def wecom(self, name: str, body: Any) -> Any:
        return self.post(f"/cgi-bin/{name}", body, access_token=self.corp_token())

    def wecom_get(self, name: str, **query: Any) -> Any:
        return self.get(f"/cgi-bin/{name}", access_token=self.corp_token(), **query)

    def pay(self, method: str, path: str, body: Any = None, **signing: Any) -> requests.Response:
        raw = "" if body is None else json.dumps(body, ensure_ascii=False)
        headers = {"Authorization": self.authorization(method, path, raw, **signing)}
        return requests.request(method, self.url + path, data=raw.encode(), headers=headers, timeout=60)

    def authorization(self, method: str, path: str, raw: str, *, timestamp: int | None = None, **changes: str) -> str:
        moment, nonce = str(timestamp or int(time.time())), secrets.token_hex(16)
        message = f"{method}\n{path}\n{moment}\n{nonce}\n{raw}\n"
        key = private_key(changes.get("private_key", self.keys.merchant_private_key))
        signature = base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        mchid = changes.get("mchid", self.keys.mchid)
        serial = changes.get("serial_no", self.keys.merchant_serial)
        return (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",timestamp="{moment}",'
            f'serial_no="{serial}",signature="{signature}"'
        )

    def bill(self, payee: str, **changes: Any) -> dict[str, Any]:
        """A correct request body."""
        infos = [
            {"info_type": "活动名称", "info_content": "新会员有礼"},
            {"info_type": "奖励说明", "info_content": "扫码领取的红包"},
        ]
        body = {
            "appid": self.keys.appid,
            "out_bill_no": secrets.token_hex(16),
            "transfer_scene_id": "1000",
            "openid": payee,
            "transfer_amount": 888,
            "transfer_remark": "新会员红包",
            "transfer_scene_report_infos": infos,
        }
        return {name: value for name, value in (body | changes).items() if value is not None}


def from_base64(text: str) -> bytes:
    """Base64 to bytes."""
    return base64.b64decode(text)


@functools.lru_cache
def private_key(pem: str) -> RSAPrivateKey:
    """An RSA key; reading one takes long."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
