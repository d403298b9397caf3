"""What the scan page tells of a product: typed, so that whatever is stored can be shown."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from chalicelib.runtime.http import Body

HttpsUrl = Annotated[str, Meta(pattern="^https://[^\\s/?#@]+([/?#]\\S*)?$", max_length=2048)]
Line = Annotated[str, Meta(max_length=120)]
Text = Annotated[str, Meta(max_length=4000)]
LinkType = Annotated[str, Meta(pattern="^gs1:[A-Za-z]{2,40}$")]


class Picture(Body):
    """A picture. `alt` is read out to those who do not see it; "" for mere decoration."""

    url: HttpsUrl
    alt: Line = ""


class Section(Body):
    """A part of the story."""

    text: Text
    heading: Line = ""
    picture: Picture | None = None


class Video(Body):
    """A film to watch elsewhere."""

    url: HttpsUrl
    title: Line = ""


class Link(Body):
    """Where else the product is at home, by GS1's link types, such as `gs1:hasRetailers`."""

    type: LinkType
    url: HttpsUrl
    title: Line = ""


class Content(Body):
    """The story of a product. A picture or the video may be given by its bare address."""

    title: Line = ""
    subtitle: Line = ""
    description: Text = ""
    pictures: Annotated[list[Picture | HttpsUrl], Meta(max_length=12)] = field(default_factory=list)
    sections: Annotated[list[Section], Meta(max_length=20)] = field(default_factory=list)
    video: Video | HttpsUrl | None = None
    links: Annotated[list[Link], Meta(max_length=20)] = field(default_factory=list)


def stored(content: Content | None) -> dict[str, Any]:
    """Content as rows and answers have it: every field there, pictures and video as objects; {} for none."""
    if content is None:
        return {}
    plain: dict[str, Any] = msgspec.to_builtins(content)
    plain["pictures"] = [
        picture if isinstance(picture, dict) else {"url": picture, "alt": ""} for picture in plain["pictures"]
    ]
    if isinstance(plain["video"], str):
        plain["video"] = {"url": plain["video"], "title": ""}
    return plain
