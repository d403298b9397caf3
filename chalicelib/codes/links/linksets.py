"""What else is known of an item, as links by GS1's link types (RFC 9264, GS1-Conformant resolver 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chalicelib.runtime.dynamo import Item

MEDIA_TYPE: Final = "application/linkset+json"
VOCABULARY: Final = "https://ref.gs1.org/voc/"
CONTEXT: Final = "https://ref.gs1.org/standards/resolver/linkset-context"
OWN_PAGE: Final = ("defaultLink", "pip", "verificationService")
"""Link types that our own page answers: the default, the product's information, the proof of genuineness."""
_ALL: Final = ("all", "linkset")


class Target(NamedTuple):
    """Where a link leads."""

    href: str
    title: str


def wants_linkset(link_type: str, accept: str) -> bool:
    """Whether the client asks for all links rather than for one of them."""
    return link_type in _ALL or (not link_type and MEDIA_TYPE in accept)


def links_of(page_url: str, product: Item, join_url: str | None) -> dict[str, list[Target]]:
    """Links by type, without the `gs1:` before it: the page, the mini program, and what the brand has entered."""
    name = product["name"]
    found = {kind: [Target(page_url, name)] for kind in OWN_PAGE}
    if join_url:
        found["loyaltyProgram"] = [Target(join_url, f"{name}会员")]
    for entered in product["content"].get("links", []):
        kind = bare(entered["type"])
        if kind not in OWN_PAGE:
            found.setdefault(kind, []).append(Target(entered["url"], entered["title"] or name))
    return found


def bare(link_type: str) -> str:
    """`gs1:pip`, the vocabulary's full address or `pip` as `pip`."""
    return link_type.removeprefix(VOCABULARY).removeprefix("gs1:")


def target_of(link_type: str, links: Mapping[str, list[Target]]) -> str | None:
    """Where a request for this link type is sent on to; None for our own page, which is the answer to an unknown
    type as well: the standard falls back to the default link.
    """
    kind = bare(link_type)
    if not kind or kind in OWN_PAGE or kind not in links:
        return None
    return links[kind][0].href


def document(anchor: str, product: Item, links: Mapping[str, list[Target]]) -> dict[str, Any]:
    """The linkset in JSON."""
    described = {
        VOCABULARY + kind: [
            {"href": target.href, "title": target.title, "type": "text/html", "hreflang": ["zh"]} for target in targets
        ]
        for kind, targets in links.items()
    }
    return {"linkset": [{"anchor": anchor, "description": product["name"], **described}]}


def description(root: str) -> dict[str, Any]:
    """The resolver's description of itself, for `/.well-known/gs1resolver`."""
    return {
        "name": "siyu",
        "resolverRoot": root,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
