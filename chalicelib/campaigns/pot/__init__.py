"""The pot: shares that can not be overspent, drawn by one conditional write each."""
