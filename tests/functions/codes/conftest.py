"""Fixtures of codes."""

from tests.codes_world import caching, calls, lost_answer, mint, now, product

__all__ = ["caching", "calls", "lost_answer", "mint", "now", "product"]
