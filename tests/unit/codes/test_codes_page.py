"""The scan page: readable in both themes, small, inert."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from itertools import product as pairs
from typing import Any

import msgspec
import pytest

from chalicelib.brand.content import Content, stored
from chalicelib.codes.pages import scan_page
from chalicelib.codes.scans.schemas import ArticleAnswer, PublicPrize, PublicProduct, ScanAnswer
from chalicelib.runtime.pages import ROOT

STORY: dict[str, Any] = {
    "title": "明前龙井",
    "pictures": ["https://p.test/1.jpg", {"url": "https://p.test/2.jpg", "alt": "茶园"}],
    "sections": [
        {"heading": "冲泡<script>", "text": "85 度", "picture": {"url": "https://p.test/3.jpg", "alt": "茶杯"}}
    ],
    "video": {"url": "https://v.test/1", "title": "炒茶"},
}
ON_GROUNDS = {
    "ink": ("ground", "card", "good-ground", "calm-ground", "bad-ground"),
    "soft": ("ground", "card"),
    "good": ("good-ground", "ground"),
    "calm": ("calm-ground",),
    "bad": ("bad-ground",),
    "act": ("card",),
    "on-act": ("act",),
}


class Elements(HTMLParser):
    """Tags with their attributes, and the headings' levels in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def answer(**facts: Any) -> ScanAnswer:
    shown = PublicProduct("prd_1", "龙井", None, stored(msgspec.convert(STORY, Content)))
    known: dict[str, Any] = {
        "scan_id": "s",
        "code": "1ABCD2EFGH3JKMNP4QRS",
        "verdict": "first_scan",
        "product": shown,
        "channel_id": None,
        "scan_count": 1,
        "first_scanned_at": "2026-11-21T17:05:00.000Z",
        "signals": [],
        "prize": PublicPrize("claimable"),
        "join_url": "https://wxaurl.cn/abc?cq=1",
    }
    return ScanAnswer(**{**known, **facts})


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palettes() -> list[dict[str, str]]:
    """The colours of the style sheet by their names: light first, then dark."""
    light, dark = (ROOT / "codes/pages/product.css").read_text().split("@media(prefers-color-scheme:dark)")
    return [dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})\b", text)) for text in (light, dark)]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_4_5(theme: int) -> None:
    palette = palettes()[theme]

    for text, ground in ((text, ground) for text, grounds in ON_GROUNDS.items() for ground in grounds):
        light, dark = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_both_themes_know_every_colour_that_is_used() -> None:
    light, dark = palettes()
    used = set(re.findall(r"var\(--([a-z-]+)\)", (ROOT / "codes/pages/product.css").read_text()))

    assert light.keys() == dark.keys()
    assert used == light.keys()


def render(scan: ScanAnswer, *, visit: str | None, city: str) -> str:
    return scan_page.render(scan, visit=visit, city_url="https://siyu.example.com/c/A/city", city=city)


def test_the_page_is_inert_and_small() -> None:
    text = render(answer(), visit="tok_1", city="")
    found = Elements(text)

    assert len(text.encode()) < 15_000
    assert not found.all("script")
    assert [link["rel"] for link in found.all("link")] == ["icon"]
    assert all((link["href"] or "").startswith("data:") for link in found.all("link"))
    assert not [
        name for _, attributes in found.found for name in attributes if name.startswith("on") or name == "style"
    ]
    assert "冲泡&lt;script&gt;" in text
    assert "'unsafe" not in scan_page.HEADERS["Content-Security-Policy"]


def test_the_page_can_be_read_out() -> None:
    found = Elements(render(answer(), visit="tok_1", city=""))
    levels = [int(tag[1]) for tag, _ in found.found if tag in ("h1", "h2", "h3")]

    assert found.all("html") == [{"lang": "zh-CN"}]
    assert all(len(found.all(tag)) == 1 for tag in ("main", "header", "footer", "h1"))
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [image["alt"] for image in found.all("img")] == ["龙井", "茶园", "茶杯"]
    ids = {attributes["id"] for _, attributes in found.found if "id" in attributes}
    assert {label["for"] for label in found.all("label") if "for" in label} <= ids
    assert all(svg["aria-hidden"] == "true" for svg in found.all("svg"))


def test_the_first_scan_is_dated_in_china() -> None:
    text = render(answer(), visit="tok_1", city="")

    assert "2026年11月22日 01:05" in text
    assert "https://wxaurl.cn/abc?cq=1" in text


def test_the_place_is_asked_for_and_never_taken() -> None:
    asked = render(answer(), visit="tok_1", city="")
    told = render(answer(), visit="tok_1", city="成都")
    looked = render(answer(), visit=None, city="")

    assert '<form method="post" action="https://siyu.example.com/c/A/city">' in asked
    assert 'name="visit" value="tok_1"' in asked
    assert "<form" not in told
    assert "「成都」" in told
    assert "<form" not in looked


@pytest.mark.parametrize(
    ("verdict", "product"), list(pairs(["repeat_scan", "unknown", "inactive", "void"], [True, False]))
)
def test_every_verdict_has_its_page(verdict: str, product: bool) -> None:
    facts = {} if product else {"product": None, "join_url": None, "first_scanned_at": None, "prize": None}

    text = render(answer(verdict=verdict, **facts), visit=None, city="")

    assert "<h1" in text
    assert "您是第一位" not in text


def test_operators_words_do_not_reach_customers() -> None:
    text = render(answer(signals=["out_of_region"]), visit="v", city="沈阳")

    assert "out_of_region" not in text
    assert "窜货" not in text + render(answer(), visit="v", city="")
    assert "温馨提示" in text


def test_an_article_has_a_page_without_a_verdict() -> None:
    known = answer().product
    text = scan_page.render_article(ArticleAnswer("06901234567892", known, None))

    assert "正品" not in text
    assert "未查到此商品" in scan_page.render_article(ArticleAnswer("06901234567892", None, None))


@pytest.mark.parametrize(
    "wrong",
    [
        {"pictures": ["http://p.test/1.jpg"]},
        {"pictures": ["javascript:alert(1)"]},
        {"video": "https://user@evil.test/"},
        {"sections": [{"heading": "无正文"}]},
        {"colour": "red"},
        {"links": [{"type": "pip", "url": "https://a.test"}]},
        {"pictures": ["https://p.test/1.jpg"] * 13},
    ],
)
def test_content_that_can_not_be_shown_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Content)
