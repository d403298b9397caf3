"""Fraud rules and reviews (风控)."""
