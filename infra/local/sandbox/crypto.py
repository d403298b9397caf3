"""Signatures and encryption of the three hosts, from their published descriptions.

WXBizMsgCrypt: developer.work.weixin.qq.com/document/path/90968.
Pay v3: RSA PKCS#1 v1.5 with SHA-256, RSA-OAEP with SHA-1, AES-256-GCM.
"""

import base64
import functools
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32  # WXBizMsgCrypt pads to 32 bytes, although AES's own block has 16
_RANDOM_PREFIX = 16
_LENGTH_FIELD = 4


def callback_signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """`msg_signature` of a WeCom callback, lower-case hex."""
    joined = "".join(sorted([token, timestamp, nonce, encrypted]))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def verify_callback(token: str, timestamp: str, nonce: str, encrypted: str, signature: str) -> bool:
    """Whether `signature` belongs to the four values."""
    expected = callback_signature(token, timestamp, nonce, encrypted)
    return hmac.compare_digest(expected.encode(), signature.encode())


def encrypt_event(plaintext: str, encoding_aes_key: str, receive_id: str) -> str:
    """Base64 of a callback's plaintext, as in `<Encrypt>` and `echostr`."""
    message = plaintext.encode()
    padded = _pad(os.urandom(_RANDOM_PREFIX) + len(message).to_bytes(4, "big") + message + receive_id.encode())
    encryptor = _event_cipher(encoding_aes_key).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt_event(encrypted: str, encoding_aes_key: str) -> tuple[str, str]:
    """The plaintext and the receive id. ValueError when the padding or the length do not hold."""
    decryptor = _event_cipher(encoding_aes_key).decryptor()
    content = _unpad(decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize())
    start = _RANDOM_PREFIX + _LENGTH_FIELD
    end = start + int.from_bytes(content[_RANDOM_PREFIX:start], "big")
    if end > len(content):
        raise ValueError("the length field is larger than the message")
    return content[start:end].decode(), content[end:].decode()


def sign(private_pem: str, message: str) -> str:
    """Base64 RSA-SHA256 signature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signature = _private_key(private_pem).sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verify_by_pair(private_pem: str, message: str, signature: str) -> bool:
    """Whether `signature` was made with this private key; checked with its public half."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    try:
        raw = base64.b64decode(signature, validate=True)
        _private_key(private_pem).public_key().verify(raw, message.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def open_sensitive(private_pem: str, ciphertext: str) -> str:
    """Decrypt a sensitive field (RSA-OAEP, SHA-1). ValueError when it was made for another key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the API's own choice
    return _private_key(private_pem).decrypt(base64.b64decode(ciphertext, validate=True), oaep).decode()


def seal_resource(apiv3_key: str, plaintext: str, nonce: str, associated_data: str) -> str:
    """Base64 AES-256-GCM ciphertext with its tag at the end; the nonce is 12 ASCII characters."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext.encode(), associated_data.encode())
    return base64.b64encode(sealed).decode()


def _event_cipher(encoding_aes_key: str) -> "Cipher[CBC]":
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(encoding_aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _pad(content: bytes) -> bytes:
    size = _BLOCK - len(content) % _BLOCK
    return content + bytes([size]) * size


def _unpad(content: bytes) -> bytes:
    size = content[-1] if content else 0
    if not 1 <= size <= _BLOCK or content[-size:] != bytes([size]) * size:
        raise ValueError("bad padding")
    return content[:-size]


@functools.lru_cache(maxsize=8)
def _private_key(pem: str) -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key
