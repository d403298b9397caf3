"""What the fields of a subscribe message may hold, by the type in their name (thing1, amount2, …)."""

import re
from typing import Any

from .errors import ApiRefusal

_CLOCK = r"\d{1,2}[:：]\d{2}([:：]\d{2})?"
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"

_RULES: dict[str, str] = {
    "thing": r"[^\n]{1,20}",
    "number": r"-?\d{1,32}(\.\d{1,30})?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,32}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": rf"({_DATE}\s?)?{_CLOCK}(~({_DATE}\s?)?{_CLOCK})?",
    "date": rf"{_DATE}(\s?{_CLOCK})?(~{_DATE}(\s?{_CLOCK})?)?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r"\w{1,8}",
    "name": r"[一-鿿·]{1,10}|[A-Za-z .·]{1,20}",
    "phrase": r"[一-鿿]{1,5}",
}
_FIELD_NAME = re.compile(r"([a-z_]+?)(\d+)")


def check_data(data: Any) -> None:
    """47003 names the first field that breaks its type's rule."""
    if not isinstance(data, dict) or not data:
        raise ApiRefusal(47003, "argument invalid! data is empty")
    for name, field in data.items():
        value = field.get("value") if isinstance(field, dict) else None
        if not _holds(name, value):
            raise ApiRefusal(47003, f"argument invalid! data.{name}.value invalid")


def _holds(name: str, value: Any) -> bool:
    match = _FIELD_NAME.fullmatch(name)
    rule = _RULES.get(match.group(1)) if match else None
    return rule is not None and re.fullmatch(rule, str(value)) is not None and isinstance(value, str | int | float)
