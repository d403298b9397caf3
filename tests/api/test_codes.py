"""HTTP contract of codes."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.codes_world import Calls, caching, calls

__all__ = ["caching", "calls"]

JSON = {"Accept": "application/json"}
GTIN = "6901234567892"
FIELDS = {
    "scan_id",
    "code",
    "verdict",
    "product",
    "channel_id",
    "scan_count",
    "first_scanned_at",
    "signals",
    "prize",
    "join_url",
}


class Shop:
    """An operator with a product, who mints and reads codes."""

    def __init__(self, http: Any, headers: dict[str, str]) -> None:
        self.http, self.headers = http, headers
        content = {
            "subtitle": "<b>明前</b>",
            "sections": [{"heading": "冲泡", "text": "85 度"}],
            "pictures": ["https://a.test/1.jpg"],
        }
        body = {"name": "龙井<script>", "sku": "T-1", "gtin": GTIN, "content": content}
        self.product_id = self.post("/admin/products", body).json_body["product_id"]

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.http.post(path, headers={**self.headers, **headers}, body=json.dumps(body).encode())

    def mint(self, quantity: int = 3, **facts: Any) -> tuple[str, list[dict[str, str]]]:
        body = {"product_id": self.product_id, "quantity": quantity, "active": True, **facts}
        made = self.post("/admin/code-batches", body)
        assert made.status_code == 201, made.body
        batch_id = made.json_body["batch_id"]
        page = self.http.get(f"/admin/code-batches/{batch_id}/codes", headers=self.headers)
        return batch_id, list(csv.DictReader(io.StringIO(page.body.decode())))


@pytest.fixture
def shop(http: Any, admin: dict[str, str], sandbox: Any) -> Shop:
    return Shop(http, admin)


def member(name: str) -> dict[str, str]:
    """Headers of a member of this name."""
    from chalicelib.members import service as members
    from chalicelib.runtime.auth import Caller, issue_token

    now = time.time_ns() // 1_000_000
    openid = f"o-{name}-{now}"
    member_id = members.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id
    token, _ = issue_token(Caller("member", member_id, openid), now)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def ulid(age: int = 0) -> str:
    """A ULID as a client makes it, so many milliseconds ago."""
    from ulid import ULID

    return str(ULID.from_timestamp(time.time_ns() // 1_000_000 - age))


def scan_page(http: Any, code: str, query: str = "", cookie: str = "") -> Any:
    return http.get(f"/c/{code}{query}", headers={"Accept": "text/html", "Cookie": cookie})


def send_city(http: Any, code: str, city: str, token: str) -> Any:
    body = urlencode({"visit": token, "city": city}).encode()
    return http.post(f"/c/{code}/city", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=body)


def token_on(page: Any) -> str:
    found = re.search(r'name="visit" value="([^"]+)"', page.body.decode())
    assert found
    return found[1]


def test_the_first_scan_and_the_repeat_have_the_fields_of_the_contract(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()

    visit = ulid()
    first = http.get(f"/c/{line['code']}?visit_id={visit}&utm_source=x", headers=JSON)
    repeat = http.get(f"/c/{line['code'].lower()}?visit_id={ulid()}", headers=JSON)

    assert (first.status_code, first.headers["Content-Type"]) == (200, "application/json")
    assert set(first.json_body) == FIELDS
    assert first.json_body["verdict"] == "first_scan"
    assert first.json_body["prize"] == {"state": "none"}
    assert first.json_body["product"]["product_id"] == shop.product_id
    assert (repeat.json_body["verdict"], repeat.json_body["scan_count"]) == ("repeat_scan", 2)
    assert repeat.json_body["first_scanned_at"] == first.json_body["first_scanned_at"]
    again = http.get(f"/c/{line['code']}?visit_id={visit.lower()}", headers=JSON).json_body
    assert (again["verdict"], again["scan_count"]) == ("first_scan", 2)


@pytest.mark.parametrize("visit", ["a", "25 hours ago", "in an hour", "8" * 26, "%00" * 40])
def test_a_visit_id_that_is_no_ulid_of_today_names_nothing(http: Any, shop: Shop, visit: str) -> None:
    _, (line, *_) = shop.mint()
    wrong = {"25 hours ago": ulid(25 * 3600_000), "in an hour": ulid(-3600_000)}.get(visit, visit)
    path = f"/c/{line['code']}?visit_id={wrong}"

    found = [http.get(path, headers=JSON).json_body for _ in range(2)]

    assert [one["verdict"] for one in found] == ["first_scan", "repeat_scan"]
    assert [one["scan_count"] for one in found] == [1, 2]


def test_visit_id_and_device_id_name_a_scan_together(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()
    mine, visit = member("v"), ulid()

    def scan(device: str) -> Any:
        body = {"code": line["code"], "visit_id": visit, "device_id": device}
        member_scan = http.post("/scans", headers=mine, body=json.dumps(body).encode()).json_body
        path = f"/c/{line['code']}?visit_id={visit}&device_id={device}"
        return [(one["verdict"], one["scan_count"]) for one in (member_scan, http.get(path, headers=JSON).json_body)]

    assert scan("one") == [("first_scan", 1)] * 2
    assert scan("two") == [("repeat_scan", 2)] * 2


def test_nothing_printed_into_an_address_makes_a_page_the_first_twice(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()
    printed = f"?visit_id={ulid()}&device_id=printed&city={quote('沈阳')}"

    first = scan_page(http, line["code"], printed)
    second = scan_page(http, line["code"], printed)

    assert "您是第一位查询的顾客" in first.body.decode()
    assert "此前已被查询过" in second.body.decode()
    assert "Set-Cookie" in second.headers
    assert "沈阳" not in first.body.decode()


def test_the_city_is_posted_and_the_page_thanks(http: Any, shop: Shop) -> None:
    batch_id, (line, *_) = shop.mint()
    channel = shop.post("/admin/channels", {"name": "成都", "regions": ["成都"]}).json_body["channel_id"]
    shop.post(f"/admin/code-batches/{batch_id}/ship", {"from_seq": 0, "to_seq": 2, "channel_id": channel})
    page = scan_page(http, line["code"])
    cookie = page.headers["Set-Cookie"].partition(";")[0]

    sent = send_city(http, line["code"], "沈阳", token_on(page))
    again = send_city(http, line["code"], "成都", token_on(page))
    thanks = scan_page(http, line["code"], cookie=cookie).body.decode()

    assert [answer.status_code for answer in (sent, again)] == [303, 303]
    assert sent.headers["Location"].endswith(f"/c/{line['code']}")
    assert "「沈阳」" in thanks
    assert "指定销售区域" in thanks
    assert "您是第一位查询的顾客" in thanks
    assert "沈阳" not in scan_page(http, line["code"]).body.decode()
    row = http.get(f"/admin/codes/{line['code']}", headers=shop.headers).json_body
    assert row["scan_count"] == 2


def test_a_city_needs_the_token_of_the_latest_visit_of_this_code(http: Any, shop: Shop) -> None:
    from chalicelib.codes.scans import tables as scan_tables

    _, (line, other, *_) = shop.mint()
    early, elsewhere = token_on(scan_page(http, line["code"])), token_on(scan_page(http, other["code"]))
    scan_page(http, line["code"])

    answers = [send_city(http, line["code"], "沈阳", token) for token in (early, elsewhere, early[::-1], "")]

    assert [answer.status_code for answer in answers] == [303] * 4
    assert "c" not in scan_tables.get_code(line["code"])
    assert send_city(http, line["code"], " ", early).status_code == 400
    assert send_city(http, line["code"], "城" * 33, early).status_code == 400
    assert http.post(f"/c/{line['code']}/city", headers=JSON, body=b"{}").status_code == 415


def test_the_city_of_a_refused_scan_is_told_too(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint(active=False)
    page = scan_page(http, line["code"])

    send_city(http, line["code"], "沈阳", token_on(page))

    thanks = scan_page(http, line["code"], cookie=page.headers["Set-Cookie"].partition(";")[0])
    assert "「沈阳」" in thanks.body.decode()


def test_the_join_link_carries_the_scan_id(http: Any, shop: Shop) -> None:
    from urllib.parse import parse_qs, urlsplit

    _, (line, *_) = shop.mint()

    answer = http.get(f"/c/{line['code']}", headers=JSON).json_body

    handed = parse_qs(urlsplit(answer["join_url"]).query)["cq"]
    assert handed == [f"scan_id={answer['scan_id']}"]
    assert len(handed[0]) <= 256


def test_an_unknown_code_is_404_in_the_same_shape(http: Any, shop: Shop) -> None:
    for path in ("/c/00000000000000000000", "/c/nonsense", f"/01/{GTIN}/21/00000000000000000000"):
        unknown = http.get(path, headers=JSON)
        assert unknown.status_code == 404
        assert set(unknown.json_body) == FIELDS
        assert unknown.json_body["verdict"] == "unknown"
        assert http.get(path, headers={}).status_code == 404


def test_digital_links_lead_to_the_same_code(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()
    code = line["code"]
    paths = [
        f"/01/0{GTIN}/21/{code}",
        f"/01/{GTIN}/21/{code}",
        f"/01/0{GTIN}/22/A%2F1/21/{code}",
        f"/01/0{GTIN}/10/LOT/21/{code}",
    ]

    counts = [http.get(path, headers=JSON).json_body["scan_count"] for path in paths]

    assert counts == [1, 2, 3, 4]
    assert line["gs1_url"].endswith(paths[0])
    assert http.get(f"/01/06901234567885/21/{code}", headers=JSON).status_code == 404


def test_the_page_says_it_in_chinese_without_a_script(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()

    first = http.get(f"/c/{line['code']}", headers={"Accept": "text/html"})
    page = first.body.decode()
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    again = http.get(f"/c/{line['code']}", headers={"Accept": "text/html", "Cookie": cookie})
    other = http.get(f"/c/{line['code']}", headers={"Accept": "text/html"})

    assert first.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<html lang="zh-CN">' in page
    assert "您是第一位查询的顾客" in page
    assert "龙井&lt;script&gt;" in page
    assert "<script" not in page
    assert "prefers-color-scheme:dark" in page
    assert "打开小程序" in page
    assert len(page.encode()) < 50_000
    assert "您是第一位查询的顾客" in again.body.decode()
    assert "此前已被查询过" in other.body.decode()
    assert re.search(r"查询次数</dt><dd>2<", other.body.decode())


def test_programs_are_answered_but_not_counted(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint()
    path = f"/c/{line['code']}"

    head = http.request("HEAD", path)
    missing = http.request("HEAD", "/c/00000000000000000000")
    spider = http.get(path, headers={**JSON, "User-Agent": "Baiduspider/2.0"})
    person = http.get(path, headers={**JSON, "User-Agent": "curl/8.5"})

    assert (head.status_code, head.body, missing.status_code) == (200, b"", 404)
    assert (spider.json_body["scan_count"], spider.json_body["scan_id"]) == (0, None)
    assert (person.json_body["verdict"], person.json_body["scan_count"]) == ("first_scan", 1)


def test_codes_come_as_csv_by_page(http: Any, shop: Shop) -> None:
    batch_id, _ = shop.mint(5, box_size=2)
    path: str | None = f"/admin/code-batches/{batch_id}/codes?limit=2"
    lines: list[dict[str, str]] = []

    while path:
        page = http.get(path, headers=shop.headers)
        assert page.body.decode().splitlines()[0] == "code,url,gs1_url,seq,box"
        lines += csv.DictReader(io.StringIO(page.body.decode()))
        following = re.fullmatch(r'<https?://[^/]+(.+)>; rel="next"', page.headers.get("Link", ""))
        path = following[1] if following else None

    assert [line["seq"] for line in lines] == ["0", "1", "2", "3", "4"]
    assert [line["box"] for line in lines] == ["1", "1", "2", "2", "3"]
    assert all(line["url"].endswith(f"/c/{line['code']}") for line in lines)


def test_one_idempotency_key_mints_one_batch(http: Any, shop: Shop) -> None:
    body = {"product_id": shop.product_id, "quantity": 10, "active": True}

    made = [shop.post("/admin/code-batches", body, **{"Idempotency-Key": "spring"}).json_body for _ in range(2)]
    other = shop.post("/admin/code-batches", {**body, "quantity": 11}, **{"Idempotency-Key": "spring"})

    assert made[0] == made[1]
    assert other.status_code == 409


def test_a_batch_is_activated_shipped_and_voided(http: Any, shop: Shop) -> None:
    batch_id, (line, *_) = shop.mint(active=False)
    channel = shop.post("/admin/channels", {"name": "成都", "regions": ["成都"]}).json_body["channel_id"]
    path = f"/admin/code-batches/{batch_id}"

    scanner = member("s")

    def scan() -> Any:
        body = {"code": line["code"], "city": "沈阳"}
        return http.post("/scans", headers=scanner, body=json.dumps(body).encode()).json_body

    assert (scan()["verdict"], scan()["prize"]) == ("inactive", None)
    assert shop.post(f"{path}/activate", {}).json_body["state"] == "active"
    assert (scan()["verdict"], scan()["signals"]) == ("first_scan", [])
    shipped = shop.post(f"{path}/ship", {"from_seq": 0, "to_seq": 2, "channel_id": channel})
    assert shipped.status_code == 200, shipped.body
    assert (scan()["channel_id"], scan()["signals"]) == (channel, ["out_of_region"])
    assert shop.post(f"{path}/void", {}).json_body["state"] == "void"
    assert scan()["verdict"] == "void"
    assert shop.post(f"{path}/activate", {}).status_code == 409
    assert shop.post(f"{path}/ship", {"from_seq": 3, "to_seq": 9, "channel_id": channel}).status_code == 400


def test_code_and_city_are_read_however_they_were_typed(http: Any, shop: Shop) -> None:
    batch_id, (line, *_) = shop.mint(active=True)
    channel = shop.post("/admin/channels", {"name": "成都", "regions": ["\u200b成都市"]}).json_body["channel_id"]
    shop.post(f"/admin/code-batches/{batch_id}/ship", {"from_seq": 0, "to_seq": 2, "channel_id": channel})
    code = line["code"]
    typed = "\ufeff" + "—".join((code[:5], code[5:].lower())) + "\u00a0"
    scanner = member("t")

    def scan(city: str) -> Any:
        body = {"code": typed, "city": city}
        return http.post("/scans", headers=scanner, body=json.dumps(body).encode()).json_body

    home, away = scan(chr(0x200B) + "成都" + chr(0x3000)), scan("沈阳")

    assert (home["code"], home["verdict"], home["signals"]) == (code, "first_scan", [])
    assert away["signals"] == ["out_of_region"]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"quantity": 0}, 400),
        ({"quantity": 10_000_001}, 400),
        ({"product_id": "prd_none"}, 404),
        ({"channel_id": "chn_none"}, 404),
        ({"prizes": [{"amount_fen": 100, "count": 11}]}, 422),
        ({"prizes": [{"amount_fen": 1, "count": 1}]}, 422),
        ({"colour": "red"}, 400),
    ],
)
def test_batches_that_can_not_be_are_refused(shop: Shop, facts: dict[str, Any], status: int) -> None:
    body = {"product_id": shop.product_id, "quantity": 10, **facts}

    assert shop.post("/admin/code-batches", body).status_code == status


def test_a_claim_is_the_owners(http: Any, shop: Shop) -> None:
    _, (line, *_) = shop.mint(prizes=[{"amount_fen": 188, "count": 3}])
    mine, yours = member("a"), member("b")
    path = f"/me/codes/{line['code']}/claim"

    scanned = http.post("/scans", headers=mine, body=json.dumps({"code": line["code"], "visit_id": "v"}).encode())
    claimed = http.post(path, headers=mine, body=b"{}")
    again = http.post(path, headers=mine, body=b"{}")
    refused = http.post(path, headers=yours, body=b"{}")

    assert (scanned.json_body["verdict"], scanned.json_body["prize"]) == ("first_scan", {"state": "claimable"})
    assert claimed.json_body["owner"] == "you"
    assert claimed.json_body["prize"]["amount_fen"] == 188
    assert again.json_body == claimed.json_body
    assert (refused.status_code, refused.json_body["error"]["code"]) == (409, "claimed_by_another")
    assert http.get(f"/c/{line['code']}", headers=JSON).json_body["prize"] == {"state": "claimed"}
    assert http.post(path, headers={"Content-Type": "application/json"}, body=b"{}").status_code == 401


def test_operators_read_the_story_of_a_code(http: Any, shop: Shop) -> None:
    batch_id, (line, *_) = shop.mint()
    http.get(f"/c/{line['code']}", headers=JSON)

    story = http.get(f"/admin/codes/{line['code']}", headers=shop.headers).json_body

    assert (story["batch_id"], story["seq"], story["scan_count"], story["shipped"]) == (batch_id, 0, 1, False)
    assert http.get("/admin/codes/00000000000000000000", headers=shop.headers).status_code == 404


def test_a_warm_request_is_one_call(http: Any, shop: Shop, calls: Calls, caching: None) -> None:
    _, lines = shop.mint()
    http.get(f"/c/{lines[0]['code']}", headers=JSON)
    calls.clear()

    first = http.get(f"/01/0{GTIN}/21/{lines[1]['code']}", headers=JSON)
    http.get(f"/c/{lines[1]['code']}", headers={"Accept": "text/html"})

    assert first.json_body["verdict"] == "first_scan"
    assert first.json_body["join_url"]
    assert calls == [("UpdateItem", 1.0)] * 2
