"""Customer groups (客户群)."""
