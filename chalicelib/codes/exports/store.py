"""Exports in S3: one multipart upload each, and beside it what the file's end will need to know of each part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.codes.exports.files import FORMATS
from chalicelib.codes.exports.service import file_name, object_key
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.settings import settings


class UploadMissing(Exception):
    """S3 has dropped the upload: it was left alone for too long."""


def open_upload(export: Item) -> str:
    """Begin the file's upload; its id. One that is never completed is dropped by the bucket's rule."""
    answer = client("s3").create_multipart_upload(
        **_place(export),
        ContentType=FORMATS[export["kind"]]().content_type,
        ContentDisposition=f'attachment; filename="{file_name(export)}"',
    )
    return str(answer["UploadId"])


def upload(export: Item, data: bytes) -> None:
    """Put the part after those that are kept; the same part again replaces itself. `UploadGone` without an upload."""
    s3 = client("s3")
    try:
        s3.upload_part(**_place(export), UploadId=export["upload_id"], PartNumber=export["parts"] + 1, Body=data)
    except s3.exceptions.NoSuchUpload as error:
        raise UploadMissing from error


def complete(export: Item) -> None:
    """Make the file of its parts. Done before, it is there. `UploadGone` when there is neither upload nor file."""
    s3 = client("s3")
    try:
        parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in _parts(export)]
        s3.complete_multipart_upload(
            **_place(export), UploadId=export["upload_id"], MultipartUpload={"Parts": parts[: export["parts"]]}
        )
    except s3.exceptions.NoSuchUpload as error:
        if not _is_there(export):
            raise UploadMissing from error


def put_index(export: Item, index: bytes) -> None:
    """Keep what the part after those that are kept adds to the file's index."""
    client("s3").put_object(Bucket=settings().exports_bucket, Key=_index_key(export, export["parts"]), Body=index)


def indexes(export: Item) -> Iterator[bytes]:
    """The index of each part that is kept."""
    for part in range(export["parts"]):
        answer = client("s3").get_object(Bucket=settings().exports_bucket, Key=_index_key(export, part))
        yield answer["Body"].read()


def _parts(export: Item) -> Iterator[Any]:
    for page in client("s3").get_paginator("list_parts").paginate(**_place(export), UploadId=export["upload_id"]):
        yield from page.get("Parts", [])


def _is_there(export: Item) -> bool:
    from botocore.exceptions import ClientError

    try:
        client("s3").head_object(**_place(export))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _place(export: Item) -> dict[str, str]:
    return {"Bucket": settings().exports_bucket, "Key": object_key(export)}


def _index_key(export: Item, part: int) -> str:
    return f"exports/{export['export_id']}/index/{part:05d}"
