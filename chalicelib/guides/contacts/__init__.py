"""Contacts in WeCom: callbacks, how staff and customer stand, and losses."""
