"""Claims: whose an item is, decided once."""
