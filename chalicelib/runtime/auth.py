"""Who is asking: identity comes from a verified token and from nothing else."""

from __future__ import annotations

import hmac
from typing import Final, Literal

import msgspec

from chalicelib.kernel.clock import HOUR, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.tokens import derive_key
from chalicelib.runtime.secrets import app_secrets
from chalicelib.runtime.settings import settings

Role = Literal["member", "guide", "manager", "admin"]

MEMBER: Final[tuple[Role, ...]] = ("member",)
STAFF: Final[tuple[Role, ...]] = ("guide", "manager", "admin")
ADMIN: Final[tuple[Role, ...]] = ("admin",)

LIFETIME: Final[dict[Role, int]] = {
    "member": 24 * HOUR,
    # Staff roles change: short tokens, and the role is read again at each login.
    "guide": 15 * MINUTE,
    "manager": 15 * MINUTE,
    "admin": 15 * MINUTE,
}


class Caller(msgspec.Struct, frozen=True):
    """Who a verified token names. `id` is a member id, or a staff member's WeCom userid."""

    role: Role
    id: str
    openid: str = ""
    guide_id: str = ""


def issue_token(caller: Caller, now: Millis) -> tuple[str, int]:
    """A signed token (JWT, HS256) for `caller` and the seconds it is valid."""
    import jwt

    seconds = LIFETIME[caller.role] // 1000
    claims = {
        "sub": caller.id,
        "role": caller.role,
        "iat": now // 1000,
        "exp": now // 1000 + seconds,
        "iss": "siyu",
    }
    claims |= {name: value for name, value in (("oid", caller.openid), ("gid", caller.guide_id)) if value}
    return jwt.encode(claims, _key(), algorithm="HS256"), seconds


def authenticate(authorization: str | None, allow: tuple[Role, ...], now: Millis) -> Caller:
    """The caller named by an `Authorization: Bearer …` header.

    401 `missing_token`, `invalid_token`, `expired_token`; 403 `wrong_role` unless the role is one of `allow`.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SiyuError("missing_token", "Send the header Authorization: Bearer <token>.")
    caller = _local_admin(token) or _read_token(token.strip(), now)
    if caller.role not in allow:
        raise SiyuError("wrong_role", f"This needs the role {' or '.join(allow)}; the token has {caller.role}.")
    return caller


def _local_admin(token: str) -> Caller | None:
    static = app_secrets().admin_token
    if static and not settings().is_production and hmac.compare_digest(token.encode(), static.encode()):
        return Caller("admin", "local-admin")
    return None


def _read_token(token: str, now: Millis) -> Caller:
    import jwt

    try:
        # Expiry is checked below against the clock that was passed in; a token from a container whose clock is a
        # second ahead is good.
        claims = jwt.decode(
            token,
            _key(),
            algorithms=["HS256"],
            issuer="siyu",
            options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "role"]},
        )
    except jwt.InvalidTokenError as error:
        raise SiyuError("invalid_token", "The token is not valid. Log in again.") from error
    if claims["exp"] * 1000 <= now:
        raise SiyuError("expired_token", "The token has expired. Log in again.")
    return Caller(claims["role"], claims["sub"], claims.get("oid", ""), claims.get("gid", ""))


def _key() -> bytes:
    return derive_key(app_secrets().token_key, "login")
