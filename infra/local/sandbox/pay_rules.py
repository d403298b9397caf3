"""What a transfer request may hold (pay.weixin.qq.com/doc/v3/merchant/4012716434), stricter where it can be:
a field that the API does not know is refused, so that a misspelt one is seen.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import crypto
from .context import Json
from .errors import PayRefusal
from .keys import SandboxKeys

_KNOWN = frozenset({
    "appid", "out_bill_no", "transfer_scene_id", "openid", "user_name", "transfer_amount", "transfer_remark",
    "notify_url", "user_recv_perception", "transfer_scene_report_infos", "user_recv_style_type",
})  # fmt: skip
# Per scene: what must be reported, in this wording (doc/v3/merchant/4013774588).
_REPORTS = {"1000": ["活动名称", "奖励说明"], "1005": ["岗位类型", "报酬说明"]}
_UNAPPROVED_SCENES = ("1002", "1004", "1006", "1009", "1010", "1011", "1013")
_PERCEPTIONS = {"1000": ("活动奖励", "现金奖励"), "1005": ("劳务报酬", "报销款", "企业补贴", "开工利是")}
_NAME_NEEDED_FROM_FEN = 200_000
_NAME_ALLOWED_FROM_FEN = 30
_RED_PACKET_MAX_FEN = 20_000


@dataclass(frozen=True)
class TransferRequest:
    """A request that keeps every rule. `fingerprint` is equal for equal content, however it was written."""

    out_bill_no: str
    openid: str
    amount_fen: int
    remark: str
    user_name: str
    notify_url: str
    fingerprint: str


def checked(body: Json, keys: SandboxKeys, min_fen: int, max_fen: int) -> TransferRequest:
    """400 PARAM_ERROR or INVALID_REQUEST, naming what is wrong."""
    fields = {name: value for name, value in body.items() if value is not None}
    for name in sorted(fields.keys() - _KNOWN):
        raise _wrong(name, "is not a field of this API")
    if _text(fields, "appid", 32) != keys.appid:
        raise PayRefusal(400, "INVALID_REQUEST", "APPID不存在或未与商户号绑定")
    amount = _amount(fields, min_fen, max_fen)
    name = _user_name(fields, keys, amount)
    _check_scene(fields)
    _check_style(fields, amount)
    return TransferRequest(
        out_bill_no=_out_bill_no(fields),
        openid=_text(fields, "openid", 64),
        amount_fen=amount,
        remark=_text(fields, "transfer_remark", 32),
        user_name=name,
        notify_url=_notify_url(fields),
        fingerprint=_fingerprint({**fields, "user_name": name}),
    )


def _wrong(name: str, why: str) -> PayRefusal:
    return PayRefusal(400, "PARAM_ERROR", f"参数错误: {name} {why}")


def _text(fields: Json, name: str, longest: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise _wrong(name, f"needs 1 to {longest} characters")
    return value


def _out_bill_no(fields: Json) -> str:
    number = _text(fields, "out_bill_no", 32)
    if not re.fullmatch(r"[0-9A-Za-z]+", number):
        raise _wrong("out_bill_no", "may hold letters and digits only")
    return number


def _amount(fields: Json, min_fen: int, max_fen: int) -> int:
    amount = fields.get("transfer_amount")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise _wrong("transfer_amount", "must be an integer in fen")
    if not min_fen <= amount <= max_fen:
        raise PayRefusal(400, "INVALID_REQUEST", f"转账金额须在{min_fen}分到{max_fen}分之间")
    return amount


def _user_name(fields: Json, keys: SandboxKeys, amount: int) -> str:
    if "user_name" not in fields:
        if amount >= _NAME_NEEDED_FROM_FEN:
            raise _wrong("user_name", "is required from 2000 yuan")
        return ""
    if amount < _NAME_ALLOWED_FROM_FEN:
        raise _wrong("user_name", "must not be sent below 0.3 yuan")
    try:
        return crypto.open_sensitive(keys.pay_private_key, _text(fields, "user_name", 1024))
    except ValueError as error:
        raise _wrong("user_name", "is not encrypted with the WeChat Pay public key") from error


def _check_scene(fields: Json) -> None:
    scene = _text(fields, "transfer_scene_id", 36)
    if scene in _UNAPPROVED_SCENES:
        raise PayRefusal(400, "INVALID_REQUEST", "你尚未获取该转账场景")
    if scene not in _REPORTS:
        raise _wrong("transfer_scene_id", "is unknown")
    infos = fields.get("transfer_scene_report_infos")
    if not isinstance(infos, list) or not all(isinstance(info, dict) for info in infos):
        raise _wrong("transfer_scene_report_infos", "must be a list of objects")
    kinds = [_text(info, "info_type", 15) for info in infos]
    if sorted(kinds) != sorted(_REPORTS[scene]):
        raise _wrong("transfer_scene_report_infos", f"must report {'、'.join(_REPORTS[scene])} for scene {scene}")
    for info in infos:
        _text(info, "info_content", 32)
    if "user_recv_perception" in fields and fields["user_recv_perception"] not in _PERCEPTIONS[scene]:
        raise PayRefusal(400, "INVALID_REQUEST", "暂不支持展示当前传入的用户收款感知")


def _check_style(fields: Json, amount: int) -> None:
    style = fields.get("user_recv_style_type", "CONFIRM_PAGE")
    if style not in ("CONFIRM_PAGE", "RED_PACKET"):
        raise _wrong("user_recv_style_type", "is unknown")
    if style == "RED_PACKET" and amount > _RED_PACKET_MAX_FEN:
        raise _wrong("user_recv_style_type", "RED_PACKET allows at most 200 yuan")


def _notify_url(fields: Json) -> str:
    if "notify_url" not in fields:
        return ""
    url = _text(fields, "notify_url", 256)
    parts = urlsplit(url)
    # Plain HTTP to this machine is the sandbox's one concession.
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname or "")):
        raise _wrong("notify_url", "must be https")
    if parts.query or parts.fragment:
        raise _wrong("notify_url", "must not have a query")
    return url


def _is_here(host: str) -> bool:
    return host in ("127.0.0.1", "localhost") or host.endswith(".localhost")


def _fingerprint(fields: Json) -> str:
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
