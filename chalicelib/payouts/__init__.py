"""Every payment to a person, whatever it is for: one row, one number at WeChat Pay per attempt, one end."""
