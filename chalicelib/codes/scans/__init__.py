"""Scans: which visit is the first, what a scan answers, and what becomes of it afterwards."""
