"""The scan page."""
