"""Use cases of scans: scan, look without counting, make and read a scan id."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

import msgspec

from chalicelib.codes.diversion.rules import public_signals
from chalicelib.codes.format import code as code_format
from chalicelib.codes.format import keys
from chalicelib.codes.prizes import rules as prize_rules
from chalicelib.codes.scans import rules, tables
from chalicelib.codes.scans.guard import guard
from chalicelib.codes.scans.lookup import Located, locate, product, regions, thresholds
from chalicelib.codes.scans.tables import Sighting
from chalicelib.kernel import crockford, ids
from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import keyed_hash
from chalicelib.kernel.text import read
from chalicelib.kernel.tokens import BadToken, seal_until, unseal_until
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count

SCAN_ID_LIFE = 30 * MINUTE
_VISIT_LETTERS: Final = 26


class Visit(msgspec.Struct, frozen=True):
    """Who scans, from where: `visit_id` names the visit on its device; `device` and `city` are as the client says,
    or ""."""

    visit_id: str
    device: str = ""
    city: str = ""
    member_id: str = ""


class Scan(msgspec.Struct, frozen=True):
    """What a scan found. `located` is None for an unknown code, `scan_id` and `visit_id` for a look that is not
    counted. `visit_id` is the visit's key, `city` the one that was told of this very visit."""

    code: str
    verdict: rules.Verdict
    located: Located | None = None
    scan_id: str | None = None
    product: Item | None = None
    count: int = 0
    first_at: Millis | None = None
    claimed: bool = False
    has_prizes: bool = False
    signals: list[str] = []
    visit_id: str | None = None
    city: str = ""


class ScanRef(msgspec.Struct, frozen=True):
    """What a scan id carries. `visit_id` is the visit's key; `channel_id` is None when the item was meant for none."""

    code: str
    visit_id: str
    batch_id: str
    channel_id: str | None


def scan(text: str, visit: Visit, now: Millis, *, gtin: str | None = None) -> Scan:
    """Record one scan of what was printed or typed: one write, and no call at all for a forged code.

    The same visit again, or the same device within 10 minutes, gets the same answer and is not counted twice.
    The first member who scans an active code is who it is attributed to; only a claim makes anybody its owner.
    """
    located = locate(text, now, gtin=gtin)
    if located is None:
        return unknown(text)
    seen = sighting(located, visit)
    sampled = guard.sampled_out(located.code, seen.visit_key, now)
    if sampled is not None:
        count("ScansSampled")
        return _answer(located, now, seen.visit_id, sampled, visit.city)
    outcome = tables.record_scan(seen, now)
    if outcome.done:
        row = _after(outcome.item, seen, now)
        limit = thresholds(located.header).sampled_per_minute
        guard.note_scan(located.code, row, now, most_a_minute=limit)
        return _answer(located, now, seen.visit_id, row, visit.city)
    known = rules.seen_before(outcome.item, seen.visit_key, seen.device_key, now)
    _complete(seen, known, outcome.item)
    same_visit = known.visit.removeprefix(rules.REFUSED) if known else seen.visit_id
    return _answer(located, now, same_visit, outcome.item, visit.city)


def peek(text: str, now: Millis, *, gtin: str | None = None) -> Scan:
    """What a scan would find, without counting: for crawlers and previews. One read."""
    located = locate(text, now, gtin=gtin)
    if located is None:
        return unknown(text)
    return _answer(located, now, None, tables.get_code(located.code), "")


def unknown(text: str) -> Scan:
    """The answer for a code that was never minted."""
    return Scan(read("code", text, param="code").upper()[:32], "unknown")


def scan_id(ref: ScanRef, now: Millis) -> str:
    """A signed token for this visit, valid for 30 minutes: it attributes, it never claims."""
    return seal_until(msgspec.json.encode(msgspec.structs.astuple(ref)), keys.scan_id_key(), now + SCAN_ID_LIFE)


def read_scan_id(token: str, now: Millis) -> ScanRef:
    """The visit that a scan id names; 400 `invalid_parameter` for one that is not ours or over its time.

    Single use is settled by whoever spends it, by one conditional write keyed by code and visit.
    """
    try:
        payload = unseal_until(token, keys.scan_id_key(), now)
    except BadToken as error:
        raise SiyuError(
            "invalid_parameter", "The scan has expired after 30 minutes. Scan again.", param="scan_id"
        ) from error
    return ScanRef(*msgspec.json.decode(payload, type=tuple[str, str, str, str | None]))


def visit_id_of(told: str | None, now: Millis) -> str:
    """The visit id that a program sent, a ULID of the last 24 hours; else a new one."""
    return rules.young_ulid(told or "", now) or ids.new_id("visit", now)


def visit_token(scan: Scan, now: Millis) -> str | None:
    """The visit as a page carries it, signed, for a day; None for a look that was not counted."""
    if scan.visit_id is None or scan.located is None:
        return None
    key = scan.visit_id if scan.located.place.state == "active" else rules.REFUSED + scan.visit_id
    return seal_until(msgspec.json.encode((scan.code, key)), keys.visit_token_key(), now + rules.SAME_KEY)


def tell_city(text: str, token: str, city: str, now: Millis) -> bool:
    """Record the city that a person agreed to tell after the scan: 1 WRU. Whether there was anything to record.

    There is not for a token that is not ours, older than a day or of another code, once the city was told, and after
    another visit.
    """
    try:
        payload = unseal_until(token, keys.visit_token_key(), now)
    except BadToken:
        return False
    code, key = msgspec.json.decode(payload, type=tuple[str, str])
    parts = code_format.read(text)
    if not city or parts is None or parts.code != code:
        return False
    return tables.record_city(code, key, city).done


def visit_key(code: str, visit_id: str, device: str) -> str:
    """26 characters that name a visit: the same visit id on another device, or of another code, is another visit.

    So an address with a visit id in it, printed or sent around, is never the first scan twice.
    """
    text = "".join(f"{len(part)}:{part}" for part in (code, visit_id, device))
    return crockford.encode(hmac.digest(keys.visit_key(), text.encode(), sha256)[:20])[:_VISIT_LETTERS]


def _complete(seen: Sighting, known: rules.Seen | None, row: Item) -> None:
    """What a repeated scan tells beyond the first telling: the member, or the city that the person agreed to tell."""
    if seen.member_id and seen.state == "active" and "by" not in row:
        tables.record_member(seen.code, seen.member_id)
    if seen.city and known and row.get("r0") == known.visit and row.get("ct") != row.get("t0"):
        tables.record_city(seen.code, known.visit, seen.city)


def sighting(located: Located, visit: Visit) -> Sighting:
    return Sighting(
        code=located.code,
        batch_id=located.header["batch_id"],
        product_id=located.header["product_id"],
        channel_id=located.place.channel_id or "",
        state=located.place.state,
        visit_id=visit_key(located.code, visit.visit_id, visit.device),
        device=keyed_hash(visit.device, keys.device_key())[:16] if visit.device else "",
        city=visit.city,
        member_id=visit.member_id,
        shipped=located.place.shipped,
    )


def _after(before: Item, seen: Sighting, now: Millis) -> Item:
    """The row as our write left it, as far as the answer needs it."""
    latest = {**before, "r0": seen.visit_key, "t0": now}
    if seen.state != "active":
        return {**latest, "x": before.get("x", 0) + 1}
    first = {} if "f" in before else {"f": seen.visit_key, "ft": now}
    return {**latest, **first, "n": before.get("n", 0) + 1}


def _city_of(row: Item, visit_id: str | None) -> str:
    """The city that was told of this very visit, which is still the latest one."""
    is_latest = visit_id is not None and row.get("r0", "").removeprefix(rules.REFUSED) == visit_id
    return str(row["c"]) if is_latest and "ct" in row and row["ct"] == row["t0"] else ""


def _answer(located: Located, now: Millis, visit_id: str | None, row: Item, city: str) -> Scan:
    state, header = located.place.state, located.header
    city = city or _city_of(row, visit_id)
    allowed = regions(located.place.channel_id, now) if city else []
    is_first = rules.is_first_scan(row, visit_id, now)
    ref = ScanRef(located.code, visit_id, header["batch_id"], located.place.channel_id) if visit_id else None
    return Scan(
        code=located.code,
        verdict=rules.verdict_of(state, is_first),
        located=located,
        scan_id=scan_id(ref, now) if ref else None,
        product=product(header["product_id"], now),
        count=row.get("n", 0) + (row.get("x", 0) if state != "active" else 0),
        first_at=row.get("ft"),
        claimed="ca" in row,
        has_prizes=prize_rules.are_open(header, now),
        signals=public_signals(state, allowed, city),
        visit_id=visit_id,
        city=city,
    )
