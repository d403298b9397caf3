"""Gifts of tiers (任务获客)."""
