"""Delivery: pages of recipients, each recipient at most once."""
