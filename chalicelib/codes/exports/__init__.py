"""Files of codes and labels, made in the background."""
