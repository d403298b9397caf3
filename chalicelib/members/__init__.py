"""One person behind every door: identities, members, merges, consents, and the timeline of what they did."""
