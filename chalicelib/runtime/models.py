"""The runtime's own table: idempotency keys, the access tokens that all functions share, the stage's clock."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.runtime import dynamo


class IdempotencyKey(dynamo.Row):
    """pk = `KEY#` + digest of (caller, route, key), sk = `KEY`."""

    class Meta:
        table_name = dynamo.TableName("runtime")

    body_hash = UnicodeAttribute()
    seed = UnicodeAttribute()
    until = NumberAttribute()
    expires = NumberAttribute()
    """Seconds since 1970, for DynamoDB's TTL; the code looks at `until`."""


class AccessToken(dynamo.Row):
    """A WeChat access token shared by all functions. pk = `TOKEN#` + its name, sk = `TOKEN`."""

    class Meta:
        table_name = dynamo.TableName("runtime")

    token = UnicodeAttribute()


class ClockOffset(dynamo.Row):
    """How much later than its machines the stage lives, local and test only. pk = sk = `CLOCK`."""

    class Meta:
        table_name = dynamo.TableName("runtime")

    seconds = NumberAttribute()


MODELS: Sequence[type[dynamo.Row]] = (IdempotencyKey, AccessToken, ClockOffset)
