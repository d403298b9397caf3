"""boto3 clients: made once per service and container, with time-outs and bounded retries."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

# Clients may be shared by threads, but making one from boto3's default session may not be done by two at once.
_MAKING = Lock()


def client(service: str) -> Any:
    """The container's client for an AWS service. `AWS_ENDPOINT_URL` points it at the local stack."""
    with _MAKING:
        return _client(service)


@lru_cache(maxsize=16)
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        config=Config(
            connect_timeout=2,
            # Three tries of five seconds end before the API's own 28 do. A function that is invoked may take longer,
            # and is not to be run a second time because of that.
            read_timeout=24 if service == "lambda" else 5,
            # A lost answer makes boto3 send a conditional write again: every such write recognises its own trace.
            retries={"total_max_attempts": 1 if service == "lambda" else 3, "mode": "standard"},
            max_pool_connections=50,
            parameter_validation=False,
            # Links that boto3 signs for S3 in the older way are refused by newer regions and for encrypted objects.
            signature_version="s3v4" if service == "s3" else None,
        ),
    )
