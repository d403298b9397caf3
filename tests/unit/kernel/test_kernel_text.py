"""Text from outside is read the same way by everybody."""

from __future__ import annotations

import unicodedata
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.codes.format import code as code_format
from chalicelib.kernel import cities, text
from chalicelib.kernel.crockford import ALPHABET
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import canonical_phone

KINDS = [kind for kind in get_args(text.Kind) if kind != "userid"]
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u2069\u0000\u0007\u007f\u0085"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2e3a\u301c"
BLANKS = " \u00a0\u3000\u2009\t"
FULL_WIDTH = {ord(one): ord(one) + 0xFEE0 for one in map(chr, range(0x21, 0x7F))}


def sprinkled(clean: str, *extra: str) -> st.SearchStrategy[str]:
    """The text with what nobody sees, or with the `extra` characters, put in anywhere."""
    noise = st.text(INVISIBLE.replace("\u0085", "") + "".join(extra), max_size=2)
    return st.tuples(*[noise] * (len(clean) + 1)).map(
        lambda gaps: "".join(gap + one for gap, one in zip(gaps, f"{clean}\u200b", strict=True))
    )


@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).filter(lambda one: one == one.strip())
)
def test_clean_text_stays_as_it_is(clean: str) -> None:
    assert [text.read(kind, clean) for kind in KINDS] == [clean] * len(KINDS)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_was_read_is_read_the_same_again(anything: str) -> None:
    for kind in KINDS:
        once = text.read(kind, anything)

        assert text.read(kind, once) == once
        assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in once.replace("\n", ""))
        assert once == once.strip()


def test_every_dash_of_unicode_is_one() -> None:
    dashes = [one for one in map(chr, range(0x110000)) if unicodedata.category(one) == "Pd"]

    assert {text.read("reference", f"a{dash}b") for dash in [*dashes, "\u2212"]} == {"a-b"}


@given(st.data())
def test_a_code_is_read_however_it_was_typed(data: st.DataObject) -> None:
    code = data.draw(st.text(ALPHABET, min_size=20, max_size=20))
    typed = data.draw(sprinkled(code, DASHES, BLANKS))

    assert code_format.read(typed) == code_format.read(code)
    assert code_format.read(typed.translate(FULL_WIDTH).lower()) == code_format.read(code)


@given(st.data())
def test_a_phone_is_read_however_it_was_typed(data: st.DataObject) -> None:
    phone = data.draw(st.integers(10_000_000_000, 19_999_999_999).map(str))
    typed = data.draw(sprinkled(phone, DASHES, BLANKS))

    assert canonical_phone(typed) == phone
    assert canonical_phone(f"＋８６（{typed.translate(FULL_WIDTH)}）") == phone


@pytest.mark.parametrize("typed", ["成都", "成都市", "\ufeff成都市\u200b", "\u00a0成\u200b都 ", "成都\u3000"])
def test_a_city_is_found_however_it_was_typed(typed: str) -> None:
    found = cities.find(typed)

    assert found is not None
    assert found.name == "成都"
    assert cities.lies_in(typed, "四川省\u200b")


@pytest.mark.parametrize("typed", ["ORD-1", "ORD—1", "ＯＲＤ－１", "\ufeffORD\u200b‑1\u00a0", "ORD\u22121"])
def test_an_order_id_is_the_same_however_it_was_copied(typed: str) -> None:
    assert text.read("reference", typed) == "ORD-1"


@pytest.mark.parametrize("typed", ["王\u200b伟", " 王伟\u3000", "\ufeff王伟", "王伟\u0000"])
def test_a_name_loses_only_what_nobody_sees(typed: str) -> None:
    assert text.read("name", typed) == "王伟"


def test_a_name_keeps_its_own_signs() -> None:
    assert text.read("name", "龙井（明前）——５０ｇ，特级") == "龙井（明前）——50g，特级"
    assert text.read("name", "古丽·买买提") == "古丽·买买提"
    assert text.read("name", "Rene\u0301") == "Ren\u00e9"


def test_only_a_note_has_lines() -> None:
    assert text.read("note", "一\r\n二\n\n三\r四\t五\u2028六") == "一\n二\n\n三\n四 五\n六"
    assert text.read("name", "一\r\n二\n三") == "一 二 三"


@pytest.mark.parametrize("userid", ["LiSi", "li.si@brand", "0-9_a", "woAJ2GCAAAXtWyujaWJHDDGi0mACas1w", "a" * 64])
def test_a_userid_keeps_its_spelling_and_has_one_key(userid: str) -> None:
    assert text.read("userid", f"\u200b {userid} ", param="userid") == userid
    assert text.userid_key(userid) == text.userid_key(userid.upper()) == text.userid_key(userid.lower())


@pytest.mark.parametrize(
    "userid", ["", "@all", "a|b", "li si", "李四", "-a", ".a", "_a", "a" * 65, "lİ", "a/b", "\u200b"]
)
def test_what_wecom_allows_in_no_userid_is_refused(userid: str) -> None:
    with pytest.raises(SiyuError) as refused:
        text.read("userid", userid, param="userid")

    assert (refused.value.status, refused.value.param) == (400, "userid")


@pytest.mark.parametrize("kind", get_args(text.Kind))
def test_half_of_a_surrogate_pair_is_refused(kind: text.Kind) -> None:
    with pytest.raises(SiyuError) as refused:
        text.read(kind, "a\ud800b", param="x")

    assert (refused.value.code, refused.value.param) == ("invalid_parameter", "x")
