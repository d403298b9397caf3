"""Contact ways (渠道活码): printed codes that never change."""
