"""The identities and keys of the sandbox: made at random once, kept in a file that only its owner reads."""

import os
import secrets
import string
from pathlib import Path

import msgspec

# A production stage can know these prefixes and refuse to start with them.
APPID_PREFIX = "wx00000000"
CORP_ID_PREFIX = "ww00000000"
PUBLIC_KEY_ID_PREFIX = "PUB_KEY_ID_00000000"

_RSA_BITS = 2048
_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


class SandboxKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Everything both sides must share. PEMs are PKCS#8 (private) and SubjectPublicKeyInfo (public)."""

    appid: str
    app_secret: str
    corp_id: str
    agent_id: int
    corp_secret: str
    callback_token: str
    encoding_aes_key: str
    mchid: str
    merchant_private_key: str
    merchant_serial: str
    pay_private_key: str
    pay_public_key: str
    pay_public_key_id: str
    apiv3_key: str

    def __repr__(self) -> str:
        """Without the secrets: this may end in a log or a test report."""
        return f"SandboxKeys(appid={self.appid!r}, corp_id={self.corp_id!r}, mchid={self.mchid!r})"


def load_or_create(path: Path) -> SandboxKeys:
    """Read the keys, or make them (mode 0600). Two processes that start together agree on one set."""
    if not path.exists():
        _write_once(path, msgspec.json.encode(make_keys()))
    return msgspec.json.decode(path.read_bytes(), type=SandboxKeys)


def make_keys() -> SandboxKeys:
    """A new random set of keys."""
    merchant_private, _ = _rsa_pair()
    pay_private, pay_public = _rsa_pair()
    return SandboxKeys(
        appid=APPID_PREFIX + secrets.token_hex(4),
        app_secret=secrets.token_hex(16),
        corp_id=CORP_ID_PREFIX + secrets.token_hex(4),
        agent_id=1_000_000 + secrets.randbelow(1000),
        corp_secret=secrets.token_urlsafe(32),
        callback_token=_letters(32),
        encoding_aes_key=_encoding_aes_key(),
        mchid="19" + _digits(8),
        merchant_private_key=merchant_private,
        merchant_serial=secrets.token_hex(20).upper(),
        pay_private_key=pay_private,
        pay_public_key=pay_public,
        pay_public_key_id=PUBLIC_KEY_ID_PREFIX + _digits(20),
        apiv3_key=_letters(32),
    )


def _write_once(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)  # fails when another process was first: its keys are the ones
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _rsa_pair() -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _encoding_aes_key() -> str:
    """43 characters that decode, with one `=`, to 32 bytes (the console offers letters and digits only)."""
    # The last character holds 4 bits: of the letters, only these leave no stray bits behind.
    return _letters(42) + secrets.choice("AEIMQUYcgkosw048")


def _letters(length: int) -> str:
    return "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(length))
