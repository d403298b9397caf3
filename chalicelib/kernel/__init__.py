"""What every area shares and nothing here does I/O: errors, ids, money, time, tokens, privacy."""
