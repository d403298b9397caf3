"""The pot: shares that cannot be overspent, drawn by one conditional write each."""
