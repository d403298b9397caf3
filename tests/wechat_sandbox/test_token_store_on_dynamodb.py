from __future__ import annotations

import threading
import uuid

import pytest

from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.wechat.access_tokens import FreshToken, SharedTokens, StoredToken
from chalicelib.wechat.tables import DynamoTokenStore


@pytest.fixture(scope="module")
def token_store(engine: str) -> DynamoTokenStore:
    class Token(dynamo.Row):
        class Meta:
            table_name = f"tokens-{uuid.uuid4().hex[:8]}"

    client("dynamodb").create_table(
        TableName=Token.Meta.table_name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return DynamoTokenStore(Token)


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def test_what_is_saved_is_loaded_and_replaced(token_store: DynamoTokenStore, name: str) -> None:
    assert token_store.load(name) is None

    token_store.save(name, "T1", 1_750_000_000.5)
    assert token_store.load(name) == StoredToken("T1", 1_750_000_000.5)

    token_store.save(name, "T2", 1_750_000_001.0)
    assert token_store.load(name) == StoredToken("T2", 1_750_000_001.0)


def test_a_lease_has_one_holder_until_it_ends(token_store: DynamoTokenStore, name: str) -> None:
    assert token_store.lease(name, 100.0, 10.0)
    assert not token_store.lease(name, 109.9, 10.0)
    assert token_store.lease(name, 110.0, 10.0)


def test_a_lease_is_no_token_and_saving_keeps_the_lease(token_store: DynamoTokenStore, name: str) -> None:
    token_store.lease(name, 100.0, 10.0)
    assert token_store.load(name) is None

    token_store.save(name, "T1", 500.0)
    assert not token_store.lease(name, 105.0, 10.0)


def test_containers_that_start_together_fetch_once(token_store: DynamoTokenStore, name: str) -> None:
    fetched: list[bool] = []
    got: list[str] = []
    barrier = threading.Barrier(8)

    def fetch(force: bool) -> FreshToken:
        fetched.append(force)
        return FreshToken("T1", 7200)

    def container() -> None:
        import time

        tokens = SharedTokens(name, token_store, fetch, time.time)
        barrier.wait()
        got.append(tokens.get())

    threads = [threading.Thread(target=container) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == ["T1"] * 8
    assert fetched == [False]
