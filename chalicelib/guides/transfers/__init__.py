"""Transfers of customers from one guide to another."""
