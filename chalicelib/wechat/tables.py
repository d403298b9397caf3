"""The DynamoDB side of `access_tokens.TokenStore`."""

from __future__ import annotations

from chalicelib.runtime import dynamo
from chalicelib.wechat.access_tokens import StoredToken


class DynamoTokenStore:
    """Tokens at pk `TOKEN#<name>`, sk `TOKEN`, of any model's table; moments in milliseconds."""

    def __init__(self, model: type[dynamo.Row]) -> None:
        self._model = model

    def load(self, name: str) -> StoredToken | None:
        """The stored token by a strong read (1 RRU); None when there is none."""
        row = dynamo.get(self._model, *_key(name), strong=True) or {}
        return StoredToken(row["token"], row["expires_at"] / 1000) if "token" in row else None

    def lease(self, name: str, now: float, seconds: float) -> bool:
        """True for exactly one caller until the lease ends: 1 WRU. Settles: two containers, one token to fetch."""
        return dynamo.update(
            self._model,
            *_key(name),
            "SET lease_until = :until",
            condition="attribute_not_exists(lease_until) OR lease_until <= :now",
            values={":until": _millis(now + seconds), ":now": _millis(now)},
            returns="NONE",
        ).done

    def save(self, name: str, token: str, expires_at: float) -> None:
        """Replace the token and leave the lease to run out: 1 WRU."""
        dynamo.update(
            self._model,
            *_key(name),
            "SET #token = :token, expires_at = :end",
            names={"#token": "token"},
            values={":token": token, ":end": _millis(expires_at)},
            returns="NONE",
        )


def _key(name: str) -> dynamo.Key:
    return f"TOKEN#{name}", "TOKEN"


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
