"""Rosters: the members that a guide is shown."""
