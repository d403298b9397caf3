"""Bindings: whose customer a member is, as dated intervals."""
