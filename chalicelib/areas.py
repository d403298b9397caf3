"""The business areas, in the order in which a service may know another: a later one may call an earlier one's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ORDER: Final = (
    "brand",
    "members",
    "codes",
    "guides",
    "payouts",
    "campaigns",
    "attribution",
    "segments",
    "pushes",
    "insights",
)
AREAS: Final = tuple(area for area in ORDER if (Path(__file__).parent / area / "api.py").exists())
