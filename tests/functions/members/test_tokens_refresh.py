"""One function renews the tokens of all, from the real sandbox into the real table."""

from __future__ import annotations

import time
from typing import Any


def test_a_token_in_its_last_minutes_is_renewed_for_all(stack: str, sandbox: Any) -> None:
    from chalicelib.runtime.models import AccessToken
    from chalicelib.wechat import connect
    from chalicelib.wechat.tables import DynamoTokenStore
    from functions.tokens_refresh import tokens_refresh

    store = DynamoTokenStore(AccessToken)
    config = connect.wecom_config()
    name = f"wecom:{config.corp_id}:{config.agent_id}"
    store.save(name, "ending", time.time() + 250)

    event = {"version": "0", "account": "1", "region": "r", "detail": {}, "detail-type": "Scheduled Event"}
    for _ in range(2):
        tokens_refresh({**event, "source": "aws.events", "time": "", "id": "1", "resources": []}, None)

    renewed = store.load(name)
    assert renewed is not None
    assert renewed.value != "ending"
    assert renewed.expires_at > time.time() + 3600
