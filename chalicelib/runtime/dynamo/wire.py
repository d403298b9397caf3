"""DynamoDB's wire shape and back: what boto3 takes and gives, and what a Lambda stream record holds."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""An item or an image of it as plain values: str, int, bool, bytes, None, list, dict, set."""


def pack(value: Any) -> Item:
    """A plain value in DynamoDB's wire shape. No floats: money and time are integers."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case set() | frozenset():
            return _pack_set(value)
        case list() | tuple():
            return {"L": [pack(part) for part in value]}
        case dict():
            return {"M": pack_item(value)}
    raise TypeError(f"cannot store a {type(value).__name__}")


def pack_item(item: Mapping[str, Any]) -> Item:
    """Each value of a mapping, packed."""
    return {name: pack(value) for name, value in item.items()}


def unpack(wire: Item) -> Any:
    """The plain value of DynamoDB's wire shape, as boto3 or as a Lambda stream record has it."""
    ((kind, value),) = wire.items()
    match kind:
        case "B" if isinstance(value, str):
            return b64decode(value)
        case "N":
            return int(value)
        case "NULL":
            return None
        case "SS":
            return set(value)
        case "NS" | "BS":
            return {unpack({kind[0]: part}) for part in value}
        case "L":
            return [unpack(part) for part in value]
        case "M":
            return unpack_item(value)
    return value


def unpack_item(wire: Mapping[str, Item]) -> Item:
    """An item or a stream image as plain values."""
    return {name: unpack(value) for name, value in wire.items()}


def _pack_set(values: set[Any] | frozenset[Any]) -> Item:
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return {"SS": sorted(values)}
    if kinds == {int}:
        return {"NS": [str(value) for value in sorted(values)]}
    if kinds == {bytes}:
        return {"BS": sorted(values)}
    raise TypeError("cannot store a set that is empty or of mixed kinds")
