"""Two busy cores make single examples slow: no example has a deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("siyu", deadline=None)
settings.load_profile("siyu")
