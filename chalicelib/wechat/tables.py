"""The DynamoDB side of `access_tokens.TokenStore`, on the boto3 client that is passed in."""

from __future__ import annotations

from typing import Any

from chalicelib.wechat.access_tokens import StoredToken


class DynamoTokenStore:
    """Tokens at pk `TOKEN#<name>`, sk `TOKEN`, of any table with those two string keys."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def load(self, name: str) -> StoredToken | None:
        """The stored token by a strong read (1 RRU); None when there is none."""
        answer = self._client.get_item(TableName=self._table_name, Key=_key(name), ConsistentRead=True)
        item = answer.get("Item", {})
        if "token" not in item:
            return None
        return StoredToken(item["token"]["S"], float(item["expires_at"]["N"]))

    def lease(self, name: str, now: float, seconds: float) -> bool:
        """True for exactly one caller until the lease ends. Settles: two containers, one token to fetch."""
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(name),
                UpdateExpression="SET lease_until = :until",
                ConditionExpression="attribute_not_exists(lease_until) OR lease_until <= :now",
                ExpressionAttributeValues={":until": _number(now + seconds), ":now": _number(now)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def save(self, name: str, token: str, expires_at: float) -> None:
        """Replace the token and leave the lease to run out."""
        self._client.update_item(
            TableName=self._table_name,
            Key=_key(name),
            UpdateExpression="SET #token = :token, expires_at = :end",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":token": {"S": token}, ":end": _number(expires_at)},
        )


def _key(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"TOKEN#{name}"}, "sk": {"S": "TOKEN"}}


def _number(value: float) -> dict[str, str]:
    return {"N": f"{value:.3f}"}
