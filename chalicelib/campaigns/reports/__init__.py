"""What an operator sees of a campaign."""
