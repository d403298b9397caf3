"""What worked: the brand's numbers by day and by channel, counted from what the other areas tell."""
