"""GS1 Digital Link: what is read, what is refused, what the linkset says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.codes.format import gs1
from chalicelib.codes.links import linksets

GTIN = "06901234567892"
PRODUCT = {
    "sk": "prd_1",
    "name": "龙井",
    "content": {"links": [{"type": "gs1:hasRetailers", "url": "https://shop.test/", "title": ""}]},
}


@pytest.mark.parametrize(
    ("text", "padded"),
    [
        ("96385074", "00000096385074"),
        ("614141123452", "00614141123452"),
        ("6901234567892", "06901234567892"),
        ("06901234567892", "06901234567892"),
        ("6901234567893", None),
        ("690123456789", None),
        ("69012345678", None),
        ("６901234567892", None),
        ("", None),
    ],
)
def test_a_gtin_of_any_length_is_fourteen_digits_with_a_right_check_digit(text: str, padded: str | None) -> None:
    assert gs1.gtin14(text) == padded


@given(st.integers(0, 10**13 - 1))
def test_exactly_one_check_digit_of_ten_is_right(number: int) -> None:
    assert sum(gs1.gtin14(f"{number:013d}{digit}") is not None for digit in range(10)) == 1


def test_qualifiers_and_attributes_are_told_apart() -> None:
    path = {"gtin": "6901234567892", "variant": "A/1", "lot": "L&2", "serial": "ABC"}
    query = {"17": "261231", "3103": "000500", "utm_source": "x", "linkType": "gs1:pip", "21": "zzz", "15": "269931"}

    link = gs1.read(path, query)

    assert link is not None
    assert (link.gtin, link.serial) == (GTIN, "ABC")
    assert link.qualifiers == {"22": "A/1", "10": "L&2", "21": "ABC"}
    assert link.attributes == {"17": "261231", "3103": "000500"}
    assert gs1.uri("https://a.test", link) == f"https://a.test/01/{GTIN}/22/A%2F1/10/L%262/21/ABC"


@pytest.mark.parametrize("value", ["A" * 21, "", "a b", "码", "A#1", "A^1", "A\n"])
def test_a_qualifier_outside_of_its_characters_or_length_breaks_the_link(value: str) -> None:
    assert gs1.read({"gtin": GTIN, "lot": value, "serial": "A"}, {}) is None


def test_every_character_of_set_82_is_taken() -> None:
    letters = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

    assert len(letters) == 82
    for start in range(0, 82, 20):
        assert gs1.read({"gtin": GTIN, "serial": letters[start : start + 20]}, {}) is not None


def test_a_third_partys_extension_is_a_serial_of_up_to_28() -> None:
    link = gs1.read({"gtin": GTIN, "extension": "x" * 28}, {})

    assert link is not None
    assert link.serial == "x" * 28
    assert gs1.read({"gtin": GTIN, "extension": "x" * 29}, {}) is None


def test_the_order_of_qualifiers_is_the_standards() -> None:
    orders = [[part for part in form.split("/") if part.isdigit()] for form in gs1.FORMS.values()]

    assert ["01", "22", "10", "21"] in orders
    assert all(order == sorted(order, key=["01", "22", "10", "21", "235"].index) for order in orders)


def test_link_types_lead_where_the_brand_says_and_else_to_our_page() -> None:
    links = linksets.links_of("https://a.test/c/X", PRODUCT, "https://join.test")

    assert linksets.target_of("gs1:hasRetailers", links) == "https://shop.test/"
    assert linksets.target_of("https://ref.gs1.org/voc/hasRetailers", links) == "https://shop.test/"
    assert linksets.target_of("gs1:loyaltyProgram", links) == "https://join.test"
    for own in ("gs1:pip", "gs1:defaultLink", "gs1:recipeInfo", ""):
        assert linksets.target_of(own, links) is None


def test_the_linkset_is_anchored_at_the_item() -> None:
    links = linksets.links_of("https://a.test/c/X", PRODUCT, None)

    (entry,) = linksets.document("https://a.test/01/1/21/X", PRODUCT, links)["linkset"]

    assert (entry["anchor"], entry["description"]) == ("https://a.test/01/1/21/X", "龙井")
    (pip,) = entry["https://ref.gs1.org/voc/pip"]
    assert (pip["href"], pip["hreflang"]) == ("https://a.test/c/X", ["zh"])
    assert "https://ref.gs1.org/voc/loyaltyProgram" not in entry


@pytest.mark.parametrize(
    ("link_type", "accept", "wanted"),
    [
        ("linkset", "text/html", True),
        ("all", "", True),
        ("", "application/linkset+json", True),
        ("gs1:pip", "application/linkset+json", False),
        ("", "application/json", False),
    ],
)
def test_a_linkset_is_asked_for_by_type_or_media_type(link_type: str, accept: str, wanted: bool) -> None:
    assert linksets.wants_linkset(link_type, accept) is wanted
