"""Consents: what members allow, dated and versioned."""
