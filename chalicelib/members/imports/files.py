"""The CSV of an import in S3: uploaded by a link, read in stretches, deleted when it is done.

It shares the bucket of exports, whose files are deleted after seven days in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings

LINK_SECONDS: Final = 3_600
_CHUNK: Final = 1 << 20


def upload_link(import_id: str) -> str:
    """Where to PUT the CSV within an hour."""
    place = {"Bucket": settings().exports_bucket, "Key": _key(import_id)}
    return str(client("s3").generate_presigned_url("put_object", Params=place, ExpiresIn=LINK_SECONDS))


def size(import_id: str) -> int | None:
    """Bytes of the file, None before it was uploaded."""
    from botocore.exceptions import ClientError

    try:
        answer = client("s3").head_object(Bucket=settings().exports_bucket, Key=_key(import_id))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 404):
            raise
        return None
    return int(answer["ContentLength"])


def lines(import_id: str) -> Iterator[bytes]:
    """The file line by line, each with its line end."""
    answer = client("s3").get_object(Bucket=settings().exports_bucket, Key=_key(import_id))
    rest = b""
    for chunk in answer["Body"].iter_chunks(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def stretch(import_id: str, start: int, end: int) -> list[bytes]:
    """The lines in bytes [start, end)."""
    span = f"bytes={start}-{end - 1}"
    answer = client("s3").get_object(Bucket=settings().exports_bucket, Key=_key(import_id), Range=span)
    whole, _, rest = answer["Body"].read().rpartition(b"\n")
    # Not splitlines: it would also cut at a lone carriage return, where `lines` does not.
    return [*(line + b"\n" for line in whole.split(b"\n")), *([rest] if rest else [])] if whole else [rest]


def delete(import_id: str) -> None:
    """Delete the file: it holds phones."""
    client("s3").delete_object(Bucket=settings().exports_bucket, Key=_key(import_id))


def _key(import_id: str) -> str:
    return f"imports/{import_id}.csv"
