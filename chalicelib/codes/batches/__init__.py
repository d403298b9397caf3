"""Batches of codes: minted by one write, listed, and printed."""
