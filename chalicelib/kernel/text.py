"""The one reader of text from outside: what was typed, pasted or exported, as it was meant.

People paste full-width digits, dashes of every length, a no-break space, a byte-order mark, and characters that
nobody sees. What is compared, searched or hashed must not depend on them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from chalicelib.kernel.errors import SiyuError

Kind = Literal["code", "phone", "reference", "city", "userid", "name", "note"]
"""`reference`: an id that somebody else has given out, such as an order's. `note`: the only one with lines."""
_SHOWN: Final = ("name", "note")
_UNREADABLE: Final = re.compile("[\ud800-\udfff]")
_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK: Final = re.compile(r"[^\S\n]")
# Every character of the category Pd, and three that look like a dash: minus, hyphen bullet, modifier minus.
_DASH: Final = re.compile(
    "[\u058a\u05be\u1400\u1806\u2010-\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0"
    "\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead\u2212\u2043\u02d7]"
)
_WIDE: Final = re.compile("[０-９Ａ-Ｚａ-ｚ]")
# WeCom, "创建成员": 1–64 bytes of digits, letters and _-@. of which the first is a digit or a letter.
_USERID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}")


def read(kind: Kind, text: str, *, param: str | None = None, least: int = 0) -> str:
    """The text as it was meant: composed, without controls and characters that nobody sees, trimmed.

    What is compared or searched is read in its plain form (NFKC) with every dash as `-`. A name or a note is shown to
    people: it keeps its own signs, only full-width letters and digits become plain. Clean text stays as it is.

    400 `invalid_parameter` when fewer than `least` characters are left, for half of a surrogate pair, and for a userid
    that WeCom would not allow; its case is kept for calls (see `userid_key`).
    """
    if not _is_clean(kind, text):
        refuse_unreadable(text, param)
        text = _shown(kind, text) if kind in _SHOWN else _plain(text)
    text = text.strip()
    if len(text) < least:
        raise SiyuError("invalid_parameter", f"Send at least {least} characters that can be seen.", param=param)
    if kind == "userid" and not _USERID.fullmatch(text):
        raise SiyuError(
            "invalid_parameter",
            "A userid of WeCom has 1 to 64 letters, digits and _ - @ . and begins with a letter or digit.",
            param=param,
        )
    return text


def userid_key(userid: str) -> str:
    """What a userid is stored under: WeCom takes two that differ in case alone for the same one."""
    return userid.casefold()


def refuse_unreadable(text: str, param: str | None = None) -> None:
    """400 `invalid_parameter` for half of a surrogate pair, which no UTF-8 can hold."""
    if _UNREADABLE.search(text):
        raise SiyuError("invalid_parameter", "Text must not hold half of a surrogate pair.", param=param)


def _is_clean(kind: Kind, text: str) -> bool:
    # Cheap, because nearly everything is. A printable text has no blank but the plain one, and nothing invisible.
    if not text.isprintable():
        return False
    if kind in _SHOWN:
        return text.isascii() or (unicodedata.is_normalized("NFC", text) and not _WIDE.search(text))
    return text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _DASH.search(text))


def _plain(text: str) -> str:
    # Composed after what nobody sees is gone: it keeps apart what belongs together.
    visible = unicodedata.normalize("NFKC", _visible(text))
    return _DASH.sub("-", _BLANK.sub(" ", visible.replace("\n", " ")))


def _shown(kind: Kind, text: str) -> str:
    visible = unicodedata.normalize("NFC", _visible(text))
    lines = visible if kind == "note" else visible.replace("\n", " ")
    return _WIDE.sub(lambda wide: chr(ord(wide[0]) - 0xFEE0), _BLANK.sub(" ", lines))


def _visible(text: str) -> str:
    """Without format and control characters; those that part words or lines become a blank or a line's end."""
    apart = _LINE_END.sub("\n", text).replace("\t", " ")
    return "".join(one for one in apart if one == "\n" or unicodedata.category(one) not in ("Cc", "Cf"))
