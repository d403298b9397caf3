"""WeChat Pay v3's keys at work: sign, verify, encrypt a name, open a notification."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

ALGORITHM: Final = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS: Final = 300
PROBE: Final = "WECHATPAY/SIGNTEST/"

Doubt = Literal["missing_header", "unknown_serial", "stale", "probe", "bad_signature"]


class NotGenuine(Exception):
    """Headers and body are not provably WeChat Pay's, or not of now."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt = doubt


class PayKeys:
    """The merchant's private key and WeChat Pay's public keys by serial.

    `platform_keys` maps `PUB_KEY_ID_…` to a public key's PEM, or a certificate's serial to its PEM;
    it is an allow-list: no other serial is ever fetched. `apiv3_key` has 32 ASCII characters.
    """

    def __init__(self, private_key_pem: str, platform_keys: Mapping[str, str], apiv3_key: str) -> None:
        self._private_key_pem = private_key_pem
        self._platform_pems = {_serial(serial): pem for serial, pem in platform_keys.items()}
        self._platform_keys: dict[str, RSAPublicKey] = {}
        self._apiv3_key = apiv3_key.encode()
        if len(self._apiv3_key) != 32:
            raise ValueError("The APIv3 key has 32 characters: copy it from the merchant console.")

    def sign(self, message: str) -> str:
        """RSA PKCS#1 v1.5 with SHA-256 by the merchant, base64."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return base64.b64encode(self._private_key.sign(message.encode(), PKCS1v15(), SHA256())).decode()

    def check(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Serial known, timestamp within 300 s, signature over the raw body. Raises NotGenuine."""
        lower = {name.lower(): value for name, value in headers.items()}
        serial, timestamp, nonce, signature = (
            lower.get(f"wechatpay-{part}", "") for part in ("serial", "timestamp", "nonce", "signature")
        )
        if not (serial and timestamp and nonce.isprintable() and nonce and signature):
            raise NotGenuine("missing_header")
        if signature.startswith(PROBE):
            raise NotGenuine("probe")
        if _serial(serial) not in self._platform_pems:
            raise NotGenuine("unknown_serial")
        if not _is_fresh(timestamp, now):
            raise NotGenuine("stale")
        wrong_type = lower.get("wechatpay-signature-type", ALGORITHM) != ALGORITHM
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        if wrong_type or not self._verifies(serial, message, signature):
            raise NotGenuine("bad_signature")

    def seal(self, serial: str, plain: str) -> str:
        """RSA-OAEP (SHA-1, as the platform wants it) for the key named by `serial`, base64."""
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
        from cryptography.hazmat.primitives.hashes import SHA1

        padding = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - the platform's choice
        return base64.b64encode(self._platform_key(serial).encrypt(plain.encode(), padding)).decode()

    def open(self, ciphertext: str, nonce: str, associated_data: str) -> bytes:
        """AES-256-GCM under the APIv3 key. Raises ValueError when it does not open."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            sealed = base64.b64decode(ciphertext, validate=True)
            return AESGCM(self._apiv3_key).decrypt(nonce.encode(), sealed, associated_data.encode())
        except (InvalidTag, binascii.Error) as error:
            raise ValueError("The resource does not open with our APIv3 key.") from error

    def _verifies(self, serial: str, message: bytes, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            raw = base64.b64decode(signature, validate=True)
            self._platform_key(serial).verify(raw, message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):  # not base64 is a ValueError
            return False
        return True

    @cached_property
    def _private_key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self._private_key_pem.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("The merchant's key is an RSA key: use apiclient_key.pem.")
        return key

    def _platform_key(self, serial: str) -> RSAPublicKey:
        serial = _serial(serial)
        if serial not in self._platform_keys:
            self._platform_keys[serial] = _load_public_key(self._platform_pems[serial])
        return self._platform_keys[serial]


def _load_public_key(pem: str) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    if "BEGIN CERTIFICATE" in pem:
        key: object = load_pem_x509_certificate(pem.encode()).public_key()
    else:
        key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("WeChat Pay's key is an RSA key: use pub_key.pem or the platform certificate.")
    return key


def _serial(text: str) -> str:
    return text.strip().upper()


def _is_fresh(timestamp: str, now: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= FRESH_SECONDS
