"""Orders and refunds as shops tell of them."""
