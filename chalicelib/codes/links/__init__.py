"""Where the URI of an item leads besides its page."""
