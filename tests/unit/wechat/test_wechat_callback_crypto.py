from __future__ import annotations

import base64
from typing import Any, NamedTuple

import pytest

from chalicelib.wechat.callback_crypto import CallbackCrypto, CallbackRefused, parse_event


class Vector(NamedTuple):
    token: str
    key: str
    receive_id: str
    timestamp: str
    nonce: str
    signature: str
    encrypted: str
    plain: bytes


MESSAGE = b"""<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName>
<CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId>
<AgentID>218</AgentID>
</xml>"""

# developer.work.weixin.qq.com page 90968
V1 = Vector(
    "QDG6eK",
    "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "wx5823bf96d3bd56c7",
    "1409659589",
    "263014780",
    "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    b"1616140317555161061",
)
# The same page. Its pad is 30: an unpadder for AES's own 16 bytes refuses it.
V2 = V1._replace(
    timestamp="1409659813",
    nonce="1372623149",
    signature="477715d11cdb4164915debcba66cb864d751f3e6",
    encrypted=(
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3"
        "vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHz"
        "M6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNq"
        "bSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6"
        "bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
    ),
    plain=MESSAGE,
)
# github.com/xen0n/go-workwx, internal/lowlevel
V4 = Vector(
    "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme",
    "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws",
    "ww6a112864f8022910",
    "1583940690",
    "VHh7ymSeb0jc4lSb",
    "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011",
    "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
    b"94966531020182955848408",
)


def read(vector: Vector, *, late: float = 0.0, **changed: Any) -> bytes:
    crypto = CallbackCrypto(vector.token, vector.key, changed.pop("receive_id", vector.receive_id))
    arguments = {
        "signature": vector.signature,
        "timestamp": vector.timestamp,
        "nonce": vector.nonce,
        "encrypted": vector.encrypted,
        "now": float(vector.timestamp) + late,
    }
    return crypto.verify_and_decrypt(**(arguments | changed))


def refusal_of(vector: Vector, **changed: Any) -> str:
    with pytest.raises(CallbackRefused) as caught:
        read(vector, **changed)
    return caught.value.reason


def sealed_by(crypto: CallbackCrypto, plain: bytes) -> dict[str, str]:
    """A rightly signed callback around any plaintext block, well formed or not."""
    encryptor = crypto._cipher().encryptor()
    encrypted = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    return {"encrypted": encrypted, "signature": crypto.sign(V1.timestamp, V1.nonce, encrypted)}


CRYPTO = CallbackCrypto(V1.token, V1.key, V1.receive_id)


@pytest.mark.parametrize("vector", [V1, V2, V4])
def test_the_official_callbacks_are_read(vector: Vector) -> None:
    assert read(vector) == vector.plain


def test_a_signature_that_differs_in_its_last_digit_is_refused() -> None:
    assert refusal_of(V4, signature="1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb010") == "bad_signature"


@pytest.mark.parametrize("name", ["timestamp", "nonce", "encrypted", "signature"])
def test_any_changed_part_is_refused(name: str) -> None:
    value = getattr(V2, name)
    changed = value[:-5] + ("1" if value[-5] != "1" else "2") + value[-4:]

    assert refusal_of(V2, **{name: changed}) == "bad_signature"


@pytest.mark.parametrize("signature", ["", "é" * 40, "\ud800"])
def test_a_signature_of_strange_characters_is_refused(signature: str) -> None:
    assert refusal_of(V1, signature=signature) == "bad_signature"


@pytest.mark.parametrize("late", [301.0, -301.0])
def test_an_old_or_future_callback_is_stale(late: float) -> None:
    assert refusal_of(V1, late=late) == "stale"
    assert read(V1, late=late, window=400) == V1.plain


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "-1", "9" * 40, "１４０９６５９５８９"])
def test_a_timestamp_that_is_no_number_is_stale(timestamp: str) -> None:
    signature = CRYPTO.sign(timestamp, V1.nonce, V1.encrypted)

    assert refusal_of(V1, timestamp=timestamp, signature=signature, now=0.0) == "stale"


def test_a_callback_for_another_corp_is_refused() -> None:
    assert refusal_of(V1, receive_id="ww0000000000000000") == "wrong_receiver"


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_a_flipped_bit_is_refused_before_anything_is_decrypted(bit: int) -> None:
    sealed = bytearray(base64.b64decode(V1.encrypted))
    sealed[bit // 8] ^= 1 << bit % 8

    assert refusal_of(V1, encrypted=base64.b64encode(sealed).decode()) == "bad_signature"


@pytest.mark.parametrize("byte", [16, 32, 45, 63])
def test_a_flipped_byte_of_length_receiver_or_pad_is_refused_even_when_signed(byte: int) -> None:
    plain = bytearray(bytes(16) + b"\0\0\0\x04" + b"abcd" + V1.receive_id.encode() + bytes([22]) * 22)
    plain[byte] ^= 0x80

    assert refusal_of(V1, **sealed_by(CRYPTO, bytes(plain))) in ("bad_padding", "wrong_receiver")


@pytest.mark.parametrize("encrypted", ["", "!!!!", "YQ==", base64.b64encode(b"x" * 48).decode()])
def test_signed_nonsense_is_refused(encrypted: str) -> None:
    signature = CRYPTO.sign(V1.timestamp, V1.nonce, encrypted)

    assert refusal_of(V1, encrypted=encrypted, signature=signature) == "bad_padding"


WELL_FORMED = bytes(16) + b"\0\0\0\x04" + b"abcd" + V1.receive_id.encode()  # 42 bytes


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (bytes(32), "bad_padding"),  # pad 0
        (WELL_FORMED + bytes([54]) * 54, "bad_padding"),  # all alike, but more than a block
        (WELL_FORMED + bytes(21) + bytes([22]), "bad_padding"),  # a pad of unequal bytes
        (bytes(20) + bytes([12]) * 12, "wrong_receiver"),  # nothing but the head: no receiver
        (bytes(16) + b"\xff\xff\xff\xff" + bytes([12]) * 12, "bad_padding"),  # a length beyond the end
        (bytes(15) + bytes([17]) * 17, "bad_padding"),  # shorter than the head
    ],
)
def test_broken_plaintexts_are_refused(plain: bytes, reason: str) -> None:
    assert refusal_of(V1, **sealed_by(CRYPTO, plain)) == reason


@pytest.mark.parametrize("length", [0, 1, 13, 14, 15, 31, 32, 33, 5000])
def test_what_we_encrypt_we_can_read(length: int) -> None:
    message = b"m" * length
    encrypted = CRYPTO.encrypt(message, b"0123456789abcdef")
    signature = CRYPTO.sign(V1.timestamp, V1.nonce, encrypted)

    assert read(V1, encrypted=encrypted, signature=signature) == message


def test_a_reply_carries_what_its_reader_needs() -> None:
    reply = parse_event(CRYPTO.encrypt_reply(b"<xml/>", 1409659589, "n1", b"0123456789abcdef").encode())

    plain = read(
        V1,
        encrypted=reply["Encrypt"],
        signature=reply["MsgSignature"],
        nonce=reply["Nonce"],
        timestamp=reply["TimeStamp"],
    )

    assert plain == b"<xml/>"


def test_a_short_key_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="43 characters"):
        CallbackCrypto("t", "abc", "ww")


def test_an_event_is_read_into_fields() -> None:
    event = parse_event(MESSAGE)

    assert event["CreateTime"] == "1409659813"
    assert event["Content"] == "hello"


def test_a_list_in_an_event_is_joined() -> None:
    xml = b"<xml><MemChangeList><Item>a</Item> <Item>b</Item></MemChangeList><State/></xml>"

    assert parse_event(xml) == {"MemChangeList": "a,b", "State": ""}


BOMB = b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<xml><Encrypt>&b;</Encrypt></xml>"""


@pytest.mark.parametrize(
    "xml",
    [
        BOMB,
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
        b"<xml>" + b"a" * 300_000 + b"</xml>",
        b"<html/>",
        b"<xml>",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_xml_that_is_not_small_and_plain_is_refused(xml: bytes) -> None:
    with pytest.raises(CallbackRefused) as caught:
        parse_event(xml)

    assert caught.value.reason == "bad_xml"


def test_deep_nesting_costs_no_stack() -> None:
    depth = 30_000

    assert parse_event(b"<xml>" + b"<a>" * depth + b"x" + b"</a>" * depth + b"</xml>") == {"a": "x"}
