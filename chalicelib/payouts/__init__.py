"""Every payment to a person, whatever it is for: one row, one number at the rail per attempt, one end."""
